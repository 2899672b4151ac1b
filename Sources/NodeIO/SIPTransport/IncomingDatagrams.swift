import CDatagrams
import Glibc
import Octets

/// Room for the datagrams of one system call; each is copied out once.
///
/// Allocated by hand, for recvmmsg(2) wants headers that point to vectors and addresses, and these to octets, which would
/// have to be written anew for every call if they might move in between. Every slot can take the largest datagram; memory
/// is touched only where datagrams arrive.
final class IncomingDatagrams {
    let count: Int
    private let octets: UnsafeMutableRawBufferPointer
    private let vectors: UnsafeMutableBufferPointer<iovec>
    private let addresses: UnsafeMutableBufferPointer<sockaddr_storage>
    private let headers: UnsafeMutableBufferPointer<MultipleMessageHeader>
    private var received = 0

    private static let largest = 65_536
    private static let addressLength = socklen_t(MemoryLayout<sockaddr_storage>.size)

    init(count: Int) {
        self.count = max(1, count)
        octets = .allocate(byteCount: self.count * Self.largest, alignment: 16)
        vectors = .allocate(capacity: self.count)
        addresses = .allocate(capacity: self.count)
        headers = .allocate(capacity: self.count)
        addresses.initialize(repeating: sockaddr_storage())
        for index in 0..<self.count {
            let start = octets.baseAddress?.advanced(by: index * Self.largest)
            vectors.initializeElement(at: index, to: iovec(iov_base: start, iov_len: Self.largest))
            var slot = MultipleMessageHeader()
            slot.header.msg_name = addresses.baseAddress.map { UnsafeMutableRawPointer($0 + index) }
            slot.header.msg_namelen = Self.addressLength
            slot.header.msg_iov = vectors.baseAddress.map { $0 + index }
            slot.header.msg_iovlen = 1
            headers.initializeElement(at: index, to: slot)
        }
    }

    deinit {
        octets.deallocate()
        vectors.deallocate()
        addresses.deallocate()
        headers.deallocate()
    }

    /// How many have come; -1 with errno.
    func receive(by descriptor: Int32) -> Int {
        // The kernel has written over these.
        for index in 0..<received { headers[index].header.msg_namelen = Self.addressLength }
        let count = receive_datagrams(descriptor, headers.baseAddress, UInt32(count), 0)
        received = max(0, Int(count))
        return Int(count)
    }

    /// One of those that have come, and its sender; nil for a sender that is none of IP's.
    func datagram(_ index: Int) -> (octets: [UInt8], source: Endpoint)? {
        guard index < received, let source = Endpoint(addresses[index]) else { return nil }
        let start = index * Self.largest
        let length = min(Int(headers[index].count), Self.largest)
        return (Array(UnsafeRawBufferPointer(rebasing: octets[start..<start + length])), source)
    }
}
