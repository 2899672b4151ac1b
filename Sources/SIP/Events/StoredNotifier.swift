import Octets

/// What is kept of an active subscription over a crash of its notifier.
package struct StoredNotifier: Sendable, Equatable {
    package var dialog: StoredDialog
    /// The Event header.
    package var event: OctetSlice
    package var contentType: String
    /// Of the next notification; whoever goes on from an older record adds what may have gone out since.
    package var version: Int
    package var expiration: Instant

    package init(dialog: StoredDialog, event: OctetSlice, contentType: String, version: Int, expiration: Instant) {
        self.dialog = dialog
        self.event = event
        self.contentType = contentType
        self.version = version
        self.expiration = expiration
    }
}
