import Cx
import Diameter
import IMS
import Octets
import Rx

/// A PCRF as far as a P-CSCF sees one: it remembers what it is asked for over Rx, agrees or refuses, and ends what it is told
/// to. There is no bearer behind it.
///
/// Commands: `refuse` (`code`: of Experimental-Result, none for agreement again), `abort` (`session`), `lose` (`session`).
package struct PolicyServer: NetworkFunction {
    package let origin: DiameterOrigin
    /// What it knows of each session, the last AAR.
    package private(set) var sessions: [String: AARequest] = [:]
    /// All AARs, in the order of their coming.
    package private(set) var requests: [AARequest] = []
    /// All STRs.
    package private(set) var ends: [SessionTerminationRequest] = []
    /// The results of its own requests.
    package private(set) var answers: [CxResult] = []
    private var refusal: CxExperimentalResult?
    private var clients: [String: DiameterOrigin] = [:]
    private var lastAsk: UInt64 = 0

    package init(origin: DiameterOrigin) { self.origin = origin }

    package var nextDeadline: Instant? { nil }

    package mutating func handle(_ event: RoleEvent<Never>, at now: Instant) -> [Action<Never>] {
        switch event {
        case .asked(let message, let token, _): return [.answer(answer(message), token)]
        case .answer(let message, _):
            do throws(DiameterDecodeFailure) { answers.append(try message.cxResult()) } catch {}
            return []
        case .command(let command, let id): return [.reply("done", id)] + perform(command)
        default: return []
        }
    }

    private mutating func answer(_ message: DiameterMessage) -> DiameterMessage {
        do throws(DiameterDecodeFailure) {
            if message.commandCode == .sessionTermination {
                let request = try SessionTerminationRequest(decoding: message)
                ends.append(request)
                let known = sessions.removeValue(forKey: request.session) != nil
                return SessionTerminationAnswer(known ? .success : .base(.unknownSessionID))
                    .message(answering: message, origin: origin)
            }
            let request = try AARequest(decoding: message)
            requests.append(request)
            if let refusal {
                return AAAnswer(.experimental(refusal)).message(answering: message, origin: origin)
            }
            guard request.requestType == .initial || sessions[request.session] != nil else {
                return AAAnswer(.base(.unknownSessionID)).message(answering: message, origin: origin)
            }
            sessions[request.session] = request
            clients[request.session] = DiameterOrigin(
                host: try message.required(.originHost), realm: try message.required(.originRealm))
            return AAAnswer(.success).message(answering: message, origin: origin)
        } catch {
            return error.rxAnswer(to: message, origin: origin)
        }
    }

    private mutating func perform(_ command: Command) -> [Action<Never>] {
        let session = command.arguments["session"] ?? ""
        switch command.name {
        case "refuse":
            refusal = command.arguments["code"].flatMap { UInt32($0) }.map { CxExperimentalResult(rawValue: $0) }
            return []
        case "abort":
            guard let client = clients[session] else { return [] }
            let request = AbortSessionRequest(session: session, abortCause: .bearerReleased)
            lastAsk += 1
            return [
                .ask(
                    request.message(origin: origin, destinationRealm: client.realm, destinationHost: client.host),
                    AskID(rawValue: lastAsk))
            ]
        case "lose":
            guard let client = clients[session] else { return [] }
            let request = ReAuthRequest(session: session, specificActions: [.indicationOfReleaseOfBearer])
            lastAsk += 1
            return [
                .ask(
                    request.message(origin: origin, destinationRealm: client.realm, destinationHost: client.host),
                    AskID(rawValue: lastAsk))
            ]
        default: return []
        }
    }
}
