import Octets

/// Whose packets a media socket takes: those of one sender alone, so that nobody else speaks into a call or hears what is
/// answered ("RTP bleed").
package struct MediaSource: Sendable {
    package enum Rule: String, Sendable, CaseIterable {
        /// The address that the session description gives; the port of the first packet from there is kept.
        case described
        /// Whoever sends first, and nobody after him: for phones behind an address translator. Audio goes there, too.
        case latched
    }

    package let rule: Rule
    package let described: Endpoint
    /// The first sender that was taken.
    package private(set) var sender: Endpoint?

    package init(_ rule: Rule, described: Endpoint) {
        self.rule = rule
        self.described = described
    }

    /// Where our audio goes to.
    package var target: Endpoint { rule == .latched ? sender ?? described : described }

    package mutating func accepts(_ remote: Endpoint) -> Bool {
        if let sender { return sender == remote }
        guard rule == .latched || remote.address == described.address else { return false }
        sender = remote
        return true
    }
}

/// The ports of media sockets, used in turn: the even ones of a range, for the odd ones are for RTCP (RFC 3550 §11).
package struct MediaPorts: Sendable {
    private let first: UInt16
    /// How many there are.
    package let count: Int
    private var taken = 0

    /// `20000-20999`: at least two ports, of which one is even.
    package init?(_ text: String) {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
        guard ends.count == 2, let low = ends[0], let high = ends[1], low > 0, low < high else { return nil }
        first = low % 2 == 0 ? low : low + 1
        count = (Int(high) - Int(first)) / 2 + 1
    }

    private init(first: UInt16, count: Int) {
        self.first = first
        self.count = count
    }

    package static let standard = MediaPorts(first: 30_000, count: 500)

    /// The next one; it may be in use.
    package mutating func take() -> UInt16 {
        defer { taken = (taken + 1) % count }
        return first + UInt16(2 * taken)
    }
}
