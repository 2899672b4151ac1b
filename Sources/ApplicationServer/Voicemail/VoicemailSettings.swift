import Octets
import SIP

/// The server's own voice mail.
package struct VoicemailSettings: Sendable {
    /// Whom calls for mailboxes go to that others divert (RFC 4458 §2), and who wants to listen may call.
    package var uri: SIPURI
    package var recording = RecordingLimits(longest: .seconds(120), silence: .seconds(8), least: .milliseconds(600))
    /// Messages of one mailbox; a full one answers no calls.
    package var messageLimit = 50
    /// Messages of all mailboxes.
    package var totalLimit = 100_000
    /// Calls that are listened to or recorded at a time.
    package var callLimit = 100
    /// How long somebody may listen.
    package var longestCall = Duration.seconds(1800)
    /// Whether a phone that is registered is told of its messages without having asked: no RFC has that,
    /// many phones expect it.
    package var notifiesUnsolicited = false
    package var subscriptionLimit = 10_000

    package init(uri: SIPURI) { self.uri = uri }
}
