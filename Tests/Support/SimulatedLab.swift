import AKA
import Cx
import Diameter
import HomeSubscriberServer
import IMS
import InterrogatingCSCF
import Octets
import ProxyCSCF
import SIP
import ServingCSCF
import UserEquipment

/// A whole IMS in virtual time: phones, P-CSCF, I-CSCF, S-CSCF and HSS on one simulated network.
package final class SimulatedLab {
    package static let domain = "ims.mnc001.mcc001.3gppnetwork.org"
    package static let key = "465b5ce8b199b49faa5f0a2ee238a6bc"
    package static let opc = "cd63cb71954a9f4e48a5994e37a02baf"

    package let network: SimulatedNetwork
    package let phones: SimulatedCore<UserEquipment>
    package let proxy: SimulatedCore<ProxyCSCF>
    package let interrogating: SimulatedCore<InterrogatingCSCF>
    package let serving: SimulatedCore<ServingCSCF>
    /// `scscf2`, when there is one.
    package let secondServing: SimulatedCore<ServingCSCF>?
    package let subscribers: SimulatedCore<HomeSubscriberServer>
    /// `hss2` on the same database, when there is one.
    package let secondSubscribers: SimulatedCore<HomeSubscriberServer>?
    /// `tas`, when there is one.
    package let telephony: SimulatedTelephony?
    /// The PCRF, when there is one.
    package let policyServer: SimulatedCore<PolicyServer>?
    package let home: SimulatedHome
    /// The store of `scscf`.
    package let servingDisk = SimulatedDisk()
    private let diameter: DiameterSettings
    /// The HSSs as the CSCFs know them.
    private let peers: [PeerConfiguration]
    private let adjust: (inout ServingCSCFConfiguration) -> Void
    private var entropy: Entropy

    private static let listener = ListenerID(rawValue: 0)
    static let hosts = [
        domain: StaticLocator.Target(endpoint(5070)), "scscf.\(domain)": StaticLocator.Target(endpoint(5080)),
        "scscf2.\(domain)": StaticLocator.Target(endpoint(5081)),
        SimulatedTelephony.host: StaticLocator.Target(SimulatedTelephony.endpoint),
    ]

    package static func endpoint(_ port: UInt16) -> Endpoint { Endpoint(.loopback, port) }

    /// - Parameters:
    ///   - pool: the S-CSCFs that the I-CSCF knows; `scscf` is there.
    ///   - hasSecond: `scscf2` is there as well.
    ///   - homes: the priority of each HSS at the CSCFs, in order: one or two.
    ///   - diameter: times and bounds of Diameter at every node.
    ///   - watches: whether the P-CSCF subscribes to the registration state of its users.
    ///   - ipsec: phones and P-CSCF with security agreements, on hosts of their own.
    ///   - charges: whether P- and S-CSCF make charging records.
    ///   - hasTelephony: `tas` is there as well.
    ///   - policy: whether the P-CSCF asks a PCRF, and how.
    ///   - adjust: a last word on the S-CSCF's configuration.
    package init(
        seed: UInt64, conditions: LinkConditions = .perfect,
        pool: [ServingCSCFCandidate] = [ServingCSCFCandidate("sip:scscf.\(domain):5080")], hasSecond: Bool = false,
        homes: [Int] = [0], diameter: DiameterSettings = .standard, watches: Bool = true,
        ipsec: SimulatedIPsec? = nil,
        charges: Bool = false, hasTelephony: Bool = false, policy: SimulatedPolicy? = nil,
        adjust: @escaping (inout ServingCSCFConfiguration) -> Void = { _ in }
    ) {
        var entropy = Entropy(number: seed)
        let adjust = { (configuration: inout ServingCSCFConfiguration) in
            configuration.charges = charges
            adjust(&configuration)
        }
        self.adjust = adjust
        self.diameter = diameter
        peers = homes.enumerated().map { index, priority in
            Self.peer(index == 0 ? "hss" : "hss2", port: UInt16(3868 + index), priority: priority)
        }
        network = SimulatedNetwork(seed: entropy.next64(), conditions: conditions)
        home = SimulatedHome(entropy: entropy.fork())
        phones = ipsec?.phones(network, &entropy) ?? Self.phones(&entropy)
        proxy = ipsec?.proxy(network, &entropy) ?? Self.proxy(watches, charges, policy, diameter, &entropy)
        interrogating = Self.interrogating(pool, peers, diameter, &entropy)
        serving = Self.serving("scscf", 5080, peers, diameter, adjust, servingDisk, &entropy)
        secondServing =
            hasSecond ? Self.serving("scscf2", 5081, peers, diameter, adjust, SimulatedDisk(), &entropy) : nil
        subscribers = SimulatedCore(
            Self.subscribers("hss", 1, diameter, &entropy), identity: Self.identity("hss"), listeners: [:],
            work: home.execute)
        secondSubscribers =
            homes.count < 2
            ? nil
            : SimulatedCore(
                Self.subscribers("hss2", 1, diameter, &entropy), identity: Self.identity("hss2"), listeners: [:],
                work: home.execute)
        policyServer = policy.map { _ in SimulatedPolicy.server(diameter, &entropy) }
        self.entropy = entropy
        network.add(subscribers)
        if let policyServer { network.add(policyServer) }
        if let secondSubscribers { network.add(secondSubscribers) }
        network.add(interrogating)
        network.add(serving)
        if let secondServing { network.add(secondServing) }
        network.add(proxy)
        network.add(phones)
        telephony = hasTelephony ? SimulatedTelephony(on: network, seed: seed &+ 3) : nil
        network.run(until: .zero + .seconds(1))
    }

    /// Starts the HSS again after a crash, on the database as it stands.
    package func restartSubscribers() {
        network.restart(subscribers, with: Self.subscribers("hss", 2, diameter, &entropy))
    }

    /// Starts the S-CSCF again after a crash: on its store, or with nothing of what it held.
    package func restartServing(keepsState: Bool = false) {
        if !keepsState { servingDisk.erase() }
        network.restart(
            serving, with: Self.servingCore("scscf", 5080, peers, diameter, adjust, servingDisk, &entropy))
    }

    /// Adds a subscriber and a phone of the same name, the IMSI.
    package func subscribe(_ imsi: String, opc: String? = SimulatedLab.opc, expires: Int = 3_600) throws {
        let digits = String(imsi.suffix(10))
        try home.add(SubscriberRecord(imsi: imsi, domain: Self.domain, msisdn: digits, key: Self.key, opc: Self.opc))
        phone(imsi, ["k": Self.key, "opc": opc ?? Self.opc, "expires": String(expires)])
    }

    package func phone(_ imsi: String, _ arguments: [String: String]) {
        var arguments = arguments
        arguments["phone"] = imsi
        arguments["imsi"] = arguments["imsi"] ?? imsi
        arguments["domain"] = Self.domain
        network.command(Command("phone", arguments), to: phones)
    }

    /// Has a phone do something and lets time pass until it has ended, at most a minute.
    package func perform(_ name: String, _ imsi: String, _ arguments: [String: String] = [:]) -> Report? {
        let before = phones.lastCommand
        network.command(Command(name, arguments.merging(["phone": imsi]) { $1 }), to: phones)
        let limit = network.now + .seconds(60)
        while phones.reports[CommandID(rawValue: before + 1)] == nil, network.now < limit {
            network.run(until: network.now + .milliseconds(10))
        }
        return phones.reports[CommandID(rawValue: before + 1)]
    }

    private static func identity(_ role: String) -> DiameterIdentity { DiameterIdentity("\(role).\(domain)") }

    private static func node(
        _ role: String, commands: Set<CommandCode>, originStateID: UInt32 = 1
    ) -> LocalNode {
        LocalNode(
            originHost: identity(role), originRealm: DiameterIdentity(domain),
            applications: [
                DiameterApplication(id: CxDictionary.application, vendor: CxDictionary.vendor3GPP, commands: commands)
            ], originStateID: originStateID)
    }

    private static func peer(_ role: String, port: UInt16?, priority: Int = 0) -> PeerConfiguration {
        PeerConfiguration(
            identity: identity(role), realm: DiameterIdentity(domain), remote: port.map(endpoint), transport: .tcp,
            initiates: port != nil, priority: priority)
    }

    private static func stack(_ port: UInt16, _ timers: TransactionTimers, _ entropy: inout Entropy) -> SIPStack {
        SIPStack(listeners: [listener: SIPListener(.udp, endpoint(port), timers: timers)], entropy: entropy.fork())
    }

    private static func locator(_ port: UInt16) -> StaticLocator {
        StaticLocator(hosts: hosts, listeners: [listener: SIPListener(.udp, endpoint(port))])
    }

    private static func phones(_ entropy: inout Entropy) -> SimulatedCore<UserEquipment> {
        let role = UserEquipment(
            UserEquipment.Configuration(
                proxy: Hop(.udp, listener, endpoint(5060)), contact: endpoint(5090).description),
            entropy: entropy.fork())
        return SimulatedCore(
            NodeCore(
                NodeIdentity(.ue, name: "phones"), role, sip: stack(5090, .userEquipment, &entropy), traced: 1_000),
            listeners: [listener: endpoint(5090)], work: { _ in .done })
    }

    private static func proxy(
        _ watches: Bool, _ charges: Bool, _ policy: SimulatedPolicy?, _ settings: DiameterSettings,
        _ entropy: inout Entropy
    ) -> SimulatedCore<ProxyCSCF> {
        var configuration = ProxyCSCFConfiguration(
            pathHost: "127.0.0.1", pathPort: 5060, visitedNetwork: domain, homeDomains: [domain],
            locator: locator(5060), chargingNode: "127.0.0.1", flowTokenKey: entropy.octets(32))
        configuration.watchesRegistrations = watches
        configuration.charges = charges
        configuration.policyControl = policy?.settings
        let role = ProxyCSCF(configuration, entropy: entropy.fork())
        let sip = stack(5060, .core, &entropy)
        return SimulatedCore(
            NodeCore(
                NodeIdentity(.pcscf, name: "pcscf"), role, sip: sip,
                diameter: policy.map { _ in SimulatedPolicy.client(settings, &entropy) }, traced: 1_000),
            identity: policy.map { _ in SimulatedPolicy.proxy.host }, listeners: [listener: endpoint(5060)],
            work: { (work: ProxyWork) in
                switch work {
                case .security: .security(.done)
                case .keep: .keep(.written)
                case .media: .media
                }
            })
    }

    private static func interrogating(
        _ pool: [ServingCSCFCandidate], _ peers: [PeerConfiguration], _ settings: DiameterSettings,
        _ entropy: inout Entropy
    ) -> SimulatedCore<InterrogatingCSCF> {
        let local = node("icscf", commands: [.registrationTermination, .pushProfile])
        var configuration = InterrogatingCSCFConfiguration(
            servedDomains: [domain], servingCSCFs: pool,
            origin: LocalOrigin(host: local.originHost, realm: local.originRealm),
            destinationRealm: local.originRealm, locator: locator(5070))
        configuration.own = OwnNames(listeners: [SIPListener(.udp, endpoint(5070))])
        let role = InterrogatingCSCF(
            configuration, sessions: SessionIDGenerator(originHost: local.originHost, start: 1))
        return SimulatedCore(
            NodeCore(
                NodeIdentity(.icscf, name: "icscf"), role, sip: stack(5070, .core, &entropy),
                diameter: DiameterStack(local: local, peers: peers, settings: settings, entropy: entropy.fork()),
                traced: 1_000),
            identity: local.originHost, listeners: [listener: endpoint(5070)], work: { (_: Never) -> Never in })
    }

    private static func serving(
        _ name: String, _ port: UInt16, _ peers: [PeerConfiguration], _ settings: DiameterSettings,
        _ adjust: (inout ServingCSCFConfiguration) -> Void, _ disk: SimulatedDisk, _ entropy: inout Entropy
    ) -> SimulatedCore<ServingCSCF> {
        let core = servingCore(name, port, peers, settings, adjust, disk, &entropy)
        return SimulatedCore(
            core, identity: identity(name), listeners: [listener: endpoint(port)],
            work: disk.write)
    }

    private static func servingCore(
        _ name: String, _ port: UInt16, _ peers: [PeerConfiguration], _ settings: DiameterSettings,
        _ adjust: (inout ServingCSCFConfiguration) -> Void, _ disk: SimulatedDisk, _ entropy: inout Entropy
    ) -> NodeCore<ServingCSCF> {
        let local = node(name, commands: [.registrationTermination, .pushProfile])
        var configuration = ServingCSCFConfiguration(
            serverName: "sip:\(name).\(domain):\(port)", domains: [domain], originHost: local.originHost,
            originRealm: local.originRealm, destinationRealm: local.originRealm)
        configuration.locator = locator(port)
        configuration.clock = disk.clock
        configuration.gruuKey = disk.gruuKey
        configuration.sessions.sealKey = disk.sealKey
        adjust(&configuration)
        var role = ServingCSCF(configuration: configuration, start: 1, entropy: entropy.fork())
        _ = disk.write(role.restore(disk.records))
        return NodeCore(
            NodeIdentity(.scscf, name: name), role, sip: stack(port, .core, &entropy),
            diameter: DiameterStack(local: local, peers: peers, settings: settings, entropy: entropy.fork()),
            traced: 1_000)
    }

    private static func subscribers(
        _ name: String, _ originStateID: UInt32, _ settings: DiameterSettings, _ entropy: inout Entropy
    ) -> NodeCore<HomeSubscriberServer> {
        let local = node(
            name, commands: [.userAuthorization, .serverAssignment, .locationInfo, .multimediaAuth],
            originStateID: originStateID)
        let role = HomeSubscriberServer(
            HomeSubscriberServer.Configuration(origin: LocalOrigin(host: local.originHost, realm: local.originRealm)),
            start: originStateID)
        let peers = ["icscf", "scscf", "scscf2"].map { peer($0, port: nil) }
        return NodeCore(
            NodeIdentity(.hss, name: name), role, sip: SIPStack(listeners: [:], entropy: entropy.fork()),
            diameter: DiameterStack(local: local, peers: peers, settings: settings, entropy: entropy.fork()),
            traced: 1_000)
    }
}

/// The store of an S-CSCF in memory: what has been written outlives a crash.
package final class SimulatedDisk {
    private var contents: [[UInt8]: [UInt8]] = [:]
    /// 2026-01-01 at the origin of virtual time.
    let clock = WallClock(nanoseconds: 1_767_225_600_000_000_000, at: .zero)
    let sealKey = [UInt8](repeating: 1, count: 16)
    let gruuKey = [UInt8](repeating: 2, count: 16)

    package var records: [StoredRecord] {
        contents.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { StoredRecord(key: $0.key, value: $0.value) }
    }

    /// How many of a kind, the first octet of the key.
    package func count(_ kind: UInt8) -> Int { contents.keys.count { $0.first == kind } }

    func write(_ records: [StoredRecord]) -> StoreOutcome {
        for record in records { contents[record.key] = record.value }
        return .written
    }

    package func erase() { contents = [:] }
}

/// The HSS's database in memory, with a record of every SQN that went out.
package final class SimulatedHome {
    package private(set) var directory = DictionaryDirectory()
    /// By private identity, in the order they were drawn.
    package private(set) var drawn: [String: [SequenceNumber]] = [:]
    private var entropy: Entropy

    init(entropy: Entropy) { self.entropy = entropy }

    package func add(_ record: SubscriberRecord) throws { try directory.add(record) }

    package func change(_ body: (inout DictionaryDirectory) throws -> Void) rethrows { try body(&directory) }

    func execute(_ work: HomeSubscriberServer.Work) -> HomeSubscriberServer.WorkResult {
        let result = HomeSubscriberServer.execute(work, on: &directory, entropy: &entropy)
        if case .answer(.multimediaAuth(let request), to: _, _) = work.task, result.failure == nil,
            case .answer(let answer, _) = result.outcome, answer[.resultCode] == .success
        {
            let identity = PrivateIdentity(request.userName)
            if let subscription = try? directory.subscription(holding: identity),
                let record = subscription.privateIdentities.first(where: { $0.identity == identity })
            {
                drawn[request.userName, default: []].append(record.sqn)
            }
        }
        return result
    }
}
