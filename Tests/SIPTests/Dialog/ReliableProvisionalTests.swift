import Octets
import SIP
import Testing

@Suite("RFC 3262: reliable provisional responses")
struct ReliableProvisionalTests {
    static let timing = TransactionTiming(.core, isReliable: false)

    struct Server {
        var machine: ReliableProvisionalServer
        let invite: SIPMessage
        var now = matrixNow

        init(seed: UInt64 = 1) throws {
            var entropy = Entropy(number: seed)
            invite = try CallText.invite("Supported: 100rel\n")
            machine = ReliableProvisionalServer(
                invite: CSeq(314_159, .invite), timing: ReliableProvisionalTests.timing, entropy: &entropy)
        }

        mutating func send(_ status: Int, body: Bool = false) throws -> [ReliableProvisionalServer.Action] {
            var response = try CallText.response(status, to: invite)
            if body { response.setBody([UInt8]("v=0".utf8), contentType: "application/sdp") }
            return machine.send(response, at: now)
        }

        mutating func acknowledge(_ number: UInt32, cseq: UInt32 = 314_159) -> [ReliableProvisionalServer.Action]? {
            machine.acknowledge(RAck(number, CSeq(cseq, .invite)), at: now)
        }
    }

    static func number(_ actions: [ReliableProvisionalServer.Action]) throws -> UInt32 {
        guard case .respond(let response) = try #require(actions.first) else { return 0 }
        #expect(response.listContains(.require, token: "100rel"))
        return try #require(try response.first(RSeq.self)).number
    }

    @Test(
        "RFC 3262 §3: the first RSeq lies between 1 and 2³¹−1, the next is one more", arguments: 0..<50 as Range<UInt64>
    )
    func numbers(seed: UInt64) throws {
        var server = try Server(seed: seed)
        let first = try Self.number(server.send(183))
        #expect((1...0x7FFF_FFFF).contains(first))
        #expect(try server.send(180) == [], "the second waits for the PRACK of the first")
        #expect(server.machine.pendingCount == 2)
        let acknowledged = server.acknowledge(first)
        let next = try #require(acknowledged)
        #expect(try Self.number(next) == first + 1)
    }

    @Test("RFC 3262 §3: repeated after 0.5, 1, 2, 4, 8, 16 s without a limit of T2; given up after 64·T1")
    func retransmission() throws {
        var server = try Server()
        let first = try server.send(183)
        var times: [String] = []
        while let deadline = server.machine.nextDeadline {
            let actions = server.machine.fire(at: deadline)
            times.append(seconds(until: deadline) + (actions == first ? "" : " \(actions)"))
        }
        #expect(
            times == ["0.5", "1.5", "3.5", "7.5", "15.5", "31.5", "32 [SIP.ReliableProvisionalServer.Action.giveUp]"])
    }

    @Test("RFC 3262 §3: a PRACK that matches nothing is for 481")
    func strayPRACK() throws {
        var server = try Server()
        #expect(server.acknowledge(1) == nil)
        let number = try Self.number(server.send(183))
        #expect(server.acknowledge(number + 1) == nil)
        #expect(server.acknowledge(number, cseq: 314_160) == nil)
        #expect(server.machine.acknowledge(RAck(number, CSeq(314_159, .update)), at: matrixNow) == nil)
        #expect(server.acknowledge(number) == [])
        #expect(server.acknowledge(number) == nil, "only once")
        #expect(server.machine.nextDeadline == nil)
    }

    @Test("RFC 3262 §5: a description without PRACK holds the 2xx back, another response does not")
    func delaysSuccess() throws {
        var server = try Server()
        let number = try Self.number(server.send(180))
        #expect(!server.machine.delaysSuccess)
        _ = try server.send(183, body: true)
        #expect(server.machine.delaysSuccess)
        let acknowledged = server.acknowledge(number)
        let next = try Self.number(#require(acknowledged))
        #expect(server.machine.delaysSuccess)
        _ = server.acknowledge(next)
        #expect(!server.machine.delaysSuccess)
    }

    @Test("RFC 3262 §3: after the final response nothing new, nothing repeated; the late PRACK is still welcome")
    func finished() throws {
        var server = try Server()
        let number = try Self.number(server.send(183))
        server.machine.finish()
        #expect(server.machine.nextDeadline == nil)
        #expect(try server.send(180) == [])
        #expect(server.acknowledge(number) == [])
        #expect(server.acknowledge(number) == nil)
    }

    @Test("RFC 3262 §3: a 100 is never sent reliably")
    func trying() throws {
        var server = try Server()
        #expect(try server.send(100) == [])
        #expect(try server.send(200) == [])
    }

    @Test(
        "RFC 3262 §4: order at the client",
        arguments: [
            ([5, 6, 7], "ack ack ack"), ([5, 5, 6], "ack discard ack"), ([5, 7, 6, 7], "ack discard ack ack"),
            ([5, 4], "ack discard"), ([4_294_967_295, 1], "ack discard"),
        ])
    func client(numbers: [UInt32], verdicts: String) throws {
        let invite = try CallText.invite()
        var client = ReliableProvisionalClient()
        let found = try numbers.map { number in
            let response = try CallText.response(
                183, to: invite, extra: [(.require, "100rel"), (.rseq, "\(number)")])
            switch client.receive(response) {
            case .acknowledge(let rack):
                #expect(rack == RAck(number, CSeq(314_159, .invite)))
                return "ack"
            case .discard: return "discard"
            case .unreliable: return "unreliable"
            }
        }
        #expect(found.joined(separator: " ") == verdicts)
    }

    @Test("RFC 3262 §4: no PRACK for a 100, without 100rel, without RSeq")
    func notReliable() throws {
        let invite = try CallText.invite()
        var client = ReliableProvisionalClient()
        let trying = try CallText.response(100, to: invite, extra: [(.require, "100rel"), (.rseq, "1")])
        #expect(client.receive(trying) == .unreliable)
        #expect(client.receive(try CallText.response(180, to: invite, extra: [(.rseq, "1")])) == .unreliable)
        #expect(client.receive(try CallText.response(180, to: invite, extra: [(.require, "100rel")])) == .discard)
        let bad = try CallText.response(180, to: invite, extra: [(.require, "100rel"), (.rseq, "0")])
        #expect(client.receive(bad) == .discard)
    }
}

@Suite("RFC 3261 §13.3.1.4: a 2xx until its ACK")
struct AcceptedInviteTests {
    @Test("RFC 3261 §13.3.1.4: T1 doubling to T2, given up after 64·T1")
    func retransmission() {
        var machine = AcceptedInvite(timing: ReliableProvisionalTests.timing, at: matrixNow)
        var times: [String] = []
        while let deadline = machine.nextDeadline {
            let action = machine.fire(at: deadline)
            times.append("\(seconds(until: deadline)) \(action.map { "\($0)" } ?? "-")")
        }
        let repeats = ["0.5", "1.5", "3.5", "7.5", "11.5", "15.5", "19.5", "23.5", "27.5", "31.5"]
        #expect(times == repeats.map { "\($0) retransmit" } + ["32 giveUp"])
        #expect(machine.state == .unacknowledged)
    }

    @Test("RFC 3261 §13.3.1.4: the ACK ends it; one too late does not matter")
    func acknowledged() {
        var machine = AcceptedInvite(timing: ReliableProvisionalTests.timing, at: matrixNow)
        machine.receiveAcknowledgement()
        #expect(machine.state == .acknowledged)
        #expect(machine.nextDeadline == nil)
        #expect(machine.fire(at: matrixNow + .seconds(100)) == nil)
    }
}
