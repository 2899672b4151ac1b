import Glibc
import Octets

/// What this host's routes say.
package enum LocalAddress {
    /// The address that packets to a place leave from; nil when no route leads there.
    package static func towards(_ remote: Endpoint) -> IPAddress? {
        let descriptor = socket(remote.address.family, Int32(SOCK_DGRAM.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        // Connecting a datagram socket sends nothing: it only looks up the route.
        guard remote.withSocketAddress({ connect(descriptor, $0, $1) }) == 0 else { return nil }
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let isKnown = withUnsafeMutablePointer(to: &storage) {
            // getsockname(2) takes a sockaddr for every family.
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) == 0 }
        }
        return isKnown ? Endpoint(storage)?.address : nil
    }
}
