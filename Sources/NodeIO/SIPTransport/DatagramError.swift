import Glibc
import Octets

/// What ICMP has said about a datagram that a socket has sent: the error queue of ip(7) and ipv6(7), which holds the
/// address that the datagram was sent to. Without it a socket that talks to many hears of no such error.
package struct DatagramError: Equatable {
    let remote: Endpoint
    /// RFC 3261 §18.4: the kinds that are a failure of sending; the others are ignored.
    let isFailure: Bool

    static func areWanted(on descriptor: Int32, isV6: Bool) {
        var on: Int32 = 1
        setsockopt(descriptor, Int32(isV6 ? IPPROTO_IPV6 : IPPROTO_IP), isV6 ? IPV6_RECVERR : IP_RECVERR, &on, 4)
    }

    /// Those that wait; so many at most that one who floods us with ICMP does not stop everything else.
    static func taken(from descriptor: Int32) -> [DatagramError] {
        var errors: [DatagramError] = []
        for _ in 0..<256 {
            guard let entry = next(descriptor) else { break }
            if case .error(let error) = entry, !errors.contains(error) { errors.append(error) }
        }
        return errors
    }

    private enum Entry {
        case error(DatagramError)
        /// Of a datagram to an address that is none of IP's.
        case strange
    }

    /// Takes one entry off the queue; nil when it is empty.
    private static func next(_ descriptor: Int32) -> Entry? {
        var name = sockaddr_storage()
        var control: InlineArray<64, UInt64> = InlineArray(repeating: 0)  // aligned as cmsg(3) demands
        var used = 0
        // recvmsg(2) writes to what the header points to, which lives as long as the call, within the lengths given.
        let count = withUnsafeMutableBytes(of: &name) { name in
            withUnsafeMutableBytes(of: &control) { control -> Int in
                var header = msghdr()
                header.msg_name = name.baseAddress
                header.msg_namelen = socklen_t(name.count)
                header.msg_control = control.baseAddress
                header.msg_controllen = control.count
                let count = recvmsg(descriptor, &header, Int32(MSG_ERRQUEUE))
                used = min(Int(header.msg_controllen), control.count)
                return count
            }
        }
        guard count >= 0 else { return nil }
        guard let remote = Endpoint(name) else { return .strange }
        return withUnsafeBytes(of: control) { control in
            let said = UnsafeRawBufferPointer(rebasing: control[..<used])
            return .error(DatagramError(remote: remote, isFailure: isFailure(said)))
        }
    }

    /// Reads `struct sock_extended_err` out of the control messages.
    private static func isFailure(_ control: UnsafeRawBufferPointer) -> Bool {
        let word = MemoryLayout<UInt>.size
        let head = word + 8
        var offset = 0
        while offset + head <= control.count {
            let length = Int(clamping: control.loadUnaligned(fromByteOffset: offset, as: UInt.self))
            let level = control.loadUnaligned(fromByteOffset: offset + word, as: Int32.self)
            let type = control.loadUnaligned(fromByteOffset: offset + word + 4, as: Int32.self)
            guard length >= head, length <= control.count - offset else { return false }
            let isV4 = level == Int32(IPPROTO_IP) && type == IP_RECVERR
            let isV6 = level == Int32(IPPROTO_IPV6) && type == IPV6_RECVERR
            if isV4 || isV6, length >= head + 8 {
                return isFailure(
                    origin: control[offset + head + 4], type: control[offset + head + 5],
                    code: control[offset + head + 6])
            }
            offset += (length + word - 1) / word * word
        }
        return false
    }

    /// §18.4: host, network, port and protocol unreachable, and parameter problem; not source quench and time exceeded.
    /// A datagram too long for the path is no failure either: the kernel remembers the path and fragments the next one.
    package static func isFailure(origin: UInt8, type: UInt8, code: UInt8) -> Bool {
        switch (origin, type) {
        case (2, 3): code != 4  // ICMP: destination unreachable, RFC 792; code 4 is "fragmentation needed"
        case (2, 12): true  // parameter problem
        case (3, 1), (3, 4): true  // ICMPv6: destination unreachable, parameter problem, RFC 4443 §3
        default: false
        }
    }
}
