import Octets

/// Whom usrsctp talks to, RFC 6951: each remote UDP endpoint gets an opaque address that stands for it inside the stack.
///
/// An address is a number that is never given out twice: a cookie (RFC 9260 §5.1.3) that comes back late can then not
/// reach a stranger. Endpoints that have an association stay; of the others (half-open ones, strangers, forged ones) the
/// oldest go when there are more than `strangers`, so that a flood of forged INITs costs a bounded table and nothing else.
package struct EncapsulationPeers {
    package typealias Address = UInt

    package struct Peer {
        /// Our UDP socket that it is reached through.
        package let socket: Int
        package let remote: Endpoint
        package fileprivate(set) var associations = 0
        fileprivate var isQueued = true
    }

    private struct Key: Hashable {
        let socket: Int
        let remote: Endpoint
    }

    private var peers: [Address: Peer] = [:]
    private var addresses: [Key: Address] = [:]
    /// Candidates to forget, oldest first; some have an association by now and are passed over.
    private var queue: [Address] = []
    private var head = 0
    private var last: Address = 0
    private let strangers: Int

    package init(strangers: Int = 1024) { self.strangers = strangers }

    package var count: Int { peers.count }

    package subscript(address: Address) -> Peer? { peers[address] }

    /// The address of an endpoint, a new one when it has none.
    package mutating func address(of remote: Endpoint, through socket: Int) -> Address {
        let key = Key(socket: socket, remote: remote)
        if let address = addresses[key] { return address }
        last += 1
        addresses[key] = last
        peers[last] = Peer(socket: socket, remote: remote)
        enqueue(last)
        return last
    }

    package mutating func associationBegan(_ address: Address) { peers[address]?.associations += 1 }

    package mutating func associationEnded(_ address: Address) {
        guard var peer = peers[address] else { return }
        peer.associations -= 1
        let waits = peer.associations > 0 || peer.isQueued
        if !waits { peer.isQueued = true }
        peers[address] = peer
        if !waits { enqueue(address) }
    }

    package mutating func forget(socket: Int) {
        for (address, peer) in peers where peer.socket == socket { remove(address, peer) }
    }

    private mutating func enqueue(_ address: Address) {
        queue.append(address)
        guard queue.count - head > strangers else { return }
        let oldest = queue[head]
        head += 1
        if head > strangers {
            queue.removeSubrange(..<head)
            head = 0
        }
        guard let peer = peers[oldest] else { return }
        if peer.associations > 0 { peers[oldest]?.isQueued = false } else { remove(oldest, peer) }
    }

    private mutating func remove(_ address: Address, _ peer: Peer) {
        peers[address] = nil
        addresses[Key(socket: peer.socket, remote: peer.remote)] = nil
    }
}
