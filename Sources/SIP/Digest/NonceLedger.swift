import Octets

/// Which nonce counts have been used, RFC 7616 §5.12: a record for every nonce that has authenticated somebody, until
/// the nonce is too old to be taken.
///
/// Bounded: with the table full the oldest record goes, and from then on every nonce issued no later than that one is
/// too old. So a full table costs clients a challenge more, never lets a replay in.
struct NonceLedger: Sendable {
    private let lifetime: Duration
    private let limit: Int
    private let window: Int
    private var counts: [ServerNonce: NonceCount] = [:]
    private var expiries = DeadlineQueue<ServerNonce>()
    /// Nonces up to here are too old whatever their age; nil as long as none had to go.
    private var floor: Instant?

    init(lifetime: Duration, limit: Int, window: Int) {
        self.lifetime = lifetime
        self.limit = max(limit, 1)
        self.window = window
    }

    var count: Int { counts.count }

    func isTooOld(_ nonce: ServerNonce, at now: Instant) -> Bool {
        if let floor, nonce.issued <= floor { return true }
        // One from the future was signed by a clock that has been set back since.
        return nonce.issued > now || nonce.issued + lifetime <= now
    }

    /// Whether this count of the nonce is used for the first time; it is not a second time.
    mutating func use(_ nonce: ServerNonce, count: UInt32, at now: Instant) -> Bool {
        while let (old, _) = expiries.popDue(at: now) { counts[old] = nil }
        if counts[nonce] == nil {
            while counts.count >= limit, let (oldest, _) = expiries.popDue(at: .distantFuture) {
                counts[oldest] = nil
                floor = max(floor ?? oldest.issued, oldest.issued)
            }
            guard !isTooOld(nonce, at: now) else { return false }
            counts[nonce] = NonceCount(window: window)
            expiries.schedule(nonce, at: nonce.issued + lifetime)
        }
        return counts[nonce]?.accept(count) ?? false
    }
}
