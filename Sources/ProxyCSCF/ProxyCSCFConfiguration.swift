import IMS
import Octets
import SIP

/// What a P-CSCF is told at start.
package struct ProxyCSCFConfiguration: Sendable {
    /// What becomes of a request whose Route is not the Service-Route of the registration, TS 24.229 §5.2.6.3.3: the
    /// clause leaves both to the operator.
    package enum RouteMismatch: String, Sendable, CaseIterable {
        /// The Service-Route takes its place.
        case replace
        /// 400.
        case refuse
    }

    /// What becomes of a request in the name of an identity that is not registered at its flow.
    package enum IdentityMismatch: String, Sendable, CaseIterable {
        /// It goes on in the name of the default identity, TS 24.229 §5.2.6.3.3.
        case `default`
        /// 403.
        case refuse
    }

    /// Our name in Path, a host as it stands in a URI.
    package var pathHost: String
    package var pathPort: UInt16
    /// P-Visited-Network-ID, RFC 7315 §4.3: our network's domain.
    package var visitedNetwork: String
    /// Domains whose registrations we pass on; empty means every domain that can be located.
    package var homeDomains: Set<String>
    package var locator: StaticLocator
    /// Our sockets, as Record-Route names them. One that is not here goes by the name in Path.
    package var listeners: [ListenerID: SIPListener] = [:]
    /// Whether a domain that `locator` does not know is looked up.
    package var usesDNS = false
    /// Our part of every ICID, RFC 7315 §4.6: an address or host unique among the charging nodes.
    package var chargingNode: String
    /// Signs our flow tokens and Record-Routes.
    package var flowTokenKey: [UInt8]
    package var routeMismatch = RouteMismatch.replace
    package var identityMismatch = IdentityMismatch.default
    package var emergency = EmergencyService()
    package var mediaPolicy = MediaPolicy()
    /// Where our core is, beside loopback; empty for anywhere where no phone is registered.
    package var trustedPeers: Set<IPAddress> = []
    /// nil without a media relay.
    package var mediaRelay: MediaRelaySettings?
    /// nil without a PCRF.
    package var policyControl: PolicyControlSettings?
    /// The calendar, when registrations, sessions and subscriptions are kept over a crash.
    package var clock: WallClock?
    /// The first connection of this run of the node: flows over those with lower numbers are gone.
    package var firstConnection: ConnectionID?
    package var security = SecurityPolicy()
    /// How phones of one family are treated.
    package var handsets = HandsetProfiles()
    /// Whether we subscribe to the registration state of each user, TS 24.229 §5.2.3.
    package var watchesRegistrations = false
    /// Whether charging records are made.
    package var charges = false
    /// What we want of session timers, RFC 4028 §8. Without an interval the ends decide whether there is one.
    package var sessionTimer = SessionTimerPolicy(interval: nil)
    /// Sessions that are listed at once; more are carried, but neither listed nor released.
    package var sessionLimit = 100_000
    /// How long after the end of its connection a phone may come back before its sessions are released.
    package var flowGrace = Duration.seconds(60)
    /// Seconds between keep-alives that we advise phones, RFC 6223; 0 leaves it to them.
    package var keepAlive = 25
    /// Seconds of Flow-Timer for phones with flows over streams (RFC 5626 §5.4); 0 for none. Over UDP `keepAlive` stands there.
    package var flowTimer = 120
    /// How long an S-CSCF may be silent on an INVITE before another one is looked for, TS 23.380 §4.4. Its 100 is due within
    /// 200 ms (RFC 3261 §17.2.1), and T1 of 500 ms sends the INVITE four times in 4 s.
    package var servingCSCFPatience = Duration.seconds(4)
    /// Requests other than REGISTER that may be on their way at once; above it new ones get a 503.
    package var requestLimit = 100_000

    package init(
        pathHost: String, pathPort: UInt16, visitedNetwork: String, homeDomains: Set<String>, locator: StaticLocator,
        chargingNode: String, flowTokenKey: [UInt8]
    ) {
        self.pathHost = pathHost
        self.pathPort = pathPort
        self.visitedNetwork = visitedNetwork
        self.homeDomains = homeDomains
        self.locator = locator
        self.chargingNode = chargingNode
        self.flowTokenKey = flowTokenKey
    }

    /// Everything by which a Route may name us.
    var ownNames: OwnNames {
        var names = OwnNames(listeners: listeners.values)
        names.insert(host: pathHost, port: pathPort)
        return names
    }

    func listener(_ id: ListenerID) -> SIPListener {
        listeners[id] ?? SIPListener(.udp, Endpoint(.loopback, pathPort), sentBy: pathHost, port: pathPort)
    }

    /// P-Charging-Vector with an ICID of its own, RFC 7315 §4.6; the inter operator identifier names the network of the
    /// P-CSCF (type 1, TS 24.229 §4.5.4.2A).
    func chargingVector(_ icid: [UInt8]) -> OctetSlice {
        var writer = OctetWriter(
            reserving: 64 + 2 * icid.count + chargingNode.utf8.count + visitedNetwork.utf8.count)
        writer.write("icid-value=\"")
        writer.write(hex: icid)
        writer.write("\";icid-generated-at=")
        writer.write(chargingNode)
        writer.write(";orig-ioi=\"")
        writer.write(visitedNetwork)
        writer.write("\"")
        return OctetSlice(writer.octets)
    }
}
