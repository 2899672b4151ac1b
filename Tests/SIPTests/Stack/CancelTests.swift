import Octets
import SIP
import Testing

@Suite("RFC 3261 §9: CANCEL")
struct CancelTests {
    typealias Bench = StackBench

    @Test("§9.2: 200 to the CANCEL, the role is told once; its 487 ends the INVITE")
    func server() throws {
        var bench = Bench()
        let (message, id) = try #require(bench.receive(request("INVITE")).requests.first)
        let first = bench.receive(request("CANCEL"))
        #expect(first.count == 2)
        #expect(first.last == .cancelled(id))
        let answer = try #require(first.transmitted.first)
        #expect(answer.message.status == .ok)
        #expect(answer.message.cseq?.method == .cancel)
        #expect(answer.message.toTag != nil)
        #expect(bench.receive(request("CANCEL")) == [first[0]], "the same answer, nothing for the role")
        let refusal = bench.respond(.requestTerminated, to: message, id)
        #expect(refusal.transmitted.first?.message.status == .requestTerminated)
    }

    @Test("§9.2: 481 when there is nothing to cancel")
    func unknown() {
        var bench = Bench()
        let output = bench.receive(request("CANCEL"))
        #expect(output.transmitted.first?.message.status == .callOrTransactionDoesNotExist)
        #expect(output.refusals == [.strayCancel])
        #expect(bench.stack.liveTransactions == 0)
    }

    @Test("§9.2: after the final response a CANCEL has no effect")
    func tooLate() throws {
        var bench = Bench()
        let (message, id) = try #require(bench.receive(request("INVITE")).requests.first)
        _ = bench.respond(.ok, to: message, id)
        let output = bench.receive(request("CANCEL"))
        #expect(output.count == 1)
        #expect(output.transmitted.first?.message.status == .ok)
    }

    @Test("A CANCEL from another address than the INVITE's is refused")
    func foreign() {
        var bench = Bench()
        _ = bench.receive(request("INVITE"))
        let stranger = Hop(.udp, Bench.udp, Endpoint(.v4(0xCB00_7109), 5070))
        let output = bench.receive(request("CANCEL"), from: stranger)
        #expect(output.transmitted.first?.message.status == .callOrTransactionDoesNotExist)
        #expect(output.refusals == [.strayCancel])
    }

    @Test("§9.1: the CANCEL waits for a provisional response, carries branch and headers of the INVITE")
    func client() throws {
        var bench = Bench()
        var invite = outgoing(.invite, cseq: 7)
        invite.append(.route, "<sip:a.example.com;lr>, <sip:b.example.com;lr>")
        invite.append(.require, "100rel")
        let sent = try #require(bench.send(invite).transmitted.first)
        #expect(bench.cancel(1) == [])
        let output = bench.receive(reply(.ringing, to: sent.message))
        #expect(output.responses.first?.message.status == .ringing)
        let cancel = try #require(output.transmitted.first)
        #expect(cancel.hop == Bench.peer)
        #expect(cancel.message.method == .cancel)
        #expect(cancel.message.requestURI == sent.message.requestURI)
        #expect(cancel.message.values(.via) == sent.message.values(.via))
        #expect(cancel.message.values(.route) == sent.message.values(.route))
        #expect(cancel.message.firstValue(.from) == sent.message.firstValue(.from))
        #expect(cancel.message.firstValue(.to) == sent.message.firstValue(.to))
        #expect(cancel.message.callID == sent.message.callID)
        #expect(cancel.message.cseq?.number == 7)
        #expect(!cancel.message.contains(.require))
        // The 200 for the CANCEL is nobody's business; the 487 goes to the role and is acknowledged.
        #expect(bench.receive(reply(.ok, to: cancel.message)) == [])
        let final = bench.receive(reply(.requestTerminated, to: sent.message))
        #expect(final.responses.first?.message.status == .requestTerminated)
        #expect(final.transmitted.first?.message.method == .ack)
        #expect(bench.cancel(1) == [])
    }

    @Test("§9.1: without a final response within 64·T1 of the CANCEL the INVITE is given up")
    func unanswered() throws {
        var bench = Bench()
        let sent = try #require(bench.send(outgoing(.invite)).transmitted.first)
        _ = bench.receive(reply(.ringing, to: sent.message))
        #expect(bench.cancel(1).transmitted.count == 1)
        #expect(bench.cancel(1) == [])
        let output = bench.advance(.seconds(32))
        #expect(output.failures == [.timeout])
        #expect(output.transmitted.allSatisfy { $0.message.method == .cancel })
        #expect(bench.stack.liveTransactions == 0)
    }

    @Test("§9.1: only an INVITE can be cancelled")
    func nonInvite() throws {
        var bench = Bench()
        let sent = try #require(bench.send(outgoing()).transmitted.first)
        _ = bench.receive(reply(.trying, to: sent.message))
        #expect(bench.cancel(1) == [])
        #expect(bench.cancel(99) == [])
    }

    @Test("§16.8: timer C cancels a call that rings for ever; each 18x resets it")
    func timerC() throws {
        var bench = Bench()
        let sent = try #require(bench.send(outgoing(.invite)).transmitted.first)
        _ = bench.receive(reply(.trying, to: sent.message))
        _ = bench.advance(.seconds(170))
        _ = bench.receive(reply(.ringing, to: sent.message))
        #expect(bench.advance(.seconds(180)) == [])
        #expect(bench.advance(.seconds(1)).transmitted.first?.message.method == .cancel)
    }
}
