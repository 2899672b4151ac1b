import Octets

/// How a node protects itself, and those it sends to, from more than can be done.
package struct OverloadSettings: Sendable, Equatable {
    /// Whether new requests are refused when they wait too long.
    package var isAdmissionControlled = true
    /// RFC 7339: whether we say how much our neighbours should send, and obey when they say so.
    package var givesFeedback = true
    package var admission = AdmissionSettings()
    /// Messages of one source address; nil for as many as come.
    package var perSource: SourceSettings?
    /// Values of Resource-Priority (RFC 4412) that count as an emergency call's: `esnet.0`, `wps.0`.
    package var priorities: Set<OctetSlice> = []
    /// From these seconds the Retry-After of a refusal is drawn.
    package var retryAfter: ClosedRange<Int> = 5...20
    /// Refusals a second that are answered; further requests are dropped unread.
    package var refusalsPerSecond = 5_000

    package init() {}
}

package struct AdmissionSettings: Sendable, Equatable {
    /// The delay before a message is handled that may stand; a longer one in a burst is no overload.
    package var target: Duration = .milliseconds(50)
    /// A delay stands when even the least of such a time is above the target.
    package var interval: Duration = .milliseconds(100)
    /// Requests that must agree on it; an interval with fewer is drawn out until there are as many, or
    /// `longestInterval` is over.
    package var witnesses = 5
    package var longestInterval: Duration = .seconds(1)
    /// Requests a second that are let in however long they wait.
    package var least = 10.0
    /// Intervals in a row without a refusal after which no limit is kept.
    package var calm = 10.0

    package init() {}
}

package struct SourceSettings: Sendable, Equatable {
    /// Messages a second, over time.
    package var rate: Int
    /// Messages at once.
    package var burst: Int
    /// Never limited: our own core and its peers.
    package var exempt: Set<IPAddress> = []
    /// Sources remembered; of twice as many at most.
    package var table = 32_768

    package init(rate: Int, burst: Int) {
        self.rate = rate
        self.burst = burst
    }
}
