import Octets

/// What is kept of an active subscription over a crash of its subscriber.
package struct StoredSubscriber: Sendable, Equatable {
    package var dialog: StoredDialog
    package var expiration: Instant

    package init(dialog: StoredDialog, expiration: Instant) {
        self.dialog = dialog
        self.expiration = expiration
    }
}

extension Subscriber {
    /// nil unless the notifier has said that the subscription stands.
    package var stored: StoredSubscriber? {
        guard state == .active || state == .pending, let dialog, let expiration else { return nil }
        return StoredSubscriber(dialog: dialog.stored, expiration: expiration)
    }

    /// Goes on with one that was stored: what was notified meanwhile is not known, so that it is refreshed at `refreshAt`,
    /// which brings the state anew (RFC 6665 §4.4.3).
    ///
    /// - Parameter template: as it was for the first SUBSCRIBE.
    package init(
        _ stored: StoredSubscriber, _ eventPackage: EventPackage, template: SIPMessage, expires: Int,
        timing: TransactionTiming, refreshAt: Instant
    ) throws(SIPSyntaxError) {
        self.init(eventPackage, template: template, expires: expires, timing: timing)
        var first = template
        first.set(.from, stored.dialog.local)
        first.set(.callID, stored.dialog.id.callID)
        initial = first
        dialog = try Dialog(stored.dialog)
        state = .active
        expiration = stored.expiration
        self.refreshAt = refreshAt
    }
}
