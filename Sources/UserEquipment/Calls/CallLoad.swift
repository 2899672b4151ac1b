import IMS
import Octets

/// An open-loop load of calls between registered phones: so many a second, whether the core keeps up or not. The first
/// phone calls the second, the third the fourth, and so on round.
struct CallLoad: Sendable {
    let command: CommandID
    private let pairs: [(caller: String, callee: String)]
    private let rate: Double
    private let total: Int
    private let began: Instant
    /// The calls stay up: over is the load when all have been answered.
    let stays: Bool

    private var started = 0
    private var skipped = 0
    private var succeeded = 0
    private var failures: [String: Int] = [:]
    private var open: Set<Int> = []
    /// A call is due and has no number yet.
    private var isBeginning = false
    private var busy: Set<Int> = []
    private var pairOf: [Int: Int] = [:]
    private var ringing = LatencyHistogram()
    private var answering = LatencyHistogram()
    private var last: Instant

    static func make(
        _ arguments: [String: String], phones: [String], _ command: CommandID, at now: Instant
    ) -> Result<CallLoad, Complaint> {
        guard phones.count >= 2 else { return .failure(Complaint("a load of calls needs two registered phones")) }
        guard let rate = arguments["rate"].flatMap(Double.init), rate > 0, rate <= 1_000_000 else {
            return .failure(Complaint("rate must be a number of calls per second"))
        }
        guard let duration = arguments["duration"].flatMap(Double.init), duration > 0, duration <= 86_400,
            rate * duration >= 1
        else { return .failure(Complaint("duration must be a number of seconds in which a call can begin")) }
        let pairs = stride(from: 0, to: phones.count - 1, by: 2).map { (phones[$0], phones[$0 + 1]) }
        return .success(
            CallLoad(
                command, pairs, rate, Int(rate * duration), stays: arguments["stay"] == "yes", at: now))
    }

    private init(
        _ command: CommandID, _ pairs: [(caller: String, callee: String)], _ rate: Double, _ total: Int, stays: Bool,
        at now: Instant
    ) {
        self.command = command
        self.pairs = pairs
        self.rate = rate
        self.total = stays ? min(total, pairs.count) : total
        self.stays = stays
        began = now
        last = now
    }

    var nextDeadline: Instant? {
        started + skipped < total ? began + .nanoseconds(Int64(Double(started + skipped) / rate * 1e9)) : nil
    }

    /// The next call that is due; nil when none is.
    mutating func due(at now: Instant) -> (caller: String, callee: String, pair: Int)? {
        while let due = nextDeadline, due <= now {
            let pair = (started + skipped) % pairs.count
            guard busy.insert(pair).inserted else {
                skipped += 1
                continue
            }
            started += 1
            isBeginning = true
            return (pairs[pair].caller, pairs[pair].callee, pair)
        }
        return nil
    }

    mutating func begun(_ call: Int, pair: Int) {
        isBeginning = false
        open.insert(call)
        pairOf[call] = pair
    }

    /// A call could not even begin.
    mutating func failed(pair: Int, _ reason: String) {
        isBeginning = false
        busy.remove(pair)
        failures[reason, default: 0] += 1
    }

    /// What has happened to a call of the load; others are passed over.
    mutating func note(_ call: Call, at now: Instant) {
        guard open.contains(call.number), call.state == .ended || (stays && call.state == .talking) else { return }
        open.remove(call.number)
        last = now
        if let pair = pairOf.removeValue(forKey: call.number), !stays { busy.remove(pair) }
        guard let answered = call.record.answered else {
            let reason =
                switch call.record.ending {
                case .refused(let status, let reason)?: "\(status.rawValue) \(reason)"
                case .lost(let sentence)?: sentence
                case let ending: ending?.word ?? "?"
                }
            failures[reason, default: 0] += 1
            return
        }
        if case .lost(let sentence)? = call.record.ending {
            failures[sentence, default: 0] += 1
            return
        }
        succeeded += 1
        answering.record(answered - call.record.began)
        if let rang = call.record.rang { ringing.record(rang - call.record.began) }
    }

    /// The result, when the last call is over or, where calls stay, is up.
    var report: Report? {
        guard started + skipped >= total, open.isEmpty, !isBeginning else { return nil }
        let seconds = max((last - began).milliseconds / 1_000, 0.001)
        return [
            "calls": .integer(succeeded),
            "failures": .integer(failures.values.reduce(0, +)),
            "failure-reasons": .record(failures.sorted { $0.key < $1.key }.map { .init($0.key, .integer($0.value)) }),
            "skipped-because-still-busy": .integer(skipped),
            "seconds": .number(seconds),
            "per-second": .number(Double(succeeded) / seconds),
            "ringing-ms": ringing.report,
            "answer-ms": answering.report,
        ]
    }
}

extension LatencyHistogram {
    var report: Report {
        [
            "p50": .number(percentile(0.5).milliseconds), "p90": .number(percentile(0.9).milliseconds),
            "p99": .number(percentile(0.99).milliseconds), "max": .number(longest.milliseconds),
        ]
    }
}
