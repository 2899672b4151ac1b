import Cx
import Diameter
import IMS
import Octets
import SIP

/// A REGISTER on its way through the I-CSCF, TS 24.229 §5.3.1.
///
///     UAR asked ─ UAA: S-CSCF or capabilities ─▶ forwarded ─ response ─▶ ended
///         ▲                                         │ no answer, 3xx, 408 or 480 (§5.3.1.3)
///         └── UAR for capabilities ─────────────────┘
struct Registration: Sendable {
    enum Step: Sendable {
        case ask(UserAuthorizationRequest)
        case forward(toServingCSCF: String)
        case relay(SIPMessage)
        case refuse(Status, Refusal)
    }

    private(set) var request: SIPMessage
    let transaction: ServerTransactionID
    private let userAuthorization: UserAuthorizationRequest
    private var choice = ServingCSCFChoice()
    /// TS 24.229 §5.3.1.3: a protected REGISTER stays with its S-CSCF as long as that one answers, whatever it answers.
    /// When it does not, another one challenges the phone anew (TS 23.380 §4; our reading, the text was not at hand).
    private let isProtected: Bool

    init(
        _ request: SIPMessage, _ transaction: ServerTransactionID, asking question: UserAuthorizationRequest,
        isProtected: Bool
    ) {
        self.request = request
        self.transaction = transaction
        userAuthorization = question
        self.isProtected = isProtected
    }

    var publicIdentity: String { userAuthorization.publicIdentity }
    var privateIdentity: String { userAuthorization.userName }
    /// Whether this is not the first S-CSCF any more.
    var isRetry: Bool { choice.isRetry }
    var current: String? { choice.current }

    /// The first question.
    func begin() -> Step { .ask(userAuthorization) }

    /// TS 24.229 §5.3.1.2.
    ///
    /// - Parameter silent: S-CSCFs that did not answer of late.
    mutating func received(
        _ answer: UserAuthorizationAnswer, pool: [ServingCSCFCandidate], silent: Set<String> = []
    ) -> Step {
        guard answer.result.isSuccess else { return Self.refuse(answer.result, self) }
        // The HSS has forgotten whom his S-CSCF and his P-CSCF know (row F23 of the fault model): he proves himself anew,
        // and with that the S-CSCF tells the HSS.
        if isProtected, answer.result == .firstRegistration { request.denyProtection() }
        let needed = answer.serverCapabilities
        let verdict = choice.next(
            named: answer.serverName, needed: needed, pool: pool, silent: silent, user: publicIdentity)
        switch verdict {
        case .forward(let name): return .forward(toServingCSCF: name)
        case .askForCapabilities: return again()
        case .allTried: return unreachable
        case .noneFits:
            let problem = InterrogatingCSCF.Problem.noServingCSCF(for: needed, among: pool)
            return .refuse(problem.status, problem.refusal)
        }
    }

    /// TS 24.229 §5.3.1.3: no answer in time, or none at all.
    func askFailed(_ failure: AskFailure) -> Step {
        let sentence =
            switch failure {
            case .unableToDeliver: "no HSS is connected over Diameter Cx"
            case .timeout: "the HSS did not answer the User-Authorization-Request in time"
            case .tooBusy: "too many requests wait for the HSS already"
            }
        return .refuse(
            .temporarilyUnavailable,
            Refusal(
                "HSS_UNREACHABLE", answer: "480", sentence,
                hint: "see whether the hss is up: imsctl status, imsctl peers"))
    }

    func answerUnreadable(_ sentence: String) -> Step {
        .refuse(
            .temporarilyUnavailable,
            Refusal("HSS_ANSWER_UNREADABLE", answer: "480", "the HSS's answer could not be understood: \(sentence)"))
    }

    mutating func received(_ response: SIPMessage) -> Step {
        let isElsewhere =
            switch response.status {
            case .temporarilyUnavailable?, .requestTimeout?: true
            case let status?: (300..<400).contains(status.rawValue)
            case nil: false
            }
        guard isElsewhere, !isProtected else { return .relay(response) }
        return again()
    }

    func transactionFailed() -> Step { again() }

    /// TS 24.229 §5.3.1.3: another S-CSCF, by capabilities.
    private func again() -> Step {
        var question = userAuthorization
        question.userAuthorizationType = .registrationAndCapabilities
        return .ask(question)
    }

    private var unreachable: Step {
        .refuse(
            .serverTimeout,
            Refusal(
                "SCSCF_UNREACHABLE", answer: "504",
                "the S-CSCF \(current ?? "of the user") does not answer or will not serve, and there is no other",
                hint: "see whether the scscf is up: imsctl status"))
    }

    /// TS 24.229 §5.3.1.2: 403 when the HSS says no, 480 when it only cannot say yes now: a phone told 403 may never
    /// come back.
    private static func refuse(_ result: CxResult, _ registration: Registration) -> Step {
        switch result {
        case .base(.unableToDeliver), .base(.realmNotServed), .base(.tooBusy), .base(.outOfSpace),
            .base(.unableToComply), .base(.resourcesExceeded):
            .refuse(
                .temporarilyUnavailable,
                Refusal(
                    "HSS_UNAVAILABLE", answer: "480",
                    "the HSS cannot serve the registration of \(registration.publicIdentity) now: \(result)",
                    hint: "see the log of the hss: its disk, its database, its load"))
        default: .refuse(.forbidden, refusal(for: result, registration))
        }
    }

    private static func refusal(for result: CxResult, _ registration: Registration) -> Refusal {
        let impu = registration.publicIdentity
        let impi = registration.privateIdentity
        switch result {
        case .userUnknown:
            return Refusal(
                "UNKNOWN_SUBSCRIBER", answer: "403", "the HSS knows no subscriber \(impi) with the identity \(impu)",
                hint:
                    "add it: imsctl subscriber add --imsi … ; or compare the phone's IMPI and IMPU with imsctl subscriber list"
            )
        case .identitiesDontMatch:
            return Refusal(
                "IDENTITIES_DONT_MATCH", answer: "403",
                "the public identity \(impu) does not belong to the private identity \(impi)",
                hint: "the phone's IMPU and IMPI come from different subscriptions")
        case .roamingNotAllowed:
            return Refusal(
                "ROAMING_NOT_ALLOWED", answer: "403",
                "the subscriber \(impi) may not register from this visited network",
                hint: "compare the P-CSCF's visited-network with the networks allowed to the subscriber")
        case .base(.authorizationRejected):
            return Refusal(
                "IDENTITY_BARRED", answer: "403", "all identities registered together with \(impu) are barred",
                hint:
                    "one identity of the set must not be barred; a subscriber without MSISDN has only its temporary one"
            )
        case .identityNotRegistered:
            return Refusal("NOT_REGISTERED", answer: "403", "\(impu) is not registered, so it cannot be de-registered")
        default:
            return Refusal("HSS_REFUSED", answer: "403", "the HSS refused the registration of \(impu): \(result)")
        }
    }
}
