import Foundation
import NodeIO
import Octets
import SIP
import Yams

/// What a phone must know of the core: its P-CSCF and its home domain, as the configurations in use say.
package struct ReachableNetwork: Equatable, Sendable {
    package var proxies: [Transport: Endpoint]
    package var domain: String

    package init(_ state: StateDirectory) throws(OperationFailure) {
        let proxy = try Self.load(state.configuration(of: .pcscf))
        let registrar = try Self.load(state.configuration(of: .scscf))
        try self.init(proxy: proxy, registrar: registrar, file: state.configuration(of: .pcscf))
    }

    init(proxy: Yams.Node?, registrar: Yams.Node?, file: String) throws(OperationFailure) {
        var proxies: [Transport: Endpoint] = [:]
        let listen =
            proxy?["sip"]?["listen"]?.sequence?.compactMap { $0.string ?? $0["at"]?.string } ?? [
                "udp:127.0.0.1:5060", "tcp:127.0.0.1:5060",
            ]
        for text in listen {
            let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
            guard parts.count == 2, let transport = Transport(token: OctetSlice(parts[0])),
                let colon = parts[1].lastIndex(of: ":"), let port = UInt16(parts[1][parts[1].index(after: colon)...]),
                let address = IPAddress(String(parts[1][..<colon])), proxies[transport] == nil
            else { continue }
            proxies[transport] = Endpoint(address == .any ? .loopback : address, port)
        }
        guard !proxies.isEmpty else {
            throw OperationFailure(.configuration, "\(file) names no socket of the P-CSCF in sip.listen")
        }
        self.proxies = proxies
        domain = registrar?["scscf"]?["domains"]?.sequence?.first?.string ?? Self.labDomain
    }

    package static let labDomain = "ims.mnc001.mcc001.3gppnetwork.org"

    /// The home domain of a core that may not have been started yet.
    package static func domain(_ state: StateDirectory) -> String {
        (try? ReachableNetwork(state).domain) ?? labDomain
    }

    private static func load(_ file: String) throws(OperationFailure) -> Yams.Node? {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw OperationFailure(
                .unavailable, "there is no core in this state directory: \(file) is missing; start one with imsctl up")
        }
        do {
            return try Yams.compose(yaml: text)
        } catch {
            throw OperationFailure(.configuration, "\(file) is no YAML: \(error)")
        }
    }
}
