import Cx
import IMS
import Octets

/// Profiles of users that are not registered, fetched for their services and kept for a while, TS 23.228 §5.12.1.
struct UnregisteredUsers: Sendable {
    private struct Entry: Sendable {
        let profile: UserProfile
        let until: Instant
    }

    private var entries: [PublicIdentity: Entry] = [:]
    private var deadlines = DeadlineQueue<PublicIdentity>()
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    var count: Int { entries.count }
    var nextDeadline: Instant? { deadlines.next }

    subscript(identity: PublicIdentity) -> UserProfile? { entries[identity]?.profile }

    /// - Returns: false when the table is full.
    mutating func insert(_ profile: UserProfile, for identity: PublicIdentity, until: Instant) -> Bool {
        guard entries.count < limit || entries[identity] != nil else { return false }
        entries[identity] = Entry(profile: profile, until: until)
        deadlines.schedule(identity, at: until)
        return true
    }

    /// The HSS has sent another profile, TS 29.228 §6.2.2. - Returns: false when none of its users is here.
    ///
    /// - Parameter charging: nil when nothing was said of it.
    mutating func replace(by subscription: IMSSubscription, chargingFunctions charging: OctetSlice?) -> Bool {
        let named = subscription.serviceProfiles.flatMap(\.publicIdentities)
        var isPlaced = false
        for element in named {
            guard let identity = PublicIdentity(profileText: element.identity), let entry = entries[identity] else {
                continue
            }
            let profile = UserProfile(
                subscription, serving: identity, chargingFunctions: charging ?? entry.profile.chargingFunctions)
            entries[identity] = Entry(profile: profile, until: entry.until)
            isPlaced = true
        }
        return isPlaced
    }

    mutating func remove(_ identity: PublicIdentity) { entries[identity] = nil }

    /// The next user whose time is over.
    mutating func popExpired(at now: Instant) -> PublicIdentity? {
        while let (identity, deadline) = deadlines.popDue(at: now) {
            guard let entry = entries[identity], entry.until == deadline else { continue }
            entries[identity] = nil
            return identity
        }
        return nil
    }
}
