import IMS
import Octets

/// The settings of all users, by any identity of theirs.
struct SettingsTable: Sendable {
    private var users: [PublicIdentity: ServiceSettings] = [:]
    /// The identity under which the settings of another one are kept.
    private var owners: [PublicIdentity: PublicIdentity] = [:]
    let limit: Int
    /// Of which telephone numbers are users, as tel URIs and as SIP URIs.
    private let domain: String

    init(limit: Int, domain: String) {
        self.limit = limit
        self.domain = domain
    }

    var count: Int { users.count }

    /// Under which identity the settings of this one are, or would be, kept. A number is the same user in either form.
    func owner(of identity: PublicIdentity) -> PublicIdentity {
        if let owner = owners[identity] { return owner }
        guard users[identity] == nil, let twin = twin(of: identity) else { return identity }
        return owners[twin] ?? (users[twin] == nil ? identity : twin)
    }

    /// `tel:+1` of `sip:+1@DOMAIN`, and the other way round; nil for what is no number of ours.
    private func twin(of identity: PublicIdentity) -> PublicIdentity? {
        let text = identity.text
        if text.hasPrefix("tel:+") { return PublicIdentity(canonical: "sip:\(text.dropFirst(4))@\(domain)") }
        guard text.hasPrefix("sip:+"), text.hasSuffix("@\(domain)") else { return nil }
        let number = text.dropFirst(4).dropLast(domain.utf8.count + 1)
        guard number.dropFirst().utf8.allSatisfy(ASCII.isDigit) else { return nil }
        return PublicIdentity(canonical: "tel:\(number)")
    }

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
