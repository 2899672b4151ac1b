import CXFRM
import Glibc
import Octets

/// Which packets a policy or an association is about: `struct xfrm_selector`.
package struct XFRMSelector: Sendable, Equatable {
    /// IPPROTO_UDP, IPPROTO_TCP, or 0 for both: whatever has ports.
    var proto: UInt8
    /// Port 0 and the unspecified address stand for any.
    package var source: Endpoint
    package var destination: Endpoint

    static let length = 56
    static let udp = UInt8(IPPROTO_UDP)
    static let tcp = UInt8(IPPROTO_TCP)

    func write(to octets: inout NativeOctets) {
        octets.write(destination.address)
        octets.write(source.address)
        for port in [destination.port, source.port] {
            octets.write(network: port)
            octets.write(port == 0 ? UInt16(0) : .max)
        }
        octets.write(UInt16(truncatingIfNeeded: destination.address.family))
        octets.write(Self.prefix(of: destination.address))
        octets.write(Self.prefix(of: source.address))
        octets.write(proto)
        octets.zeros(3)
        octets.zeros(8)  // any interface, any user
    }

    private static func prefix(of address: IPAddress) -> UInt8 {
        address.isUnspecified ? 0 : address.isV6 ? 128 : 32
    }

    /// - Parameter reader: at the selector. nil for another family.
    init?(_ reader: NativeReader) {
        guard let family: UInt16 = reader.number(at: 40), family == AF_INET || family == AF_INET6,
            let destination = reader.address(at: 0, isV6: family == AF_INET6),
            let source = reader.address(at: 16, isV6: family == AF_INET6),
            let destinationPort: UInt16 = reader.number(at: 32), let sourcePort: UInt16 = reader.number(at: 36),
            let proto: UInt8 = reader.number(at: 44)
        else { return nil }
        self.init(
            proto: proto, source: Endpoint(source, UInt16(bigEndian: sourcePort)),
            destination: Endpoint(destination, UInt16(bigEndian: destinationPort)))
    }

    init(proto: UInt8, source: Endpoint, destination: Endpoint) {
        self.proto = proto
        self.source = source
        self.destination = destination
    }

    /// Whether one of its ends is one of these.
    func touches(_ endpoints: Set<Endpoint>) -> Bool {
        [source, destination].contains { end in
            endpoints.contains(end)
                || endpoints.contains {
                    $0.address.isUnspecified && $0.port == end.port && $0.address.isV6 == end.address.isV6
                }
        }
    }
}
