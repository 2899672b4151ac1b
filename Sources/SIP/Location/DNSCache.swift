import Octets

/// Answers for as long as they last, RFC 1035 and for names that do not exist RFC 2308; bounded in number.
struct DNSCache: Sendable {
    private struct Entry: Sendable {
        let answer: DNSAnswer
        let until: Instant
    }

    private var entries: [DNSQuery: Entry] = [:]
    private var expiries = DeadlineQueue<DNSQuery>()
    private let settings: LocatorSettings

    init(settings: LocatorSettings) { self.settings = settings }

    var count: Int { entries.count }

    func answer(to query: DNSQuery, at now: Instant) -> DNSAnswer? {
        guard let entry = entries[query], entry.until > now else { return nil }
        return entry.answer
    }

    mutating func store(_ answer: DNSAnswer, to query: DNSQuery, at now: Instant) {
        let lifetime: Duration =
            switch answer {
            case .found(_, let ttl): min(ttl, settings.longestTTL)
            case .absent(let ttl): min(ttl ?? settings.absentTTL, settings.longestAbsentTTL)
            // RFC 2308: a server's failure may be kept too, for no more than five minutes; we keep it shortly.
            case .failed: settings.failureTTL
            }
        guard lifetime > .zero else {
            entries[query] = nil
            return
        }
        while let (query, until) = expiries.popDue(at: now) { forget(query, at: until) }
        entries[query] = Entry(answer: answer, until: now + lifetime)
        expiries.schedule(query, at: now + lifetime)
        while entries.count > settings.cachedAnswers || expiries.count > 4 * settings.cachedAnswers,
            let (query, until) = expiries.popDue(at: .distantFuture)
        {
            forget(query, at: until)
        }
    }

    /// Only the expiry that an entry has now counts; it was queued once for each time it was stored.
    private mutating func forget(_ query: DNSQuery, at until: Instant) {
        if let entry = entries[query], entry.until <= until { entries[query] = nil }
    }
}
