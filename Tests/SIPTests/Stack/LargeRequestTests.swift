import Octets
import SIP
import Testing

@Suite("RFC 3261 §18.1.1: requests too long for a datagram")
struct LargeRequestTests {
    typealias Bench = StackBench

    private static let stream = Hop(.tcp, Bench.tcp, Bench.peer.remote)

    /// A request that is so many octets long with our Via on it.
    private func request(_ method: Method = .message, octets: Int) throws -> SIPMessage {
        var probe = Bench()
        var message = outgoing(method)
        message.append(.subject, "x")
        let bare = try #require(probe.send(message).transmitted.first).octets.count
        message.set(.subject, String(repeating: "x", count: octets - bare + 1))
        return message
    }

    private func topVia(_ message: SIPMessage) throws -> String {
        try #require(message.firstValue(.via)).string
    }

    @Test("1300 octets go over UDP, one more over TCP, and the Via says so", arguments: [1300, 1301])
    func border(octets: Int) throws {
        var bench = Bench()
        let sent = try #require(bench.send(try request(octets: octets)).transmitted.first)
        guard octets > 1300 else {
            #expect(sent.octets.count == 1300)
            #expect(sent.hop == Bench.peer)
            #expect(try topVia(sent.message).hasPrefix("SIP/2.0/UDP proxy.example.com:5060;"))
            return
        }
        #expect(sent.hop == Self.stream)
        #expect(try topVia(sent.message).hasPrefix("SIP/2.0/TCP proxy.example.com:5060;"))
        #expect(sent.message.count(.via) == 1)
        #expect(bench.advance(.seconds(31)) == [], "no retransmission over TCP")
        let output = bench.receive(reply(.ok, to: sent.message), from: Bench.stream)
        #expect(output.responses.first?.message.status == .ok)
        #expect(bench.stack.liveTransactions == 0, "timer K is zero")
    }

    @Test("A refused connection: the same request, of the same branch, over UDP with its retransmissions")
    func refused() throws {
        var bench = Bench()
        let first = try #require(bench.send(try request(octets: 2000)).transmitted.first)
        let output = bench.sendFailed(to: Self.stream)
        #expect(output.failures == [])
        let again = try #require(output.transmitted.first)
        #expect(again.hop == Bench.peer)
        #expect(try topVia(again.message).hasPrefix("SIP/2.0/UDP proxy.example.com:5060;"))
        #expect(try first.message.first(Via.self)?.branch == again.message.first(Via.self)?.branch)
        #expect(again.message.firstValue(.subject) == first.message.firstValue(.subject))
        #expect(bench.advance(.milliseconds(500)) == output)
        #expect(bench.receive(reply(.ok, to: again.message)).responses.count == 1)
        // The peer is remembered for a while: the next long request loses no time.
        #expect(bench.send(try request(octets: 2000), as: 2).transmitted.first?.hop == Bench.peer)
        _ = bench.advance(.seconds(601))
        #expect(bench.send(try request(octets: 2000), as: 3).transmitted.first?.hop == Self.stream)
    }

    @Test("An INVITE falls back too; its CANCEL, its ACK and its timers follow it")
    func invite() throws {
        var bench = Bench()
        _ = bench.send(try request(.invite, octets: 1500))
        #expect(bench.cancel(1) == [])
        let sent = try #require(bench.sendFailed(to: Self.stream).transmitted.first)
        let cancel = try #require(bench.receive(reply(.ringing, to: sent.message)).transmitted.first)
        #expect(cancel.message.method == .cancel, "the CANCEL waited for the first provisional response")
        #expect(cancel.hop == Bench.peer)
        #expect(cancel.message.values(.via) == sent.message.values(.via))
        let output = bench.receive(reply(.requestTerminated, to: sent.message))
        #expect(output.transmitted.first?.message.method == .ack)
        #expect(output.transmitted.first?.hop == Bench.peer)
        _ = bench.advance(.seconds(40))
        #expect(bench.stack.liveTransactions == 0)
    }

    @Test("A connection lost after an answer has come is no reason to send again")
    func answered() throws {
        var bench = Bench()
        let sent = try #require(bench.send(try request(.message, octets: 1500)).transmitted.first)
        _ = bench.receive(reply(.trying, to: sent.message), from: Bench.stream)
        let output = bench.sendFailed(to: Self.stream)
        #expect(output.failures == [.transport])
        #expect(output.transmitted.isEmpty)
    }

    @Test("A second failure, of the datagram, is the end")
    func bothFail() throws {
        var bench = Bench()
        _ = bench.send(try request(octets: 1500))
        _ = bench.sendFailed(to: Self.stream)
        #expect(bench.sendFailed().failures == [.transport])
        #expect(bench.stack.liveTransactions == 0)
    }

    @Test("The ACK for a 2xx follows the rule as well")
    func acknowledgement() throws {
        var bench = Bench()
        var output: [SIPStackOutput] = []
        bench.stack.sendAcknowledgement(try request(.ack, octets: 1500), to: Bench.peer, at: bench.now, into: &output)
        #expect(output.transmitted.first?.hop == Self.stream)
    }

    @Test("Without a TCP listener of the address family, or switched off, all stays UDP")
    func onlyDatagrams() throws {
        var bench = Bench()
        let remote = Endpoint(.v6(0x2001_0db8_0000_0000, 9), 5070)
        let six = Hop(.udp, Bench.udp6, remote)
        #expect(bench.send(try request(octets: 3000), to: six).transmitted.first?.hop == six)
        let local = Endpoint(.v4(0xC633_6401), 5060)
        bench.stack = SIPStack(
            listeners: [
                Bench.udp: SIPListener(.udp, local, datagramLimit: nil), Bench.tcp: SIPListener(.tcp, local),
            ], entropy: Entropy(number: 1))
        #expect(bench.send(try request(octets: 3000)).transmitted.first?.hop == Bench.peer)
    }

    @Test("RFC 5626 §5.3: a flow is not left, however long the request")
    func flow() throws {
        var bench = Bench()
        var flow = Bench.peer
        flow.isFlow = true
        #expect(bench.send(try request(.invite, octets: 3000), to: flow).transmitted.first?.hop == flow)
    }

    @Test("200 below a known path MTU")
    func pathMTU() throws {
        var bench = Bench()
        let local = Endpoint(.v4(0xC633_6401), 5060)
        bench.stack = SIPStack(
            listeners: [
                Bench.udp: SIPListener(.udp, local, datagramLimit: 9000 - 200),
                Bench.tcp: SIPListener(.tcp, local),
            ], entropy: Entropy(number: 1))
        #expect(bench.send(try request(octets: 8000)).transmitted.first?.hop == Bench.peer)
        #expect(bench.send(try request(octets: 9000), as: 2).transmitted.first?.hop == Self.stream)
    }
}
