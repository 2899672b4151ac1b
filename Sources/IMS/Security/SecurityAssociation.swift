import Octets

/// A security parameters index, RFC 4303 §2.1. Up to 255 they are reserved.
package struct SecurityParametersIndex: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let first: UInt32 = 256

    package var description: String { "0x\(String(rawValue, radix: 16))" }
}

/// One ESP security association, TS 33.203 §7.1: it carries UDP and TCP from one port of one host to one port of another,
/// and nothing else does. In transport mode, or behind a NAT in a tunnel inside UDP.
package struct SecurityAssociation: Sendable, Equatable {
    /// As the host that has it sees it.
    package enum Direction: Sendable, Hashable { case inbound, outbound }

    /// What the kernel knows it by: destination and SPI.
    package struct ID: Hashable, Sendable, CustomStringConvertible {
        package let destination: IPAddress
        package let spi: SecurityParametersIndex

        package init(_ destination: IPAddress, _ spi: SecurityParametersIndex) {
            self.destination = destination
            self.spi = spi
        }

        package var description: String { "\(spi) at \(destination)" }
    }

    /// The UDP that carries the ESP, RFC 3948. Inside it are packets between `source` and `destination`.
    package struct Tunnel: Hashable, Sendable {
        package let source: Endpoint
        package let destination: Endpoint

        package init(from source: Endpoint, to destination: Endpoint) {
            self.source = source
            self.destination = destination
        }
    }

    package let direction: Direction
    package let source: Endpoint
    package let destination: Endpoint
    /// A second port of the source that it carries as well: a "cross" association, which some phones want. The kernel's
    /// state then has no ports in its selector, and there is a policy for each of the two.
    package let otherSourcePort: UInt16?
    /// Chosen by the receiver.
    package let spi: SecurityParametersIndex
    package let algorithms: SecurityAlgorithms
    package let keys: SecurityKeys
    /// Ties the kernel's policy to this association. Unique at this host.
    package let requestID: UInt32
    /// From when it is installed or extended; then the kernel takes it away and says so.
    package var lifetime: Duration
    /// nil in transport mode.
    package let tunnel: Tunnel?

    package init(
        _ direction: Direction, from source: Endpoint, orPort otherSourcePort: UInt16? = nil,
        to destination: Endpoint, spi: SecurityParametersIndex, _ algorithms: SecurityAlgorithms,
        _ keys: SecurityKeys, requestID: UInt32, lifetime: Duration,
        tunnel: Tunnel? = nil
    ) {
        self.otherSourcePort = otherSourcePort
        self.direction = direction
        self.source = source
        self.destination = destination
        self.spi = spi
        self.algorithms = algorithms
        self.keys = keys
        self.requestID = requestID
        self.lifetime = lifetime
        self.tunnel = tunnel
    }

    /// The hosts that the kernel's ESP goes between.
    package var hosts: (source: IPAddress, destination: IPAddress) {
        (tunnel?.source.address ?? source.address, tunnel?.destination.address ?? destination.address)
    }

    package var id: ID { ID(hosts.destination, spi) }
    package var replayWindow: Int { 32 }
}

/// Without the keys.
extension SecurityAssociation: CustomStringConvertible {
    package var description: String {
        "\(source) to \(destination), SPI \(spi), \(algorithms)"
            + (tunnel.map { ", in UDP from \($0.source) to \($0.destination)" } ?? "")
    }
}
