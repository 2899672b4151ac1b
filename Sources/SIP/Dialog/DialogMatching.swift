import Octets

/// What an INVITE with Replaces or Join comes to at its receiver, RFC 3891 §3, RFC 3911 §4.
///
/// Authorisation comes after it: the caller has to see to it that the sender may do this.
package enum DialogMatching: Equatable, Sendable {
    /// Neither header: an INVITE like any other.
    case ordinary
    /// Accept and end this dialog: BYE when it is confirmed, CANCEL when it is an early one that we began.
    case replace(DialogID, byCancel: Bool)
    /// Accept and join with this dialog.
    case join(DialogID)
    case refuse(Status)

    /// What is known of a dialog of this user agent.
    package struct Candidate: Sendable, Equatable {
        package var id: DialogID
        package var state: Dialog.State
        package var role: Dialog.Role
        /// Made by an INVITE.
        package var isInvite: Bool

        package init(_ dialog: Dialog, isInvite: Bool) {
            id = dialog.id
            state = dialog.state
            role = dialog.role
            self.isInvite = isInvite
        }
    }

    /// - Parameters:
    ///   - request: any request; outside INVITE the headers are an error.
    ///   - candidates: the dialogs with the id that was asked for, those that have just ended included. More than one
    ///     counts as none.
    ///   - isConference: the Request-URI is that of a conference, which needs no Join (RFC 3911 §4).
    package static func judge(
        _ request: SIPMessage, isConference: Bool = false, candidates: (DialogID) -> [Candidate]
    ) -> DialogMatching {
        let hasReplaces = request.contains(.replaces)
        let hasJoin = request.contains(.join)
        guard hasReplaces || hasJoin else { return .ordinary }
        guard request.method == .invite, request.count(.replaces) + request.count(.join) == 1 else {
            return .refuse(.badRequest)
        }
        do {
            if let header = try request.first(Replaces.self) {
                return replace(header, candidates(DialogID(header.dialog)))
            }
            guard let header = try request.first(Join.self) else { return .refuse(.badRequest) }
            return join(candidates(DialogID(header.dialog)), isConference: isConference)
        } catch {
            return .refuse(.badRequest)
        }
    }

    private static func replace(_ header: Replaces, _ candidates: [Candidate]) -> DialogMatching {
        guard candidates.count == 1, let found = candidates.first, found.isInvite else {
            return .refuse(.callOrTransactionDoesNotExist)
        }
        switch found.state {
        case .terminated: return .refuse(.decline)
        case .confirmed: return header.isEarlyOnly ? .refuse(.busyHere) : .replace(found.id, byCancel: false)
        case .early:
            // Only an early dialog that we began ourselves can be replaced.
            return found.role == .client
                ? .replace(found.id, byCancel: true) : .refuse(.callOrTransactionDoesNotExist)
        }
    }

    private static func join(_ candidates: [Candidate], isConference: Bool) -> DialogMatching {
        guard candidates.count == 1, let found = candidates.first else {
            return isConference ? .ordinary : .refuse(.callOrTransactionDoesNotExist)
        }
        guard found.isInvite else { return .refuse(.callOrTransactionDoesNotExist) }
        return found.state == .terminated ? .refuse(.decline) : .join(found.id)
    }
}
