import Cx
import Diameter
import IMS
import Octets
import SIP

/// A request other than REGISTER on its way through the I-CSCF, TS 24.229 §5.3.2.
///
///     LIR asked ─ LIA: S-CSCF, application server or capabilities ─▶ forwarded ─ response ─▶ relayed
///         ▲                                                             │ no answer at all; of one that we chose:
///         │                                                             │ 305 or 503 without anything before it
///         └── LIR for capabilities ─────────────────────────────────────┘
///
/// An S-CSCF that the HSS names and that answers is right, whatever it answers: the user is registered there. One that
/// does not is left (TS 23.380: another one restores what the HSS keeps of the registration).
struct LocationQuery: Sendable {
    enum Step: Sendable {
        case ask(LocationInfoRequest)
        case forward(to: Destination)
        case refuse(InterrogatingCSCF.Problem)
    }

    /// Where the HSS, or the choice after it, sends the request.
    struct Destination: Equatable, Sendable {
        /// A SIP URI.
        var name: String
        var isServingCSCF = true
        /// What P-Profile-Key tells the server: the wildcard by which the identity was found (RFC 5002).
        var wildcard: String?
    }

    /// The request as it came, our Route taken off.
    let request: SIPMessage
    let served: ServedIdentity
    private(set) var destination: Destination?
    /// The caller has given up: nobody else is tried.
    var isCancelled = false
    private var choice = ServingCSCFChoice()
    /// The S-CSCF was chosen by us, and so the user is nobody's yet.
    private var isChosen = false

    init(_ request: SIPMessage, for served: ServedIdentity) {
        self.request = request
        self.served = served
    }

    var isRetry: Bool { choice.isRetry }

    /// The first question.
    func begin() -> Step { .ask(question(nil)) }

    mutating func received(
        _ answer: LocationInfoAnswer, pool: [ServingCSCFCandidate], silent: Set<String>
    ) -> Step {
        guard answer.result.isSuccess else { return .refuse(refusal(for: answer.result)) }
        if let name = answer.serverName, answer.flags.contains(.publicServiceIdentityDirectRouting) {
            return forward(
                to: Destination(name: name, isServingCSCF: false, wildcard: answer.wildcardedPublicIdentity))
        }
        isChosen = answer.serverName == nil
        let verdict = choice.next(
            named: answer.serverName, needed: answer.serverCapabilities, pool: pool, silent: silent,
            user: served.identity.text)
        switch verdict {
        case .forward(let name):
            return forward(to: Destination(name: name, wildcard: answer.wildcardedPublicIdentity))
        case .askForCapabilities: return again()
        case .allTried: return .refuse(unreachable)
        case .noneFits: return .refuse(.noServingCSCF(for: answer.serverCapabilities, among: pool))
        }
    }

    /// The HSS cannot be asked, but it is known where the user was.
    mutating func proceed(to name: String, without failure: AskFailure) -> Step {
        let verdict = choice.next(named: name, needed: nil, pool: [], silent: [], user: served.identity.text)
        guard case .forward(let name) = verdict else { return .refuse(askFailed(failure)) }
        return forward(to: Destination(name: name))
    }

    private mutating func forward(to destination: Destination) -> Step {
        self.destination = destination
        return .forward(to: destination)
    }

    /// Whether another S-CSCF may be asked when this one has not said anything.
    var mayMove: Bool { !isCancelled && destination?.isServingCSCF ?? false }

    /// Whether another S-CSCF should be asked because of this first response of the present one.
    func shouldMove(after status: Status) -> Bool {
        mayMove && isChosen && (status == .useProxy || status == .serviceUnavailable)
    }

    /// Another S-CSCF, by capabilities.
    func again() -> Step { .ask(question(.registrationAndCapabilities)) }

    private func question(_ type: UserAuthorizationType?) -> LocationInfoRequest {
        LocationInfoRequest(
            publicIdentity: served.identity.text, originatingRequest: served.isOriginating ? .originating : nil,
            userAuthorizationType: type)
    }
}
