import Glibc

/// Ports of the loopback address.
enum LocalPort {
    /// One that the system gives away at the moment.
    static func free(isV6: Bool) -> UInt16? {
        let descriptor = socket(isV6 ? AF_INET6 : AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return isV6
            ? bound(descriptor, sockaddr_in6(), prepare: prepareV6, \.sin6_port)
            : bound(descriptor, sockaddr_in(), prepare: prepareV4, \.sin_port)
    }

    private static func prepareV4(_ address: inout sockaddr_in) {
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    }

    private static func prepareV6(_ address: inout sockaddr_in6) {
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_addr = in6addr_loopback
    }

    private static func bound<Address>(
        _ descriptor: Int32, _ empty: Address, prepare: (inout Address) -> Void, _ port: KeyPath<Address, in_port_t>
    ) -> UInt16? {
        var address = empty
        prepare(&address)
        var size = socklen_t(MemoryLayout<Address>.size)
        // bind(2) and getsockname(2) take a sockaddr for every family.
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
            }
        }
        return isBound ? UInt16(bigEndian: address[keyPath: port]) : nil
    }
}
