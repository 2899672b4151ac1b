import Octets

/// The targets that did not work, and when they may be tried again.
///
///     usable ─ failed ─▶ shunned ─ the pause is over ─▶ in doubt ─ one probe ─▶ shunned, until its outcome:
///                                                                 succeeded ─▶ usable, failed ─▶ shunned for longer
///
/// A shunned target is not forbidden: it comes after all others, so that a name with one address can still be reached.
/// RFC 3263 §4.3 sends each request down the list again; that every one of them should wait for a dead server's timer is
/// what this prevents (RFC 7339 §5.9 asks for the same with growing pauses).
struct FailedTargets: Sendable {
    private struct Key: Hashable, Sendable {
        let transport: Transport
        let remote: Endpoint
    }

    private struct Record: Sendable {
        var failures: Int
        var until: Instant
    }

    private var records: [Key: Record] = [:]
    private var entropy: Entropy
    private let settings: LocatorSettings

    init(settings: LocatorSettings, entropy: Entropy) {
        self.settings = settings
        self.entropy = entropy
    }

    var count: Int { records.count }

    mutating func failed(_ hop: Hop, retryAfter: Duration?, at now: Instant) {
        let key = Key(transport: hop.transport, remote: hop.remote)
        let failures = min((records[key]?.failures ?? 0) + 1, 32)
        var pause = settings.firstPause
        for _ in 0..<failures - 1 where pause < settings.longestPause { pause = pause * 2 }
        pause = min(pause, settings.longestPause)
        // Half to once and a half of it: many senders do not come back together.
        let jittered = pause * Int(500 + entropy.next32() % 1_000) / 1_000
        let until = now + min(max(jittered, retryAfter ?? .zero), settings.longestPause * 2)
        if records[key] == nil, records.count >= settings.rememberedFailures { forgetOne() }
        records[key] = Record(failures: failures, until: until)
    }

    mutating func succeeded(_ hop: Hop) {
        guard !records.isEmpty else { return }
        records[Key(transport: hop.transport, remote: hop.remote)] = nil
    }

    /// Those usable now first, in their order; the others by when their pause ends. A target whose pause is over goes to
    /// one location as its probe, to the others it stays shunned meanwhile.
    mutating func sorted(_ hops: [Hop], at now: Instant) -> [Hop] {
        guard !records.isEmpty, hops.count > 1 else { return hops }
        var usable: [Hop] = []
        var shunned: [(hop: Hop, until: Instant)] = []
        for hop in hops {
            let key = Key(transport: hop.transport, remote: hop.remote)
            guard let record = records[key] else {
                usable.append(hop)
                continue
            }
            // A probe stands where the target stood, and only when it is the one that is tried.
            if record.until <= now, usable.isEmpty {
                records[key]?.until = now + settings.probeTime
                usable.append(hop)
            } else {
                shunned.append((hop, record.until))
            }
        }
        return usable + shunned.sorted { $0.until < $1.until }.map(\.hop)
    }

    /// The one whose pause ended or ends first.
    private mutating func forgetOne() {
        guard let oldest = records.min(by: { $0.value.until < $1.value.until })?.key else { return }
        records[oldest] = nil
    }
}
