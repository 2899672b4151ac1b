import Cx
import Diameter
import IMS

/// Something that an S-CSCF is told unasked: that a registration has ended, or what a profile has become.
package struct Notice: Equatable, Sendable {
    package enum Content: Equatable, Sendable {
        /// RTR, TS 29.228 §6.1.3.
        case termination(RegistrationTerminationRequest)
        /// PPR, TS 29.228 §6.2.2, for one implicit set.
        case profile(PushProfileRequest, implicitSet: Int)
    }

    package var server: AssignedServingCSCF
    package var content: Content

    package init(server: AssignedServingCSCF, content: Content) {
        self.server = server
        self.content = content
    }

    /// The private identity in User-Name.
    package var user: PrivateIdentity {
        switch content {
        case .termination(let request): PrivateIdentity(request.userName)
        case .profile(let request, implicitSet: _): PrivateIdentity(request.userName)
        }
    }

    /// What is sent, about whom and to whom.
    package var report: Report {
        [
            "request": .text(word), "private_identity": .text(user.text), "scscf": .text(server.name),
        ]
    }

    var subject: Subject { Subject(privateIdentity: user.text, peer: server.host.name) }

    var word: String {
        switch content {
        case .termination: "RTR"
        case .profile: "PPR"
        }
    }

    func message(session: String, origin: LocalOrigin) -> DiameterMessage {
        switch content {
        case .termination(let request):
            request.message(
                session: session, origin: origin, destinationRealm: origin.realm, destinationHost: server.host)
        case .profile(let request, implicitSet: _):
            request.message(
                session: session, origin: origin, destinationRealm: origin.realm, destinationHost: server.host)
        }
    }

    /// Whether a later notice makes this one needless: the same profile once more, or the end of the user.
    func isReplaced(by later: Notice) -> Bool {
        guard user == later.user, server.host == later.server.host else { return false }
        switch (content, later.content) {
        case (.profile(let request, let set), .profile(let laterRequest, let laterSet)):
            return set == laterSet && (request.authenticationItem == nil || laterRequest.authenticationItem != nil)
        case (.profile, .termination(let request)): return request.publicIdentities.isEmpty
        case (.termination(let request), .termination(let later)): return request == later
        case (.termination, .profile): return false
        }
    }
}

/// A notice in the directory.
package struct StoredNotice: Equatable, Sendable {
    package var id: NoticeID
    package var notice: Notice

    package init(id: NoticeID, notice: Notice) {
        self.id = id
        self.notice = notice
    }
}

/// What a transaction tells the role besides its outcome; it counts once the transaction is on disk.
package enum DirectoryNews: Equatable, Sendable {
    case notice(StoredNotice)
    /// PNR, TS 29.328 §6.1.4.
    case notification(DataNotification)
    /// The user is registered here now.
    case registered(PrivateIdentity, at: AssignedServingCSCF)
}
