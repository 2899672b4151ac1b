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
    /// Whether what a user dials may change his settings.
    package var takesCodes = true
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
