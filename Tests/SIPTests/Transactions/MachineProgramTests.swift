import Octets
import SIP
import Testing

/// Random programs of events for one machine: what is armed fires when it is due, everything else comes at any time.
@Suite("RFC 3261 §17: random programs for the four machines")
struct MachineProgramTests {
    private static let codes: [UInt16] = [100, 180, 183, 199, 200, 202, 302, 404, 408, 486, 503, 603]

    /// What a machine has done, whichever it is.
    private struct Record {
        var provisionals = 0
        var successes = 0
        var refusals = 0
        var failures = 0
        var transmissions = 0
        var isOver = false
        var end = Instant.zero
    }

    /// The armed timers of one machine, by number.
    private struct Timers {
        private var deadlines: [UInt8: Instant] = [:]
        mutating func arm(_ timer: UInt8, at deadline: Instant) { deadlines[timer] = deadline }
        mutating func disarm(_ timer: UInt8) { deadlines[timer] = nil }
        mutating func pop() -> (timer: UInt8, at: Instant)? {
            guard let first = deadlines.min(by: { ($0.value, $0.key) < ($1.value, $1.key) }) else { return nil }
            deadlines[first.key] = nil
            return (first.key, first.value)
        }
        var next: Instant? { deadlines.values.min() }
    }

    private static func timing(_ dice: inout Entropy) -> TransactionTiming {
        TransactionTiming(dice.next32().isMultiple(of: 2) ? .core : .userEquipment, isReliable: dice.next32() % 3 == 0)
    }

    private static func status(_ dice: inout Entropy) throws -> Status {
        try #require(Status(rawValue: codes[Int(dice.next32()) % codes.count]))
    }

    /// Plays up to thirty events at random times, then lets every timer run out.
    private static func play(
        _ dice: inout Entropy, _ timers: inout Timers, event: (inout Entropy, inout Timers, Instant) throws -> Void,
        fire: (UInt8, inout Timers, Instant) -> Void
    ) rethrows -> Instant {
        var now = Instant.zero
        for _ in 0..<(dice.next32() % 30) {
            let next = now + .milliseconds(Int64(dice.next32() % 20_000))
            while let deadline = timers.next, deadline <= next, let (timer, at) = timers.pop() {
                now = max(now, at)
                fire(timer, &timers, now)
            }
            now = next
            try event(&dice, &timers, now)
        }
        var steps = 0
        while let (timer, at) = timers.pop() {
            now = max(now, at)
            fire(timer, &timers, now)
            steps += 1
            guard steps < 1000 else { break }
        }
        return now
    }

    @Test("INVITE client: one outcome, or 2xx only; bounded sending; always an end", arguments: UInt64(0)..<200)
    func inviteClient(seed: UInt64) throws {
        var dice = Entropy(number: seed)
        let timing = Self.timing(&dice)
        var timers = Timers()
        var record = Record()
        var received = Status.trying
        func perform(_ actions: ActionList<InviteClientTransaction.Action>, _ timers: inout Timers) {
            #expect(!record.isOver || actions.isEmpty, "nothing after the end")
            for action in actions {
                switch action {
                case .transmit: record.transmissions += 1
                case .acknowledge: #expect(received.rawValue >= 300)
                case .deliver where received.isProvisional: record.provisionals += 1
                case .deliver where received.isSuccess: record.successes += 1
                case .deliver: record.refusals += 1
                case .fail: record.failures += 1
                case .cancel: #expect(record.successes + record.refusals + record.failures == 0)
                case .arm(let timer, let deadline): timers.arm(timer.rawValue, at: deadline)
                case .disarm(let timer): timers.disarm(timer.rawValue)
                case .terminate: record.isOver = true
                }
            }
        }
        var (machine, actions) = InviteClientTransaction.start(at: .zero, timing)
        perform(actions, &timers)
        let end = try Self.play(&dice, &timers) { dice, timers, now in
            switch dice.next32() % 10 {
            case 0: perform(machine.cancel(at: now, timing), &timers)
            case 1: perform(machine.transportFailed(), &timers)
            default:
                received = try Self.status(&dice)
                perform(machine.receive(received, at: now, timing), &timers)
            }
        } fire: { timer, timers, now in
            guard let timer = InviteClientTransaction.Timer(rawValue: timer) else { return }
            perform(machine.fire(timer, at: now, timing), &timers)
        }
        #expect(record.isOver && machine.state == .terminated && timers.next == nil)
        #expect(record.refusals + record.failures + min(record.successes, 1) == 1, "\(record)")
        #expect(record.transmissions <= (timing.isReliable ? 1 : 7), "\(record)")
        // A provisional response every 20 s for as long as events come, timer C, 64·T1, timer D or M.
        #expect(end < .zero + .seconds(600) + .seconds(181) + timing.lifetime * 3)
    }

    @Test(
        "Non-INVITE client: one outcome, at most eleven times sent, over after timer F and K",
        arguments: UInt64(0)..<200)
    func nonInviteClient(seed: UInt64) throws {
        var dice = Entropy(number: seed)
        let timing = Self.timing(&dice)
        var timers = Timers()
        var record = Record()
        var received = Status.trying
        func perform(_ actions: ActionList<NonInviteClientTransaction.Action>, _ timers: inout Timers, _ now: Instant) {
            #expect(!record.isOver || actions.isEmpty, "nothing after the end")
            for action in actions {
                switch action {
                case .transmit: record.transmissions += 1
                case .deliver where received.isProvisional: record.provisionals += 1
                case .deliver: record.refusals += 1
                case .fail: record.failures += 1
                case .arm(let timer, let deadline): timers.arm(timer.rawValue, at: deadline)
                case .disarm(let timer): timers.disarm(timer.rawValue)
                case .terminate:
                    record.isOver = true
                    record.end = now
                }
            }
        }
        var (machine, actions) = NonInviteClientTransaction.start(at: .zero, timing)
        perform(actions, &timers, .zero)
        _ = try Self.play(&dice, &timers) { dice, timers, now in
            if dice.next32() % 10 == 0 { return perform(machine.transportFailed(), &timers, now) }
            received = try Self.status(&dice)
            perform(machine.receive(received, at: now, timing), &timers, now)
        } fire: { timer, timers, now in
            guard let timer = NonInviteClientTransaction.Timer(rawValue: timer) else { return }
            perform(machine.fire(timer, at: now, timing), &timers, now)
        }
        #expect(record.isOver && machine.state == .terminated && timers.next == nil)
        #expect(record.refusals + record.failures == 1, "\(record)")
        #expect(record.transmissions <= (timing.isReliable ? 1 : 11), "\(record)")
        #expect(record.end <= .zero + timing.lifetime + timing.timers.t4)
    }

    @Test("INVITE server: one refusal or 2xx only, no provisional after it, always an end", arguments: UInt64(0)..<200)
    func inviteServer(seed: UInt64) throws {
        var dice = Entropy(number: seed)
        let timing = Self.timing(&dice)
        var timers = Timers()
        var record = Record()
        var given = Status.trying
        func perform(_ actions: ActionList<InviteServerTransaction.Action>, _ timers: inout Timers) {
            #expect(!record.isOver || actions.isEmpty, "nothing after the end")
            for action in actions {
                switch action {
                case .send where given.isProvisional:
                    #expect(record.successes + record.refusals == 0)
                    record.provisionals += 1
                case .send where given.isSuccess: record.successes += 1
                case .send: record.refusals += 1
                case .sendTrying: #expect(record.provisionals + record.successes + record.refusals == 0)
                case .retransmit: record.transmissions += 1
                case .deliverAcknowledgement: #expect(record.successes > 0)
                case .arm(let timer, let deadline): timers.arm(timer.rawValue, at: deadline)
                case .disarm(let timer): timers.disarm(timer.rawValue)
                case .terminate: record.isOver = true
                }
            }
        }
        var (machine, actions) = InviteServerTransaction.start(at: .zero, timing)
        perform(actions, &timers)
        var invites = 0
        let end = try Self.play(&dice, &timers) { dice, timers, now in
            switch dice.next32() % 6 {
            case 0:
                invites += 1
                perform(machine.receiveInvite(), &timers)
            case 1: perform(machine.receiveAcknowledgement(at: now, timing), &timers)
            default:
                given = try Self.status(&dice)
                perform(machine.respond(given, at: now, timing), &timers)
            }
        } fire: { timer, timers, now in
            guard let timer = InviteServerTransaction.Timer(rawValue: timer) else { return }
            perform(machine.fire(timer, at: now, timing), &timers)
        }
        #expect(record.isOver && machine.state == .terminated && timers.next == nil)
        #expect(record.refusals <= 1 && (record.refusals == 0 || record.successes == 0), "\(record)")
        // Timer G: 0.5, 1.5, 3.5 s and then every 4 s until timer H.
        #expect(record.transmissions <= (timing.isReliable ? 0 : 10) + invites, "\(record)")
        #expect(end <= .zero + .seconds(600) + timing.inviteAbandon + timing.lifetime + timing.timers.t4)
    }

    @Test("Non-INVITE server: one final response, no 408, no early 100, always an end", arguments: UInt64(0)..<200)
    func nonInviteServer(seed: UInt64) throws {
        var dice = Entropy(number: seed)
        let timing = Self.timing(&dice)
        var timers = Timers()
        var record = Record()
        var given = Status.trying
        func perform(_ actions: ActionList<NonInviteServerTransaction.Action>, _ timers: inout Timers, _ now: Instant) {
            #expect(!record.isOver || actions.isEmpty, "nothing after the end")
            for action in actions {
                switch action {
                case .send where given.isProvisional:
                    #expect(given == .trying && record.refusals == 0, "RFC 4320 §4.1")
                    #expect(timing.isReliable || now >= .zero + timing.nonInviteTrying, "RFC 4320 §4.1")
                case .send:
                    #expect(given != .requestTimeout, "RFC 4320 §4.2")
                    record.refusals += 1
                case .sendTrying: #expect(now >= .zero + timing.nonInviteTrying)
                case .retransmit: record.transmissions += 1
                case .arm(let timer, let deadline): timers.arm(timer.rawValue, at: deadline)
                case .disarm(let timer): timers.disarm(timer.rawValue)
                case .terminate: record.isOver = true
                }
            }
        }
        var (machine, actions) = NonInviteServerTransaction.start(at: .zero, timing)
        perform(actions, &timers, .zero)
        var requests = 0
        _ = try Self.play(&dice, &timers) { dice, timers, now in
            guard dice.next32() % 4 != 0 else {
                requests += 1
                return perform(machine.receiveRequest(), &timers, now)
            }
            given = try Self.status(&dice)
            perform(machine.respond(given, at: now, timing), &timers, now)
        } fire: { timer, timers, now in
            guard let timer = NonInviteServerTransaction.Timer(rawValue: timer) else { return }
            perform(machine.fire(timer, at: now, timing), &timers, now)
        }
        #expect(record.isOver && machine.state == .terminated && timers.next == nil)
        #expect(record.refusals <= 1)
        #expect(record.transmissions <= requests, "it never retransmits by itself")
    }
}
