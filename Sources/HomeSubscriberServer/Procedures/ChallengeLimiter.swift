import Cx
import IMS
import Octets

/// How many vectors a private identity may have that nobody proved to be wanted, and resynchronisations in a row.
///
/// Each HSS counts for itself, in memory: of n front-ends on one database each lets as many through. Even a hundred of
/// them would leave the numbers of a SIM (TS 33.102 Annex C: 2^43) for more than a thousand years.
package struct ChallengeLimits: Hashable, Sendable {
    /// Challenges at once before the pace holds.
    package var burst: Int
    /// One challenge more after this.
    package var interval: Duration
    package var resynchronisations: Int
    /// Private identities remembered in a generation; at most twice as many are.
    package var capacity: Int

    /// - Precondition: all are above zero.
    package init(
        burst: Int = 5, interval: Duration = .seconds(3), resynchronisations: Int = 2, capacity: Int = 100_000
    ) {
        precondition(burst > 0 && interval > .zero && resynchronisations > 0 && capacity > 0)
        self.burst = burst
        self.interval = interval
        self.resynchronisations = resynchronisations
        self.capacity = capacity
    }
}

/// Counts the challenges of each private identity that no SAR followed: REGISTERs of a stranger would otherwise use up
/// the numbers of the SIM and a wait for the disk each.
///
/// A token bucket, kept as the moment at which it is full again. A SAR that speaks of an authenticated user fills it.
/// Two generations bound the table: an identity that is pushed out begins with a full bucket, which nobody gains from
/// unless he knows as many subscribers as the table has room for.
struct ChallengeLimiter: Sendable {
    enum Verdict: Equatable { case admitted, tooManyChallenges, tooManyResynchronisations }

    private struct Entry {
        var full: Instant
        var resynchronisations = 0
    }

    let limits: ChallengeLimits
    private var young: [PrivateIdentity: Entry] = [:]
    private var old: [PrivateIdentity: Entry] = [:]

    init(_ limits: ChallengeLimits) { self.limits = limits }

    /// To be asked before each vector.
    mutating func admit(_ user: PrivateIdentity, resynchronising: Bool, at now: Instant) -> Verdict {
        var entry = young[user] ?? old[user] ?? Entry(full: now)
        entry.resynchronisations = resynchronising ? entry.resynchronisations + 1 : 0
        guard entry.resynchronisations <= limits.resynchronisations else { return .tooManyResynchronisations }
        let start = max(entry.full, now)
        guard start <= now + limits.interval * (limits.burst - 1) else { return .tooManyChallenges }
        entry.full = start + limits.interval
        if young.count >= limits.capacity, young[user] == nil {
            old = young
            young = [:]
        }
        young[user] = entry
        return .admitted
    }

    /// The S-CSCF has seen the user's proof.
    mutating func authenticated(_ user: PrivateIdentity) {
        young[user] = nil
        old[user] = nil
    }
}

extension ServerAssignmentType {
    /// Whether a REGISTER with the right response is behind it.
    var provesAuthentication: Bool {
        switch self {
        case .registration, .reRegistration, .userDeregistration, .userDeregistrationStoreServerName: true
        case .noAssignment, .unregisteredUser, .timeoutDeregistration, .timeoutDeregistrationStoreServerName,
            .administrativeDeregistration, .authenticationFailure, .authenticationTimeout, .deregistrationTooMuchData,
            .aaaUserDataRequest, .pgwUpdate:
            false
        }
    }
}
