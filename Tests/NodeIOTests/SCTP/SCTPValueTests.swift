import NodeIO
import Octets
import Testing

/// The bounded values behind both SCTP back ends.
@Suite("SCTP: bounds")
struct SCTPValueTests {
    private func append(_ octets: [UInt8], isEnd: Bool, to reassembly: inout MessageReassembly)
        -> MessageReassembly.Outcome
    {
        octets.withUnsafeBytes { reassembly.append($0, isEnd: isEnd) }
    }

    @Test("RFC 6458 §8.1.20: parts become one message at MSG_EOR, within the bound")
    func reassembly() {
        var reassembly = MessageReassembly(limit: 4)
        var outcome = append([1], isEnd: true, to: &reassembly)
        #expect(outcome == .whole([1]))
        outcome = append([1, 2], isEnd: false, to: &reassembly)
        #expect(outcome == .more)
        outcome = append([3, 4], isEnd: true, to: &reassembly)
        #expect(outcome == .whole([1, 2, 3, 4]))
        outcome = append([1, 2, 3], isEnd: false, to: &reassembly)
        #expect(outcome == .more)
        outcome = append([4, 5], isEnd: true, to: &reassembly)
        #expect(outcome == .tooLong)
        outcome = append([1, 2], isEnd: false, to: &reassembly)
        #expect(outcome == .more)
        reassembly.abandon()
        outcome = append([9], isEnd: true, to: &reassembly)
        #expect(outcome == .whole([9]))
    }

    @Test("messages wait in order, and no more octets than allowed")
    func pending() {
        var pending = PendingMessages(limit: 5000)
        let kept = (0..<2500).map { pending.append([UInt8($0 & 255), 0]) }
        #expect(!kept.contains(false))
        let isBeyond = pending.append([1])
        #expect(!isBeyond)
        for index in 0..<2500 {
            #expect(pending.first == [UInt8(index & 255), 0])
            pending.removeFirst()
        }
        #expect(pending.isEmpty && pending.octets == 0 && pending.first == nil)
        let fits = pending.append([7])
        #expect(fits)
    }

    @Test("one address per UDP endpoint and socket; strangers go oldest first, peers with an association stay")
    func peers() {
        var peers = EncapsulationPeers(strangers: 4)
        let friend = peers.address(of: Endpoint(.loopback, 1), through: 1)
        let again = peers.address(of: Endpoint(.loopback, 1), through: 1)
        #expect(again == friend)
        let elsewhere = peers.address(of: Endpoint(.loopback, 1), through: 2)
        #expect(elsewhere != friend)
        peers.associationBegan(friend)
        for port in UInt16(2)...1000 { _ = peers.address(of: Endpoint(.loopback, port), through: 1) }
        #expect(peers.count <= 5)
        #expect(peers[friend]?.remote == Endpoint(.loopback, 1))
        peers.associationEnded(friend)
        for port in UInt16(2000)...2010 { _ = peers.address(of: Endpoint(.loopback, port), through: 1) }
        #expect(peers[friend] == nil)
        let anew = peers.address(of: Endpoint(.loopback, 1), through: 1)
        #expect(anew != friend, "an address is never given out twice")
        peers.forget(socket: 1)
        #expect(peers.count == 0)
    }
}
