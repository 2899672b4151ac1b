import ArgumentParser
import Diameter
import FunctionProgram
import Glibc
import IMS
import NodeIO
import Octets
import ProxyCSCF
import RecordStore
import SIP

@main
struct PCSCF: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pcscf", abstract: "Proxy-CSCF: the first contact of the phones (TS 24.229 §5.2).")

    @OptionGroup var options: FunctionOptions

    func run() { options.run(Self.program) }

    static let program = NodeProgram<ProxyCSCF>(
        name: "pcscf",
        keys: SharedKeys.node(name: "pcscf.\(LabDefaults.domain)")
            + SharedKeys.sip(listen: "[udp:127.0.0.1:5060, tcp:127.0.0.1:5060]")
            + SharedKeys.overload(perSource: 200) + SharedKeys.dns
            + SharedKeys.hosts(default: LabDefaults.hosts) + keys + HandsetKeys.keys + PolicyKeys.keys
            + SecurityAgreementKeys.keys + SharedKeys.charging
            + SharedKeys.diameter(
                originHost: "pcscf.\(LabDefaults.domain)", realm: LabDefaults.domain, listen: "[]", peers: "[]")
            + SharedKeys.tls
            + SharedKeys.operation(admin: "run/pcscf.sock"),
        check: check, build: build)

    @Sendable
    private static func check(_ configuration: Configuration, _ file: String) throws(ConfigurationFailure) {
        try SecurityAgreementKeys.check(configuration, file)
        try HandsetKeys.check(configuration, file)
        let timer = configuration.integer("pcscf.flow-timer")
        guard .seconds(timer) < configuration.duration("sip.idle-timeout") else {
            let sentence = "\"pcscf.flow-timer\" is \(timer) s: connections are closed before, see sip.idle-timeout"
            throw ConfigurationFailure([.init(file: file, line: nil, sentence)])
        }
    }

    private static let keys = [
        ConfigurationKey(
            "pcscf.home-domains", .list(of: .text), default: "[\(LabDefaults.domain)]",
            "Home networks whose phones may register here; [] for every domain that hosts knows."),
        ConfigurationKey(
            "pcscf.visited-network", .text, default: LabDefaults.visitedNetwork,
            "Our network, as P-Visited-Network-ID names it to the home network (RFC 7315 §4.3)."),
        ConfigurationKey(
            "pcscf.path-host", .text,
            "Host that our Path entries name, where S-CSCFs reach us; sip.advertise or the first socket's when absent."),
        ConfigurationKey(
            "pcscf.flow-token-key", .checked(expected: "at least 32 hexadecimal digits") { isKey($0) },
            """
            Signs the flow tokens in Path entries; keep it over restarts, so that registered phones stay reachable. When
            absent it is drawn and kept in the store; without a store it is drawn anew at every start.
            """),
        ConfigurationKey(
            "pcscf.store", .text,
            """
            The embedded store, an SQLite file, made when absent: registrations, sessions and subscriptions outlive a crash.
            Without it phones have to register again to be known.
            """),
        ConfigurationKey(
            "pcscf.reg-event", .boolean, default: "true",
            """
            Whether the registration state of each phone is subscribed to (TS 24.229 §5.2.3), so that what the network takes
            away ends here too; four messages more for each registration.
            """),
        ConfigurationKey(
            "pcscf.session-expires", .integer(0...86_400), default: "0",
            """
            Seconds between session refreshes that we ask for where nobody does (RFC 4028 §8.1), at least 90; 0 leaves it to
            the phones.
            """),
        ConfigurationKey(
            "pcscf.keep-alive", .integer(0...3_600), default: "25",
            "Seconds between keep-alives that phones are advised to send (RFC 6223); 0 leaves it to them."),
        ConfigurationKey(
            "pcscf.flow-timer", .integer(0...86_400), default: "120",
            """
            Seconds between keep-alives that phones with flows (RFC 5626) are to send over TCP, TLS and WebSocket; less than
            sip.idle-timeout. 0 leaves it to them. Over UDP it is pcscf.keep-alive.
            """),
        ConfigurationKey(
            "pcscf.flow-grace", .duration(.zero ... .seconds(86_400)), default: "60s",
            "After the end of its connection, how long a phone may come back before its sessions are released."),
        ConfigurationKey(
            "pcscf.scscf-patience", .duration(.milliseconds(500) ... .seconds(3_600)), default: "4s",
            """
            How long the S-CSCF of a phone may be silent on an INVITE before the I-CSCF is asked for another (TS 23.380
            §4.4); other requests, whose first answer may take 3.5 s (RFC 4320 §4.1), wait at least 4.5 s.
            """),
        ConfigurationKey(
            "pcscf.phone-t1", .duration(.milliseconds(100) ... .seconds(60)), default: "2s",
            "Timer T1 towards phones, TS 24.229 §7.7; the core has 500 ms."),
        ConfigurationKey(
            "pcscf.phone-t2", .duration(.milliseconds(100) ... .seconds(60)), default: "16s", "Timer T2 towards phones."
        ),
        ConfigurationKey(
            "pcscf.phone-t4", .duration(.milliseconds(100) ... .seconds(60)), default: "17s", "Timer T4 towards phones."
        ),
        ConfigurationKey(
            "pcscf.emergency-numbers", .map(of: .text), default: "{\"112\": sos, \"911\": sos}",
            "Numbers that call for help, and the service of RFC 5031 behind each."),
        ConfigurationKey(
            "pcscf.emergency-route", .checked(expected: "a SIP URI") { emergencyRoute($0) != nil },
            """
            PSAP or E-CSCF: with ;lr the Route of a request to urn:service:sos, without it the Request-URI. When absent calls
            for help get a 380, so that phones try another network.
            """),
        ConfigurationKey(
            "pcscf.emergency-answer", .choice(EmergencyService.Answer.allCases.map(\.rawValue)), default: "route",
            "What registered phones get that call for help: the route above, or always a 380 (TS 24.229 §5.2.10)."),
        ConfigurationKey(
            "pcscf.emergency-unregistered", .boolean, default: "false",
            "Whether phones that are not registered may call for help; otherwise they get a 403."),
        ConfigurationKey(
            "pcscf.codecs", .list(of: .text), default: "[]",
            """
            Names of the codecs that phones may offer and be offered, as in a=rtpmap; [] for all. An offer with others gets a
            488 with a description that would do (TS 24.229 §6.2).
            """),
        ConfigurationKey(
            "pcscf.stream-bandwidth", .integer(0...10_000_000), default: "0",
            "The most kbit/s (b=AS) that a stream may ask for, as above; 0 for any."),
        ConfigurationKey(
            "pcscf.trusted-peers", .list(of: .address), default: "[]",
            """
            Addresses of our CSCFs beside loopback: nobody else may send requests to phones. With [] anybody may who knows
            the sealed Path or Record-Route of a phone and is not at a phone's address.
            """),
        ConfigurationKey(
            "pcscf.media-relay", .endpoint,
            """
            Where rtpengine listens for its ng protocol (UDP); the media of phones go through it. Without it they go as the
            phones say.
            """),
        ConfigurationKey(
            "pcscf.media-relay-use", .choice(MediaRelaySettings.Use.allCases.map(\.rawValue)), default: "translated",
            "Whose media: those of phones behind an address translator, or always."),
        ConfigurationKey(
            "pcscf.media-relay-failure", .choice(MediaRelaySettings.Failure.allCases.map(\.rawValue)),
            default: "proceed",
            "A session that rtpengine does not take goes on without it and a warning, or gets a 503."),
        ConfigurationKey(
            "pcscf.media-relay-patience", .duration(.milliseconds(100) ... .seconds(30)), default: "1s",
            "How long rtpengine may be silent; it is asked again meanwhile."),
        ConfigurationKey(
            "pcscf.route-mismatch", .choice(ProxyCSCFConfiguration.RouteMismatch.allCases.map(\.rawValue)),
            default: "replace",
            """
            A request whose Route is not the Service-Route of the phone's registration: it gets the Service-Route, or a
            400. TS 24.229 §5.2.6.3.3 allows both.
            """),
        ConfigurationKey(
            "pcscf.identity-mismatch", .choice(ProxyCSCFConfiguration.IdentityMismatch.allCases.map(\.rawValue)),
            default: "default",
            """
            A request in the name of an identity that the phone has not registered: it goes on in the name of the default
            one (TS 24.229 §5.2.6.3.3), or gets a 403.
            """),
    ]

    private static func isKey(_ text: String) -> Bool { (Hex.decode(text)?.count ?? 0) >= 16 }

    private static func emergencyRoute(_ text: String) -> SIPURI? {
        do { return try SIPURI(parsing: text) } catch { return nil }
    }

    private static func emergencyService(_ configuration: Configuration) -> EmergencyService {
        var numbers: [String: String] = [:]
        for (number, value) in configuration.map("pcscf.emergency-numbers") {
            if case .text(let service) = value { numbers[number] = service }
        }
        return EmergencyService(
            numbers: numbers, destination: configuration.optionalText("pcscf.emergency-route").flatMap(emergencyRoute),
            answer: .init(rawValue: configuration.text("pcscf.emergency-answer")) ?? .route,
            servesUnregistered: configuration.boolean("pcscf.emergency-unregistered"))
    }

    @Sendable
    private static func build(
        _ configuration: Configuration, _ surroundings: NodeProgram<ProxyCSCF>.Surroundings
    ) throws -> NodeProgram<ProxyCSCF>.Parts {
        var entropy = surroundings.entropy
        var settings = surroundings.settings
        let phoneTimers = TransactionTimers(
            t1: configuration.duration("pcscf.phone-t1"), t2: configuration.duration("pcscf.phone-t2"),
            t4: configuration.duration("pcscf.phone-t4"))
        // Phones call us with the timers of TS 24.229 §7.7; what we send goes to the core.
        let handsets = try HandsetKeys.profiles(configuration)
        settings.listeners = configuration.listeners { _ in phoneTimers }
        HandsetKeys.setTimers(of: &settings.listeners, handsets, phoneTimers)
        for id in settings.listeners.keys { settings.listeners[id]?.clientTimers = .core }
        guard let first = settings.listeners[ListenerID(rawValue: 0)] else {
            throw StartFailure(
                key: "sip.listen", sentence: "no socket is named: a P-CSCF needs one for its phones",
                hint: "for instance sip.listen: [udp:127.0.0.1:5060]")
        }
        let fixed = configuration.locator(surroundings.hosts, listeners: settings.listeners)
        let store = try configuration.optionalText("pcscf.store").map { path throws(StartFailure) in
            do throws(RecordStoreFailure) {
                return try KeptRecords(
                    path: path, of: .proxyCSCF, secrets: 32, now: surroundings.now, entropy: &entropy)
            } catch {
                throw StartFailure(
                    key: "pcscf.store", sentence: "\(error)",
                    hint: "move the file away to begin with an empty one; phones register again then")
            }
        }
        var decisions = ProxyCSCFConfiguration(
            pathHost: configuration.optionalText("pcscf.path-host") ?? first.sentByHost, pathPort: first.sentByPort,
            visitedNetwork: configuration.text("pcscf.visited-network"),
            homeDomains: Set(configuration.texts("pcscf.home-domains").map { $0.lowercased() }), locator: fixed,
            chargingNode: first.sentByHost,
            flowTokenKey: configuration.optionalText("pcscf.flow-token-key").flatMap(Hex.decode)
                ?? store?.secrets ?? entropy.octets(32))
        decisions.handsets = handsets
        decisions.clock = store?.clock
        decisions.firstConnection = settings.firstConnection
        decisions.usesDNS = configuration.usesDNS
        decisions.listeners = settings.listeners
        let interval = configuration.integer("pcscf.session-expires")
        decisions.sessionTimer = SessionTimerPolicy(interval: interval == 0 ? nil : interval)
        decisions.keepAlive = configuration.integer("pcscf.keep-alive")
        decisions.flowTimer = configuration.integer("pcscf.flow-timer")
        decisions.flowGrace = configuration.duration("pcscf.flow-grace")
        decisions.servingCSCFPatience = configuration.duration("pcscf.scscf-patience")
        decisions.emergency = emergencyService(configuration)
        decisions.charges = configuration.charges
        decisions.watchesRegistrations = configuration.boolean("pcscf.reg-event")
        let bandwidth = configuration.integer("pcscf.stream-bandwidth")
        decisions.mediaPolicy = MediaPolicy(
            codecs: Set(configuration.texts("pcscf.codecs")),
            kilobitsPerSecond: bandwidth == 0 ? nil : UInt64(bandwidth))
        let relay = try configuration.optionalEndpoint("pcscf.media-relay").map {
            try MediaRelaySocket.open(to: $0)
        }
        if relay != nil {
            decisions.mediaRelay = MediaRelaySettings(
                use: .init(rawValue: configuration.text("pcscf.media-relay-use")) ?? .translated,
                failure: .init(rawValue: configuration.text("pcscf.media-relay-failure")) ?? .proceed,
                patience: configuration.duration("pcscf.media-relay-patience"))
        }
        let policy = PolicyKeys.settings(configuration, start: surroundings.originStateID)
        decisions.policyControl = policy
        decisions.trustedPeers = Set(configuration.addresses("pcscf.trusted-peers"))
        decisions.routeMismatch = .init(rawValue: configuration.text("pcscf.route-mismatch")) ?? .replace
        decisions.identityMismatch = .init(rawValue: configuration.text("pcscf.identity-mismatch")) ?? .default
        settings.dns = configuration.dnsSettings
        // Only phones are reached through protected sockets: the locators do not know them.
        let open = settings.listeners
        var side = try SecurityAgreementKeys.side(configuration, beside: open, timers: phoneTimers)
        let kernel = try SecurityKernel(&side)
        settings.notices += side?.notices ?? []
        if var side, kernel != nil {
            decisions.handsets.restrict(to: side.policy.preference)
            decisions.handsets.protect(side.listeners, beside: open)
            HandsetKeys.setTimers(of: &side.listeners, decisions.handsets, phoneTimers)
            settings.listeners.merge(side.listeners) { mine, _ in mine }
            settings.listenerOptions.merge(side.options) { mine, _ in mine }
            decisions.listeners = settings.listeners
            decisions.security = side.policy
        }
        var role = ProxyCSCF(decisions, entropy: entropy.fork())
        if let store {
            let obsolete = role.restore(store.records, at: surroundings.now)
            if !obsolete.isEmpty { _ = store.write([obsolete]) }
        }
        try kernel?.take(over: &role, at: surroundings.now)
        var stack = SIPStack(
            listeners: settings.listeners, overload: configuration.overloadSettings, entropy: entropy.fork())
        for (hop, other) in role.responseRoutes { stack.routeResponses(from: hop, by: other) }
        let core = NodeCore(
            NodeIdentity(.pcscf, name: settings.name), role, sip: stack,
            locator: configuration.locator(fixed, listeners: open, entropy: entropy.fork()),
            diameter: configuration.accountingRealm == nil && policy == nil
                ? nil
                : DiameterStack(
                    local: configuration.proxyNode(surroundings.originStateID, speaksRx: policy != nil),
                    peers: surroundings.peers,
                    settings: configuration.proxySettings(policyRealm: policy?.realm, host: policy?.host),
                    entropy: entropy.fork()),
            traced: configuration.integer("trace.messages"))
        let worker = ProxyWorker(security: kernel?.perform, store: store, mediaRelay: relay)
        return NodeProgram.Parts(
            core: core, settings: settings, perform: worker.perform,
            watch: { tell in
                if kernel != nil { SecurityKernel.watch(tell) }
                relay?.listen { tell(Command("media-relay", ["datagram": Base64.encode($0)])) }
            }
        ) {
            // What is stored is taken up again, with the associations; what is not has nobody any more.
            if store == nil { kernel?.release() }
            store?.close()
            relay?.close()
        }
    }
}
