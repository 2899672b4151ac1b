import Cx
import Diameter
import IMS
import Octets
import Rx
import SIP

// What the PCRF says of itself: bearers are lost, a session is to end. TS 29.214 §4.4.6; TS 24.229 §5.2.8.1 for what the
// P-CSCF does then (neither checked against its text).
extension ProxyCSCF {
    mutating func policyAsked(
        _ message: DiameterMessage, _ token: RequestToken, at now: Instant, into actions: inout [Action<ProxyWork>]
    ) {
        guard let origin = policy?.settings.origin else { return }
        do throws(CxDecodeFailure) {
            if message.commandCode == .abortSession {
                let request = try AbortSessionRequest(decoding: message)
                let session = policy?[request.session]
                let answer = AbortSessionAnswer(session == nil ? .base(.unknownSessionID) : .success)
                actions.append(.answer(answer.message(answering: message, origin: origin), token))
                guard let session else { return }
                lose(session.purpose, because: request.abortCause.sentence, at: now, into: &actions)
            } else {
                let request = try ReAuthRequest(decoding: message)
                let session = policy?[request.session]
                let answer = ReAuthAnswer(session == nil ? .base(.unknownSessionID) : .success)
                actions.append(.answer(answer.message(answering: message, origin: origin), token))
                guard let session else { return }
                for action in request.specificActions {
                    take(action, request, session.purpose, at: now, into: &actions)
                }
            }
        } catch {
            actions.append(.answer(error.rxAnswer(to: message, origin: origin), token))
        }
    }

    /// §5.3.13. - Parameter request: it is of the session with this purpose.
    private mutating func take(
        _ action: SpecificAction, _ request: ReAuthRequest, _ purpose: PolicySession.Purpose, at now: Instant,
        into actions: inout [Action<ProxyWork>]
    ) {
        let what: String
        switch action {
        case .indicationOfLossOfBearer: what = "the bearer is lost"
        case .indicationOfReleaseOfBearer: what = "the bearer is released"
        case .indicationOfFailedResourcesAllocation: what = "there are no resources for the bearer"
        case .indicationOfOutOfCredit: what = "the user is out of credit"
        case .indicationOfRecoveryOfBearer:
            policy?.change(purpose) { $0.recover(request.flows) }
            if case .signalling(let flow) = purpose { policy?.lostFlows.remove(flow) }
            return
        case .chargingCorrelationExchange, .ipCANChange, .indicationOfSuccessfulResourcesAllocation,
            .indicationOfLimitedPCCDeployment, .usageReport, .accessNetworkInfoReport,
            .indicationOfRecoveryFromLimitedPCCDeployment, .indicationOfAccessNetworkInfoReportingFailure,
            .indicationOfTransferPolicyExpired, .plmnChange:
            return  // not subscribed to
        }
        guard case .call(let call) = purpose else {
            return lose(purpose, because: what, at: now, into: &actions)
        }
        var isOver = false
        policy?.change(purpose) { isOver = $0.lose(request.flows) }
        guard isOver else {
            actions.append(
                .observe(
                    Observation(
                        .notice, "a call goes on with fewer streams: \(what)",
                        about: Subject(callID: call.callID.string))))
            return
        }
        lose(purpose, because: what, at: now, into: &actions)
    }

    private mutating func lose(
        _ purpose: PolicySession.Purpose, because why: String, at now: Instant, into actions: inout [Action<ProxyWork>]
    ) {
        switch purpose {
        case .call: releaseCall(purpose, because: why, .linkBroken, at: now, into: &actions)
        case .signalling(let flow): signallingLost(flow, because: why, at: now, into: &actions)
        }
    }

    // MARK: The end of a call

    /// TS 24.229 §5.2.8.1: one that stands gets a BYE on each side, one that does not is cancelled and refused.
    mutating func releaseCall(
        _ purpose: PolicySession.Purpose, because why: String, _ cause: TerminationCause, at now: Instant,
        into actions: inout [Action<ProxyWork>]
    ) {
        guard let session = policy?[purpose] else { return }
        if let key = session.dialog {
            endPolicy(purpose, because: cause, at: now, into: &actions)
            release(key, because: why, at: now, into: &actions)
        } else if let server = session.invite {
            abort(purpose, server, .serviceUnavailable, because: why, cause, at: now, into: &actions)
        }
    }

    /// §5.2.8.1.1: CANCEL to the one who is called, an error to the one who calls.
    mutating func abort(
        _ purpose: PolicySession.Purpose, _ server: ServerTransactionID, _ status: Status, because why: String,
        _ cause: TerminationCause = .administrative, at now: Instant, into actions: inout [Action<ProxyWork>]
    ) {
        let waiting = policy?.cancel(server)
        policy?.responses.drop(server)
        endPolicy(purpose, because: cause, at: now, into: &actions)
        guard let passage = waiting ?? passages[server] else { return }
        var orders: [Order] = []
        _ = relay.cancelled(server, into: &orders)
        for case .cancel(let client) in orders { actions.append(.cancel(client)) }
        relay.forget(server)
        passages[server] = nil
        let refusal = PolicyRefusal(status: status, sentence: why)
        actions.append(
            .observe(
                .refused(
                    Refusal("POLICY_ENDED", answer: "\(status.rawValue)", "a call does not come about: \(why)"),
                    about: passage.request.subject)))
        let response = refusal.response(
            to: passage.request, tag: tag(server), host: configuration.pathHost, because: why)
        respond(response, server, passage, at: now, into: &actions)
    }

    // MARK: For the operator

    /// `policy-sessions`: what the PCRF knows of, as far as we do.
    func policyReport() -> Report {
        guard let policy else { return .error("there is no PCRF: see pcscf.rx-realm") }
        let rows = policy.sessions.values.sorted { $0.id < $1.id }.prefix(1_000)
        return [
            "total": .integer(policy.sessions.count), "waiting": .integer(policy.waiting),
            "ending": .integer(policy.endings.count),
            "sessions": .list(
                rows.map { session in
                    let (kind, of): (String, String) =
                        switch session.purpose {
                        case .call(let call): ("call", call.callID.string)
                        case .signalling(let flow): ("signalling", flow.description)
                        }
                    return [
                        "id": .text(session.id), "kind": .text(kind), "of": .text(of),
                        "address": .text(session.address.description), "granted": .boolean(session.isGranted),
                        "pcrf": session.peer.map { .text($0.name) } ?? .null,
                    ]
                }),
        ]
    }
}

extension AbortCause {
    fileprivate var sentence: String {
        switch self {
        case .bearerReleased: "the bearer is released"
        case .insufficientServerResources: "the PCRF has no resources"
        case .insufficientBearerResources: "there are no resources for the bearer"
        case .pcToCSHandover: "the phone has gone over to the circuit-switched domain"
        case .sponsoredDataConnectivityDisallowed: "the sponsored access is not allowed"
        }
    }
}
