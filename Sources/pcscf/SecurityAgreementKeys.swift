import IMS
import NodeIO
import Octets
import ProxyCSCF
import SIP

/// The configuration of the security agreement, RFC 3329 and TS 33.203.
enum SecurityAgreementKeys {
    static let keys = [
        ConfigurationKey(
            "pcscf.security-agreement", .choice(SecurityPolicy.Demand.allCases.map(\.rawValue)), default: "off",
            """
            IPsec with the phones (RFC 3329, TS 33.203), for every socket of sip.listen: off; optional: agreed on where the
            phone offers it, and only who demands it (Require: sec-agree) and cannot have it is refused (494); required:
            who does not agree is refused (421, 494). Needs CAP_NET_ADMIN and a kernel with ESP; optional goes on without
            when these are missing, required does not start.
            """),
        ConfigurationKey(
            "pcscf.security-agreement-at", .map(of: .choice(SecurityPolicy.Demand.allCases.map(\.rawValue))),
            default: "{}",
            "The same for single sockets, named as in sip.listen: {\"udp:192.0.2.1:5060\": required}."),
        ConfigurationKey(
            "pcscf.ipsec-addresses", .list(of: .address), default: "[]",
            """
            Our addresses inside the security associations: those that phones send to. [] for the addresses of the udp and
            tcp sockets whose security agreement is not off; needed where these are 0.0.0.0 or ::.
            """),
        ConfigurationKey(
            "pcscf.ipsec-server-port", .integer(1_024...65_535), default: "5100",
            "Protected server port, to which phones send; udp and tcp, neither 5060 nor 5061."),
        ConfigurationKey(
            "pcscf.ipsec-client-port", .integer(1_024...65_535), default: "5101",
            "The first of the protected client ports, from which phones are called; udp and tcp."),
        ConfigurationKey(
            "pcscf.ipsec-client-ports", .integer(2...16), default: "4",
            "How many client ports there are: a phone that agrees anew gets another one beside the old, until that is gone."
        ),
        ConfigurationKey(
            "pcscf.ipsec-algorithms",
            .list(
                of: .checked(expected: "one of " + SecurityAlgorithms.all.map(\.description).joined(separator: ", ")) {
                    SecurityAlgorithms($0) != nil
                }),
            default: "[\(SecurityPolicy().preference.map(\.description).joined(separator: ", "))]",
            """
            Integrity and encryption that are agreed on, the best first: our order decides. null/aes-gcm and aes-gmac/null
            come last because no phone has confirmed their keys yet.
            """),
        ConfigurationKey(
            "pcscf.ipsec-cross-associations", .boolean, default: "false",
            """
            Whether each association carries what comes from the other port of its sender too: what a phone sends from its
            server port to our server port, from its client port to our client ports, and what goes back. A few phones need
            that. The SPIs are the same four.
            """),
        ConfigurationKey(
            "pcscf.ipsec-nat-port", .integer(0...65_535), default: "4500",
            """
            UDP port for the ESP of phones behind a NAT that offer mod=UDP-enc-tun (RFC 3948, TS 33.203 Annex M): phones
            expect 4500. 0 for none: such phones are refused.
            """),
        ConfigurationKey(
            "pcscf.ipsec-challenge-time", .duration(.seconds(10) ... .seconds(3_600)), default: "4m",
            "How long associations wait for the answer to their challenge; scscf.reg-await-auth of the home network."),
    ]

    /// What the agreement adds to a P-CSCF.
    struct Side {
        var policy: SecurityPolicy
        var listeners: [ListenerID: SIPListener] = [:]
        var options: [ListenerID: SIPSocketOptions] = [:]
        /// For the log.
        var notices: [String] = []
        /// Where the ESP of phones behind a NAT comes in; empty for nowhere.
        var encapsulations: [Endpoint] {
            policy.encapsulationPort.map { port in policy.sockets.map { Endpoint($0.address, port) } } ?? []
        }

        var endpoints: [Endpoint] { policy.sockets.flatMap(\.endpoints) }
    }

    static func check(_ configuration: Configuration, _ file: String) throws(ConfigurationFailure) {
        let sockets = Set(configuration.sipBindings("sip.listen").map(\.description))
        for (name, _) in configuration.map("pcscf.security-agreement-at") where !sockets.contains(name) {
            throw failure(file, "\"pcscf.security-agreement-at\" names \(name), which is not in sip.listen")
        }
        let server = configuration.integer("pcscf.ipsec-server-port")
        let first = configuration.integer("pcscf.ipsec-client-port")
        let clients = first...first + configuration.integer("pcscf.ipsec-client-ports") - 1
        let encapsulation = configuration.integer("pcscf.ipsec-nat-port")
        guard encapsulation != server, !clients.contains(encapsulation) else {
            throw failure(file, "\"pcscf.ipsec-nat-port\" \(encapsulation) is one of the protected ports")
        }
        guard !clients.contains(server) else {
            throw failure(file, "\"pcscf.ipsec-server-port\" \(server) is one of the client ports \(clients)")
        }
        guard clients.upperBound <= 65_535, ![5060, 5061].contains(where: { $0 == server || clients.contains($0) })
        else {
            throw failure(
                file, "\"pcscf.ipsec-client-port\": the protected ports are neither 5060 nor 5061, nor beyond 65535")
        }
    }

    private static func failure(_ file: String, _ sentence: String) -> ConfigurationFailure {
        ConfigurationFailure([.init(file: file, line: nil, sentence)])
    }

    /// nil where every socket says off, or where what is optional cannot be had.
    ///
    /// - Parameters:
    ///   - listeners: those of `sip.listen`.
    ///   - timers: towards phones.
    static func side(
        _ configuration: Configuration, beside listeners: [ListenerID: SIPListener], timers: TransactionTimers
    ) throws(StartFailure) -> Side? {
        var side = Side(policy: SecurityPolicy())
        side.policy.demands = demands(configuration)
        guard side.policy.demands.values.contains(where: { $0 != .off }) else { return nil }
        side.policy.isCrossed = configuration.boolean("pcscf.ipsec-cross-associations")
        side.policy.challengeTime = configuration.duration("pcscf.ipsec-challenge-time")
        side.policy.drainTime = timers.t1 * 64
        let encapsulation = UInt16(clamping: configuration.integer("pcscf.ipsec-nat-port"))
        side.policy.encapsulationPort = encapsulation == 0 ? nil : encapsulation
        side.policy.preference = configuration.texts("pcscf.ipsec-algorithms").compactMap { SecurityAlgorithms($0) }
        let addresses = try addresses(configuration, listeners, side.policy.demands)
        for address in addresses { add(address, configuration, listeners, timers, to: &side) }
        return side
    }

    private static func demands(_ configuration: Configuration) -> [ListenerID: SecurityPolicy.Demand] {
        let everywhere = SecurityPolicy.Demand(rawValue: configuration.text("pcscf.security-agreement")) ?? .off
        var single: [String: SecurityPolicy.Demand] = [:]
        for (name, value) in configuration.map("pcscf.security-agreement-at") {
            if case .text(let text) = value { single[name] = SecurityPolicy.Demand(rawValue: text) }
        }
        var demands: [ListenerID: SecurityPolicy.Demand] = [:]
        for (index, binding) in configuration.sipBindings("sip.listen").enumerated() {
            // TLS and WebSocket protect themselves.
            guard binding.transport == .udp || binding.transport == .tcp else { continue }
            demands[ListenerID(rawValue: UInt16(clamping: index))] = single[binding.description] ?? everywhere
        }
        return demands
    }

    private static func addresses(
        _ configuration: Configuration, _ listeners: [ListenerID: SIPListener],
        _ demands: [ListenerID: SecurityPolicy.Demand]
    ) throws(StartFailure) -> [IPAddress] {
        let named = configuration.addresses("pcscf.ipsec-addresses")
        guard named.isEmpty else { return named }
        var addresses: [IPAddress] = []
        for (id, listener) in listeners.sorted(by: { $0.key.rawValue < $1.key.rawValue })
        where demands[id] ?? .off != .off && !addresses.contains(listener.local.address) {
            guard !listener.local.address.isUnspecified else {
                throw StartFailure(
                    key: "pcscf.ipsec-addresses",
                    sentence: "\(listener.local) stands for every address, associations have one",
                    hint: "name the address that phones send to")
            }
            addresses.append(listener.local.address)
        }
        return addresses
    }

    private static func add(
        _ address: IPAddress, _ configuration: Configuration, _ listeners: [ListenerID: SIPListener],
        _ timers: TransactionTimers, to side: inout Side
    ) {
        let serverPort = UInt16(clamping: configuration.integer("pcscf.ipsec-server-port"))
        let first = configuration.integer("pcscf.ipsec-client-port")
        let twin = listeners.sorted { $0.key.rawValue < $1.key.rawValue }.map(\.value)
            .first { $0.local.address == address || $0.local.address.isUnspecified }
        func open(_ transport: Transport, _ port: UInt16, isClient: Bool) -> ListenerID {
            let id = ListenerID(rawValue: UInt16(clamping: listeners.count + side.listeners.count))
            // What phones are to send to is the server port, whatever port a request leaves from.
            var listener = SIPListener(
                transport, Endpoint(address, port), sentBy: twin?.sentByHost, port: serverPort, timers: timers,
                datagramLimit: twin?.datagramLimit ?? 1300)
            listener.isProtected = true
            side.listeners[id] = listener
            if isClient, transport == .tcp {
                side.options[id, default: SIPSocketOptions()].isForCalling = true
                side.options[id]?.callsFromPort = true
            }
            return id
        }
        var sockets = SecurityPolicy.Sockets(
            address: address, serverPort: serverPort, serverDatagrams: open(.udp, serverPort, isClient: false),
            serverStreams: open(.tcp, serverPort, isClient: false), clients: [])
        for number in first..<first + configuration.integer("pcscf.ipsec-client-ports") {
            let port = UInt16(clamping: number)
            sockets.clients.append(
                .init(
                    port: port, datagrams: open(.udp, port, isClient: true),
                    streams: open(.tcp, port, isClient: true)))
        }
        side.policy.sockets.append(sockets)
    }
}
