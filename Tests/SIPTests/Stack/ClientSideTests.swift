import Octets
import SIP
import Testing

@Suite("RFC 3261 §17.1, §18.1: client side of the stack")
struct ClientSideTests {
    typealias Bench = StackBench

    @Test("§8.1.1.7, RFC 3581 §3: our Via goes on top, with magic cookie and rport, and comes off again")
    func via() throws {
        var bench = Bench()
        var forwarded = outgoing(.message)
        forwarded.append(.via, "SIP/2.0/UDP 203.0.113.1;branch=z9hG4bKbelow")
        let output = bench.send(forwarded)
        let sent = try #require(output.transmitted.first)
        #expect(sent.hop == Bench.peer)
        let vias = sent.message.values(.via).map(\.string)
        #expect(vias.count == 2)
        #expect(vias.first?.hasPrefix("SIP/2.0/UDP proxy.example.com:5060;branch=z9hG4bK") == true)
        #expect(vias.first?.hasSuffix(";rport") == true)
        #expect(vias.last == "SIP/2.0/UDP 203.0.113.1;branch=z9hG4bKbelow")
        let received = bench.receive(reply(.ok, to: sent.message))
        let response = try #require(received.responses.first)
        #expect(response.id == ClientTransactionID(rawValue: 1))
        #expect(response.message.values(.via).map(\.string) == ["SIP/2.0/UDP 203.0.113.1;branch=z9hG4bKbelow"])
        #expect(bench.receive(reply(.ok, to: sent.message)) == [], "a repeated response is absorbed")
    }

    @Test("Branches are not guessable from each other, and the same seed gives the same")
    func branches() throws {
        var bench = Bench(seed: 3)
        var again = Bench(seed: 3)
        var other = Bench(seed: 4)
        let first = bench.send(outgoing())
        #expect(first == again.send(outgoing()))
        #expect(first != other.send(outgoing()))
        let branches = try (2..<200).map { id in
            try #require(try bench.send(outgoing(), as: id).transmitted.first?.message.first(Via.self)?.branch)
        }
        #expect(Set(branches).count == 198)
    }

    @Test("§17.1.2.2: retransmission at 0.5, 1.5, 3.5, 7.5 … s with the same octets; timeout at 32 s")
    func retransmission() {
        var bench = Bench()
        let sent = bench.send(outgoing())
        #expect(bench.advance(.milliseconds(499)) == [])
        #expect(bench.advance(.milliseconds(1)) == sent)
        #expect(bench.advance(.seconds(7)) == sent + sent + sent)
        let rest = bench.advance(.seconds(25))
        #expect(rest.failures == [.timeout])
        #expect(rest.transmitted.count == 6)  // 11.5 15.5 19.5 23.5 27.5 31.5
        #expect(bench.stack.liveTransactions == 0)
        #expect(bench.advance(.seconds(4)) == [])
        #expect(bench.stack.nextDeadline == nil)
    }

    @Test("§17.1.1.2: an INVITE goes out seven times in 32 s")
    func inviteRetransmission() {
        var bench = Bench()
        _ = bench.send(outgoing(.invite))
        let output = bench.advance(.seconds(32))
        #expect(output.transmitted.count == 6)
        #expect(output.failures == [.timeout])
    }

    @Test("§17.1: over a reliable transport nothing is repeated")
    func reliableTransport() {
        var bench = Bench()
        _ = bench.receive(wire(request(transport: "TCP")), from: Bench.stream)
        let sent = bench.send(outgoing(), to: Bench.stream)
        #expect(sent.transmitted.first?.message.firstValue(.via)?.string.hasPrefix("SIP/2.0/TCP") == true)
        let rest = bench.advance(.seconds(31))
        #expect(rest.transmitted.allSatisfy { !$0.message.isRequest })
        #expect(bench.advance(.seconds(1)).failures == [.timeout])
    }

    @Test("§17.1.1.3: the ACK for a refusal: headers of the INVITE, To of the response; repeated with it")
    func acknowledgement() throws {
        var bench = Bench()
        var invite = outgoing(.invite, cseq: 42)
        invite.append(.route, "<sip:a.example.com;lr>")
        let sent = try #require(bench.send(invite).transmitted.first)
        let output = bench.receive(reply(.busyHere, to: sent.message, tag: "busy"))
        let ack = try #require(output.transmitted.first)
        #expect(ack.hop == Bench.peer)
        #expect(ack.message.method == .ack)
        #expect(ack.message.requestURI == sent.message.requestURI)
        #expect(ack.message.values(.via) == sent.message.values(.via))
        #expect(ack.message.values(.route).map(\.string) == ["<sip:a.example.com;lr>"])
        #expect(ack.message.toTag?.string == "busy")
        #expect(ack.message.fromTag?.string == "own")
        #expect(ack.message.callID == sent.message.callID)
        #expect(ack.message.cseq?.number == 42)
        #expect(ack.message.cseq?.method == .ack)
        #expect(bench.receive(reply(.busyHere, to: sent.message, tag: "busy")) == [.transmit(ack.octets, to: ack.hop)])
        _ = bench.advance(.seconds(32))
        #expect(bench.stack.liveTransactions == 0)
        #expect(bench.receive(reply(.busyHere, to: sent.message)).refusals == [.strayResponse])
    }

    @Test("RFC 6026 §8.4: each 2xx for an INVITE reaches the role, until timer M; no ACK of ours")
    func accepted() throws {
        var bench = Bench()
        let sent = try #require(bench.send(outgoing(.invite)).transmitted.first)
        for tag in ["a", "a", "b"] {
            let output = bench.receive(reply(.ok, to: sent.message, tag: tag))
            #expect(output.count == 1)
            #expect(output.responses.first?.message.toTag?.string == tag)
        }
        _ = bench.advance(.seconds(32))
        #expect(bench.receive(reply(.ok, to: sent.message)).refusals == [.strayResponse])
    }

    @Test("§13.2.2.4: the ACK for a 2xx gets a Via of its own and opens no transaction")
    func ackForSuccess() {
        var bench = Bench()
        var output: [SIPStackOutput] = []
        bench.stack.sendAcknowledgement(outgoing(.ack), to: Bench.peer, at: bench.now, into: &output)
        #expect(output.transmitted.first?.message.count(.via) == 1)
        #expect(bench.stack.liveTransactions == 0)
    }

    @Test("§18.1.2, RFC 6026 §8.9: responses that answer nothing of ours are dropped")
    func strays() throws {
        var bench = Bench()
        let sent = try #require(bench.send(outgoing()).transmitted.first)
        let text = String(decoding: reply(.ok, to: sent.message), as: UTF8.self)
        func changed(_ old: String, _ new: String) -> [UInt8] {
            Array(text.split(separator: old, omittingEmptySubsequences: false).joined(separator: new).utf8)
        }
        #expect(bench.receive(changed("proxy.example.com", "other.example.com")).refusals == [.foreignVia])
        #expect(bench.receive(changed(":5060;branch", ":5061;branch")).refusals == [.foreignVia])
        #expect(bench.receive(changed("OPTIONS", "REGISTER")).refusals == [.strayResponse])
        #expect(bench.receive(changed("z9hG4bK", "z9hG4bKdead")).refusals == [.strayResponse])
        #expect(bench.receive(changed("CSeq: 1 OPTIONS", "CSeq: 1 CANCEL")).refusals == [.strayResponse])
        #expect(bench.receive(reply(.ok, to: sent.message)).responses.count == 1)
    }

    @Test("§17.1.4: a transport error fails everything that waits for the remote, and nothing else")
    func transportError() throws {
        var bench = Bench()
        let elsewhere = Hop(.udp, Bench.udp, Endpoint(.v4(0xC000_0202), 5070))
        _ = bench.send(outgoing(), as: 1)
        _ = bench.send(outgoing(.invite), as: 2)
        _ = bench.send(outgoing(), as: 3, to: elsewhere)
        let answered = try #require(bench.send(outgoing(), as: 4).transmitted.first)
        _ = bench.receive(reply(.ok, to: answered.message))
        let failed = bench.sendFailed()
        #expect(
            Set(failed.map { "\($0)" })
                == Set(
                    ([1, 2] as [UInt64]).map {
                        "\(SIPStackOutput.failed(ClientTransactionID(rawValue: $0), .transport))"
                    }))
        #expect(bench.sendFailed() == [])
        #expect(bench.advance(.milliseconds(500)).transmitted.map(\.hop) == [elsewhere])
    }

    @Test("A hop that none of our listeners serves fails at once")
    func unknownListener() {
        var bench = Bench()
        let nowhere = Hop(.udp, ListenerID(rawValue: 9), Bench.peer.remote)
        #expect(bench.send(outgoing(), to: nowhere).failures == [.transport])
        let mismatch = Hop(.tls, Bench.udp, Bench.peer.remote)
        #expect(bench.send(outgoing(), to: mismatch).failures == [.transport])
        #expect(bench.stack.liveTransactions == 0)
    }
}
