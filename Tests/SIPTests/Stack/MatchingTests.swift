import Octets
import SIP
import Testing

@Suite("RFC 3261 §17.2.3, §9.2: what belongs to which transaction")
struct MatchingTests {
    typealias Bench = StackBench

    @Test("RFC 2543: two INVITEs that differ in the To tag alone are two, and each ACK finds its own")
    func legacyToTag() throws {
        var bench = Bench()
        let (first, one) = try #require(bench.receive(request("INVITE", branch: nil)).requests.first)
        let (second, two) = try #require(bench.receive(request("INVITE", branch: nil, toTag: "x")).requests.first)
        _ = bench.respond(.busyHere, to: first, one, tag: "a")
        _ = bench.respond(.busyHere, to: second, two)
        #expect(bench.receive(request("ACK", branch: nil, toTag: "a")) == [])
        #expect(bench.advance(.milliseconds(600)).transmitted.map(\.message.toTag?.string) == ["x"])
        #expect(bench.receive(request("ACK", branch: nil, toTag: "x")) == [])
        #expect(bench.advance(.seconds(5)) == [])
        #expect(bench.stack.liveTransactions == 0)
    }

    @Test("RFC 6026 §6: the ACK of an RFC 2543 client goes to the user once the INVITE is accepted")
    func legacyAccepted() throws {
        var bench = Bench()
        let (message, id) = try #require(bench.receive(request("INVITE", branch: nil)).requests.first)
        _ = bench.respond(.ok, to: message, id, tag: "a")
        guard case .acknowledgement = bench.receive(request("ACK", branch: nil, toTag: "a")).first else {
            return #expect(Bool(false), "passed to the TU")
        }
    }

    @Test(
        "RFC 2543: CANCEL and ACK find their INVITE, whatever the Via is completed with",
        arguments: ["192.0.2.1:5070", "client.example.org:5070", "10.0.0.1"])
    func legacyCancel(sentBy: String) throws {
        var bench = Bench()
        let (message, id) = try #require(
            bench.receive(request("INVITE", branch: "1", sentBy: sentBy, via: ";rport")).requests.first)
        let cancel = bench.receive(request("CANCEL", branch: "1", sentBy: sentBy, via: ";rport"))
        #expect(cancel.last == .cancelled(id))
        #expect(cancel.transmitted.first?.message.values(.via) == message.values(.via), "§18.2.1: completed as well")
        _ = bench.respond(.requestTerminated, to: message, id)
        #expect(bench.receive(request("ACK", branch: "1", sentBy: sentBy, via: ";rport", toTag: "local")) == [])
        _ = bench.advance(.seconds(6))
        #expect(bench.stack.liveTransactions == 0)
    }

    @Test(
        "§9.2: a CANCEL for another method gets its 200 and has no effect",
        arguments: ["OPTIONS", "REGISTER", "MESSAGE", "SUBSCRIBE"])
    func cancelOfOthers(method: String) throws {
        var bench = Bench()
        let (message, id) = try #require(bench.receive(request(method)).requests.first)
        let output = bench.receive(request("CANCEL"))
        #expect(output.count == 1)
        #expect(output.transmitted.first?.message.status == .ok)
        #expect(bench.respond(.ok, to: message, id).transmitted.first?.message.status == .ok)
    }

    @Test("§8.2.7: the ACK for an answer that was given without state reaches nobody")
    func statelessRefusal() throws {
        var bench = Bench(limits: TransactionLimits(soft: 0, hard: 10, lingering: 10))
        for branch in ["z9hG4bK1", nil] {
            let refusal = try #require(bench.receive(request("INVITE", branch: branch)).transmitted.first).message
            #expect(refusal.status == .serviceUnavailable)
            let tag = try #require(refusal.toTag).string
            #expect(bench.receive(request("ACK", branch: branch, toTag: tag)) == [])
            #expect(bench.receive(request("ACK", branch: branch, toTag: "other")).count == 1)
        }
        let bad = try #require(bench.receive(request("INVITE", extra: "CSeq: 5 INVITE\n")).transmitted.first).message
        #expect(bad.status == .badRequest)
        #expect(bench.receive(request("ACK", toTag: try #require(bad.toTag).string)) == [])
        #expect(bench.stack.liveTransactions == 0)
    }

    @Test("§22.1: the ACK for a refusal repeats the credentials of an INVITE that began here, not of a forwarded one")
    func credentials() throws {
        for isForwarded in [false, true] {
            var bench = Bench()
            var invite = outgoing(.invite)
            if isForwarded { invite.append(.via, "SIP/2.0/UDP 203.0.113.1;branch=z9hG4bKbelow") }
            invite.append(.authorization, "Digest username=\"a\"")
            invite.append(.proxyAuthorization, "Digest username=\"b\"")
            let sent = try #require(bench.send(invite).transmitted.first).message
            let output = bench.receive(reply(.proxyAuthenticationRequired, to: sent))
            let ack = try #require(output.transmitted.first).message
            #expect(ack.contains(.authorization) == !isForwarded)
            #expect(ack.values(.proxyAuthorization).count == (isForwarded ? 0 : 1))
        }
    }
}
