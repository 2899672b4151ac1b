import ArgumentParser
import IMS
import NodeIO
import Octets
import Operation
import SIP

/// How virtual phones reach the P-CSCF.
struct AccessOptions: ParsableArguments {
    enum TransportName: String, ExpressibleByArgument, CaseIterable {
        case udp, tcp, tls, ws, wss, sctp

        var transport: Transport {
            switch self {
            case .udp: .udp
            case .tcp: .tcp
            case .tls: .tls
            case .ws: .ws
            case .wss: .wss
            case .sctp: .sctp
            }
        }
    }

    @Option(help: "How the phone speaks SIP.") var transport = TransportName.udp
    @Option(help: ArgumentHelp("tls, wss: PEM file of the root to trust. Default: the system's.", valueName: "file"))
    var trust: String?
    @Option(
        help: ArgumentHelp(
            "tls, wss: whom the P-CSCF's certificate must name. Default: its address.", valueName: "host"))
    var serverName: String?

    @Flag(help: "udp, tcp: The phone makes a security agreement with the P-CSCF (RFC 3329) and speaks inside IPsec.")
    var ipsec = false
    @Option(
        help: ArgumentHelp(
            "ipsec: The only integrity algorithm that the phone offers, such as hmac-sha-1-96. Default: all.",
            valueName: "name"))
    var alg: String?
    @Option(
        help: ArgumentHelp(
            "ipsec: The only encryption algorithm that the phone offers, such as aes-cbc or null. Default: all.",
            valueName: "name"))
    var ealg: String?
    @Flag(
        help:
            "ipsec: The phone offers ESP in UDP as well (RFC 3948), for a NAT on its way to the P-CSCF; it takes port 4500."
    )
    var throughNat = false
    @Option(
        help: ArgumentHelp(
            "The P-CSCF: address and port, or a name that is looked up (NAPTR, SRV, A, AAAA), with or without a port. "
                + "Default: the first of its sip.listen with this transport.", valueName: "address:port|name")
    )
    var proxy: String?
    @Option(
        help: ArgumentHelp(
            "Name server for --proxy; may be given more than once. Default: those of /etc/resolv.conf.",
            valueName: "address:port"))
    var dns: [String] = []
    @Option(
        help: ArgumentHelp(
            "The network namespace that the phones live in, as ip netns names it. IPsec needs one: it protects nothing that "
                + "stays on one host.", valueName: "name"))
    var netns: String?

    func validate() throws {
        guard ipsec || (alg == nil && ealg == nil && !throughNat) else {
            throw ValidationError("--alg, --ealg and --through-nat need --ipsec")
        }
        guard !ipsec || transport == .udp || transport == .tcp else {
            throw ValidationError("--ipsec goes with --transport udp and tcp")
        }
        if let proxy, Endpoint(proxy) == nil, Self.name(proxy) == nil {
            throw ValidationError(
                "--proxy is an address and a port, such as 192.0.2.1:5060 or [2001:db8::1]:5060, or a host name")
        }
        for server in dns where Endpoint(server) == nil {
            throw ValidationError("--dns is an address and a port, such as 192.0.2.53:53, not \(server)")
        }
    }

    /// `host` or `host:port`; nil when it is neither.
    private static func name(_ text: String) -> (host: String, port: UInt16?)? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let isName = parts[0].utf8.allSatisfy { ASCII.isAlpha($0) || ASCII.isDigit($0) || "-._".utf8.contains($0) }
        guard isName, parts[0].utf8.contains(where: ASCII.isAlpha), parts.count <= 2 else { return nil }
        guard parts.count == 2 else { return (String(parts[0]), nil) }
        return UInt16(parts[1]).map { (String(parts[0]), $0) }
    }

    /// What the phones offer for a security agreement; empty without one.
    func offer(_ proxy: Endpoint) throws -> [SecurityAlgorithms] {
        guard ipsec else { return [] }
        return try OfferedAlgorithms.choose(integrity: alg, encryption: ealg, isV6: proxy.address.isV6)
    }

    var server: SecureServer { SecureServer(trust: trust.map { [$0] } ?? [], name: serverName) }

    /// The running core, what a phone must know of it, and its P-CSCF.
    func reach(_ options: CoreOptions) throws -> (core: Core, network: ReachableNetwork, proxy: Endpoint) {
        // Before any thread or socket is made.
        if let netns, let sentence = NetworkNamespace.enter(netns) { throw OperationFailure(.unavailable, sentence) }
        let core = try options.core
        let network = try ReachableNetwork(core.state)
        guard core.status.functions.contains(where: { $0.isUp }) else {
            throw OperationFailure(.unavailable, "the core does not run: imsctl up starts it")
        }
        if let given = proxy.flatMap({ Endpoint($0) }) { return (core, network, given) }
        if let (host, port) = proxy.flatMap(Self.name) {
            let found = try ProxyName.locate(host, port: port, over: transport.transport, servers: dns)
            return (core, network, found)
        }
        guard let proxy = network.proxies[transport.transport] else {
            throw OperationFailure(
                .configuration, "the P-CSCF does not listen over \(transport.rawValue): see sip.listen of pcscf.yaml")
        }
        return (core, network, proxy)
    }
}
