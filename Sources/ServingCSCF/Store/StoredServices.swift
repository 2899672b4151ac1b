import Cx
import IMS
import Octets
import SIP

/// Service profiles as records, one for all users that share it: `s` and a name, a hash of the content.
///
/// The content is User-Data without identities, as the HSS writes it. A name is known to be of one content only: one that
/// meets another's is told by the content and gets the next number.
struct StoredServices: Sendable {
    private var names: [Services: UInt64] = [:]
    private var services: [UInt64: Services] = [:]

    static func key(_ name: UInt64) -> [UInt8] {
        [UInt8(ascii: "s")] + (0..<8).map { UInt8(truncatingIfNeeded: name >> UInt64(56 - 8 * $0)) }
    }

    subscript(name: UInt64) -> Services? { services[name] }

    /// The name of a service profile; with a record when it was not stored before.
    mutating func name(of content: Services) -> (name: UInt64, record: StoredRecord?) {
        if let known = names[content] { return (known, nil) }
        let octets = Self.octets(of: content)
        var hash = KeyedHash(key: (0, 0))
        hash.combine(OctetSlice(octets))
        var name = hash.finish().0
        while services[name] != nil { name &+= 1 }
        names[content] = name
        services[name] = content
        return (name, StoredRecord(key: Self.key(name), value: octets))
    }

    /// What a record of the store holds; false when it cannot be read.
    mutating func load(_ record: StoredRecord) -> Bool {
        guard record.key.count == 9, let value = record.value else { return false }
        let name = record.key.dropFirst().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        do {
            let subscription = try IMSSubscription(parsing: value)
            guard let profile = subscription.serviceProfiles.first else { return false }
            let content = Services(
                filterCriteria: profile.initialFilterCriteria, sharedIFCSetIDs: profile.sharedIFCSetIDs,
                coreNetworkServicesAuthorization: profile.coreNetworkServicesAuthorization)
            names[content] = name
            services[name] = content
            return true
        } catch {
            return false
        }
    }

    /// Forgets those that nobody has, and says which records go.
    mutating func prune(except used: Set<UInt64>) -> [StoredRecord] {
        let unused = services.keys.filter { !used.contains($0) }.sorted()
        for name in unused {
            if let content = services.removeValue(forKey: name) { names[content] = nil }
        }
        return unused.map { StoredRecord(key: Self.key($0), value: nil) }
    }

    /// An identity stands there because the schema wants one; nobody reads it.
    private static func octets(of content: Services) -> [UInt8] {
        IMSSubscription(
            privateID: "-",
            serviceProfiles: [
                ServiceProfile(
                    publicIdentities: [PublicIdentityElement("sip:-")],
                    coreNetworkServicesAuthorization: content.coreNetworkServicesAuthorization,
                    initialFilterCriteria: content.filterCriteria, sharedIFCSetIDs: content.sharedIFCSetIDs)
            ]
        ).xml
    }
}
