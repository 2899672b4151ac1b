import Octets

/// Whom we let in beside the configured peers, RFC 6733 §5.3.
package enum UnknownPeerPolicy: Equatable, Sendable {
    /// Nobody: 3010 UNKNOWN_PEER.
    case refuse
    /// Who comes from one of these addresses and says one of these realms; no realms: any.
    case accept(from: Set<IPAddress>, realms: Set<DiameterIdentity>)

    func accepts(_ origin: DiameterOrigin, from address: IPAddress) -> Bool {
        switch self {
        case .refuse: false
        case .accept(let addresses, let realms):
            addresses.contains(address) && (realms.isEmpty || realms.contains(origin.realm))
        }
    }
}

/// Whose requests of a kind are taken, whatever peer brings them, RFC 6733 §2.9: a host or a realm of the list.
///
/// A CSCF takes RTR and PPR from its HSSs only, even when a relay that it trusts brings them.
package struct CommandSenders: Equatable, Sendable {
    package struct Names: Equatable, Sendable {
        package var hosts: Set<DiameterIdentity>
        package var realms: Set<DiameterIdentity>

        package init(hosts: Set<DiameterIdentity> = [], realms: Set<DiameterIdentity> = []) {
            self.hosts = hosts
            self.realms = realms
        }
    }

    private var rules: [CommandCode: Names] = [:]

    /// Nobody is shut out.
    package init() {}

    /// From now on that command is taken from nobody else.
    package mutating func restrict(_ command: CommandCode, to names: Names) { rules[command] = names }

    /// Whether the request may come from whom it says it is of.
    func accepts(_ request: DiameterMessage) -> Bool {
        guard !rules.isEmpty, let names = rules[request.commandCode] else { return true }
        if let host = request.avp(.originHost), names.hosts.contains(where: { $0.matches(host.data) }) { return true }
        guard let realm = request.avp(.originRealm) else { return false }
        return names.realms.contains { $0.matches(realm.data) }
    }
}
