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
            "Telephony application server: call forwarding, voice mail, barring, identity and messages, over ISC (TS 24.229 §5.7)."
    )

    @OptionGroup var options: FunctionOptions

    func run() { options.run(Self.program) }

    static let program = NodeProgram<ApplicationServer>(
        name: "tas",
        keys: SharedKeys.node(name: "tas.\(LabDefaults.domain)")
            + SharedKeys.sip(listen: "[udp:127.0.0.1:5090, tcp:127.0.0.1:5090]") + SharedKeys.overload(perSource: 0)
            + SharedKeys.hosts(default: LabDefaults.hosts) + SharedKeys.dns + keys + SharedKeys.tls
            + SharedKeys.operation(admin: "run/tas.sock"),
        check: check, build: build)

    @Sendable
    private static func check(_ configuration: Configuration, _ file: String) throws(ConfigurationFailure) {
        let (ports, calls) = (MediaPorts(configuration.text("tas.media-ports")), "tas.maximum-voice-calls")
        if let ports, ports.count < configuration.integer(calls) {
            throw ConfigurationFailure([
                .init(
                    file: file, line: nil, "\"tas.media-ports\" has room for \(ports.count) calls, \"\(calls)\" is more"
                )
            ])
        }
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
        let store = try ServiceStore(
            path: configuration.text("tas.database"), folder: configuration.optionalText("tas.mailboxes"))
        var unreadable: [String] = []
        let role = ApplicationServer(
            try decisions(configuration, settings, fixed, surroundings), records: try store.records(),
            entropy: entropy.fork(),
            unreadable: &unreadable)
        for sentence in unreadable { Console.complain("tas: a stored record is left aside: \(sentence)") }
        store.removeFiles(except: role.files)
        let address = settings.listeners.values.map(\.local.address).first ?? .loopback
        let media = MediaService(
            address: configuration.optionalAddress("tas.media-address") ?? address,
            ports: MediaPorts(configuration.text("tas.media-ports")) ?? .standard,
            rule: MediaSource.Rule(rawValue: configuration.text("tas.media-source")) ?? .described,
            entropy: entropy.fork())
        let worker = ServiceWorker(store: store, media: media)
        let core = NodeCore(
            NodeIdentity(.tas, name: settings.name), role,
            sip: SIPStack(
                listeners: settings.listeners, overload: configuration.overloadSettings, entropy: entropy.fork()),
            locator: Locator(fixed: fixed, listeners: settings.listeners, entropy: entropy.fork()),
            traced: configuration.integer("trace.messages"))
        var parts = NodeProgram.Parts(core: core, settings: settings) {
            worker.execute($0)
        } finish: {
            worker.close()
        }
        parts.attach = { media.attach($0) }
        return parts
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
        decisions.mailboxes = try mailboxes(configuration, beside: uri)
        decisions.startsAt = surroundings.now
        decisions.clock = WallClock(Int64(surroundings.originStateID), at: surroundings.now)
        decisions.centre = configuration.optionalText("tas.message-centre").flatMap(SMSAddress.init(number:))
        decisions.longestStorage = Int(configuration.duration("tas.message-storage").components.seconds)
        decisions.messageLimit = configuration.integer("tas.maximum-messages")
        decisions.messageLimitPerUser = configuration.integer("tas.maximum-messages-per-user")
        decisions.userLimit = configuration.integer("tas.maximum-users")
        return decisions
    }

    private static func mailboxes(_ configuration: Configuration, beside uri: SIPURI) throws -> VoicemailSettings? {
        guard configuration.optionalText("tas.mailboxes") != nil else { return nil }
        var own = SIPURI(user: "voicemail", host: uri.host, port: uri.port)
        if let text = configuration.optionalText("tas.mailbox-uri") { own = try SIPURI(parsing: text) }
        var settings = VoicemailSettings(uri: own)
        settings.recording.longest = configuration.duration("tas.longest-voice-message")
        settings.recording.silence = configuration.duration("tas.longest-silence")
        settings.messageLimit = configuration.integer("tas.maximum-voice-messages-per-user")
        settings.totalLimit = configuration.integer("tas.maximum-voice-messages")
        settings.callLimit = configuration.integer("tas.maximum-voice-calls")
        settings.notifiesUnsolicited = configuration.boolean("tas.unsolicited-notifications")
        return settings
    }
}
