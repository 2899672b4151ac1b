import Cx
import Octets

/// Which S-CSCF one request is sent to, and which when that one fails: TS 24.229 §5.3.1.2, §5.3.1.3, §5.3.2.
struct ServingCSCFChoice: Sendable {
    enum Verdict: Sendable {
        case forward(to: String)
        /// The one that the HSS names is known to be silent: what must another one offer?
        case askForCapabilities
        /// None is left, though there are such as would do.
        case allTried
        /// None of the pool offers what is needed.
        case noneFits
    }

    private(set) var tried: Set<String> = []
    private(set) var current: String?
    /// Named by the HSS, but known to be silent: the last resort.
    private var deferred: String?

    /// S-CSCFs that one request may be sent to: somebody waits, and the HSS might name new ones for ever.
    private static let limit = 5

    /// Whether this is not the first S-CSCF any more.
    var isRetry: Bool { tried.count > 1 }

    /// - Parameters:
    ///   - name: the S-CSCF that the HSS names.
    ///   - needed: what it says an S-CSCF must offer.
    ///   - silent: S-CSCFs that did not answer of late. One of them is taken only when there is no other, so that a
    ///     crashed S-CSCF costs one time-out and not one for each phone.
    mutating func next(
        named name: String?, needed: ServerCapabilities?, pool: [ServingCSCFCandidate], silent: Set<String>,
        user: String
    ) -> Verdict {
        guard tried.count < Self.limit else { return .allTried }
        if let name, !tried.contains(name) {
            guard silent.contains(name), deferred == nil, tried.isEmpty else { return take(name) }
            deferred = name
            return .askForCapabilities
        }
        let chosen =
            selectServingCSCF(for: needed, among: pool, except: tried.union(silent), user: user) ?? deferred
            ?? selectServingCSCF(for: needed, among: pool, except: tried, user: user)
        if let chosen, !tried.contains(chosen) { return take(chosen) }
        let exists = selectServingCSCF(for: needed, among: pool, except: [], user: user) != nil
        return !tried.isEmpty && exists ? .allTried : .noneFits
    }

    private mutating func take(_ name: String) -> Verdict {
        tried.insert(name)
        current = name
        return .forward(to: name)
    }
}

extension InterrogatingCSCF.Problem {
    /// Nobody offers what is needed: 600, TS 24.229 §5.3.1.2, §5.3.2.2.
    static func noServingCSCF(
        for needed: ServerCapabilities?, among pool: [ServingCSCFCandidate]
    ) -> InterrogatingCSCF.Problem {
        let list = needed?.mandatory.map(String.init).joined(separator: ", ") ?? ""
        return InterrogatingCSCF.Problem(
            .busyEverywhere, "NO_SCSCF_WITH_CAPABILITIES",
            pool.isEmpty
                ? "no S-CSCF is configured"
                : "none of the \(pool.count) configured S-CSCFs offers the mandatory capabilities \(list)",
            hint:
                "give an S-CSCF these capabilities (scscf-pool in the I-CSCF's configuration), or change the subscriber's"
        )
    }
}

/// S-CSCFs that did not answer, and until when others are preferred.
struct SilentServers: Sendable {
    private var until: [String: Instant] = [:]
    private static let silence = Duration.seconds(60)

    func names(at now: Instant) -> Set<String> {
        until.isEmpty ? [] : Set(until.filter { $0.value > now }.keys)
    }

    mutating func mark(_ name: String, at now: Instant) {
        until = until.filter { $0.value > now }
        until[name] = now + Self.silence
    }

    mutating func answered(_ name: String) { if !until.isEmpty { until[name] = nil } }
}
