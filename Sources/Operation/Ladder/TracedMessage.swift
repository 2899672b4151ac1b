import Cx
import Diameter
import HomeSubscriberServer
import IMS
import Octets
import SIP

/// A message in the trace of one node.
package struct TracedMessage: Equatable, Sendable {
    package var lane: Lane
    package var nanoseconds: Int64
    package var isSent: Bool
    /// The other side, as the node knows it: an address, or a Diameter identity.
    package var peer: String
    package var octets: [UInt8]
    package var content: Content
    /// Inside a security association, as a phone knows.
    package var isProtected = false

    package enum Content: Equatable, Sendable {
        case request(method: String, callID: String)
        case response(status: Int, reason: String, callID: String)
        case diameter(command: String, result: String?, isRequest: Bool, session: String, identities: Set<String>)
    }

    package init(
        lane: Lane, nanoseconds: Int64, isSent: Bool, peer: String, octets: [UInt8], content: Content
    ) {
        self.lane = lane
        self.nanoseconds = nanoseconds
        self.isSent = isSent
        self.peer = peer
        self.octets = octets
        self.content = content
    }

    /// What stands on the arrow, in short: `REGISTER`, `401`, `UAR`.
    package var shortLabel: String {
        switch content {
        case .request(let method, _): method
        case .response(let status, _, _): "\(status)"
        case .diameter(let command, _, _, _, _): command
        }
    }

    /// And at length: `401 Unauthorized`, `UAA 2001 FIRST_REGISTRATION`.
    package var label: String { isProtected ? "\(plainLabel) in ESP" : plainLabel }

    private var plainLabel: String {
        switch content {
        case .request(let method, _): method
        case .response(let status, let reason, _): reason.isEmpty ? "\(status)" : "\(status) \(reason)"
        case .diameter(let command, let result, _, _, _): result.map { "\(command) \($0)" } ?? command
        }
    }

    /// An answer that refuses, or a final response that is no success.
    package var isRefusal: Bool {
        switch content {
        case .request: false
        case .response(let status, _, _): status >= 400 && status != 401
        case .diameter(_, let result, _, _, _): result.map { !$0.hasPrefix("2") } ?? false
        }
    }

    package var isProvisional: Bool {
        guard case .response(let status, _, _) = content else { return false }
        return status < 200
    }
}

/// Something a node noted down: a refusal as a rule.
package struct TracedNote: Equatable, Sendable {
    package var lane: Lane
    package var nanoseconds: Int64
    package var sentence: String
    package var level: String
    /// The refusal's code, answer and hint; empty when it is none.
    package var code: String
    package var answer: String
    package var hint: String
    package var callID: String?
    package var identities: Set<String>
    package var peer: String?

    package init(
        lane: Lane, nanoseconds: Int64, sentence: String, level: String, code: String, answer: String, hint: String,
        callID: String?, identities: Set<String>, peer: String?
    ) {
        self.lane = lane
        self.nanoseconds = nanoseconds
        self.sentence = sentence
        self.level = level
        self.code = code
        self.answer = answer
        self.hint = hint
        self.callID = callID
        self.identities = identities
        self.peer = peer
    }

    package var isRefusal: Bool { !code.isEmpty }
}

/// What the `trace` commands of the nodes answered, read.
package struct TraceEntries: Equatable, Sendable {
    package var messages: [TracedMessage] = []
    package var notes: [TracedNote] = []

    package init() {}

    /// - Parameters:
    ///   - report: a node's answer to `trace`.
    ///   - isProtected: a phone's, which has security associations for all that does not go to or come from `beside`.
    package mutating func add(
        _ report: Report, of lane: Lane, isProtected: Bool = false, beside plain: Endpoint? = nil
    ) {
        var framers: [String: StreamFramer] = [:]
        for entry in report["entries"]?.list ?? [] {
            let time = Int64(entry["nanoseconds"]?.integer ?? 0)
            let isSent = entry["direction"]?.text == "sent"
            let peer = entry["peer"]?.text ?? ""
            let octets = entry["octets"]?.text.flatMap { Base64.decode(OctetSlice($0)) } ?? []
            func add(_ octets: [UInt8], _ content: TracedMessage.Content?) {
                guard let content else { return }
                var message = TracedMessage(
                    lane: lane, nanoseconds: time, isSent: isSent, peer: peer, octets: octets, content: content)
                message.isProtected = isProtected && peer != plain?.description
                messages.append(message)
            }
            switch entry["protocol"]?.text {
            case "sip" where entry["transport"]?.text == "udp": add(octets, .sip(octets))
            case "sip":
                // A stream is cut into messages again.
                var framer = framers["\(peer) \(isSent)"] ?? StreamFramer()
                framer.append(octets)
                while let frame = try? framer.next() {
                    if case .message(let message) = frame { add(message, .sip(message)) }
                }
                framers["\(peer) \(isSent)"] = framer
            case "diameter": add(octets, .diameter(octets))
            case "observation": addNote(entry["observation"], at: time, lane: lane)
            default: break
            }
        }
    }

    private mutating func addNote(_ observation: Report?, at time: Int64, lane: Lane) {
        guard let observation, let sentence = observation["message"]?.text else { return }
        let identities = ["impi", "impu"].compactMap { observation[$0]?.text }
        notes.append(
            TracedNote(
                lane: lane, nanoseconds: time, sentence: sentence, level: observation["level"]?.text ?? "info",
                code: observation["reason"]?.text ?? "", answer: observation["answer"]?.text ?? "",
                hint: observation["hint"]?.text ?? "", callID: observation["call_id"]?.text,
                identities: Set(identities), peer: observation["peer"]?.text))
    }
}

extension TracedMessage.Content {
    static func sip(_ octets: [UInt8]) -> Self? {
        guard let message = try? SIPMessage(parsing: octets) else { return nil }
        let callID = message.callID?.string ?? ""
        guard let status = message.status else { return .request(method: message.method.text, callID: callID) }
        return .response(status: Int(status.rawValue), reason: message.reason.string, callID: callID)
    }

    static func diameter(_ octets: [UInt8]) -> Self? {
        guard let message = try? DiameterMessage(decoding: octets) else { return nil }
        var identities: Set<String> = []
        if let user = message[.userName] { identities.insert(user) }
        for identity in message.all(.publicIdentity) { identities.insert(identity) }
        return .diameter(
            command: name(of: message.commandCode) + (message.isRequest ? "R" : "A"),
            result: message.isRequest ? nil : result(of: message), isRequest: message.isRequest,
            session: message[.sessionID] ?? "", identities: identities)
    }

    private static func name(of command: CommandCode) -> String {
        switch command {
        case .userAuthorization: "UA"
        case .serverAssignment: "SA"
        case .locationInfo: "LI"
        case .multimediaAuth: "MA"
        case .registrationTermination: "RT"
        case .pushProfile: "PP"
        case .capabilitiesExchange: "CE"
        case .deviceWatchdog: "DW"
        case .disconnectPeer: "DP"
        default: "command \(command.rawValue) "
        }
    }

    private static func result(of answer: DiameterMessage) -> String {
        if let experimental = answer[.experimentalResult] {
            return CxResult.experimental(CxExperimentalResult(rawValue: experimental.code)).words
        }
        return answer[.resultCode].map { CxResult.base($0).words } ?? "without result"
    }
}

extension TraceEntries {
    /// The private and public identities that the REGISTERs of these calls name, as Cx names them.
    package func identities(ofCalls callIDs: Set<String>) -> Set<String> {
        var identities: Set<String> = []
        for message in messages {
            guard case .request(_, let callID) = message.content, callIDs.contains(callID),
                let request = try? SIPMessage(parsing: message.octets)
            else { continue }
            if let user = request.privateIdentity?.string { identities.insert(user) }
            if let to = (try? request.first(To.self)) ?? nil, let uri = try? to.address.parsedURI(),
                let identity = PublicIdentity(uri)
            {
                identities.insert(identity.text)
            }
        }
        return identities
    }
}
