import ApplicationServer
import IMS
import Octets
import SIP
import UserEquipment

/// The telephony application server, `tas`, as a node of a simulated lab: reached by the filter criteria over ISC alone.
package final class SimulatedTelephony {
    package static let uri = "sip:\(host):5095"
    static let host = "tas.\(SimulatedLab.domain)"
    static let endpoint = SimulatedLab.endpoint(5095)

    package let node: SimulatedCore<ApplicationServer>
    package let store = SimulatedServiceStore()
    private let network: SimulatedNetwork
    private let seed: UInt64
    private var starts: UInt64 = 0

    init(on network: SimulatedNetwork, seed: UInt64) {
        self.network = network
        self.seed = seed
        node = SimulatedCore(
            Self.core(store, seed: seed, at: network.now), listeners: [ListenerID(rawValue: 0): Self.endpoint],
            work: store.perform)
        network.add(node)
    }

    /// `kill -9`.
    package func crash() {
        network.crash(node)
        store.forgetStreams()
    }

    /// The next start, over what the store holds.
    package func restart() {
        starts += 1
        network.restart(node, with: Self.core(store, seed: seed &+ 2 &* starts, at: network.now))
    }

    /// What the operator sets for a user, lines of `NAME VALUE`. - Returns: what is wrong with it.
    package func set(_ identity: String, _ lines: [String]) -> Report? {
        network.command(
            Command("service-set", ["identity": identity, "set": lines.joined(separator: "\n")]), to: node)
        return node.reports[CommandID(rawValue: node.lastCommand)]?["error"]
    }

    package func command(_ name: String, _ arguments: [String: String] = [:]) -> Report? {
        network.command(Command(name, arguments), to: node)
        return node.reports[CommandID(rawValue: node.lastCommand)]
    }

    // MARK: Audio

    /// The phone of the call that has audio says this.
    package func say(_ sounds: [PhoneStream.Sound], known: [Int]) { store.say(sounds, known: known) }

    /// 20 ms of that call's audio. - Returns: what the phone hears.
    package func exchange() -> [PhoneStream.Event] {
        let (phone, server) = store.exchange()
        for (media, event) in server {
            network.deliver(.media(.told(event)), of: WorkID(rawValue: media.rawValue), to: node)
        }
        return phone
    }

    private static func core(
        _ store: SimulatedServiceStore, seed: UInt64, at now: Instant
    ) -> NodeCore<ApplicationServer> {
        let listeners = [ListenerID(rawValue: 0): SIPListener(.udp, endpoint)]
        let uri = SIPURI(user: nil, host: OctetSlice(host), port: 5095)
        var own = OwnNames(listeners: listeners.values)
        own.insert(host: host, port: 5095)
        var configuration = ApplicationServerConfiguration(
            uri: uri, own: own, domain: SimulatedLab.domain,
            locator: StaticLocator(hosts: SimulatedLab.hosts, listeners: listeners))
        configuration.startsAt = now
        configuration.mailboxes = VoicemailSettings(
            uri: SIPURI(user: "voicemail", host: OctetSlice(host), port: 5095))
        var unreadable: [String] = []
        let role = ApplicationServer(
            configuration, records: store.records, entropy: Entropy(number: seed), unreadable: &unreadable)
        precondition(unreadable.isEmpty, "our own records: \(unreadable)")
        return NodeCore(
            NodeIdentity(.tas, name: "tas"), role,
            sip: SIPStack(listeners: listeners, entropy: Entropy(number: seed &+ 1)), traced: 100)
    }
}
