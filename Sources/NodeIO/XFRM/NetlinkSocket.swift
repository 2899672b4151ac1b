import CXFRM
import Glibc

/// A socket of the kernel's XFRM, netlink(7): requests out, answers in, one batch at a time. Blocks.
struct NetlinkSocket: ~Copyable {
    private let descriptor: Int32
    private var sequence: UInt32 = 0

    /// What came of one request.
    struct Reply {
        /// An errno; 0 when all is well.
        var code: Int32 = 0
        /// The kernel's own words on it.
        var sentence: String?
        var messages: [NetlinkMessage] = []
    }

    /// A system call that did not work.
    struct Failure: Error {
        var call: String
        var code: Int32
    }

    /// The longest that the kernel takes to answer.
    private static let patience = timeval(tv_sec: 5, tv_usec: 0)
    /// Answers to so many requests fit into the socket's buffer.
    private static let batch = 50

    /// - Parameter groups: whose events it gets.
    init(groups: [Int] = []) throws(Failure) {
        descriptor = socket(AF_NETLINK, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), NETLINK_XFRM)
        guard descriptor >= 0 else { throw Failure(call: "socket", code: errno) }
        var on: Int32 = 1
        // Words of the kernel, and answers without a copy of the request. Older kernels do without.
        setsockopt(descriptor, SOL_NETLINK, NETLINK_EXT_ACK, &on, 4)
        setsockopt(descriptor, SOL_NETLINK, NETLINK_CAP_ACK, &on, 4)
        var patience = Self.patience
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_nl()
        address.nl_family = sa_family_t(AF_NETLINK)
        for group in groups { address.nl_groups |= 1 << (UInt32(truncatingIfNeeded: group) - 1) }
        let size = socklen_t(MemoryLayout<sockaddr_nl>.size)
        // bind(2) takes a sockaddr for every family.
        let isBound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) == 0 }
        }
        guard isBound else { throw Failure(call: "bind", code: errno) }
    }

    deinit { close(descriptor) }

    /// Gives the descriptor away, to be closed by whoever takes it.
    consuming func release() -> Int32 {
        let descriptor = descriptor
        discard self
        return descriptor
    }

    /// - Returns: a reply to each request, in order. A dump stands alone in its batch.
    mutating func exchange(_ requests: [NetlinkRequest]) throws(Failure) -> [Reply] {
        var replies: [Reply] = []
        replies.reserveCapacity(requests.count)
        var rest = requests[...]
        while !rest.isEmpty {
            let count = rest.first?.isDump == true ? 1 : min(Self.batch, rest.prefix { !$0.isDump }.count)
            replies += try exchange(batch: rest.prefix(count))
            rest = rest.dropFirst(count)
        }
        return replies
    }

    private mutating func exchange(batch: ArraySlice<NetlinkRequest>) throws(Failure) -> [Reply] {
        let first = sequence &+ 1
        var octets: [UInt8] = []
        for request in batch {
            sequence &+= 1
            octets += request.octets(sequence: sequence)
        }
        guard send(descriptor, octets, octets.count, 0) == octets.count else {
            throw Failure(call: "send", code: errno)
        }
        var replies = [Reply](repeating: Reply(), count: batch.count)
        var open = batch.count
        while open > 0 {
            for message in try receive() {
                guard let index = Int(exactly: message.sequence &- first), replies.indices.contains(index) else {
                    continue
                }
                if let (code, sentence) = message.verdict {
                    replies[index].code = code
                    replies[index].sentence = sentence
                    open -= 1
                } else if message.type == NLMSG_DONE {
                    open -= 1
                } else {
                    replies[index].messages.append(message)
                }
            }
        }
        return replies
    }

    private func receive() throws(Failure) -> [NetlinkMessage] {
        while true {
            let datagram = Self.datagram(of: descriptor)
            if let datagram { return NetlinkMessage.all(in: datagram[...]) }
            guard errno == EINTR else { throw Failure(call: "recv", code: errno) }
        }
    }

    /// nil with errno when there is none.
    static func datagram(of descriptor: Int32) -> [UInt8]? {
        // A dump comes in datagrams of up to 32 KiB, one message in less.
        let most = 1 << 16
        var count = 0
        let octets = [UInt8](unsafeUninitializedCapacity: most) { buffer, filled in
            count = recv(descriptor, buffer.baseAddress, most, 0)
            filled = max(0, count)
        }
        return count < 0 ? nil : octets
    }
}
