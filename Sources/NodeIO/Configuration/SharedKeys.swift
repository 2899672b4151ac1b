import Diameter
import Glibc
import IMS
import Octets
import SIP

/// The keys that all functions share, and what a node takes from them.
///
/// A function's list is `SharedKeys.all(…) + its own`; a function without SIP or without Diameter leaves a group out.
package enum SharedKeys {
    package static func node(name: String) -> [ConfigurationKey] {
        [ConfigurationKey("node.name", .text, default: name, "Name of this node, in its log and for the operator.")]
    }

    /// - Parameter listen: the default, as YAML: `[udp:127.0.0.1:5060, tcp:127.0.0.1:5060]`.
    package static func sip(listen: String) -> [ConfigurationKey] {
        [
            ConfigurationKey(
                "sip.listen", .list(of: .sipBinding), default: listen,
                """
                SIP sockets. Several are possible, of IPv4 and IPv6. Transports: udp, tcp, tls, ws, wss, sctp.
                An entry with options: {at: tls:127.0.0.1:5061, client-certificates: required}. Options:
                """
                    + SIPBinding.optionKeys.map { "\n  \($0.path): \($0.documentation)" }.joined()),
            ConfigurationKey(
                "sip.advertise", .checked(expected: "a host name or IP address", isHostName),
                """
                Host that our Via, Route and Path entries name; other nodes and phones must be able to resolve it.
                Without it each socket names its own address.
                """),
            ConfigurationKey(
                "sip.datagram-limit", .integer(0...65_507), default: "1300",
                """
                A request of more octets leaves over TCP instead of UDP, when there is a tcp socket of the same address family
                (RFC 3261 §18.1.1): 1300, or 200 less than the path MTU where all paths are known. 0: all is UDP.
                """),
            ConfigurationKey(
                "sip.max-connections", .integer(1...1_000_000), default: "10000", "Stream connections at a time."),
            ConfigurationKey(
                "sip.max-connections-per-address", .integer(1...1_000_000), default: "100",
                "Stream connections that one remote address may open."),
            ConfigurationKey(
                "sip.idle-timeout", .duration(.seconds(1) ... .seconds(7 * 86400)), default: "1h",
                """
                A connection over which nothing arrives for so long is closed, registered phones' too: longer than their
                keep-alives and re-registrations.
                """),
            ConfigurationKey(
                "sip.handshake-timeout", .duration(.seconds(1) ... .seconds(120)), default: "10s",
                "How long the handshakes of TLS and WebSocket may take."),
            ConfigurationKey(
                "sip.keep-alive", .duration(.seconds(1) ... .seconds(3600)),
                """
                The longest pause between our pings on connections that we open (RFC 5626 §4.4.1; each pause is drawn from
                80 to 100 percent of it). One that is not answered in 10s ends the connection. Without it none are sent;
                only peers that are known to answer should be pinged.
                """),
            ConfigurationKey(
                "sip.sctp", .choice(SIPSCTPSettings.Implementation.allCases.map(\.rawValue)), default: "auto",
                "What carries sctp: kernel, usrsctp (over UDP, RFC 6951), or auto: kernel where the kernel has SCTP."),
            ConfigurationKey(
                "sip.encapsulation-port", .integer(0...65535), default: "9899",
                "usrsctp only: our UDP port; 0 takes any free one. Not that of diameter.encapsulation-port."),
            ConfigurationKey(
                "sip.remote-encapsulation-port", .integer(1...65535), default: "9899",
                "usrsctp only: the UDP port of those that we call."),
            ConfigurationKey(
                "sip.encapsulation-address", .address, default: "0.0.0.0",
                "usrsctp only: the local address of the UDP socket."),
        ]
    }

    /// Certificates and keys, for every transport of the node that runs over TLS.
    package static var tls: [ConfigurationKey] {
        [
            ConfigurationKey(
                "tls.certificate", .checked(expected: "a path") { !$0.isEmpty },
                """
                PEM file: this node's certificate, then those that lead to its root. Its subjectAltName names the domain
                or host under which others reach us (URI "sip:DOMAIN" or dNSName, RFC 5922). Needed to listen over TLS.
                """),
            ConfigurationKey(
                "tls.key", .checked(expected: "a path") { !$0.isEmpty }, "PEM file: the key of that certificate."),
            ConfigurationKey(
                "tls.trust", .list(of: .text), default: "[]",
                "PEM files: the roots whose certificates we trust; [] for those of the system."),
            ConfigurationKey(
                "tls.minimum-version", .choice(TLSSettings.Version.allCases.map(\.rawValue)), default: "\"1.2\"",
                "The oldest version of TLS that is spoken."),
            ConfigurationKey(
                "tls.key-log", .boolean, default: "false",
                """
                For a lab only: writes the secrets of all TLS connections to the file that the environment variable
                SSLKEYLOGFILE names, so that Wireshark can read them.
                """),
        ]
    }

    /// - Parameter hosts: the default, as YAML.
    package static func hosts(default hosts: String = "{}") -> [ConfigurationKey] {
        [
            ConfigurationKey(
                "hosts", .map(of: .host), default: hosts,
                """
                Host names and where they are; looked up before anything else, so that no DNS server is needed.
                Example: scscf.ims.mnc001.mcc001.3gppnetwork.org: 127.0.0.1:5080
                """)
        ]
    }

    /// - Parameter originHost: the default name.
    package static func diameter(originHost: String, realm: String, listen: String, peers: String)
        -> [ConfigurationKey]
    {
        [
            ConfigurationKey(
                "diameter.origin-host", .checked(expected: "a host name", isHostName), default: originHost,
                "Our Diameter identity (Origin-Host)."),
            ConfigurationKey(
                "diameter.origin-realm", .checked(expected: "a domain name", isHostName), default: realm,
                "Our Diameter realm (Origin-Realm)."),
            ConfigurationKey(
                "diameter.listen", .list(of: .endpoint), default: listen,
                "Addresses where Diameter peers may call us; [] for none."),
            ConfigurationKey(
                "diameter.listen-tls", .list(of: .endpoint), default: "[]",
                """
                Addresses where they may call us over TLS (RFC 6733 §13.1; the port is 5658), whatever the transport below.
                Both sides show a certificate, which must name the Origin-Host as a dNSName; see tls.
                """),
            ConfigurationKey(
                "diameter.transport", .choice(DiameterTransport.allCases.map(\.rawValue)), default: "auto",
                """
                What carries Diameter: kernel (SCTP of the kernel), usrsctp (SCTP over UDP, RFC 6951), tcp, tls (TLS over
                TCP), or auto: kernel where the kernel has SCTP, otherwise usrsctp. The log says which was chosen.
                """),
            ConfigurationKey(
                "diameter.local-addresses", .list(of: .address), default: "[]",
                """
                kernel only: further addresses of ours, paths of every association beside the one listened on (multihoming).
                A node that only calls binds these.
                """),
            ConfigurationKey(
                "diameter.streams", .integer(1...1024), default: "8",
                "SCTP only: streams of an association, so that no request waits for a lost packet of another."),
            ConfigurationKey(
                "diameter.heartbeat", .duration(.milliseconds(500) ... .seconds(60)), default: "5s",
                "SCTP only: the pause between heartbeats on a path on which nothing is sent."),
            ConfigurationKey(
                "diameter.encapsulation-port", .integer(0...65535), default: listen == "[]" ? "0" : "9899",
                "usrsctp only: our UDP port; 0 takes any free one."),
            ConfigurationKey(
                "diameter.remote-encapsulation-port", .integer(1...65535), default: "9899",
                "usrsctp only: the UDP port of the peers that we connect to."),
            ConfigurationKey(
                "diameter.encapsulation-address", .address, default: "0.0.0.0",
                "usrsctp only: the local address of the UDP socket."),
            ConfigurationKey("diameter.peers", .records(peer), default: peers, "The Diameter peers of this node."),
            ConfigurationKey(
                "diameter.watchdog", .duration(.seconds(6) ... .seconds(3600)), default: "30s",
                "Time of silence after which a peer is asked whether it lives (Tw of RFC 3539, at least 6s)."),
            ConfigurationKey(
                "diameter.longest-reconnect", .duration(.milliseconds(100) ... .seconds(600)), default: "2s",
                """
                The longest pause before a peer that cannot be reached is called again. RFC 6733 §12 (Tc) advises 30s
                between networks; within one core a short pause ends an outage sooner.
                """),
            ConfigurationKey(
                "diameter.request-timeout", .duration(.milliseconds(100) ... .seconds(60)), default: "3s",
                "How long the answer to a Diameter request may take."),
        ] + diameterRouting
    }

    private static let peer = [
        ConfigurationKey(
            "host", .checked(expected: "a host name", isHostName), required: true, "Diameter identity of the peer."),
        ConfigurationKey(
            "realm", .checked(expected: "a domain name", isHostName), "its realm; ours when absent"),
        ConfigurationKey(
            "address", .checked(expected: "an IP address or a host name", isHostName),
            "where to call it, a name being looked up in hosts; without address the peer must call us"),
        ConfigurationKey(
            "other-addresses", .list(of: .address), default: "[]",
            "further addresses of it: paths of the kernel's SCTP, tried in turn over the others"),
        ConfigurationKey("from", .list(of: .address), default: "[]", "the only addresses it may call from; [] for any"),
        ConfigurationKey("port", .integer(1...65535), default: "3868", "where to call it"),
        ConfigurationKey(
            "transport", .choice(DiameterTransport.allCases.map(\.rawValue)),
            "what carries it; diameter.transport when absent"),
        ConfigurationKey("priority", .integer(0...1000), default: "0", "lower is asked first"),
        ConfigurationKey(
            "weight", .integer(1...1000), default: "1", "its share of the requests among peers of equal priority"),
        ConfigurationKey(
            "agent", .boolean, default: "false", "whether it is a relay or proxy that brings requests of others"),
    ]

    /// - Parameter admin: the default path of the admin socket.
    package static func operation(admin: String, trace: Int = 2000) -> [ConfigurationKey] {
        [
            ConfigurationKey(
                "admin.socket",
                .checked(expected: "a path of at most 107 octets") { (1...107).contains($0.utf8.count) },
                default: admin, "Path of the socket where imsctl asks this node; readable by the node's user only."),
            ConfigurationKey(
                "log.level", .choice(Observation.Level.allCases.map { "\($0)" }), default: "info",
                "The least level that is logged."),
            ConfigurationKey(
                "log.format", .choice(["auto"] + ObservationLog.Format.allCases.map(\.rawValue)), default: "auto",
                "auto writes text to a terminal and JSON otherwise."),
            ConfigurationKey(
                "trace.messages", .integer(0...1_000_000), default: "\(trace)",
                "How many SIP and Diameter messages are kept for the ladder that imsctl draws."),
        ]
    }

    /// Names, IPv4 and IPv6 addresses.
    static func isHostName(_ text: String) -> Bool {
        if IPAddress(text) != nil { return true }
        guard (1...255).contains(text.utf8.count), !text.hasPrefix("-"), !text.hasPrefix(".") else { return false }
        return text.utf8.allSatisfy {
            ASCII.isDigit($0) || (0x41...0x5A).contains($0 & ~0x20) || $0 == 0x2D || $0 == 0x2E
        }
    }
}

extension Configuration {
    /// Host names in lower case and where they are.
    package var hosts: [String: HostAddress] {
        guard declares("hosts") else { return [:] }
        var hosts: [String: HostAddress] = [:]
        for (name, value) in map("hosts") {
            if case .host(let host) = value { hosts[name.lowercased()] = host }
        }
        return hosts
    }

    package func declares(_ path: String) -> Bool { keys.contains { $0.path == path } }

    /// The SIP sockets, numbered in the file's order. `timers` chooses by socket: phones or core (TS 24.229 §7.7).
    package func listeners(timers: (SIPBinding) -> TransactionTimers = { _ in .core }) -> [ListenerID: SIPListener] {
        guard declares("sip.listen") else { return [:] }
        let host = optionalText("sip.advertise")
        let limit = integer("sip.datagram-limit")
        var listeners: [ListenerID: SIPListener] = [:]
        for (index, binding) in sipBindings("sip.listen").enumerated() {
            listeners[ListenerID(rawValue: UInt16(clamping: index))] = SIPListener(
                binding.transport, binding.local, sentBy: (binding.advertise ?? host).map(Self.inURI),
                timers: timers(binding), datagramLimit: Self.datagramLimit(binding.datagramLimit ?? limit))
        }
        return listeners
    }

    /// 0 stands for no limit.
    private static func datagramLimit(_ octets: Int) -> Int? { octets == 0 ? nil : octets }

    /// What the sockets say beyond transport and address.
    private var listenerOptions: [ListenerID: SIPSocketOptions] {
        guard declares("sip.listen") else { return [:] }
        var options: [ListenerID: SIPSocketOptions] = [:]
        for (index, binding) in sipBindings("sip.listen").enumerated() {
            options[ListenerID(rawValue: UInt16(clamping: index))] = binding.options
        }
        return options
    }

    /// An IPv6 address stands in brackets in a URI (RFC 3261 §25.1, IPv6reference).
    private static func inURI(_ host: String) -> String {
        guard let address = IPAddress(host), address.isV6 else { return host }
        return "[\(address)]"
    }

    package var diameterTransport: DiameterTransport {
        DiameterTransport(rawValue: text("diameter.transport")) ?? .auto
    }

    /// The Diameter stack's times.
    package var diameterSettings: DiameterSettings {
        var settings = DiameterSettings(
            watchdog: duration("diameter.watchdog"), answerTimeout: duration("diameter.request-timeout"))
        settings.longestReconnect = duration("diameter.longest-reconnect")
        settings.firstReconnect = min(.milliseconds(500), settings.longestReconnect)
        applyDiameterRouting(to: &settings)
        return settings
    }

    /// What the node binds and bounds.
    package var nodeSettings: NodeSettings {
        var settings = NodeSettings(name: text("node.name"))
        settings.listeners = listeners()
        settings.listenerOptions = listenerOptions
        if declares("sip.max-connections") {
            settings.sipLimits.connections = integer("sip.max-connections")
            settings.sipLimits.connectionsPerAddress = integer("sip.max-connections-per-address")
            settings.sipLimits.idleTimeout = duration("sip.idle-timeout")
            settings.sipLimits.handshakeTimeout = duration("sip.handshake-timeout")
            settings.sipLimits.keepAlive = optionalDuration("sip.keep-alive")
            let sctp = SIPSCTPSettings.Implementation(rawValue: text("sip.sctp"))
            settings.sipSCTP.implementation = sctp ?? .auto
            settings.sipSCTP.sctp.encapsulationPort = UInt16(clamping: integer("sip.encapsulation-port"))
            settings.sipSCTP.sctp.remoteEncapsulationPort = UInt16(clamping: integer("sip.remote-encapsulation-port"))
            settings.sipSCTP.sctp.encapsulationAddress = optionalAddress("sip.encapsulation-address") ?? .any
        }
        if declares("diameter.listen") {
            settings.diameterListen = endpoints("diameter.listen")
            settings.diameterListenTLS = endpoints("diameter.listen-tls")
            settings.diameterTransport = diameterTransport
            settings.sctp.localAddresses = addresses("diameter.local-addresses")
            settings.sctp.streams = UInt16(clamping: integer("diameter.streams"))
            settings.sctpTiming.heartbeat = duration("diameter.heartbeat")
            settings.sctp.encapsulationPort = UInt16(clamping: integer("diameter.encapsulation-port"))
            settings.sctp.remoteEncapsulationPort = UInt16(clamping: integer("diameter.remote-encapsulation-port"))
            settings.sctp.encapsulationAddress = optionalAddress("diameter.encapsulation-address") ?? .any
        }
        if declares("tls.certificate") {
            settings.tls.certificate = optionalText("tls.certificate")
            settings.tls.key = optionalText("tls.key")
            settings.tls.trust = texts("tls.trust")
            settings.tls.minimumVersion = TLSSettings.Version(rawValue: text("tls.minimum-version")) ?? .tls12
            if boolean("tls.key-log") { settings.tls.keyLog = getenv("SSLKEYLOGFILE").map { String(cString: $0) } }
        }
        if declares("admin.socket") { settings.adminSocket = text("admin.socket") }
        return settings
    }

    /// The Diameter peers. A name without an address in `hosts` is a problem of the configuration.
    package func peers(file: String) throws(ConfigurationFailure) -> [PeerConfiguration] {
        guard declares("diameter.peers") else { return [] }
        let hosts = hosts
        var peers: [PeerConfiguration] = []
        for record in records("diameter.peers") {
            let identity = DiameterIdentity(record.text("host"))
            let port = UInt16(clamping: record.integer("port"))
            var remote: Endpoint?
            if let address = record.optionalText("address") {
                if let literal = IPAddress(address) {
                    remote = Endpoint(literal, port)
                } else if let host = hosts[address.lowercased()] {
                    remote = Endpoint(host.address, host.port ?? port)
                } else {
                    let sentence = "\"diameter.peers\": \"\(address)\" of peer \(identity) is not in \"hosts\""
                    throw ConfigurationFailure([.init(file: file, line: nil, sentence)])
                }
            }
            let transport = record.optionalText("transport").flatMap(DiameterTransport.init(rawValue:))
            var peer = PeerConfiguration(
                identity: identity,
                realm: DiameterIdentity(record.optionalText("realm") ?? text("diameter.origin-realm")),
                remote: remote, transport: transport ?? diameterTransport, initiates: remote != nil,
                priority: record.integer("priority"), weight: record.integer("weight"),
                addresses: Set(record.addresses("from")), isAgent: record.boolean("agent"))
            peer.otherAddresses = record.addresses("other-addresses")
            peers.append(peer)
        }
        return peers
    }

    package var logLevel: Observation.Level {
        Observation.Level.allCases.first { "\($0)" == text("log.level") } ?? .info
    }

    /// nil for `auto`.
    package var logFormat: ObservationLog.Format? { ObservationLog.Format(rawValue: text("log.format")) }
}
