import Octets
import SIP
import Testing

/// One stack, its role and its peers doing anything at any time, as a seed wills.
@Suite("RFC 3261 §17: random programs for the whole layer")
struct StackProgramTests {
    typealias Bench = StackBench

    private struct World {
        var bench: Bench
        var dice: Entropy
        var sent: [(message: SIPMessage, hop: Hop)] = []
        var open: [(message: SIPMessage, id: ServerTransactionID)] = []
        /// By client transaction: final responses other than 2xx, 2xx, failures.
        var outcomes: [UInt64: (refusals: Int, successes: Int, failures: Int)] = [:]
        /// By server transaction: times the role has seen the request.
        var seen: [UInt64: Int] = [:]
        var copies: [[UInt8]: Int] = [:]
        var clients: UInt64 = 0

        static let methods: [Method] = [.invite, .message, .options, .bye]
        static let statuses: [Status] = [
            .trying, .ringing, .ok, .busyHere, .requestTimeout, .serviceUnavailable, .movedTemporarily, .decline,
        ]

        mutating func pick<Element>(_ elements: [Element]) -> Element? {
            elements.isEmpty ? nil : elements[Int(dice.next32()) % elements.count]
        }

        mutating func take(_ output: [SIPStackOutput]) {
            for item in output {
                switch item {
                case .request(let message, let id, _):
                    open.append((message, id))
                    seen[id.rawValue, default: 0] += 1
                case .response(let response, let id):
                    guard let status = response.status, status.isFinal else { continue }
                    if status.isSuccess {
                        outcomes[id.rawValue, default: (0, 0, 0)].successes += 1
                    } else {
                        outcomes[id.rawValue, default: (0, 0, 0)].refusals += 1
                    }
                case .failed(let id, _): outcomes[id.rawValue, default: (0, 0, 0)].failures += 1
                case .transmit(let octets, _): copies[octets, default: 0] += 1
                case .close, .acknowledgement, .cancelled, .refused: break
                }
            }
            sent += output.transmitted.filter { $0.message.isRequest }.map { ($0.message, $0.hop) }
            if sent.count > 40 { sent.removeFirst(sent.count - 40) }
        }

        mutating func act() {
            switch dice.next32() % 12 {
            case 0, 1:
                guard let method = pick(Self.methods), let hop = pick([Bench.peer, Bench.stream]) else { return }
                clients += 1
                var message = outgoing(method, callID: "\(clients)")
                if dice.next32() % 4 == 0 { message.append(.subject, String(repeating: "x", count: 1500)) }
                take(bench.send(message, as: clients, to: hop))
            case 2, 3, 4:
                guard let (message, hop) = pick(sent), let status = pick(Self.statuses) else { return }
                var from = hop
                if hop.transport == .tcp { from.connection = Bench.connection }
                take(bench.receive(reply(status, to: message), from: from))
            case 5: take(bench.cancel(UInt64(dice.next32()) % (clients + 1)))
            case 6, 7:
                guard let method = pick(["INVITE", "OPTIONS", "ACK", "CANCEL", "REGISTER"]) else { return }
                let legacy = dice.next32() % 5 == 0
                let branch = "\(legacy ? "" : "z9hG4bK")\(dice.next32() % 30)"
                let overStream = dice.next32() % 3 == 0
                take(
                    bench.receive(
                        request(
                            method, branch: branch, transport: overStream ? "TCP" : "UDP",
                            toTag: method == "ACK" ? "local" : nil),
                        from: overStream ? Bench.stream : Bench.peer))
            case 8, 9:
                guard let (message, id) = pick(open), let status = pick(Self.statuses) else { return }
                take(bench.respond(status, to: message, id))
            case 10:
                guard let hop = pick([Bench.peer, Hop(.tcp, Bench.tcp, Bench.peer.remote)]) else { return }
                take(dice.next32() % 4 == 0 ? bench.closed() : bench.sendFailed(to: hop))
            default: take(bench.advance(.milliseconds(Int64(dice.next32() % 9000))))
            }
        }
    }

    @Test(
        "One outcome for each request, each request once to the role, bounded copies, nothing left",
        arguments: UInt64(0)..<60)
    func program(seed: UInt64) {
        var world = World(
            bench: Bench(limits: TransactionLimits(soft: 60, hard: 80, lingering: 20), seed: seed),
            dice: Entropy(number: seed &* 31 &+ 7))
        for _ in 0..<400 { world.act() }
        world.take(world.bench.advance(.seconds(600)))
        #expect(world.bench.stack.liveTransactions == 0)
        #expect(world.bench.stack.openTransactions == 0)
        #expect(world.bench.stack.nextDeadline == nil)
        #expect(world.outcomes.count == Int(world.clients), "every request of ours has come to something")
        for (id, outcome) in world.outcomes {
            #expect(
                outcome.refusals + outcome.failures + min(outcome.successes, 1) == 1, "transaction \(id): \(outcome)")
        }
        #expect(world.seen.values.allSatisfy { $0 == 1 }, "a retransmission never reaches the role")
        // Timers A, E and G send at most eleven; each copy of the peer's may draw one more.
        #expect(world.copies.values.allSatisfy { $0 <= 60 })
    }
}
