import Glibc
import NIOCore
import Octets

/// Octets' addresses as `sockaddr` and back, for the socket calls that NIO does not make for us.
extension Endpoint {
    /// Calls `body` with the address as the kernel wants it.
    func withSocketAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        var storage = socketStorage
        // sockaddr_storage is made to be viewed as any sockaddr of its family.
        return withUnsafePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, address.socketAddressLength) }
        }
    }

    var socketStorage: sockaddr_storage {
        var storage = sockaddr_storage()
        withUnsafeMutableBytes(of: &storage) { octets in
            switch address {
            case .v4(let bits):
                var value = sockaddr_in()
                value.sin_family = sa_family_t(AF_INET)
                value.sin_port = port.bigEndian
                value.sin_addr.s_addr = bits.bigEndian
                octets.storeBytes(of: value, as: sockaddr_in.self)
            case .v6(let high, let low):
                var value = sockaddr_in6()
                value.sin6_family = sa_family_t(AF_INET6)
                value.sin6_port = port.bigEndian
                withUnsafeMutableBytes(of: &value.sin6_addr) {
                    $0.storeBytes(of: high.bigEndian, as: UInt64.self)
                    $0.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
                }
                octets.storeBytes(of: value, as: sockaddr_in6.self)
            }
        }
        return storage
    }

    /// nil for a family other than IPv4 and IPv6. An IPv4 address in IPv6 clothes (RFC 4291 §2.5.5.2) comes out as IPv4.
    init?(_ storage: sockaddr_storage) {
        let endpoint: Endpoint? = withUnsafeBytes(of: storage) { octets in
            switch Int32(storage.ss_family) {
            case AF_INET:
                let value = octets.loadUnaligned(as: sockaddr_in.self)
                return Endpoint(.v4(UInt32(bigEndian: value.sin_addr.s_addr)), UInt16(bigEndian: value.sin_port))
            case AF_INET6:
                let value = octets.loadUnaligned(as: sockaddr_in6.self)
                return Endpoint(IPAddress(value.sin6_addr), UInt16(bigEndian: value.sin6_port))
            default:
                return nil
            }
        }
        guard let endpoint else { return nil }
        self = endpoint
    }

    /// nil for a Unix socket.
    init?(_ address: SocketAddress) {
        switch address {
        case .v4(let value):
            self.init(
                .v4(UInt32(bigEndian: value.address.sin_addr.s_addr)), UInt16(bigEndian: value.address.sin_port))
        case .v6(let value):
            self.init(IPAddress(value.address.sin6_addr), UInt16(bigEndian: value.address.sin6_port))
        case .unixDomainSocket:
            return nil
        }
    }

    var nioAddress: SocketAddress {
        let storage = socketStorage
        return withUnsafeBytes(of: storage) { octets in
            switch address {
            case .v4: SocketAddress(octets.loadUnaligned(as: sockaddr_in.self))
            case .v6: SocketAddress(octets.loadUnaligned(as: sockaddr_in6.self))
            }
        }
    }
}

extension IPAddress {
    var family: Int32 { isV6 ? AF_INET6 : AF_INET }

    var socketAddressLength: socklen_t {
        socklen_t(isV6 ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size)
    }

    init(_ address: in6_addr) {
        let halves = withUnsafeBytes(of: address) {
            (
                UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)),
                UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
        guard halves.0 == 0, halves.1 >> 32 == 0xFFFF else {
            self = .v6(halves.0, halves.1)
            return
        }
        self = .v4(UInt32(truncatingIfNeeded: halves.1))
    }
}

/// "ECONNREFUSED" and the like are for programs; people get the C library's sentence.
func errorSentence(_ code: Int32) -> String {
    guard let text = strerror(code) else { return "error \(code)" }
    return String(cString: text)
}
