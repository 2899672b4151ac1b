import ArgumentParser
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

    var server: SecureServer { SecureServer(trust: trust.map { [$0] } ?? [], name: serverName) }

    /// The running core, what a phone must know of it, and its P-CSCF.
    func reach(_ options: CoreOptions) throws -> (core: Core, network: ReachableNetwork, proxy: Endpoint) {
        let core = try options.core
        let network = try ReachableNetwork(core.state)
        guard core.status.functions.contains(where: { $0.isUp }) else {
            throw OperationFailure(.unavailable, "the core does not run: imsctl up starts it")
        }
        guard let proxy = network.proxies[transport.transport] else {
            throw OperationFailure(
                .configuration, "the P-CSCF does not listen over \(transport.rawValue): see sip.listen of pcscf.yaml")
        }
        return (core, network, proxy)
    }
}
