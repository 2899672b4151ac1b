import IMS
import Octets

/// All registrations, found by public and by private identity, with one wake-up per registration.
struct RegistrationTable: Sendable {
    typealias Slot = UInt32

    private var slots: [Registration?] = []
    private var free: [Slot] = []
    private var byPublicIdentity: [PublicIdentity: Slot] = [:]
    private var byPrivateIdentity: [PrivateIdentity: [Slot]] = [:]
    private var deadlines = SlotDeadlines()
    private var services = SharedValues<Services>()
    private var chargingFunctions = SharedValues<OctetSlice>()

    private var changes: [RegistrationChange] = []

    private(set) var bindingCount = 0
    var count: Int { slots.count - free.count }
    var identityCount: Int { byPublicIdentity.count }
    var distinctServices: Int { services.count }
    var nextDeadline: Instant? { deadlines.next }

    subscript(slot: Slot) -> Registration? { Int(slot) < slots.count ? slots[Int(slot)] : nil }

    func slot(of identity: PublicIdentity) -> Slot? { byPublicIdentity[identity] }

    subscript(identity: PublicIdentity) -> Registration? { byPublicIdentity[identity].flatMap { slots[Int($0)] } }

    func slots(of identity: PrivateIdentity) -> [Slot] { byPrivateIdentity[identity] ?? [] }

    /// The registrations in the order of their slots.
    var all: some Sequence<Registration> { slots.lazy.compactMap { $0 } }

    /// What has happened since the last call, in order.
    mutating func takeChanges() -> [RegistrationChange] {
        guard !changes.isEmpty else { return [] }
        defer { changes.removeAll() }
        return changes
    }

    /// Puts a registration under all its identities; identities that belonged to another set move over.
    mutating func insert(_ registration: Registration, because cause: RegistrationCause) {
        let slot = free.popLast() ?? Slot(slots.count)
        if slot == slots.count { slots.append(nil) }
        slots[Int(slot)] = shared(registration)
        bindingCount += registration.bindings.count
        index(registration, at: slot)
        changes.append(RegistrationChange(before: nil, after: slots[Int(slot)], cause: cause))
    }

    /// Stores another profile, other bindings, or both; without any bindings the registration goes.
    mutating func replace(
        _ slot: Slot, profile: UserProfile? = nil, bindings: [Binding]? = nil, because cause: RegistrationCause
    ) {
        guard let before = slots[Int(slot)] else { return }
        if bindings?.isEmpty == true { return remove(slot, because: cause) }
        if let profile { replaceProfile(profile, at: slot) }
        if let bindings { replaceBindings(bindings, at: slot) }
        guard let after = slots[Int(slot)], after != before else { return }
        changes.append(RegistrationChange(before: before, after: after, cause: cause))
    }

    mutating func remove(_ slot: Slot, because cause: RegistrationCause) {
        guard let registration = slots[Int(slot)] else { return }
        unindex(registration, at: slot)
        release(registration.profile)
        bindingCount -= registration.bindings.count
        slots[Int(slot)] = nil
        free.append(slot)
        changes.append(RegistrationChange(before: registration, after: nil, cause: cause))
    }

    private mutating func replaceProfile(_ profile: UserProfile, at slot: Slot) {
        guard var registration = slots[Int(slot)] else { return }
        guard registration.profile != profile else { return }
        unindex(registration, at: slot)
        release(registration.profile)
        registration.profile = profile
        slots[Int(slot)] = shared(registration)
        index(registration, at: slot)
    }

    private mutating func replaceBindings(_ bindings: [Binding], at slot: Slot) {
        guard let registration = slots[Int(slot)] else { return }
        let before = registration.privateIdentities
        bindingCount += bindings.count - registration.bindings.count
        slots[Int(slot)]?.bindings = bindings
        let after = slots[Int(slot)]?.privateIdentities ?? []
        if before != after {
            for identity in before { forget(slot, of: identity) }
            for identity in after { remember(slot, of: identity) }
        }
        if let expiry = bindings.lazy.map(\.expiry).min() { deadlines.require(slot, at: expiry) }
    }

    /// The next slot with a binding that has run out.
    mutating func popExpired(at now: Instant) -> Slot? {
        while let slot = deadlines.popDue(at: now) {
            guard let expiry = slots[Int(slot)]?.nextExpiry else { continue }
            guard expiry > now else { return slot }
            deadlines.require(slot, at: expiry)
        }
        return nil
    }

    private mutating func index(_ registration: Registration, at slot: Slot) {
        for entry in registration.profile.identities { byPublicIdentity[entry.identity] = slot }
        for identity in registration.privateIdentities { remember(slot, of: identity) }
        if let expiry = registration.nextExpiry { deadlines.require(slot, at: expiry) }
    }

    private mutating func unindex(_ registration: Registration, at slot: Slot) {
        for entry in registration.profile.identities where byPublicIdentity[entry.identity] == slot {
            byPublicIdentity[entry.identity] = nil
        }
        for identity in registration.privateIdentities { forget(slot, of: identity) }
    }

    private mutating func remember(_ slot: Slot, of identity: PrivateIdentity) {
        guard byPrivateIdentity[identity]?.contains(slot) != true else { return }
        byPrivateIdentity[identity, default: []].append(slot)
    }

    private mutating func forget(_ slot: Slot, of identity: PrivateIdentity) {
        byPrivateIdentity[identity]?.removeAll { $0 == slot }
        if byPrivateIdentity[identity]?.isEmpty == true { byPrivateIdentity[identity] = nil }
    }

    private mutating func shared(_ registration: Registration) -> Registration {
        var registration = registration
        registration.profile.services = registration.profile.services.map { services.share($0) }
        registration.profile.chargingFunctions = chargingFunctions.share(registration.profile.chargingFunctions)
        return registration
    }

    private mutating func release(_ profile: UserProfile) {
        for entry in profile.services { services.release(entry) }
        chargingFunctions.release(profile.chargingFunctions)
    }
}
