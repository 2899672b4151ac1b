import Octets
import SIP
import Testing

@Suite("reliability S6: a flood of every method, from one port and from ten thousand")
struct FloodTests {
    typealias Bench = StackBench

    private static let methods = [
        "REGISTER", "INVITE", "OPTIONS", "MESSAGE", "SUBSCRIBE", "NOTIFY", "PUBLISH", "INFO", "REFER", "UPDATE",
        "PRACK", "BYE", "PING",
    ]

    @Test(
        "Transactions are capped, the others get 503 with Retry-After, and a user is served within ten seconds",
        arguments: [1, 10_000])
    func flood(ports: Int) throws {
        let limits = TransactionLimits(soft: 500, hard: 600, lingering: 200)
        var bench = Bench(limits: limits)
        var (accepted, refused, number) = (0, 0, 0)
        var waiting: [(message: SIPMessage, id: ServerTransactionID, since: Instant)] = []
        // 90 seconds, thirteen requests a tenth of a second, and a role that needs twenty seconds for each.
        for _ in 0..<900 {
            for method in Self.methods {
                number += 1
                let hop = Hop(.udp, Bench.udp, Endpoint(.v4(0xC000_0201), UInt16(1024 + number % ports)))
                let output = bench.receive(request(method, branch: "z9hG4bK\(number)", callID: "\(number)"), from: hop)
                if let (message, id) = output.requests.first {
                    accepted += 1
                    waiting.append((message, id, bench.now))
                    continue
                }
                #expect(output.refusals == [.overloaded])
                let answer = try #require(output.transmitted.first?.message)
                refused += 1
                #expect(answer.status == .serviceUnavailable && answer.contains(.retryAfter))
                #expect(answer.callID?.string == "\(number)")
            }
            _ = bench.advance(.milliseconds(100))
            while let first = waiting.first, first.since + .seconds(20) <= bench.now {
                _ = bench.respond(.notFound, to: first.message, first.id)
                waiting.removeFirst()
            }
            #expect(bench.stack.openTransactions <= limits.soft)
            #expect(bench.stack.liveTransactions <= limits.hard + limits.lingering)
        }
        #expect(accepted > limits.soft && accepted + refused == number)
        for (message, id, _) in waiting { _ = bench.respond(.notFound, to: message, id) }
        _ = bench.advance(.seconds(10))
        let served = bench.receive(request(branch: "z9hG4bKuser"))
        let (message, id) = try #require(served.requests.first)
        #expect(bench.respond(.ok, to: message, id).transmitted.first?.message.status == .ok)
        _ = bench.advance(.seconds(214))
        #expect(bench.stack.liveTransactions == 0)
    }

    @Test("Above the hard limit, which client transactions reach too, there is silence")
    func silence() {
        var bench = Bench(limits: TransactionLimits(soft: 10, hard: 20, lingering: 10))
        for number in 0..<20 { _ = bench.send(outgoing(.invite), as: UInt64(number)) }
        for number in 0..<1000 {
            let output = bench.receive(request(branch: "z9hG4bK\(number)"))
            #expect(output == [.refused(reason: .overloaded, from: Bench.peer)])
        }
        _ = bench.advance(.seconds(33))
        #expect(bench.receive(request()).requests.count == 1)
    }

    @Test("A role that answers keeps up: the answered ones are bounded and the flood costs no refusals")
    func answered() throws {
        let limits = TransactionLimits(soft: 500, hard: 600, lingering: 200)
        var bench = Bench(limits: limits)
        for number in 0..<20_000 {
            let output = bench.receive(request("REGISTER", branch: "z9hG4bK\(number)", callID: "\(number)"))
            let (message, id) = try #require(output.requests.first)
            #expect(bench.respond(.unauthorized, to: message, id).transmitted.count == 1)
            #expect(bench.stack.liveTransactions <= limits.lingering)
        }
        _ = bench.advance(.seconds(33))
        #expect(bench.stack.liveTransactions == 0)
    }

    @Test("Stray responses, ACKs and CANCELs keep nothing")
    func strays() {
        var bench = Bench()
        for number in 0..<1000 {
            _ = bench.receive(request("ACK", branch: "z9hG4bK\(number)", toTag: "x"))
            _ = bench.receive(request("CANCEL", branch: "z9hG4bK\(number)"))
            _ = bench.receive(
                """
                SIP/2.0 200 OK
                Via: SIP/2.0/UDP proxy.example.com:5060;branch=z9hG4bK\(number)
                From: <sip:a@b>;tag=1
                To: <sip:a@b>;tag=2
                Call-ID: \(number)
                CSeq: 1 INVITE
                """)
        }
        #expect(bench.stack.liveTransactions == 0)
        #expect(bench.stack.nextDeadline == nil)
    }
}
