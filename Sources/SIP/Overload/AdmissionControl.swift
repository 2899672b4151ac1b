import Octets

/// Lets in as many requests as can be handled without a standing queue.
///
///     open ─ a delay stands ─▶ limited to what was handled meanwhile, less what drains the queue
///     limited ─ a delay stands ─▶ the same anew; none stands ─▶ a little more, and more the longer
///     limited ─ nothing refused for a while ─▶ open
///
/// The sign is CoDel's (RFC 8289): not the length of the queue and not its peaks, but that even the shortest wait of an
/// interval is above the target. The remedy is a token bucket rather than CoDel's single drops, because senders of SIP do
/// not slow down when one request is refused; the bucket's rate follows what the node can do, which nobody has to
/// configure. Requests are refused where they leave the queue, so a queue full of what will be refused empties at once.
/// The lower part of the bucket is kept for what matters more (`RequestPriority`).
package struct AdmissionControl: Sendable {
    private let settings: AdmissionSettings

    /// Requests a second that are let in; nil while there is no limit.
    package private(set) var rate: Double?
    /// The part, 0 to 1, by which all who send to us should send less: the loss of RFC 7339 §7.1.
    package private(set) var reduction = 0.0
    /// When `reduction` was last thought over.
    package private(set) var assessed = Instant.zero

    private var tokens = 0.0
    private var filled = Instant.zero
    private var began: Instant?
    private var shortestWait: Duration?
    private var arrived = 0
    private var admitted = 0
    /// Requests a second that this node seems able to handle: what it did handle while it was busy all the time.
    private var capacity = 0.0
    /// The most that it handled in an interval since the limit began.
    private var peak = 0.0
    /// Intervals in a row without a refusal, and without a standing wait; one that was drawn out counts for several.
    private var calm = 0.0
    private var good = 0.0

    package init(settings: AdmissionSettings = AdmissionSettings()) { self.settings = settings }

    /// Whether a new request is let in. - Parameter waited: how long it has been here already.
    package mutating func admits(
        _ priority: RequestPriority, waited: Duration, at now: Instant
    ) -> Bool {
        observe(waited: waited, at: now)
        arrived += 1
        guard let rate else {
            admitted += 1
            return true
        }
        fill(rate, at: now)
        guard tokens >= floor(of: priority, burst: burst(rate)) else { return false }
        tokens -= 1
        admitted += 1
        return true
    }

    /// A new interval, when the last one is over. Called with each request, and by itself where only time passes.
    package mutating func observe(waited: Duration, at now: Instant) {
        let isOver = began.map { intervalIsOver(after: now - $0) } ?? true
        if isOver {
            if let began { assess(after: now - began, at: now) }
            began = now
            shortestWait = nil
            arrived = 0
            admitted = 0
        }
        shortestWait = min(shortestWait ?? waited, waited)
    }

    package var isLimiting: Bool { rate != nil }

    /// Where few requests come, one that waited while something else had the processor is no queue: those that follow
    /// are heard, too.
    private func intervalIsOver(after span: Duration) -> Bool {
        guard span >= settings.interval else { return false }
        let isDoubtful = arrived < settings.witnesses && (shortestWait ?? .zero) > settings.target
        return !isDoubtful || span >= settings.longestInterval
    }

    private mutating func assess(after span: Duration, at now: Instant) {
        let seconds = Double(span.wholeNanoseconds) / 1e9
        let arrivals = Double(arrived) / seconds
        let handled = Double(admitted) / seconds
        let stands = shortestWait.map { $0 > settings.target } ?? false
        if stands {
            let handled = max(handled, settings.least)
            if rate == nil {
                tokens = 0
                filled = now
                capacity = handled
                peak = handled
            } else {
                capacity += (handled - capacity) / 4
                peak = max(peak, handled)
            }
            // What stands beyond the target is to be gone in some two seconds, and half at most is given for that.
            let excess = (shortestWait ?? .zero) - settings.target
            let drain = min(0.5, 0.02 + 0.5 * Double(excess.wholeNanoseconds) / 1e9)
            rate = max(settings.least, capacity * (1 - drain))
            calm = 0
            good = 0
        } else if let limit = rate {
            let intervals = Double(span.wholeNanoseconds) / Double(max(1, settings.interval.wholeNanoseconds))
            calm = admitted == arrived && reduction < 0.02 ? calm + intervals : 0
            good += intervals
            // What is dropped unread takes time, too: under a flood of it the limit falls far below what can be handled,
            // and doubles within a second when the flood is over. Near what was handled it feels its way.
            let step = limit < peak / 2 ? 0.07 : 0.0005 * min(good, 100)
            let grown = limit * (1 + step * min(intervals, 10)) + 0.5
            capacity = max(capacity, min(capacity * 1.01, grown))
            rate = calm >= settings.calm ? nil : grown
        }
        assess(arrivals: arrivals, at: now)
    }

    /// Arrivals are what is left after the reduction we asked for, so it is multiplied on; it is taken back in steps.
    private mutating func assess(arrivals: Double, at now: Instant) {
        assessed = now
        guard let rate else {
            reduction = 0
            return
        }
        let keeps = 1 - reduction
        let wanted = arrivals > rate ? keeps * rate / arrivals : min(1, keeps * 1.05 + 0.005)
        // Never all: who is told to send nothing never hears that he may again (before the validity ends).
        reduction = min(0.95, max(0, 1 - wanted))
    }

    private func burst(_ rate: Double) -> Double { max(8, rate / 10) }

    private mutating func fill(_ rate: Double, at now: Instant) {
        let seconds = Double((now - filled).wholeNanoseconds) / 1e9
        filled = now
        tokens = min(burst(rate), tokens + max(0, seconds) * rate)
    }

    /// What must be in the bucket. An emergency may overdraw it, once over: not even those come in without end.
    private func floor(of priority: RequestPriority, burst: Double) -> Double {
        switch priority {
        case .ordinary: 1 + burst / 2
        case .continuing: 1 + burst / 4
        case .dialog: 1
        case .emergency: -burst
        }
    }
}
