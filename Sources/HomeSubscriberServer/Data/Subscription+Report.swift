import AKA
import IMS
import Octets

extension Subscription {
    /// All that is known of a subscriber; keys only when they are asked for.
    package func report(withSecrets: Bool = false) -> Report {
        var members: [Report.Member] = [
            .init("id", .integer(Int(id.rawValue))),
            .init("private_identities", .list(privateIdentities.map { $0.report(withSecrets: withSecrets) })),
            .init("public_identities", .list(publicIdentities.map { report(of: $0) })),
            .init("scscf", servingCSCF.map { .text($0.name) } ?? .null),
            .init("scscf_host", servingCSCF.map { .text($0.host.name) } ?? .null),
        ]
        // Without a list every network is allowed, which an empty one would not say.
        if !visitedNetworks.isEmpty {
            members.append(.init("visited_networks", .list(visitedNetworks.map { .text($0) })))
        }
        if let capabilities {
            members.append(
                .init(
                    "capabilities",
                    [
                        "mandatory": .list(capabilities.mandatory.map { .integer(Int($0)) }),
                        "optional": .list(capabilities.optional.map { .integer(Int($0)) }),
                        "server_names": .list(capabilities.serverNames.map { .text($0) }),
                    ]))
        }
        return .record(members)
    }

    private func report(of record: PublicIdentityRecord) -> Report {
        var members: [Report.Member] = [
            .init("identity", .text(record.identity.text)), .init("barred", .boolean(record.isBarred)),
            .init("default", .boolean(defaultIdentity(ofSet: record.implicitSet)?.identity == record.identity)),
            .init("implicit_set", .integer(record.implicitSet)),
            .init("display_name", record.displayName.map { .text($0) } ?? .null),
            .init("kind", .text(record.kind.word)),
            .init("alias_group", record.aliasGroup.map { .text($0) } ?? .null),
            .init("service_profile", .text(record.serviceProfile.name)),
            .init("state", .text(state(ofSet: record.implicitSet).word)),
        ]
        if record.kind.isService {
            members.append(.init("active", .boolean(record.isActive)))
            members.append("server", record.directServer?.name)
        }
        return .record(members)
    }

    /// One line for each identity that an S-CSCF holds.
    package var registrationReports: [Report] {
        registrations.flatMap { registration -> [Report] in
            guard registration.state != .notRegistered || registration.isAuthenticationPending else { return [] }
            let user = privateIdentities[registration.privateIdentity].identity
            return identities(inSet: registration.implicitSet).map { record in
                [
                    "identity": .text(record.identity.text),
                    "private_identity": .text(user.text),
                    "state": .text(registration.state.word),
                    "authentication_pending": .boolean(registration.isAuthenticationPending),
                    "emergency": .boolean(registration.isForEmergency),
                    "barred": .boolean(record.isBarred),
                    "scscf": servingCSCF.map { .text($0.name) } ?? .null,
                ]
            }
        }
    }
}

extension PrivateIdentityRecord {
    fileprivate func report(withSecrets: Bool) -> Report {
        var members: [Report.Member] = [
            .init("identity", .text(identity.text)),
            .init("scheme", credential.scheme.map { .text($0.text) } ?? .null),
        ]
        switch credential {
        case .aka(let secrets):
            members += [
                .init("algorithm", .text(secrets.algorithm.word)), .init("amf", .text(amf.hex)),
                .init("sqn", .text(sqn.hex)),
            ]
            if withSecrets { members += secrets.revealedMembers }
        case .digest(let secret):
            members.append(.init("realm", .text(secret.realm)))
            if withSecrets { members.append(.init("ha1", .text(secret.ha1.revealedHex))) }
        case .address(let address): members.append(.init("address", .text(address.text)))
        case .none: break
        }
        return .record(members)
    }
}

extension SubscriberSecrets {
    var revealedMembers: [Report.Member] {
        switch self {
        case .milenage(let key, let opc):
            [.init("k", .text(key.revealedHex)), .init("opc", .text(opc.revealedHex))]
        case .tuak(let key, let topc):
            [.init("k", .text(Hex.encode(key.revealedOctets))), .init("topc", .text(topc.revealedHex))]
        }
    }
}
