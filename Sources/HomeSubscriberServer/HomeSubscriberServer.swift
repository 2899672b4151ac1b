import Cx
import Diameter
import IMS
import Octets
import SIP
import Sh

/// The HSS as a network function: Cx requests in, answers out, every decision inside a database transaction.
///
///     asked ─ decode ─▶ perform(work) ┄┄ transaction on disk ┄┄▶ performed ─▶ answer, and RTR or PPR where one is due
package struct HomeSubscriberServer: NetworkFunction {
    package struct Configuration: Hashable, Sendable {
        package var origin: LocalOrigin
        /// IND of the numbers drawn here, TS 33.102 Annex C.1.2: one slot for each domain that draws from the same SIM.
        package var sequenceNumberIndex: UInt8
        /// Whether an S-CSCF that asks to stay (assignment types 6 and 7) does.
        package var keepsServerName: Bool
        /// Requests that may wait for the database; beyond, TOO_BUSY.
        package var pendingLimit: Int
        /// RTRs and PPRs that may wait for their S-CSCFs.
        package var noticeCapacity = 10_000
        package var challengeLimits = ChallengeLimits()
        /// Draw RANDs until RES has no octet 0: for test phones that take RES for a C string and cut it there (SIPp).
        package var avoidsZeroInResponse = false
        /// Challenge users that are not there like those that are, so that nobody finds out who is.
        package var hidesUnknownUsers = false

        /// - Precondition: `sequenceNumberIndex` is below 32.
        package init(
            origin: LocalOrigin, sequenceNumberIndex: UInt8 = 0, keepsServerName: Bool = true,
            pendingLimit: Int = 10_000
        ) {
            precondition(sequenceNumberIndex < 32, "IND has five bits")
            self.origin = origin
            self.sequenceNumberIndex = sequenceNumberIndex
            self.keepsServerName = keepsServerName
            self.pendingLimit = pendingLimit
        }
    }

    package let configuration: Configuration
    private var lastWork: UInt64 = 0
    private var pending = 0
    private var limiter: ChallengeLimiter
    var notices: NoticeQueue
    /// Our requests under way.
    var asked: [AskID: NoticeID] = [:]
    var lastAsk: UInt64 = 0
    var sessions: SessionIDGenerator
    /// Whether the notices that a former run has left are being read, or have been.
    private var hasLoaded = false
    var isLoading = false
    /// Notices that are done but may still be in the directory.
    var forgetting: Set<NoticeID> = []

    /// - Parameter start: something that grows from start to start, for the Session-Ids of RTR and PPR.
    package init(_ configuration: Configuration, start: UInt32 = 0) {
        self.configuration = configuration
        notices = NoticeQueue(capacity: configuration.noticeCapacity)
        sessions = SessionIDGenerator(originHost: configuration.origin.host, start: start)
        limiter = ChallengeLimiter(configuration.challengeLimits)
    }

    /// Whoever asks times out by himself; only what we send unasked is sent again.
    package var nextDeadline: Instant? { hasLoaded ? notices.nextDeadline : .zero }

    package mutating func handle(_ event: RoleEvent<WorkResult>, at now: Instant) -> [Action<Work>] {
        switch event {
        case .asked(let message, let token, from: let peer): return asked(message, token, from: peer, at: now)
        case .performed(_, let result): return performed(result, at: now)
        case .command(let command, let id): return commanded(command, id)
        case .request(let request, let id, from: _):
            return [.respond(.response(.methodNotAllowed, to: request, toTag: nil), id)]
        // An HSS speaks no SIP.
        case .acknowledgement, .cancelled, .response, .transactionFailed, .connectionClosed, .lookedUp: return []
        case .answer(let message, let id): return answered(message, id, at: now)
        case .askFailed(let id, let failure): return askFailed(id, failure, at: now)
        case .deadline:
            let start = hasLoaded ? [] : load()
            hasLoaded = true
            return start + carryOut(notices.due(at: now))
        }
    }

    private mutating func asked(
        _ message: DiameterMessage, _ token: RequestToken, from peer: DiameterIdentity, at now: Instant
    ) -> [Action<Work>] {
        let origin = configuration.origin
        let subject = Subject(peer: peer.name)
        guard pending < configuration.pendingLimit else {
            let refusal = Refusal(
                "TOO_BUSY", answer: "3004 TOO_BUSY",
                "\(pending) requests wait for the subscriber database already.",
                hint: "The database is slower than the load: check the disk.")
            let answer = message.answer(.base(.tooBusy), origin: origin.diameter)
            return [.count(.cxRequestReceived)] + refuse(answer, token, refusal, about: subject)
        }
        do {
            guard let request = try ServedRequest(decoding: message) else {
                let refusal = Refusal(
                    "COMMAND_UNSUPPORTED", answer: "3001 COMMAND_UNSUPPORTED",
                    "An HSS does not take the command \(message.commandCode).",
                    hint: "UAR, MAR, SAR, LIR, UDR, PUR and SNR are asked of an HSS; RTR, PPR and PNR it sends itself.")
                let answer = message.answer(.base(.commandUnsupported), origin: origin.diameter)
                return [.count(.cxRequestReceived)] + refuse(answer, token, refusal, about: subject)
            }
            if let denial = objection(to: request, at: now) {
                let answer = request.message(denial.result, answering: message, origin: origin)
                return [.count(.cxRequestReceived)] + refuse(answer, token, denial.refusal, about: request.subject)
            }
            return [
                .count(.cxRequestReceived),
                perform(.answer(request, to: message, token)),
            ]
        } catch {
            let result = error.resultCode ?? .unableToComply
            let refusal = Refusal(
                "REQUEST_MALFORMED", answer: result.description, "A request cannot be read: \(error.description).",
                hint: "Failed-AVP of the answer holds the part.")
            return [.count(.cxRequestReceived)]
                + refuse(
                    error.answer(to: message, of: message.servedApplication, origin: origin), token, refusal,
                    about: subject)
        }
    }

    /// What needs no look into the database: the pace of challenges.
    private mutating func objection(to request: ServedRequest, at now: Instant) -> Denial? {
        switch request {
        case .userAuthorization, .locationInfo, .userData, .profileUpdate, .subscribeNotifications: return nil
        case .serverAssignment(let request):
            if let user = request.userName, request.serverAssignmentType.provesAuthentication {
                limiter.authenticated(PrivateIdentity(user))
            }
            return nil
        case .multimediaAuth(let request):
            // A scheme that we have not will be refused without a challenge drawn.
            switch request.authenticationItem.scheme {
            case .sipDigest, .earlyIMSSecurity, .other: return nil
            case .digestAKAv1MD5, .unknown, nil: break
            }
            let user = PrivateIdentity(request.userName)
            let isResynchronising = request.authenticationItem.authorization != nil
            switch limiter.admit(user, resynchronising: isResynchronising, at: now) {
            case .admitted: return nil
            case .tooManyChallenges: return .tooManyChallenges(user, limiter.limits)
            case .tooManyResynchronisations: return .tooManyResynchronisations(user, limiter.limits)
            }
        }
    }

    private func refuse(
        _ answer: DiameterMessage, _ token: RequestToken, _ refusal: Refusal, about subject: Subject
    ) -> [Action<Work>] {
        [.answer(answer, token), .observe(.refused(refusal, about: subject)), .count(.cxRequestRefused)]
    }

    private mutating func performed(_ result: WorkResult, at now: Instant) -> [Action<Work>] {
        pending = max(0, pending - 1)
        var actions: [Action<Work>] = []
        actions.reserveCapacity(1 + result.observations.count + result.counters.count)
        switch result.outcome {
        case .answer(let message, let token): actions.append(.answer(message, token))
        case .reply(let report, let id): actions.append(.reply(report, id))
        case .renewed(let id, let notice): actions += carryOut(notices.read(id, notice))
        case .notRenewed(let id): notices.unread(id, at: now)
        case .loaded(let stored): actions += loaded(stored)
        case .notLoaded: isLoading = false
        case .forgotten(let ids): forgetting.subtract(ids)
        case .emergencyRegistrationsKept: break
        }
        if result.othersWrote { actions += load() }
        for observation in result.observations { actions.append(.observe(observation)) }
        for counter in result.counters { actions.append(.count(counter)) }
        if !result.news.isEmpty { actions += take(result.news) }
        return actions
    }

    private mutating func commanded(_ command: Command, _ id: CommandID) -> [Action<Work>] {
        if command.name == "notices" { return [.reply(["notices": notices.report], id)] }
        // imsctl has written into the database beside us.
        if command.name == "reload" { return load() + [.reply(["reload": true], id)] }
        switch Administration.reading(command) {
        case .success(let administration)?: return [perform(.administer(administration, id))]
        case .failure(let mistake)?: return [.reply(.error(mistake.sentence), id)]
        case nil: break
        }
        return switch Query.reading(command) {
        case .success(let query): [perform(.report(query, id))]
        case .failure(let mistake): [.reply(.error(mistake.sentence), id)]
        }
    }

    mutating func perform(_ task: Work.Task) -> Action<Work> {
        lastWork += 1
        pending += 1
        return .perform(Work(task: task, configuration: configuration), WorkID(rawValue: lastWork))
    }
}

extension DiameterMessage {
    /// The application in whose form it is answered.
    fileprivate var servedApplication: VendorSpecificApplicationID {
        applicationID == ShDictionary.application
            ? ShDictionary.applicationAdvertised : CxDictionary.applicationAdvertised
    }
}

extension LocalOrigin {
    fileprivate var diameter: DiameterOrigin { DiameterOrigin(host: host, realm: realm) }
}
