import ArgumentParser
import Diameter
import FunctionProgram
import IMS
import NodeIO
import Octets
import RecordStore
import SIP
import ServingCSCF

@main
struct SCSCF: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scscf", abstract: "Serving-CSCF: registrar and services of the home network (TS 24.229 §5.4).")

    @OptionGroup var options: FunctionOptions

    func run() { options.run(Self.program) }

    static let program = NodeProgram<ServingCSCF>(
        name: "scscf",
        keys: SharedKeys.node(name: "scscf.\(LabDefaults.domain)")
            + SharedKeys.sip(listen: "[udp:127.0.0.1:5080, tcp:127.0.0.1:5080]")
            + SharedKeys.overload(perSource: 0)
            + SharedKeys.hosts(default: LabDefaults.hosts) + SharedKeys.dns + keys + SessionKeys.keys
            + SharedKeys.diameter(
                originHost: "scscf.\(LabDefaults.domain)", realm: LabDefaults.domain, listen: "[]",
                peers: LabDefaults.hssPeer) + SharedKeys.tls + SharedKeys.charging
            + SharedKeys.operation(admin: "run/scscf.sock"),
        check: check, build: build)

    private static let keys = [
        ConfigurationKey(
            "scscf.name", .text, default: "sip:scscf.\(LabDefaults.domain):5080",
            "Our SIP URI: Server-Name on Cx, and the host of the Service-Route."),
        ConfigurationKey(
            "scscf.domains", .list(of: .text), default: "[\(LabDefaults.domain)]",
            "Home network domains whose users we register."),
        ConfigurationKey(
            "scscf.minimum-expires", .duration(.seconds(1) ... .seconds(86_400)), default: "60s",
            "A shorter registration is refused with 423 (RFC 3261 §10.3)."),
        ConfigurationKey(
            "scscf.default-expires", .duration(.seconds(60) ... .seconds(604_800)), default: "1h",
            "What a phone gets that asks for nothing."),
        ConfigurationKey(
            "scscf.maximum-expires", .duration(.seconds(60) ... .seconds(604_800)), default: "2h",
            "Longer wishes are granted with this."),
        ConfigurationKey(
            "scscf.maximum-emergency-expires", .duration(.seconds(60) ... .seconds(604_800)), default: "1h",
            "Longer registrations for emergency calls are granted with this; the phone cannot end them (TS 24.229 §5.4.8)."
        ),
        ConfigurationKey(
            "scscf.reg-await-auth", .duration(.seconds(1) ... .seconds(3_600)), default: "4m",
            "How long a challenge waits for its response (TS 24.229 §5.4.1.1)."),
        ConfigurationKey(
            "scscf.maximum-contacts", .integer(1...100), default: "5", "Contacts of one implicit registration set."),
        ConfigurationKey(
            "scscf.contact-limit", .choice(ServingCSCFConfiguration.ContactLimit.allCases.map(\.rawValue)),
            default: "replaceOldest", "What happens to a contact beyond the limit."),
        ConfigurationKey(
            "scscf.reauthentication", .choice(ServingCSCFConfiguration.Reauthentication.allCases.map(\.rawValue)),
            default: "unprotected",
            """
            Which REGISTER is challenged: always, or unprotected: not one that refreshes a registration and came
            through its security association or TLS session.
            """),
        ConfigurationKey(
            "scscf.request-authentication",
            .choice(ServingCSCFConfiguration.RequestAuthenticationPolicy.allCases.map(\.rawValue)),
            default: "unprotected",
            """
            Which requests other than REGISTER of users with SIP Digest are challenged with 407: never, or unprotected: those
            of phones that have not registered over TLS (TS 24.229 §5.4.3.6.1).
            """),
        ConfigurationKey(
            "scscf.offer-qop", .boolean, default: "true", "Offer qop=\"auth\" in challenges (RFC 2617 §3.2.1)."),
        ConfigurationKey(
            "scscf.require-path", .boolean, default: "true", "Refuse a REGISTER that went past every P-CSCF."),
        ConfigurationKey(
            "scscf.store", .text,
            """
            The embedded store, an SQLite file, made when absent: registrations, subscriptions and calls under way outlive
            a crash. Without it they do not.
            """),
        ConfigurationKey(
            "scscf.restoration", .boolean, default: "true",
            """
            Leave with the HSS what another S-CSCF needs to take our users over when this one is lost, and take over users
            by what others have left there (TS 23.380).
            """),
        ConfigurationKey(
            "scscf.trusted-peers", .list(of: .address), default: "[]",
            "Addresses of our P- and I-CSCFs and application servers beside loopback; nobody else may send us SIP."),
    ]

    @Sendable
    private static func check(_ configuration: Configuration, _ file: String) throws(ConfigurationFailure) {
        try SessionKeys.check(configuration, file)
        let least = configuration.duration("scscf.minimum-expires")
        let most = configuration.duration("scscf.maximum-expires")
        guard least <= configuration.duration("scscf.default-expires"),
            configuration.duration("scscf.default-expires") <= most
        else {
            throw ConfigurationFailure([
                .init(
                    file: file, line: nil,
                    "\"scscf.default-expires\" must lie between minimum-expires and maximum-expires")
            ])
        }
    }

    @Sendable
    private static func build(
        _ configuration: Configuration, _ surroundings: NodeProgram<ServingCSCF>.Surroundings
    ) throws -> NodeProgram<ServingCSCF>.Parts {
        var entropy = surroundings.entropy
        var settings = surroundings.settings
        settings.dns = configuration.dnsSettings
        let fixed = configuration.locator(surroundings.hosts, listeners: settings.listeners)
        let local = configuration.cxClient(surroundings.originStateID)
        var decisions = role(configuration, local, hss: surroundings.peers.first)
        decisions.locator = fixed
        decisions.usesDNS = configuration.usesDNS
        decisions.charges = configuration.charges
        decisions.sessions = SessionKeys.settings(configuration, listeners: settings.listeners)
        decisions.sessions.sharedCriteria = try SharedCriteria.sets(configuration, "")
        let store = try configuration.optionalText("scscf.store").map { path throws(StartFailure) in
            do throws(RecordStoreFailure) {
                return try KeptRecords(
                    path: path, of: .servingCSCF, secrets: 32, now: surroundings.now, entropy: &entropy)
            } catch {
                throw StartFailure(
                    key: "scscf.store", sentence: "\(error)",
                    hint: "move the file away to begin with an empty one; its users register again then")
            }
        }
        decisions.clock = store?.clock
        decisions.gruuKey = store.map { Array($0.secrets[16...]) }
        if decisions.sessions.sealKey == nil { decisions.sessions.sealKey = store.map { Array($0.secrets[..<16]) } }
        var role = ServingCSCF(
            configuration: decisions, start: surroundings.originStateID, entropy: entropy.fork())
        if let store {
            let obsolete = role.restore(store.records)
            if !obsolete.isEmpty { _ = store.write([obsolete]) }
        }
        let core = NodeCore(
            NodeIdentity(.scscf, name: settings.name), role,
            sip: SIPStack(
                listeners: settings.listeners, overload: configuration.overloadSettings, entropy: entropy.fork()),
            locator: configuration.locator(fixed, listeners: settings.listeners, entropy: entropy.fork()),
            diameter: DiameterStack(
                local: local, peers: surroundings.peers,
                settings: configuration.cxClientSettings(surroundings.peers), entropy: entropy.fork()),
            traced: configuration.integer("trace.messages"))
        guard let store else { return NodeProgram.Parts(core: core, settings: settings) }
        return NodeProgram.Parts(core: core, settings: settings) {
            store.write($0)
        } finish: {
            store.close()
        }
    }

    private static func role(
        _ configuration: Configuration, _ local: LocalNode, hss: PeerConfiguration?
    ) -> ServingCSCFConfiguration {
        var role = ServingCSCFConfiguration(
            serverName: configuration.text("scscf.name"), domains: configuration.texts("scscf.domains"),
            originHost: local.originHost, originRealm: local.originRealm,
            destinationRealm: hss?.realm ?? local.originRealm)
        role.minimumExpires = seconds(configuration.duration("scscf.minimum-expires"))
        role.defaultExpires = seconds(configuration.duration("scscf.default-expires"))
        role.maximumExpires = seconds(configuration.duration("scscf.maximum-expires"))
        role.maximumEmergencyExpires = seconds(configuration.duration("scscf.maximum-emergency-expires"))
        role.registrationAwaitsAuthentication = configuration.duration("scscf.reg-await-auth")
        role.maximumContacts = configuration.integer("scscf.maximum-contacts")
        role.contactLimit = .init(rawValue: configuration.text("scscf.contact-limit")) ?? role.contactLimit
        role.reauthentication = .init(rawValue: configuration.text("scscf.reauthentication")) ?? role.reauthentication
        role.requestAuthentication =
            .init(rawValue: configuration.text("scscf.request-authentication")) ?? role.requestAuthentication
        role.offersQualityOfProtection = configuration.boolean("scscf.offer-qop")
        role.restoresUsers = configuration.boolean("scscf.restoration")
        role.requiresPath = configuration.boolean("scscf.require-path")
        role.trustedPeers = Set(configuration.addresses("scscf.trusted-peers"))
        return role
    }

    private static func seconds(_ span: Duration) -> Int { Int(span.components.seconds) }
}
