import Octets

/// One place to try for a request, RFC 3261 §16.5.
package struct Target: Sendable, Equatable {
    /// What becomes the Request-URI.
    package let uri: OctetSlice
    /// Thousandths; 1000 where a Contact has none.
    package let q: Int
    /// Route values that the request has to take first, such as the Path of a binding (RFC 3327 §5.4).
    package let routes: [OctetSlice]
    private let parsed: URI

    /// Parameters and headers that have no place in a Request-URI come off (§16.6 step 2, §19.1.1 table 1).
    package init(_ uri: OctetSlice, q: Int? = nil, routes: [OctetSlice] = []) throws(SIPSyntaxError) {
        parsed = try Self.asRequestURI(URI(parsing: uri))
        if case .sip = parsed { self.uri = parsed.octets } else { self.uri = uri }
        self.q = min(max(q ?? 1000, 0), 1000)
        self.routes = routes
    }

    package var isSecure: Bool {
        guard case .sip(let uri) = parsed else { return false }
        return uri.isSecure
    }

    /// Whether we can forward to it: a SIP or SIPS URI.
    var isSIP: Bool {
        guard case .sip = parsed else { return false }
        return true
    }

    /// Equality by the rules of the scheme.
    func matches(_ other: Target) -> Bool { parsed.matches(other.parsed) }

    package static func == (left: Target, right: Target) -> Bool {
        left.uri == right.uri && left.q == right.q && left.routes == right.routes
    }

    private static func asRequestURI(_ uri: URI) -> URI {
        guard case .sip(var uri) = uri else { return uri }
        uri.headers = uri.headers[uri.headers.end..<uri.headers.end]
        uri.parameters.remove("method")
        return .sip(uri)
    }
}

/// The targets of a request that still wait, best first, and those it has had: none is tried twice (§16.5).
struct TargetSet: Sendable {
    private(set) var waiting: [Target] = []
    private var known: [Target] = []
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// - Returns: false when the target has been in the set before, or the set is full.
    mutating func insert(_ target: Target) -> Bool {
        guard known.count < limit, !contains(target) else { return false }
        known.append(target)
        let place = waiting.firstIndex { $0.q < target.q } ?? waiting.count
        waiting.insert(target, at: place)
        return true
    }

    func contains(_ target: Target) -> Bool { known.contains { $0.matches(target) } }

    mutating func takeFirst() -> Target { waiting.removeFirst() }

    mutating func removeAll() { waiting.removeAll() }

    /// Nothing waits, and nothing will be added.
    mutating func forget() {
        waiting = []
        known = []
    }

    /// Only the best is kept (RFC 3841 §9.1, no-fork).
    mutating func keepFirst() { waiting.removeSubrange(min(1, waiting.count)..<waiting.count) }
}
