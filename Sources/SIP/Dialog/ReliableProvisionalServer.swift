import Octets

/// Reliable provisional responses of one INVITE at its server, RFC 3262 §3.
///
///     idle ─ send ─▶ outstanding ─ acknowledge(RAck) ─▶ idle, or the next of the queue is outstanding
///                       └── 64·T1 without PRACK ─▶ failed
///
/// One is outstanding at a time; further ones wait. An outstanding one is repeated after T1, 2·T1, 4·T1 … without a
/// limit of T2.
package struct ReliableProvisionalServer: Sendable {
    package enum Action: Equatable, Sendable {
        /// Hand it to the INVITE's server transaction, for the first time or again.
        case respond(SIPMessage)
        /// No PRACK within 64·T1: the INVITE wants a 5xx.
        case giveUp
    }

    private struct Outstanding: Sendable {
        var response: SIPMessage
        var number: UInt32
        var repeatAt: Instant
        var interval: Duration
        var giveUpAt: Instant
    }

    private let invite: CSeq
    private let timing: TransactionTiming
    private var outstanding: Outstanding?
    private var waiting: [SIPMessage] = []
    private var lastNumber: UInt32
    /// Numbers sent and not acknowledged when the final response went out: their PRACK still gets a 2xx.
    private var abandoned: UInt32?
    private var isFinished = false

    /// - Parameter invite: the CSeq of the INVITE.
    package init(invite: CSeq, timing: TransactionTiming, entropy: inout Entropy) {
        self.invite = invite
        self.timing = timing
        lastNumber = entropy.next32() & 0x7FFF_FFFE  // the first RSeq is one more: 1 to 2³¹−1
    }

    /// Responses that wait, or wait for their PRACK.
    package var pendingCount: Int { waiting.count + (outstanding == nil ? 0 : 1) }

    /// §5: the 2xx waits while a response with a session description has no PRACK.
    package var delaysSuccess: Bool {
        outstanding?.response.hasSessionDescription == true || waiting.contains { $0.hasSessionDescription }
    }

    package var nextDeadline: Instant? { outstanding.map { min($0.repeatAt, $0.giveUpAt) } }

    /// Sends a provisional response reliably, now or when those before it are acknowledged. `Require: 100rel` and RSeq
    /// are put in here. A 100, and anything after the final response, is not sent this way and stays away (§3).
    package mutating func send(_ response: SIPMessage, at now: Instant) -> [Action] {
        guard !isFinished, let status = response.status, status.isProvisional, status != .trying else { return [] }
        guard outstanding == nil else {
            waiting.append(response)
            return []
        }
        return [transmit(response, at: now)]
    }

    /// A PRACK of this dialog. nil when it acknowledges nothing that is outstanding: 481 (§3); otherwise it gets a 2xx.
    package mutating func acknowledge(_ rack: RAck, at now: Instant) -> [Action]? {
        guard rack.cseq == invite else { return nil }
        if rack.response == abandoned {
            abandoned = nil
            return []
        }
        guard let current = outstanding, current.number == rack.response else { return nil }
        outstanding = nil
        guard !waiting.isEmpty else { return [] }
        return [transmit(waiting.removeFirst(), at: now)]
    }

    /// The final response goes out: nothing is repeated any more (§3).
    package mutating func finish() {
        isFinished = true
        abandoned = outstanding?.number
        outstanding = nil
        waiting = []
    }

    package mutating func fire(at now: Instant) -> [Action] {
        guard var current = outstanding else { return [] }
        if current.giveUpAt <= now {
            finish()
            return [.giveUp]
        }
        guard current.repeatAt <= now else { return [] }
        current.interval *= 2
        current.repeatAt = now + current.interval
        outstanding = current
        return [.respond(current.response)]
    }

    private mutating func transmit(_ response: SIPMessage, at now: Instant) -> Action {
        lastNumber += 1  // at most one for each response we make: never at 2³²
        var response = response
        if !response.listContains(.require, token: "100rel") { response.append(.require, "100rel") }
        response.set(RSeq(lastNumber))
        let interval = timing.timers.t1
        outstanding = Outstanding(
            response: response, number: lastNumber, repeatAt: now + interval, interval: interval,
            giveUpAt: now + timing.lifetime)
        return .respond(response)
    }
}

extension SIPMessage {
    /// RFC 3262 §3: whether the client understands reliable provisional responses, or insists on them.
    package var allowsReliableProvisionals: Bool {
        listContains(.supported, token: "100rel") || requiresReliableProvisionals
    }

    package var requiresReliableProvisionals: Bool { listContains(.require, token: "100rel") }
}
