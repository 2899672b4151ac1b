import ArgumentParser
import Cx
import Diameter
import FunctionProgram
import IMS
import InterrogatingCSCF
import NodeIO
import Octets
import SIP

@main
struct ICSCF: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "icscf", abstract: "Interrogating-CSCF: asks the HSS which S-CSCF serves a user (TS 24.229 §5.3).")

    @OptionGroup var options: FunctionOptions

    func run() { options.run(Self.program) }

    static let program = NodeProgram<InterrogatingCSCF>(
        name: "icscf",
        keys: SharedKeys.node(name: "icscf.\(LabDefaults.domain)")
            + SharedKeys.sip(listen: "[udp:127.0.0.1:5070, tcp:127.0.0.1:5070]")
            + SharedKeys.overload(perSource: 0) + SharedKeys.dns
            + SharedKeys.hosts(default: LabDefaults.hosts) + keys
            + SharedKeys.diameter(
                originHost: "icscf.\(LabDefaults.domain)", realm: LabDefaults.domain, listen: "[]",
                peers: LabDefaults.hssPeer) + SharedKeys.tls + SharedKeys.operation(admin: "run/icscf.sock"),
        build: build)

    private static let keys = [
        ConfigurationKey(
            "icscf.served-domains", .list(of: .text), default: "[\(LabDefaults.domain)]",
            "The home domains whose users we look up."),
        ConfigurationKey(
            "icscf.scscf-pool",
            .records([
                ConfigurationKey("name", .text, required: true, "SIP URI of the S-CSCF, its Server-Name on Cx"),
                ConfigurationKey(
                    "capabilities", .list(of: .integer(0...4_294_967_295)), default: "[]", "what it offers"),
                ConfigurationKey(
                    "priority", .integer(0...65_535), default: "0", "the lowest that is there is taken"),
                ConfigurationKey(
                    "weight", .integer(0...ServingCSCFCandidate.largestWeight), default: "0",
                    "its share of the users among those of the same priority; 0: after the others, in order"),
            ]),
            default: "[{name: 'sip:scscf.\(LabDefaults.domain):5080'}]",
            "The S-CSCFs to choose from (TS 29.228 §6.7)."),
        ConfigurationKey(
            "icscf.scscf-patience", .duration(.seconds(1) ... .seconds(32)), default: "8s",
            "How long an S-CSCF may take before another one is tried."),
        ConfigurationKey(
            "icscf.probe-interval", .duration(.zero ... .seconds(3_600)), default: "1s",
            """
            How often the S-CSCFs of the pool are asked by OPTIONS whether they are there, so that no call waits here for \
            one that is gone; 0s: never. Two questions in a row without an answer in 1.5 s each mean that it is.
            """),
        ConfigurationKey(
            "icscf.service-domains",
            .records([
                ConfigurationKey("domain", .text, required: true, "subdomain of public service identities"),
                ConfigurationKey("server", .text, required: true, "SIP URI of the application server that has them"),
            ]), default: "[]", "Services whose application server is known without the HSS (TS 24.229 §5.3.2.1)."),
        ConfigurationKey(
            "icscf.accept-strangers", .boolean, default: "false",
            """
            Whether addresses that are not among trusted-peers may send requests for our users, other than REGISTER; what \
            they assert of themselves is taken off.
            """),
        ConfigurationKey(
            "icscf.request-limit", .integer(1...1_000_000), default: "20000",
            "Requests other than REGISTER at once; above it new ones get a 503."),
        ConfigurationKey(
            "icscf.trusted-peers", .list(of: .address), default: "[]",
            "Addresses that may send us requests: our P-CSCFs and peers. Loopback is always trusted."),
    ]

    @Sendable
    private static func build(
        _ configuration: Configuration, _ surroundings: NodeProgram<InterrogatingCSCF>.Surroundings
    ) throws -> NodeProgram<InterrogatingCSCF>.Parts {
        var entropy = surroundings.entropy
        var settings = surroundings.settings
        settings.dns = configuration.dnsSettings
        let fixed = configuration.locator(surroundings.hosts, listeners: settings.listeners)
        let local = configuration.cxClient(surroundings.originStateID)
        let pool = configuration.records("icscf.scscf-pool").map { entry in
            ServingCSCFCandidate(
                entry.text("name"), capabilities: Set(entry.integers("capabilities").map { UInt32(clamping: $0) }),
                priority: entry.integer("priority"), weight: entry.integer("weight"))
        }
        var decisions = InterrogatingCSCFConfiguration(
            servedDomains: Set(configuration.texts("icscf.served-domains").map { $0.lowercased() }),
            servingCSCFs: pool, origin: LocalOrigin(host: local.originHost, realm: local.originRealm),
            destinationRealm: surroundings.peers.first?.realm ?? local.originRealm,
            locator: fixed,
            trustedPeers: Set(configuration.addresses("icscf.trusted-peers")))
        decisions.patience = configuration.duration("icscf.scscf-patience")
        let interval = configuration.duration("icscf.probe-interval")
        decisions.probeInterval = interval > .zero ? interval : nil
        decisions.usesDNS = configuration.usesDNS
        for entry in configuration.records("icscf.service-domains") {
            decisions.serviceDomains[entry.text("domain").lowercased()] = entry.text("server")
        }
        decisions.acceptsStrangers = configuration.boolean("icscf.accept-strangers")
        decisions.requestLimit = configuration.integer("icscf.request-limit")
        decisions.own = OwnNames(listeners: settings.listeners.values)
        for listener in settings.listeners.values {
            decisions.own.insert(host: settings.name, port: listener.sentByPort)
        }
        let role = InterrogatingCSCF(
            decisions,
            sessions: SessionIDGenerator(originHost: local.originHost, start: surroundings.originStateID))
        let core = NodeCore(
            NodeIdentity(.icscf, name: settings.name), role,
            sip: SIPStack(
                listeners: settings.listeners, overload: configuration.overloadSettings, entropy: entropy.fork()),
            locator: configuration.locator(fixed, listeners: settings.listeners, entropy: entropy.fork()),
            diameter: DiameterStack(
                local: local, peers: surroundings.peers,
                settings: configuration.cxClientSettings(surroundings.peers), entropy: entropy.fork()),
            traced: configuration.integer("trace.messages"))
        return NodeProgram.Parts(core: core, settings: settings)
    }
}
