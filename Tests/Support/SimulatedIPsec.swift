import IMS
import Octets
import ProxyCSCF
import SIP
import UserEquipment

/// What a simulated lab with security agreements is like: phones and P-CSCF on hosts of their own, each with protected
/// ports and associations.
package struct SimulatedIPsec: Sendable {
    package var demand = SecurityPolicy.Demand.required
    /// How the phones speak SIP.
    package var transport = Transport.udp
    package var phones = 2
    /// nil for the P-CSCF's default.
    package var preference: [SecurityAlgorithms]?
    package var isCrossed = false

    package init() {}

    static let phonesAddress = IPAddress.v4(0x7F00_0002)
    static let proxyAddress = IPAddress.loopback
    static let serverPort: UInt16 = 5062
    static let clientPorts: [UInt16] = [5100, 5101, 5102, 5103]
    private static let firstProtected: UInt16 = 2

    /// UDP and TCP at one place, protected ones behind them.
    private static func plain(_ local: Endpoint, _ timers: TransactionTimers) -> [ListenerID: SIPListener] {
        [
            ListenerID(rawValue: 0): SIPListener(.udp, local, timers: timers),
            ListenerID(rawValue: 1): SIPListener(.tcp, local, timers: timers),
        ]
    }

    private static func streams(_ listeners: [ListenerID: SIPListener]) -> Set<ListenerID> {
        Set(listeners.filter { $0.value.transport == .tcp }.keys)
    }

    func phones(
        _ network: SimulatedNetwork, _ entropy: inout Entropy
    ) -> SimulatedCore<UserEquipment> {
        let local = Endpoint(Self.phonesAddress, 5090)
        let ports: [(server: UInt16, clients: [UInt16])] = (0..<UInt16(phones)).map { number in
            let server = 6000 + 10 * number
            return (server, [server + 1, server + 2, server + 3, server + 4])
        }
        let (sockets, protected) = ProtectedSockets.make(
            at: Self.phonesAddress, ports: ports, timers: .userEquipment, from: Self.firstProtected)
        let listeners = Self.plain(local, .userEquipment).merging(protected) { $1 }
        let first = ListenerID(rawValue: transport == .udp ? 0 : 1)
        var configuration = UserEquipment.Configuration(
            proxy: Hop(transport, first, Endpoint(Self.proxyAddress, 5060)), contact: "\(local)")
        configuration.protected = sockets
        let security = SimulatedSecurity(guarding: sockets.endpoints) { [unowned network] in network.now }
        return SimulatedCore(
            NodeCore(
                NodeIdentity(.ue, name: "phones"), UserEquipment(configuration, entropy: entropy.fork()),
                sip: SIPStack(listeners: listeners, entropy: entropy.fork()), traced: 1_000),
            listeners: listeners.mapValues(\.local), streams: Self.streams(listeners), security: security,
            work: security.perform)
    }

    func proxy(
        _ network: SimulatedNetwork, _ entropy: inout Entropy
    ) -> SimulatedCore<ProxyCSCF> {
        let core = proxyCore(&entropy)
        let listeners = Self.proxyListeners
        let guarded = Self.policySockets.endpoints
        let security = SimulatedSecurity(guarding: guarded) { [unowned network] in network.now }
        return SimulatedCore(
            core, listeners: listeners.mapValues(\.local), streams: Self.streams(listeners), security: security,
            work: { (work: ProxyWork) in
                switch work {
                case .security(let order): .security(security.perform(order))
                case .keep: .keep(.written)
                case .media: .media
                }
            })
    }

    private func proxyCore(_ entropy: inout Entropy) -> NodeCore<ProxyCSCF> {
        let listeners = Self.proxyListeners
        let locator = StaticLocator(hosts: SimulatedLab.hosts, listeners: listeners)
        var configuration = ProxyCSCFConfiguration(
            pathHost: "\(Self.proxyAddress)", pathPort: 5060, visitedNetwork: SimulatedLab.domain,
            homeDomains: [SimulatedLab.domain], locator: locator, chargingNode: "\(Self.proxyAddress)",
            flowTokenKey: entropy.octets(32))
        configuration.listeners = listeners
        configuration.security.sockets = [Self.policySockets]
        for id: UInt16 in [0, 1] { configuration.security.demands[ListenerID(rawValue: id)] = demand }
        configuration.security.isCrossed = isCrossed
        if let preference { configuration.security.preference = preference }
        return NodeCore(
            NodeIdentity(.pcscf, name: "pcscf"), ProxyCSCF(configuration, entropy: entropy.fork()),
            sip: SIPStack(listeners: listeners, entropy: entropy.fork()), traced: 1_000)
    }

    private static var proxyListeners: [ListenerID: SIPListener] {
        var listeners = plain(Endpoint(proxyAddress, 5060), .userEquipment)
        for (number, port) in ([serverPort] + clientPorts).enumerated() {
            for (offset, transport) in [Transport.udp, .tcp].enumerated() {
                var listener = SIPListener(
                    transport, Endpoint(proxyAddress, port), port: serverPort, timers: .userEquipment)
                listener.isProtected = true
                listeners[ListenerID(rawValue: firstProtected + UInt16(2 * number + offset))] = listener
            }
        }
        return listeners
    }

    private static var policySockets: SecurityPolicy.Sockets {
        func id(_ number: Int, _ offset: Int) -> ListenerID {
            ListenerID(rawValue: firstProtected + UInt16(2 * number + offset))
        }
        return SecurityPolicy.Sockets(
            address: proxyAddress, serverPort: serverPort, serverDatagrams: id(0, 0), serverStreams: id(0, 1),
            clients: clientPorts.enumerated().map { number, port in
                .init(port: port, datagrams: id(number + 1, 0), streams: id(number + 1, 1))
            })
    }
}
