import Cx
import Diameter
import IMS
import Octets
import Sh

extension HomeSubscriberServer {
    /// What has to be done in the subscriber database, with all that is needed for it.
    package struct Work: Sendable {
        package enum Task: Sendable {
            case answer(ServedRequest, to: DiameterMessage, RequestToken)
            case report(Query, CommandID)
            case administer(Administration, CommandID)
            /// Makes a PPR anew that has to go out again.
            case renew(Notice, NoticeID)
            /// Reads the oldest notices that are kept, and takes what application servers are to be told.
            case loadNotices(limit: Int)
            /// Removes notices that are done.
            case forgetNotices([NoticeID])
            /// What an S-CSCF keeps registered for emergency calls after an RTR.
            case keepEmergencyRegistrations([EmergencyIdentity], at: AssignedServingCSCF)
        }

        package var task: Task
        package var configuration: Configuration

        package init(task: Task, configuration: Configuration) {
            self.task = task
            self.configuration = configuration
        }

        /// False for what only reads: it needs no write transaction and nothing on disk.
        package var writes: Bool {
            switch task {
            case .answer(let request, to: _, _): request.writes
            case .report, .renew: false
            case .administer, .loadNotices, .forgetNotices, .keepEmergencyRegistrations: true
            }
        }
    }

    /// What came of it. The role hands it on only after the transaction is on disk.
    package struct WorkResult: Sendable {
        package enum Outcome: Sendable {
            case answer(DiameterMessage, RequestToken)
            case reply(Report, CommandID)
            /// nil when there is nothing to say any more.
            case renewed(NoticeID, Notice?)
            case notRenewed(NoticeID)
            case loaded([StoredNotice])
            case notLoaded
            /// Gone, or not to be had at the moment: then they come again with the next start.
            case forgotten([NoticeID])
            case emergencyRegistrationsKept
        }

        package var outcome: Outcome
        package var observations: [Observation]
        package var counters: [Counter]
        /// Set when the directory failed: whatever this work has written must be undone.
        package var failure: DirectoryFailure?
        package var news: [DirectoryNews] = []
        /// Whether another program has changed the directory since the last work: there may be notices of its own.
        package var othersWrote = false
    }
}

/// A request that the HSS serves, read.
package enum ServedRequest: Equatable, Sendable {
    case userAuthorization(UserAuthorizationRequest)
    case serverAssignment(ServerAssignmentRequest)
    case locationInfo(LocationInfoRequest)
    case multimediaAuth(MultimediaAuthRequest)
    case userData(UserDataRequest)
    case profileUpdate(ProfileUpdateRequest)
    case subscribeNotifications(SubscribeNotificationsRequest)

    /// nil for a command that is not asked of an HSS.
    package init?(decoding message: DiameterMessage) throws(CxDecodeFailure) {
        switch (message.applicationID, message.commandCode) {
        case (ShDictionary.application, .userData): self = .userData(try UserDataRequest(decoding: message))
        case (ShDictionary.application, .profileUpdate):
            self = .profileUpdate(try ProfileUpdateRequest(decoding: message))
        case (ShDictionary.application, .subscribeNotifications):
            self = .subscribeNotifications(try SubscribeNotificationsRequest(decoding: message))
        case (ShDictionary.application, _): return nil
        case (_, .userAuthorization): self = .userAuthorization(try UserAuthorizationRequest(decoding: message))
        case (_, .serverAssignment): self = .serverAssignment(try ServerAssignmentRequest(decoding: message))
        case (_, .locationInfo): self = .locationInfo(try LocationInfoRequest(decoding: message))
        case (_, .multimediaAuth): self = .multimediaAuth(try MultimediaAuthRequest(decoding: message))
        default: return nil
        }
    }

    var writes: Bool {
        switch self {
        case .userAuthorization, .locationInfo, .userData: false
        case .serverAssignment, .multimediaAuth, .profileUpdate, .subscribeNotifications: true
        }
    }

    var subject: Subject {
        switch self {
        case .userAuthorization(let request):
            Subject(privateIdentity: request.userName, publicIdentity: request.publicIdentity)
        case .serverAssignment(let request):
            Subject(privateIdentity: request.userName, publicIdentity: request.publicIdentities.first)
        case .locationInfo(let request): Subject(publicIdentity: request.publicIdentity)
        case .userData(let request): Subject(publicIdentity: request.userIdentity.publicIdentity)
        case .profileUpdate(let request): Subject(publicIdentity: request.userIdentity.publicIdentity)
        case .subscribeNotifications(let request): Subject(publicIdentity: request.userIdentity.publicIdentity)
        case .multimediaAuth(let request):
            Subject(privateIdentity: request.userName, publicIdentity: request.publicIdentity)
        }
    }

    /// The answer that carries nothing but a result.
    func message(_ result: CxResult, answering message: DiameterMessage, origin: LocalOrigin) -> DiameterMessage {
        switch self {
        case .userAuthorization: UserAuthorizationAnswer(result).message(answering: message, origin: origin)
        case .serverAssignment: ServerAssignmentAnswer(result).message(answering: message, origin: origin)
        case .locationInfo: LocationInfoAnswer(result).message(answering: message, origin: origin)
        case .multimediaAuth: MultimediaAuthAnswer(result).message(answering: message, origin: origin)
        case .userData: UserDataAnswer(result).message(answering: message, origin: origin)
        case .profileUpdate: ProfileUpdateAnswer(result).message(answering: message, origin: origin)
        case .subscribeNotifications: SubscribeNotificationsAnswer(result).message(answering: message, origin: origin)
        }
    }
}
