import Octets

/// A location in progress, named by whoever asked for it.
package struct LocationID: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// A record that somebody wants to know, named by him.
package struct LookupID: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// Locating SIP servers, RFC 3263, as a machine: it says what to ask the domain name system and is told the answers; it
/// resolves nothing itself.
///
///     locate ─ in the table of hosts, numeric, or all in the cache ─▶ .located, at once
///            └ otherwise .ask … answered ─▶ .ask … answered ─▶ .located or .failed
///
/// Locations that need the same record share one query. A query without answer fails when its time is over.
package struct Locator: Sendable {
    package enum Output: Equatable, Sendable {
        case ask(DNSQuery)
        /// The targets in the order of trying them, §4.3; at least one.
        case located(LocationID, [Hop])
        case failed(LocationID, LocationFailure)
        /// What a look-up has found.
        case answered(LookupID, DNSAnswer)
    }

    private struct Location: Sendable {
        let question: LocationQuestion
        /// Kept until the location ends, so that one with several steps does not see a record expire between them.
        var answers: [DNSQuery: DNSAnswer] = [:]
        var awaited: Set<DNSQuery> = []
    }

    private struct OpenQuery: Sendable {
        var waiting: [LocationID] = []
        var lookups: [LookupID] = []
        let until: Instant
    }

    private let fixed: StaticLocator
    private let sockets: OutgoingSockets
    private let settings: LocatorSettings
    private var entropy: Entropy
    private var cache: DNSCache
    private var failedTargets: FailedTargets
    private var locations: [LocationID: Location] = [:]
    private var open: [DNSQuery: OpenQuery] = [:]
    private var deadlines = DeadlineQueue<DNSQuery>()

    /// - Parameter fixed: the table of hosts, which goes before the domain name system.
    package init(
        fixed: StaticLocator, listeners: [ListenerID: SIPListener], settings: LocatorSettings = LocatorSettings(),
        entropy: Entropy
    ) {
        self.fixed = fixed
        self.settings = settings
        self.entropy = entropy
        sockets = OutgoingSockets(listeners)
        cache = DNSCache(settings: settings)
        failedTargets = FailedTargets(settings: settings, entropy: self.entropy.fork())
    }

    // MARK: Locating

    /// Where a request with this next-hop URI goes, §4.
    package mutating func locate(_ uri: URI, as id: LocationID, at now: Instant, into output: inout [Output]) {
        do throws(LocationFailure) {
            guard case .sip(let target) = uri else { throw .notRoutable }
            locate(try LocationQuestion(target), as: id, at: now, into: &output)
        } catch {
            output.append(.failed(id, error))
        }
    }

    package mutating func locate(
        _ question: LocationQuestion, as id: LocationID, at now: Instant, into output: inout [Output]
    ) {
        guard fixed.knows(question.host) else {
            return advance(Location(question: question), id, at: now, into: &output)
        }
        do throws(LocationFailure) {
            output.append(.located(id, [try fixed.locate(question)]))
        } catch {
            output.append(.failed(id, error))
        }
    }

    /// A record for its own sake, with the cache and the patience of locating: ENUM asks for NAPTR (RFC 6116 §3).
    package mutating func lookUp(
        _ query: DNSQuery, as id: LookupID, at now: Instant, into output: inout [Output]
    ) {
        if let known = cache.answer(to: query, at: now) { return output.append(.answered(id, known)) }
        if open[query] != nil {
            open[query]?.lookups.append(id)
        } else if open.count >= settings.openQueries {
            output.append(.answered(id, .failed(.busy)))
        } else {
            ask(query, OpenQuery(lookups: [id], until: now + settings.patience), into: &output)
        }
    }

    /// Nobody wants to know any more.
    package mutating func cancel(_ id: LocationID) {
        guard let location = locations.removeValue(forKey: id) else { return }
        for query in location.awaited { open[query]?.waiting.removeAll { $0 == id } }
    }

    /// An answer; one that nobody asked for, or that comes too late, is kept in the cache only when it was asked for.
    package mutating func answer(
        _ query: DNSQuery, _ answer: DNSAnswer, at now: Instant, into output: inout [Output]
    ) {
        guard let asked = open.removeValue(forKey: query) else { return }
        cache.store(answer, to: query, at: now)
        for id in asked.lookups { output.append(.answered(id, answer)) }
        for id in asked.waiting {
            guard var location = locations.removeValue(forKey: id) else { continue }
            location.awaited.remove(query)
            location.answers[query] = answer
            if location.awaited.isEmpty {
                advance(location, id, at: now, into: &output)
            } else {
                locations[id] = location
            }
        }
    }

    // MARK: Targets that fail

    /// §4.3: a target timed out, could not be reached or said 503, the latter perhaps with a Retry-After.
    package mutating func failed(_ hop: Hop, retryAfter: Duration? = nil, at now: Instant) {
        failedTargets.failed(hop, retryAfter: retryAfter, at: now)
    }

    package mutating func succeeded(_ hop: Hop) { failedTargets.succeeded(hop) }

    // MARK: Time and numbers

    package mutating func fire(at now: Instant, into output: inout [Output]) {
        while let (query, deadline) = deadlines.popDue(at: now) {
            guard open[query]?.until == deadline else { continue }
            answer(query, .failed(.timeout), at: now, into: &output)
        }
    }

    /// When `fire` is due; may be earlier, for a query that has been answered.
    package var nextDeadline: Instant? { open.isEmpty ? nil : deadlines.next }

    package var openQueries: Int { open.count }
    package var openLocations: Int { locations.count }
    package var cachedAnswers: Int { cache.count }

    private mutating func advance(
        _ location: consuming Location, _ id: LocationID, at now: Instant, into output: inout [Output]
    ) {
        while true {
            let answers = location.answers
            let procedure = LocationProcedure(
                question: location.question, sockets: sockets, limit: settings.targets, answer: { answers[$0] })
            switch procedure.run(entropy: &entropy) {
            case .found(let hops): return output.append(.located(id, failedTargets.sorted(hops, at: now)))
            case .failed(let failure): return output.append(.failed(id, failure))
            case .needs where !settings.usesDNS:
                return output.append(.failed(id, .unknownHost(location.question.host)))
            case .needs(let queries):
                for query in queries {
                    if let known = cache.answer(to: query, at: now) {
                        location.answers[query] = known
                    } else if !ask(query, for: id, at: now, into: &output) {
                        location.answers[query] = .failed(.busy)
                    } else {
                        location.awaited.insert(query)
                    }
                }
                guard location.awaited.isEmpty else {
                    locations[id] = location
                    return
                }
            }
        }
    }

    /// - Returns: false when too much is under way.
    private mutating func ask(
        _ query: DNSQuery, for id: LocationID, at now: Instant, into output: inout [Output]
    ) -> Bool {
        guard locations.count < settings.openLocations else { return false }
        if open[query] != nil {
            if open[query]?.waiting.last != id { open[query]?.waiting.append(id) }
            return true
        }
        guard open.count < settings.openQueries else { return false }
        ask(query, OpenQuery(waiting: [id], until: now + settings.patience), into: &output)
        return true
    }

    private mutating func ask(_ query: DNSQuery, _ entry: OpenQuery, into output: inout [Output]) {
        open[query] = entry
        deadlines.schedule(query, at: entry.until)
        output.append(.ask(query))
    }
}
