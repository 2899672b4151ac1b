import IMS
import Octets
import SIP

/// What the application server needs to know, from its configuration.
package struct ApplicationServerConfiguration: Sendable {
    /// Our SIP URI: the one that initial filter criteria name, and the host of our Contact.
    package var uri: SIPURI
    /// Under which host and port requests reach us.
    package var own: OwnNames
    /// The table of hosts, which goes before the domain name system.
    package var locator: StaticLocator
    /// Whether names that the table does not know are looked up.
    package var usesDNS = true
    /// The home domain: numbers become SIP URIs of it.
    package var domain: String
    /// What our session descriptions say where no media flow.
    package var address = IPAddress.loopback
    /// Who may send us requests, beside loopback: our S-CSCFs. They vouch for P-Served-User and P-Asserted-Identity.
    package var trustedPeers: Set<IPAddress> = []
    /// How long a phone rings before a call is diverted for no reply, where its user has not said.
    package var noReplyTime = Duration.seconds(20)
    /// How long a phone may leave an INVITE without any answer before it counts as not reachable.
    package var notReachableTime = Duration.seconds(10)
    /// Diversions of one call, by all users together; the next is refused.
    package var diversionLimit = 5
    package var plan = NumberPlan()
    /// Somebody else's voice mail system: whom a call for a mailbox goes to (RFC 4458 §2). nil when there is none.
    package var voicemail: SIPURI?
    /// Our own; it answers where no other is named. nil when there is none.
    package var mailboxes: VoicemailSettings?
    /// Whether what a user dials may change his settings.
    package var takesCodes = true
    package var clock = WallClock(0, at: .zero)
    /// When the node starts.
    package var startsAt = Instant.zero
    /// The service centre's number, as phones see it: RP-OA.
    package var centre: SMSAddress?
    /// Seconds that a message may wait for its recipient.
    package var longestStorage = 259_200
    /// Octets of a MESSAGE that is kept.
    package var longestMessage = 16_384
    package var messageLimit = 100_000
    package var messageLimitPerUser = 100
    /// How long a phone may take for the RP-ACK of a short message.
    package var confirmationTime = Duration.seconds(40)
    /// How long a MESSAGE of a registered user may go without an answer before it is kept instead; less than 64·T1.
    package var answerTime = Duration.seconds(15)
    /// The pause before a message is tried again: doubled from the first to the longest.
    package var firstRetry = Duration.seconds(60)
    package var longestRetry = Duration.seconds(3600)
    /// Requests on their way at a time.
    package var requestLimit = 20_000
    /// Calls that we have answered ourselves, at a time.
    package var callLimit = 2_000
    package var userLimit = 1_000_000
    /// Seconds that a third-party registration may last.
    package var longestRegistration = 604_800

    package init(uri: SIPURI, own: OwnNames, domain: String, locator: StaticLocator) {
        self.uri = uri
        self.locator = locator
        self.own = own
        self.domain = domain.lowercased()
    }

    var hasVoicemail: Bool { voicemail != nil || mailboxes != nil }

    /// Whether calls to voicemail are answered here.
    var answersForMailboxes: Bool { voicemail == nil && mailboxes != nil }

    /// A4 of the attack table: nobody but our own S-CSCFs talks to us.
    func trusts(_ address: IPAddress) -> Bool {
        switch address {
        case .v4(let number) where number >> 24 == 127: true
        case .v6(0, 1): true
        case .v4, .v6: trustedPeers.contains(address)
        }
    }

    /// Our Contact as a header value.
    var contact: String { "<\(uri.text)>" }
}
