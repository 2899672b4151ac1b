import Cx
import Diameter
import IMS
import Octets
import SIP

/// What an I-CSCF is told at start.
package struct InterrogatingCSCFConfiguration: Sendable {
    /// The home domains whose users we look up, in lower case.
    package var servedDomains: Set<String>
    /// The S-CSCFs that we may choose from, in order of preference.
    package var servingCSCFs: [ServingCSCFCandidate]
    package var origin: LocalOrigin
    /// The realm of the HSS.
    package var destinationRealm: DiameterIdentity
    package var locator: StaticLocator
    /// Addresses that may send us requests: our P-CSCFs and peers, TS 33.210's trust boundary. Loopback is always
    /// trusted.
    package var trustedPeers: Set<IPAddress>
    /// How long an S-CSCF may take before another is tried (TS 24.229 §5.3.1.3): well under the 32 seconds that the
    /// P-CSCF waits for us (RFC 3261 §17.1.2.2, timer F), so that the phone's first attempt still succeeds.
    package var patience = Duration.seconds(8)
    /// How often the S-CSCFs of the pool are asked whether they are there; nil for never.
    package var probeInterval: Duration?
    /// How long one may take to say so.
    package var probePatience = Duration.milliseconds(1_500)
    /// Whether names that the table of hosts does not have are looked up, RFC 3263.
    package var usesDNS = false
    /// Subdomains of public service identities, in lower case, with the SIP URI of the application server that has
    /// them all: no HSS is asked (TS 24.229 §5.3.2.1).
    package var serviceDomains: [String: String] = [:]
    /// Whether others than our peers may send requests for our users, other than REGISTER and on nobody's behalf.
    /// What they assert is taken off (TS 24.229 §5.3.2.1).
    package var acceptsStrangers = false
    /// Identities whose S-CSCF is remembered for when the HSS cannot be asked.
    package var knownServers = 200_000
    /// Requests in progress; above it new ones get a 503.
    package var requestLimit = 20_000
    /// Names of this node in Route headers.
    package var own = OwnNames(listeners: EmptyCollection<SIPListener>())

    package init(
        servedDomains: Set<String>, servingCSCFs: [ServingCSCFCandidate], origin: LocalOrigin,
        destinationRealm: DiameterIdentity, locator: StaticLocator, trustedPeers: Set<IPAddress> = []
    ) {
        self.servedDomains = servedDomains
        self.servingCSCFs = servingCSCFs
        self.origin = origin
        self.destinationRealm = destinationRealm
        self.locator = locator
        self.trustedPeers = trustedPeers
    }

    /// Nobody but our own proxies talks to us; a phone that finds our address does not.
    func trusts(_ address: IPAddress) -> Bool {
        switch address {
        case .v4(let number) where number >> 24 == 127: true
        case .v6(0, 1): true
        case .v4, .v6: trustedPeers.contains(address)
        }
    }

    var servedDomainsHint: String {
        "served-domains of the I-CSCF are \(servedDomains.sorted().joined(separator: ", "))"
    }

    /// Where a SIP URI leads: the table of hosts first. nil when nobody knows.
    func way(to uri: SIPURI) -> Way? {
        do throws(LocationFailure) {
            do throws(LocationFailure) {
                return .hop(try locator.locate(uri))
            } catch .unknownHost where usesDNS {
                return .question(try LocationQuestion(uri))
            }
        } catch {
            return nil
        }
    }

    enum Way {
        case hop(Hop)
        /// To be looked up, RFC 3263 §4.
        case question(LocationQuestion)
    }
}

extension Action where Work == Never {
    static func send(_ request: SIPMessage, by way: InterrogatingCSCFConfiguration.Way, _ client: ClientTransactionID)
        -> Action<Never>
    {
        switch way {
        case .hop(let hop): .forward(request, to: hop, client)
        case .question(let question): .send(request, toward: question, client)
        }
    }
}
