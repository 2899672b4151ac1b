// sip-proxy --config FILE     a proxy and registrar for tests

import ArgumentParser
import FunctionProgram
import Glibc
import IMS
import NodeIO
import Octets
import SIP

struct SIPProxy: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sip-proxy", abstract: "A SIP proxy and registrar, for tests.")

    @OptionGroup var options: FunctionOptions

    func run() { options.run(Self.program) }

    static let program = NodeProgram<SampleProxy>(
        name: "sip-proxy",
        keys: SharedKeys.node(name: "sip-proxy") + SharedKeys.sip(listen: "[udp:127.0.0.1:5060, tcp:127.0.0.1:5060]")
            + SharedKeys.overload(perSource: 0) + SharedKeys.hosts() + keys + SharedKeys.tls
            + SharedKeys.operation(admin: "sip-proxy.sock", trace: 0),
        build: build)

    private static let keys = [
        ConfigurationKey("proxy.domain", .text, default: "127.0.0.1", "The domain, and the realm of its users."),
        ConfigurationKey(
            "proxy.users", .map(of: .text), default: "{}",
            "Users and their passwords; {} lets everybody register without one."),
        ConfigurationKey(
            "proxy.authenticate-calls", .boolean, default: "false", "Whether calls want a password too (407)."),
        ConfigurationKey(
            "proxy.algorithms", .list(of: .choice(["SHA-512-256", "SHA-256", "MD5"])), default: "[SHA-256, MD5]",
            "Digest algorithms, most preferred first (RFC 8760)."),
        ConfigurationKey(
            "proxy.contacts", .map(of: .list(of: .text)), default: "{}",
            "Contacts that users have without registering: service: [\"<sip:service@127.0.0.1:5090>;q=0.5\"]"),
        ConfigurationKey(
            "proxy.redirect", .list(of: .text), default: "[]",
            "Users whose callers are redirected to the contacts (302)."),
        ConfigurationKey(
            "proxy.recursion", .integer(0...32), default: "0",
            "How many contacts out of 3xx responses are tried; 0 hands the responses on (RFC 3261 §16.5)."),
        ConfigurationKey(
            "proxy.requests", .integer(1...1_000_000), default: "20000",
            "Requests in progress; above it new ones get a 503."),
    ]

    @Sendable
    private static func build(
        _ configuration: Configuration, _ surroundings: NodeProgram<SampleProxy>.Surroundings
    ) throws -> NodeProgram<SampleProxy>.Parts {
        var entropy = surroundings.entropy
        let settings = surroundings.settings
        let domain = configuration.text("proxy.domain")
        var passwords: [OctetSlice: OctetSlice] = [:]
        for (name, value) in configuration.map("proxy.users") {
            if case .text(let password) = value { passwords[OctetSlice(name)] = OctetSlice(password) }
        }
        var registrar = Registrar()
        for (name, value) in configuration.map("proxy.contacts") {
            guard case .list(let entries) = value else { continue }
            let contacts = entries.compactMap { if case .text(let text) = $0 { text } else { nil } }
            do throws(SIPSyntaxError) {
                try registrar.provision(OctetSlice(name), contacts: contacts)
            } catch {
                throw StartFailure(
                    key: "proxy.contacts", sentence: "a contact of \(name) cannot be read: \(error)",
                    hint: "for instance <sip:service@127.0.0.1:5090>;q=0.5")
            }
        }
        let authenticator = Authenticator(
            realm: domain, passwords: passwords,
            algorithms: configuration.texts("proxy.algorithms").compactMap { DigestAlgorithm(token: OctetSlice($0)) },
            entropy: entropy.fork())
        var policy = ForkingPolicy()
        policy.redirections = configuration.integer("proxy.recursion")
        let proxy = SampleProxy(
            SampleProxy.Settings(
                domain: OctetSlice(domain), listeners: settings.listeners,
                locator: configuration.locator(surroundings.hosts, listeners: settings.listeners),
                authenticatesRegistrations: !passwords.isEmpty,
                authenticatesCalls: configuration.boolean("proxy.authenticate-calls"),
                redirected: Set(configuration.texts("proxy.redirect").map { OctetSlice($0) }), policy: policy,
                requestLimit: configuration.integer("proxy.requests")),
            registrar: registrar, authenticator: authenticator, entropy: entropy.fork())
        let core = NodeCore(
            NodeIdentity(.proxy, name: settings.name), proxy,
            sip: SIPStack(
                listeners: settings.listeners, overload: configuration.overloadSettings, entropy: entropy.fork()),
            traced: configuration.integer("trace.messages"))
        return NodeProgram.Parts(core: core, settings: settings)
    }
}

SIPProxy.main()
