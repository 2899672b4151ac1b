import Octets

/// Keeps requests away from a peer that answers its watchdog and not its requests, so that nobody waits for it in vain.
///
///     closed ─ timedOut × threshold ─▶ open ─ pause over ─▶ half-open ─ answered ─▶ closed
///                                       ▲                        │
///                                       └──── timedOut (probe) ──┘   the pause doubled
///
/// Half-open lets one request through at a time: the probe. RFC 3539 §3.4 warns that a missing answer does not prove a
/// peer dead, so the connection stays and the watchdog goes on.
package struct CircuitBreaker: Equatable, Sendable {
    package struct Settings: Equatable, Sendable {
        /// Consecutive time-outs that open the circuit; 0: never.
        package var threshold = 5
        package var firstPause = Duration.seconds(1)
        package var longestPause = Duration.seconds(16)

        package init() {}
    }

    package enum State: String, Equatable, Sendable, CaseIterable {
        case closed
        case open
        case halfOpen = "half-open"
    }

    package private(set) var state = State.closed
    /// Time-outs since the last answer.
    package private(set) var timeouts = 0
    private var until = Instant.zero
    private var pause = Duration.zero
    private var isProbing = false

    package init() {}

    /// Whether a request may go to the peer now.
    package func permits(at now: Instant) -> Bool {
        switch state {
        case .closed: true
        case .open: now >= until
        case .halfOpen: !isProbing
        }
    }

    /// A request goes to the peer.
    /// - Returns: whether it is the probe.
    package mutating func asked(at now: Instant) -> Bool {
        switch state {
        case .closed: return false
        case .open:
            guard now >= until else { return false }
            state = .halfOpen
        case .halfOpen: if isProbing { return false }
        }
        isProbing = true
        return true
    }

    /// An answer came in time.
    package mutating func answered() {
        timeouts = 0
        guard state != .closed else { return }
        self = CircuitBreaker()
    }

    /// A request got no answer in time. Those sent before the circuit opened say nothing new.
    package mutating func timedOut(isProbe: Bool, settings: Settings, at now: Instant) {
        timeouts += 1
        switch state {
        case .closed:
            guard settings.threshold > 0, timeouts >= settings.threshold else { return }
            open(for: settings.firstPause, at: now)
        case .open: break
        case .halfOpen: if isProbe { open(for: min(pause * 2, settings.longestPause), at: now) }
        }
    }

    /// The probe has left the peer without a verdict: its connection is suspect.
    package mutating func abandoned() { isProbing = false }

    private mutating func open(for span: Duration, at now: Instant) {
        state = .open
        pause = span
        until = now + span
        isProbing = false
    }
}

/// The pause that a peer asked for by 3004 TOO_BUSY, RFC 6733 §7.1.3: it is left alone, each time twice as long.
struct BusyPause: Equatable, Sendable {
    private(set) var until = Instant.zero
    private var span = Duration.zero

    /// - Note: Many answers of one burst are one word: while the pause lasts it does not grow.
    mutating func refused(first: Duration, longest: Duration, at now: Instant) {
        guard now >= until else { return }
        span = span == .zero ? first : min(span * 2, longest)
        until = now + span
    }

    /// The peer took a request.
    mutating func ended() { self = BusyPause() }
}
