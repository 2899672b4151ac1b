import Octets
import SIP
import Testing

@Suite("RFC 3261 §17: two stacks over a bad network, by seed")
struct TransactionPropertyTests {
    @Test("One final response, bounded retransmission, everything ends", arguments: UInt64(1)...60)
    func invariants(seed: UInt64) throws {
        var world = TransactionWorld(seed: seed)
        world.run()
        #expect(world.client.liveTransactions == 0)
        #expect(world.server.liveTransactions == 0)
        #expect(world.client.nextDeadline == nil)
        #expect(world.now < .zero + .seconds(900), "the last timer is timer C")
        for (id, outcome) in world.outcomes.enumerated() {
            #expect(outcome.requestsSeen <= 1, "seed \(seed), transaction \(id): \(outcome)")
            if outcome.successes > 0 {
                #expect(outcome.refusals == 0 && outcome.failures == 0, "seed \(seed), transaction \(id): \(outcome)")
                #expect(outcome.isInvite || outcome.successes == 1, "seed \(seed), transaction \(id): \(outcome)")
            } else {
                #expect(outcome.refusals + outcome.failures == 1, "seed \(seed), transaction \(id): \(outcome)")
            }
            // §17.1.2.2: 11 times a request, §17.2.1: 10 times a refusal, answers to each, copies by the network.
            #expect(outcome.transmissions <= 80, "seed \(seed), transaction \(id): \(outcome)")
            if world.isPerfect, outcome.responded, !outcome.wasCancelled {
                #expect(outcome.failures == 0, "seed \(seed), transaction \(id): \(outcome)")
            }
        }
    }

    @Test("The same seed gives the same bytes")
    func repeatable() {
        for seed in UInt64(1)...5 {
            var first = TransactionWorld(seed: seed)
            var second = TransactionWorld(seed: seed)
            first.run()
            second.run()
            #expect(first.transcript == second.transcript)
            #expect(!first.transcript.isEmpty)
        }
    }
}

/// A client stack, a server stack, a network that loses, copies and reorders, and users that act at random.
struct TransactionWorld {
    struct Outcome {
        var isInvite = false
        var requestsSeen = 0
        var successes = 0
        var refusals = 0
        var failures = 0
        var transmissions = 0
        var responded = false
        var wasCancelled = false
    }

    private enum Happening {
        case send(Int)
        case cancel(Int)
        case respond(Status, SIPMessage, ServerTransactionID, Int)
        case arrive([UInt8], atServer: Bool)
    }

    private(set) var client: SIPStack
    private(set) var server: SIPStack
    private(set) var now = Instant.zero
    private(set) var outcomes: [Outcome]
    private(set) var transcript: [UInt8] = []
    let isPerfect: Bool

    private var dice: Entropy
    private var agenda = DeadlineQueue<Int>()
    private var happenings: [Happening] = []
    private var finished: Set<UInt64> = []
    private let transport: Transport
    private let loss: UInt32
    private let copies: UInt32
    private static let listener = ListenerID(rawValue: 0)
    private static let clientEnd = Endpoint(.v4(0x0A00_0001), 5060)
    private static let serverEnd = Endpoint(.v4(0x0A00_0002), 5060)

    init(seed: UInt64) {
        dice = Entropy(number: seed &* 7919)
        transport = seed.isMultiple(of: 4) ? .tcp : .udp
        isPerfect = transport == .tcp || seed.isMultiple(of: 5)
        loss = isPerfect ? 0 : UInt32(seed % 50)
        copies = transport == .tcp ? 0 : UInt32(seed % 30)
        client = SIPStack(
            listeners: [Self.listener: SIPListener(transport, Self.clientEnd)], entropy: Entropy(number: seed))
        server = SIPStack(
            listeners: [Self.listener: SIPListener(transport, Self.serverEnd)], entropy: Entropy(number: seed &+ 1))
        outcomes = Array(repeating: Outcome(), count: 12)
        for index in outcomes.indices {
            outcomes[index].isInvite = dice.next32().isMultiple(of: 2)
            schedule(.send(index), after: .milliseconds(Int64(dice.next32() % 10_000)))
        }
    }

    mutating func run() {
        while let next = [agenda.next, client.nextDeadline, server.nextDeadline].compactMap({ $0 }).min() {
            guard next < .zero + .seconds(3600) else { return }
            now = max(now, next)
            while let (index, _) = agenda.popDue(at: now) { take(happenings[index]) }
            var output: [SIPStackOutput] = []
            client.fire(at: now, into: &output)
            handleClient(output)
            output = []
            server.fire(at: now, into: &output)
            handleServer(output)
        }
    }

    private mutating func take(_ happening: Happening) {
        var output: [SIPStackOutput] = []
        switch happening {
        case .send(let index):
            let method: Method = outcomes[index].isInvite ? .invite : .message
            let hop = Hop(transport, Self.listener, Self.serverEnd)
            let request = outgoing(method, callID: "\(index)")
            client.send(request, as: ClientTransactionID(rawValue: UInt64(index)), to: hop, at: now, into: &output)
            handleClient(output)
            if outcomes[index].isInvite, dice.next32().isMultiple(of: 3) {
                schedule(.cancel(index), after: .milliseconds(Int64(dice.next32() % 30_000)))
            }
        case .cancel(let index):
            outcomes[index].wasCancelled = true
            client.cancel(ClientTransactionID(rawValue: UInt64(index)), at: now, into: &output)
            handleClient(output)
        case .respond(let status, let request, let id, let index):
            guard !finished.contains(id.rawValue) else { return }
            if status.isFinal {
                finished.insert(id.rawValue)
                outcomes[index].responded = true
            }
            server.respond(.response(status, to: request, toTag: "server"), to: id, at: now, into: &output)
            handleServer(output)
        case .arrive(let octets, let atServer):
            let remote = atServer ? Self.clientEnd : Self.serverEnd
            if transport == .udp {
                let hop = Hop(.udp, Self.listener, remote)
                if atServer {
                    server.receive(datagram: octets, from: hop, at: now, into: &output)
                } else {
                    client.receive(datagram: octets, from: hop, at: now, into: &output)
                }
            } else {
                let hop = Hop(.tcp, Self.listener, remote, connection: ConnectionID(rawValue: 1))
                if atServer {
                    server.receive(stream: octets, from: hop, at: now, into: &output)
                } else {
                    client.receive(stream: octets, from: hop, at: now, into: &output)
                }
            }
            if atServer { handleServer(output) } else { handleClient(output) }
        }
    }

    private mutating func handleClient(_ output: [SIPStackOutput]) {
        for item in output {
            switch item {
            case .transmit(let octets, _): transmit(octets, toServer: true)
            case .response(let response, let id):
                guard let status = response.status, status.isFinal else { continue }
                if status.isSuccess {
                    outcomes[Int(id.rawValue)].successes += 1
                } else {
                    outcomes[Int(id.rawValue)].refusals += 1
                }
            case .failed(let id, _): outcomes[Int(id.rawValue)].failures += 1
            case .close, .request, .acknowledgement, .cancelled, .refused: break
            }
        }
    }

    private mutating func handleServer(_ output: [SIPStackOutput]) {
        for item in output {
            switch item {
            case .transmit(let octets, _): transmit(octets, toServer: false)
            case .request(let request, let id, _): serve(request, id)
            case .cancelled(let id):
                guard let entry = served[id.rawValue] else { continue }
                take(.respond(.requestTerminated, entry.request, id, entry.index))
            case .close, .response, .acknowledgement, .failed, .refused: break
            }
        }
    }

    private var served: [UInt64: (request: SIPMessage, index: Int)] = [:]

    /// The user behind the server: provisional or not, final of any class or never.
    private mutating func serve(_ request: SIPMessage, _ id: ServerTransactionID) {
        guard let index = request.callID.flatMap({ Int($0.string) }) else { return }
        outcomes[index].requestsSeen += 1
        served[id.rawValue] = (request, index)
        if request.method == .invite, dice.next32().isMultiple(of: 2) {
            schedule(.respond(.ringing, request, id, index), after: .milliseconds(Int64(dice.next32() % 3000)))
        }
        guard !dice.next32().isMultiple(of: 8) else { return }
        let finals: [Status] = [.ok, .ok, .busyHere, .unauthorized, .movedTemporarily, .serverInternalError]
        let status = finals[Int(dice.next32() % UInt32(finals.count))]
        let delay = dice.next32() % (isPerfect ? 15_000 : 25_000)
        schedule(.respond(status, request, id, index), after: .milliseconds(Int64(delay)))
    }

    private mutating func transmit(_ octets: [UInt8], toServer: Bool) {
        transcript += octets
        do {
            let message = try SIPMessage(parsing: octets)
            if let index = message.callID.flatMap({ Int($0.string) }) { outcomes[index].transmissions += 1 }
        } catch {
            Issue.record("a stack wrote what cannot be read: \(error)")
        }
        guard dice.next32() % 100 >= loss else { return }
        // A stream keeps its order; datagrams overtake each other.
        schedule(.arrive(octets, atServer: toServer), after: delay())
        if dice.next32() % 100 < copies { schedule(.arrive(octets, atServer: toServer), after: delay()) }
    }

    private mutating func delay() -> Duration {
        transport == .tcp ? .milliseconds(20) : .milliseconds(Int64(1 + dice.next32() % 400))
    }

    private mutating func schedule(_ happening: Happening, after span: Duration) {
        happenings.append(happening)
        agenda.schedule(happenings.count - 1, at: now + span)
    }
}
