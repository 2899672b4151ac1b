import AKA
import IMS
import Octets

extension SubscriptionRecord {
    /// The entry of `subscribers` that says the same, spelt out: what `SubscriptionRecord(reading:)` takes.
    ///
    /// - Parameter withSecrets: whether keys and HA1 are in it, with the SQN; without them it is read only as a change of
    ///   a subscription that has them.
    package func declaration(withSecrets: Bool) -> Report {
        var members: [Report.Member] = [
            .init(
                "private-identities",
                .list(
                    privateIdentities.enumerated().map { index, identity in
                        let sets = registrations.filter { $0.privateIdentity == index }.map(\.implicitSet).sorted()
                        return identity.declaration(sets: sets, withSecrets: withSecrets)
                    })),
            .init("identities", .list(publicIdentities.map(\.declaration))),
        ]
        members.append("capabilities", lists.capabilities)
        members.append("visited-networks", lists.visitedNetworks)
        members.append("charging", lists.charging)
        return .record(members)
    }
}

extension PrivateIdentityRecord {
    /// The entry of `private-identities`.
    package func declaration(sets: [Int], withSecrets: Bool) -> Report {
        var members: [Report.Member] = [.init("impi", .text(identity.text))]
        switch credential {
        case .aka(let secrets):
            members.append("imsi", IMSI(String(identity.text.prefix { $0 != "@" }))?.digits)
            members.append(.init("algorithm", .text(secrets.algorithm.word)))
            members.append(.init("amf", .text(amf.hex)))
            if withSecrets {
                members += secrets.revealedMembers
                members.append(.init("sqn", .text(sqn.hex)))
            }
        case .digest(let secret):
            var digest: [Report.Member] = [.init("realm", .text(secret.realm))]
            if withSecrets { digest.append(.init("ha1", .text(secret.ha1.revealedHex))) }
            members.append(.init("digest", .record(digest)))
        case .address(let address):
            members.append(.init("giba", .record([.init("address", .text(address.text))])))
        case .none: break
        }
        members.append(.init("sets", .list(sets.map { .integer($0) })))
        return .record(members)
    }
}

extension PublicIdentityRecord {
    /// The entry of `identities`.
    package var declaration: Report {
        var members: [Report.Member] = [
            .init("identity", .text(identity.text)), .init("kind", .text(kind.word)),
            .init("set", .integer(implicitSet)), .init("barred", .boolean(isBarred)),
        ]
        members.append("name", displayName)
        members.append("alias-group", aliasGroup)
        members.append(.init("service-profile", .text(serviceProfile.name)))
        if kind.isService { members.append(.init("active", .boolean(isActive))) }
        members.append("server", directServer?.name)
        return .record(members)
    }
}

extension [Report.Member] {
    /// A member that stands there only with a value.
    mutating func append(_ name: String, _ text: String?) {
        if let text { append(.init(name, .text(text))) }
    }
}
