import Octets

/// Whom we mean to reach: the domain of the URI from which the address was found, or the address itself.
package enum TLSPeerName: Sendable, Hashable, CustomStringConvertible {
    case domain(String)
    case address(IPAddress)

    /// A host as it stands in a URI: a name, an IPv4 address, an IPv6 address with or without brackets.
    package init(host: String) {
        let bare = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        self = IPAddress(bare).map { .address($0) } ?? .domain(host)
    }

    /// For the server_name extension, which takes no addresses (RFC 6066 §3).
    package var serverName: String? {
        switch self {
        case .domain(let name): name.hasSuffix(".") ? String(name.dropLast()) : name
        case .address: nil
        }
    }

    package var description: String {
        switch self {
        case .domain(let name): name
        case .address(let address): "\(address)"
        }
    }
}
