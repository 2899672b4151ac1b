import ApplicationServer
import IMS
import Octets
import SIP
import Simulation
import Testing
import UserEquipment

/// An application server beside the whole core in virtual time: phones, P-, I- and S-CSCF and HSS, nothing played by hand.
final class WholeCore {
    static let domain = SimulatedLab.domain
    static let uri = "sip:tas.\(domain):5095"
    static let endpoint = Endpoint(.loopback, 5095)

    let lab: SimulatedLab
    let server: SimulatedCore<ApplicationServer>
    let store: SimulatedStore
    private var starts: UInt64 = 0

    /// - Parameter lab: one whose S-CSCF finds `tas` at `endpoint`.
    init(_ lab: SimulatedLab) throws {
        self.lab = lab
        let store = SimulatedStore()
        self.store = store
        server = SimulatedCore(
            try Self.core(store, seed: 3), listeners: [ListenerID(rawValue: 0): Self.endpoint], work: store.perform)
        lab.network.add(server)
        lab.network.run(until: lab.network.now + .seconds(1))
    }

    /// `kill -9`, and the next start over what the store holds.
    func restart() throws {
        starts += 1
        lab.network.crash(server)
        store.forgetStreams()
        lab.network.run(until: lab.network.now + .seconds(1))
        lab.network.restart(server, with: try Self.core(store, seed: 30 + starts))
    }

    private static func core(_ store: SimulatedStore, seed: UInt64) throws -> NodeCore<ApplicationServer> {
        let listener = SIPListener(.udp, Self.endpoint)
        let listeners = [ListenerID(rawValue: 0): listener]
        let uri = try SIPURI(parsing: Self.uri)
        var own = OwnNames(listeners: listeners.values)
        own.insert(host: uri.host.string, port: 5095)
        var configuration = ApplicationServerConfiguration(
            uri: uri, own: own, domain: Self.domain,
            locator: StaticLocator(hosts: Self.hosts, listeners: listeners))
        configuration.mailboxes = VoicemailSettings(
            uri: SIPURI(user: "voicemail", host: uri.host, port: uri.port))
        var unreadable: [String] = []
        let role = ApplicationServer(
            configuration, records: store.records, entropy: Entropy(number: seed), unreadable: &unreadable)
        #expect(unreadable.isEmpty)
        return NodeCore(
            NodeIdentity(.tas, name: "tas"), role,
            sip: SIPStack(listeners: listeners, entropy: Entropy(number: seed + 1)), traced: 100)
    }

    static let hosts = [
        domain: StaticLocator.Target(SimulatedLab.endpoint(5070)),
        "scscf.\(domain)": StaticLocator.Target(SimulatedLab.endpoint(5080)),
        "tas.\(domain)": StaticLocator.Target(endpoint),
    ]

    func set(_ identity: String, _ lines: String...) {
        let command = Command("service-set", ["identity": identity, "set": lines.joined(separator: "\n")])
        lab.network.command(command, to: server)
        #expect(server.reports[CommandID(rawValue: server.lastCommand)]?["error"] == nil)
    }

    /// Orders something of a phone, without waiting for the answer.
    @discardableResult
    func order(_ phone: String, _ name: String, _ arguments: [String: String] = [:]) -> CommandID {
        lab.network.command(Command(name, arguments.merging(["phone": phone]) { $1 }), to: lab.phones)
        return CommandID(rawValue: lab.phones.lastCommand)
    }

    /// Lets time pass until an order is answered.
    func answer(_ id: CommandID, within span: Duration = .seconds(60)) -> Report? {
        let limit = lab.network.now + span
        while lab.phones.reports[id] == nil, lab.network.now < limit {
            lab.network.run(until: lab.network.now + .milliseconds(10))
        }
        return lab.phones.reports[id]
    }

    func ask(_ phone: String, _ name: String, _ arguments: [String: String] = [:]) -> Report? {
        answer(order(phone, name, arguments))
    }
}
