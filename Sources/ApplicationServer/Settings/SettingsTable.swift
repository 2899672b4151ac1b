import IMS

/// The settings of all users, by any identity of theirs.
struct SettingsTable: Sendable {
    private var users: [PublicIdentity: ServiceSettings] = [:]
    /// The identity under which the settings of another one are kept.
    private var owners: [PublicIdentity: PublicIdentity] = [:]
    let limit: Int

    init(limit: Int) { self.limit = limit }

    var count: Int { users.count }

    /// Under which identity the settings of this one are, or would be, kept.
    func owner(of identity: PublicIdentity) -> PublicIdentity { owners[identity] ?? identity }

    /// Those of a user who has set nothing change nothing.
    subscript(identity: PublicIdentity) -> ServiceSettings { users[owner(of: identity)] ?? ServiceSettings() }

    func contains(_ identity: PublicIdentity) -> Bool { users[owner(of: identity)] != nil }

    /// Whether the settings could be kept; without a change.
    func check(_ settings: ServiceSettings, of owner: PublicIdentity) throws(SettingFault) {
        guard users[owner] != nil || users.count < limit else { throw .full(limit: limit) }
        for alias in settings.aliases where alias != owner {
            if let other = owners[alias], other != owner { throw .taken(alias.text, by: other.text) }
            if users[alias] != nil { throw .taken(alias.text, by: alias.text) }
        }
    }

    /// - Precondition: `check` has passed.
    mutating func set(_ settings: ServiceSettings, of owner: PublicIdentity) {
        for alias in users[owner]?.aliases ?? [] where owners[alias] == owner { owners[alias] = nil }
        users[owner] = settings
        for alias in settings.aliases where alias != owner { owners[alias] = owner }
    }

    mutating func remove(_ owner: PublicIdentity) {
        for alias in users[owner]?.aliases ?? [] where owners[alias] == owner { owners[alias] = nil }
        users[owner] = nil
    }

    /// In the order of their identities, for the operator.
    var all: [(identity: PublicIdentity, settings: ServiceSettings)] {
        users.sorted { $0.key.text < $1.key.text }.map { ($0.key, $0.value) }
    }
}
