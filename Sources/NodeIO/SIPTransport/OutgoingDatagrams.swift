import CDatagrams
import Glibc
import Octets

/// Datagrams that wait for the end of a burst: their octets in one arena, many of them per system call.
struct OutgoingDatagrams {
    private struct Datagram {
        var range: Range<Int>
        var remote: Endpoint
    }

    private var arena: [UInt8] = []
    private var datagrams: [Datagram] = []

    /// Beyond this a datagram is refused: the line is slower than what is sent.
    private static let limit = 4 << 20
    /// MSG_DONTWAIT | MSG_NOSIGNAL, in Linux's numbers: the names are at times those of a C module that reads glibc's headers.
    private static let flags: Int32 = 0x40 | 0x4000
    /// Datagrams per call.
    private static let vector = 64

    var isEmpty: Bool { datagrams.isEmpty }

    /// A UDP socket that does not block; -1 with errno when there is none.
    static func openSocket(family: Int32) -> Int32 { open_datagram_socket(family) }

    /// False when too much waits already.
    mutating func append(_ octets: [UInt8], to remote: Endpoint) -> Bool {
        guard arena.count + octets.count <= Self.limit else { return false }
        let start = arena.count
        arena.append(contentsOf: octets)
        datagrams.append(Datagram(range: start..<arena.count, remote: remote))
        return true
    }

    /// Sends until all have left or the kernel takes no more; what remains waits.
    /// - Returns: where those were to go that cannot leave.
    mutating func send(by descriptor: Int32) -> [Endpoint] {
        var unsent: [Endpoint] = []
        var next = 0
        var isInDoubt = false
        while next < datagrams.count {
            let count = min(Self.vector, datagrams.count - next)
            let sent = call(descriptor, datagrams[next..<next + count])
            if sent > 0 {
                next += Int(sent)
                isInDoubt = false
            } else if errno == EAGAIN || errno == EWOULDBLOCK {
                break
            } else if errno == EINTR {
                continue
            } else if !isInDoubt {
                // It may be an error of an earlier datagram that ICMP has brought meanwhile; it is told once.
                isInDoubt = true
            } else {
                unsent.append(datagrams[next].remote)
                next += 1
                isInDoubt = false
            }
        }
        forget(next)
        return unsent
    }

    /// How many have left, or -1 with errno for the first.
    private mutating func call(_ descriptor: Int32, _ batch: ArraySlice<Datagram>) -> Int32 {
        if let only = batch.first, batch.count == 1 { return call(descriptor, only) }
        return callForMany(descriptor, batch)
    }

    private func call(_ descriptor: Int32, _ datagram: Datagram) -> Int32 {
        arena.withUnsafeBytes { octets in  // sendto(2) takes pointers and keeps none
            let start = octets.baseAddress?.advanced(by: datagram.range.lowerBound)
            let sent = datagram.remote.withSocketAddress {
                sendto(descriptor, start, datagram.range.count, Self.flags, $0, $1)
            }
            return sent < 0 ? -1 : 1
        }
    }

    /// sendmmsg(2): everything it points to lives until it returns.
    private mutating func callForMany(_ descriptor: Int32, _ batch: ArraySlice<Datagram>) -> Int32 {
        var addresses = batch.map(\.remote.socketStorage)
        let lengths = batch.map(\.remote.address.socketAddressLength)
        return arena.withUnsafeMutableBytes { octets in
            addresses.withUnsafeMutableBufferPointer { addresses in
                var vectors = batch.map {
                    iovec(iov_base: octets.baseAddress?.advanced(by: $0.range.lowerBound), iov_len: $0.range.count)
                }
                return vectors.withUnsafeMutableBufferPointer { vectors in
                    var headers = vectors.indices.map { index in
                        var datagram = MultipleMessageHeader()
                        datagram.header.msg_name = addresses.baseAddress.map { UnsafeMutableRawPointer($0 + index) }
                        datagram.header.msg_namelen = lengths[index]
                        datagram.header.msg_iov = vectors.baseAddress.map { $0 + index }
                        datagram.header.msg_iovlen = 1
                        return datagram
                    }
                    return send_datagrams(descriptor, &headers, UInt32(headers.count), Self.flags)
                }
            }
        }
    }

    private mutating func forget(_ count: Int) {
        guard count < datagrams.count else {
            arena.removeAll(keepingCapacity: arena.count <= 1 << 18)
            datagrams.removeAll(keepingCapacity: true)
            return
        }
        let start = datagrams[count].range.lowerBound
        arena.removeSubrange(..<start)
        datagrams.removeSubrange(..<count)
        for index in datagrams.indices {
            let range = datagrams[index].range
            datagrams[index].range = range.lowerBound - start..<range.upperBound - start
        }
    }
}
