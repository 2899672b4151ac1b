import ApplicationServer
import ArgumentParser
import FunctionProgram
import IMS
import NodeIO
import Octets
import SIP
import ServiceStore

@main
struct TAS: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tas",
        abstract:
            "Telephony application server: call forwarding, barring, identity and messages, over ISC (TS 24.229 §5.7).")

    @OptionGroup var options: FunctionOptions

    func run() { options.run(Self.program) }

    static let program = NodeProgram<ApplicationServer>(
        name: "tas",
        keys: SharedKeys.node(name: "tas.\(LabDefaults.domain)")
            + SharedKeys.sip(listen: "[udp:127.0.0.1:5090, tcp:127.0.0.1:5090]") + SharedKeys.overload(perSource: 0)
            + SharedKeys.hosts(default: LabDefaults.hosts) + SharedKeys.dns + keys + SharedKeys.tls
            + SharedKeys.operation(admin: "run/tas.sock"),
        check: check, build: build)

    private static let keys = [
        ConfigurationKey(
            "tas.uri", .checked(expected: "a SIP URI") { (try? SIPURI(parsing: $0)) != nil },
            default: "sip:tas.\(LabDefaults.domain):5090",
            "Our SIP URI: what initial filter criteria name as the server, and what our Contact says."),
        ConfigurationKey(
            "tas.domain", .text, default: LabDefaults.domain,
            "The home network domain: telephone numbers become SIP URIs of it."),
        ConfigurationKey(
            "tas.database", .text, default: "tas.sqlite", "What users have set, an SQLite file; made when absent."),
        ConfigurationKey(
            "tas.trusted-peers", .list(of: .address), default: "[]",
            "Addresses of our S-CSCFs beside loopback; nobody else may send us SIP."),
        ConfigurationKey(
            "tas.no-reply", .duration(.seconds(5) ... .seconds(120)), default: "20s",
            "How long a phone rings before a call is diverted for no reply, where its user has not said."),
        ConfigurationKey(
            "tas.not-reachable", .duration(.seconds(1) ... .seconds(60)), default: "10s",
            "How long a phone may leave a call without any answer before it counts as not reachable."),
        ConfigurationKey(
            "tas.diversion-limit", .integer(1...20), default: "5", "Diversions of one call, by all users together."),
        ConfigurationKey(
            "tas.codes", .boolean, default: "true", "Whether *21*NUMBER# and the like change a user's services."),
        ConfigurationKey(
            "tas.country-code", .checked(expected: "+ and digits, such as +49") { $0.hasPrefix("+") }, default: "+",
            "Numbers that begin otherwise are international; with a + alone none is. Quote it: \"+49\"."),
        ConfigurationKey(
            "tas.international-prefix", .text, default: "\"00\"", "What is dialled before another country's code."),
        ConfigurationKey(
            "tas.voicemail", .checked(expected: "a SIP URI") { (try? SIPURI(parsing: $0)) != nil },
            "The voice mail system: calls that users divert to voicemail go there, with whose mailbox it is (RFC 4458)."
        ),
        ConfigurationKey(
            "tas.message-centre", .checked(expected: "a number, such as +15550000") { SMSAddress(number: $0) != nil },
            "The number of the short message service centre, as phones see it."),
        ConfigurationKey(
            "tas.message-storage", .duration(.seconds(60) ... .seconds(2_419_200)), default: "72h",
            "How long a message may wait for its recipient."),
        ConfigurationKey("tas.maximum-messages", .integer(0...10_000_000), default: "100000", "Messages that wait."),
        ConfigurationKey(
            "tas.maximum-messages-per-user", .integer(0...10_000), default: "100", "Messages that wait for one user."),
        ConfigurationKey("tas.maximum-users", .integer(1...10_000_000), default: "1000000", "Users with settings."),
    ]

    @Sendable
    private static func check(_ configuration: Configuration, _ file: String) throws(ConfigurationFailure) {
        guard configuration.nodeSettings.listeners.isEmpty else { return }
        throw ConfigurationFailure([.init(file: file, line: nil, "\"sip.listen\" must name a socket")])
    }

    @Sendable
    private static func build(
        _ configuration: Configuration, _ surroundings: NodeProgram<ApplicationServer>.Surroundings
    ) throws -> NodeProgram<ApplicationServer>.Parts {
        var entropy = surroundings.entropy
        var settings = surroundings.settings
        settings.dns = configuration.dnsSettings
        let fixed = configuration.locator(surroundings.hosts, listeners: settings.listeners)
        let store = try ServiceStore(path: configuration.text("tas.database"))
        var unreadable: [String] = []
        let role = ApplicationServer(
            try decisions(configuration, settings, fixed, surroundings), records: try store.records(),
            entropy: entropy.fork(),
            unreadable: &unreadable)
        for sentence in unreadable { Console.complain("tas: a stored record is left aside: \(sentence)") }
        let worker = ServiceWorker(store: store)
        let core = NodeCore(
            NodeIdentity(.tas, name: settings.name), role,
            sip: SIPStack(
                listeners: settings.listeners, overload: configuration.overloadSettings, entropy: entropy.fork()),
            locator: Locator(fixed: fixed, listeners: settings.listeners, entropy: entropy.fork()),
            traced: configuration.integer("trace.messages"))
        return NodeProgram.Parts(core: core, settings: settings) {
            worker.execute($0)
        } finish: {
            worker.close()
        }
    }

    private static func decisions(
        _ configuration: Configuration, _ settings: NodeSettings, _ locator: StaticLocator,
        _ surroundings: NodeProgram<ApplicationServer>.Surroundings
    ) throws -> ApplicationServerConfiguration {
        let uri = try SIPURI(parsing: configuration.text("tas.uri"))
        var own = OwnNames(listeners: settings.listeners.values)
        own.insert(host: uri.host.string, port: uri.port ?? 5060)
        var decisions = ApplicationServerConfiguration(
            uri: uri, own: own, domain: configuration.text("tas.domain"), locator: locator)
        decisions.usesDNS = configuration.usesDNS
        decisions.address = settings.listeners.values.map(\.local.address).first ?? .loopback
        decisions.trustedPeers = Set(configuration.addresses("tas.trusted-peers"))
        decisions.noReplyTime = configuration.duration("tas.no-reply")
        decisions.notReachableTime = configuration.duration("tas.not-reachable")
        decisions.diversionLimit = configuration.integer("tas.diversion-limit")
        decisions.takesCodes = configuration.boolean("tas.codes")
        decisions.plan.country = configuration.text("tas.country-code")
        decisions.plan.internationalPrefix = configuration.text("tas.international-prefix")
        decisions.voicemail = try configuration.optionalText("tas.voicemail").map { try SIPURI(parsing: $0) }
        decisions.startsAt = surroundings.now
        decisions.clock = WallClock(Int64(surroundings.originStateID), at: surroundings.now)
        decisions.centre = configuration.optionalText("tas.message-centre").flatMap(SMSAddress.init(number:))
        decisions.longestStorage = Int(configuration.duration("tas.message-storage").components.seconds)
        decisions.messageLimit = configuration.integer("tas.maximum-messages")
        decisions.messageLimitPerUser = configuration.integer("tas.maximum-messages-per-user")
        decisions.userLimit = configuration.integer("tas.maximum-users")
        return decisions
    }
}
