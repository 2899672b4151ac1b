import Cx
import Diameter
import IMS
import Octets

extension HomeSubscriberServer {
    /// Does a piece of work inside one transaction of the directory.
    package static func execute(
        _ work: Work, on directory: inout some SubscriberDirectory, entropy: inout Entropy
    ) -> WorkResult {
        do {
            switch work.task {
            case .answer(let request, to: let message, let token):
                return try answer(
                    request, to: message, token, work.configuration, on: &directory, entropy: &entropy)
            case .report(let query, let id):
                return WorkResult(
                    outcome: .reply(try query.report(from: &directory), id), observations: [], counters: [])
            case .administer(let administration, let id):
                let (report, news) = try administration.execute(on: &directory)
                return WorkResult(
                    outcome: .reply(report, id), observations: [], counters: [],
                    news: news + (try directory.waitingNotifications()))
            case .renew(let notice, let id):
                return WorkResult(
                    outcome: .renewed(id, try directory.renewed(notice)), observations: [], counters: [])
            case .loadNotices(let limit):
                return WorkResult(
                    outcome: .loaded(try directory.storedNotices(limit: limit)), observations: [], counters: [],
                    news: try directory.waitingNotifications())
            case .forgetNotices(let ids):
                try directory.removeNotices(ids)
                return WorkResult(outcome: .forgotten(ids), observations: [], counters: [])
            case .keepEmergencyRegistrations(let identities, at: let server):
                let kept = try EmergencyRegistration.keep(identities, at: server, on: &directory)
                return WorkResult(
                    outcome: .emergencyRegistrationsKept, observations: kept.observations, counters: [],
                    news: kept.news)
            }
        } catch {
            return failed(work, error)
        }
    }

    /// What a piece of work comes to when the database fails before, in or after it: UNABLE_TO_COMPLY.
    package static func failed(_ work: Work, _ failure: DirectoryFailure) -> WorkResult {
        let denial = Denial.directory(failure)
        switch work.task {
        case .answer(let request, to: let message, let token):
            return WorkResult(
                outcome: .answer(
                    request.message(denial.result, answering: message, origin: work.configuration.origin), token),
                observations: [
                    Observation(.error, denial.refusal.sentence, about: request.subject, refusal: denial.refusal)
                ],
                counters: [.cxRequestRefused], failure: failure)
        case .renew(_, let id):
            return WorkResult(
                outcome: .notRenewed(id),
                observations: [Observation(.error, denial.refusal.sentence, refusal: denial.refusal)], counters: [],
                failure: failure)
        case .loadNotices:
            return WorkResult(
                outcome: .notLoaded,
                observations: [Observation(.error, denial.refusal.sentence, refusal: denial.refusal)], counters: [],
                failure: failure)
        case .forgetNotices(let ids):
            return WorkResult(
                outcome: .forgotten(ids),
                observations: [Observation(.error, denial.refusal.sentence, refusal: denial.refusal)], counters: [],
                failure: failure)
        case .keepEmergencyRegistrations:
            return WorkResult(
                outcome: .emergencyRegistrationsKept,
                observations: [Observation(.error, denial.refusal.sentence, refusal: denial.refusal)], counters: [],
                failure: failure)
        case .report(_, let id), .administer(_, let id):
            return WorkResult(
                outcome: .reply(.error(denial.refusal.sentence), id), observations: [], counters: [], failure: failure)
        }
    }

    private static func answer(
        _ request: ServedRequest, to message: DiameterMessage, _ token: RequestToken, _ configuration: Configuration,
        on directory: inout some SubscriberDirectory, entropy: inout Entropy
    ) throws(DirectoryFailure) -> WorkResult {
        let origin = configuration.origin
        switch request {
        case .userAuthorization(let request):
            var decision = try UserAuthorization.decide(request, on: &directory)
            if configuration.hidesUnknownUsers { decision.disguise(request) }
            return result(decision, decision.answer.message(answering: message, origin: origin), token)
        case .locationInfo(let request):
            let decision = try LocationInfo.decide(request, on: &directory)
            return result(decision, decision.answer.message(answering: message, origin: origin), token)
        case .multimediaAuth(let request):
            var decision = try MultimediaAuth.decide(
                request, from: message.sender,
                index: configuration.sequenceNumberIndex,
                avoidingZero: configuration.avoidsZeroInResponse, on: &directory, entropy: &entropy)
            if configuration.hidesUnknownUsers, decision.disguise(request, entropy: &entropy) {
                try directory.writeNothing()
            }
            return result(decision, decision.answer.message(answering: message, origin: origin), token)
        case .serverAssignment(let request):
            let decision = try ServerAssignment.decide(
                request, from: message.sender,
                keepsServerName: configuration.keepsServerName, on: &directory)
            return result(decision, decision.answer.message(answering: message, origin: origin), token)
        case .userData(let request):
            let decision = try ShPull.decide(request, from: message.sender, on: &directory)
            return result(decision, decision.answer.message(answering: message, origin: origin), token)
        case .profileUpdate(let request):
            let decision = try ShUpdate.decide(request, from: message.sender, on: &directory)
            return result(decision, decision.answer.message(answering: message, origin: origin), token)
        case .subscribeNotifications(let request):
            let decision = try ShSubscription.decide(
                request, from: message.sender, realm: message[.originRealm] ?? DiameterIdentity(""), on: &directory)
            return result(decision, decision.answer.message(answering: message, origin: origin), token)
        }
    }

    private static func result(
        _ decision: Decision<some Any>, _ answer: DiameterMessage, _ token: RequestToken
    ) -> WorkResult {
        WorkResult(
            outcome: .answer(answer, token), observations: decision.observations, counters: decision.counters,
            news: decision.news)
    }
}

extension DiameterMessage {
    /// Origin-Host; the stack lets no request in without one.
    fileprivate var sender: DiameterIdentity { self[.originHost] ?? DiameterIdentity("") }
}
