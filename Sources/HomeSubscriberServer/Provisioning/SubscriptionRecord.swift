import IMS

/// A subscription as the operator declares it: all that is his to say, nothing that the network writes.
///
/// Of a public identity's service profile and application server only the name counts, of a registration only which
/// private identity has which implicit set.
package struct SubscriptionRecord: Equatable, Sendable {
    /// At least one.
    package var privateIdentities: [PrivateIdentityRecord]
    /// In the order of the profile.
    package var publicIdentities: [PublicIdentityRecord]
    package var registrations: [Registration]
    package var lists: SharedLists
    /// What the operator should look at twice; nothing of it stops anything.
    package var warnings: [String]

    package init(
        privateIdentities: [PrivateIdentityRecord], publicIdentities: [PublicIdentityRecord],
        registrations: [Registration], lists: SharedLists = SharedLists(), warnings: [String] = []
    ) {
        self.privateIdentities = privateIdentities
        self.publicIdentities = publicIdentities
        self.registrations = registrations
        self.lists = lists
        self.warnings = warnings
    }

    /// A SIM with the identities that follow from it: one private identity, one implicit set.
    package init(_ record: SubscriberRecord) {
        self.init(
            privateIdentities: [
                PrivateIdentityRecord(
                    identity: record.privateIdentity, credential: .aka(record.secrets), amf: record.amf,
                    sqn: record.sqn)
            ],
            publicIdentities: record.publicIdentities.map { identity in
                var identity = identity
                identity.serviceProfile = ServiceProfileContent(name: record.serviceProfile)
                return identity
            },
            registrations: [Registration(privateIdentity: 0, implicitSet: 0)], lists: record.lists,
            warnings: record.warnings)
    }

    /// The IMSI from which the first private identity is derived, otherwise that identity.
    package var name: String { imsi ?? privateIdentities.first?.identity.text ?? "" }

    /// nil when the first private identity is derived from none.
    package var imsi: String? {
        privateIdentities.first.flatMap { IMSI(String($0.identity.text.prefix { $0 != "@" }))?.digits }
    }

    /// Digits of the first tel URI.
    package var msisdn: String? {
        publicIdentities.lazy.map(\.identity.text).first { $0.hasPrefix("tel:+") }.map { String($0.dropFirst(5)) }
    }
}

extension Subscription {
    /// What a record becomes.
    ///
    /// - Parameter serviceProfile: what the profile that the record names holds. What its lists hold is not known here.
    package init(_ record: SubscriberRecord, id: SubscriptionID, serviceProfile: ServiceProfileContent = .empty) {
        let declared = SubscriptionRecord(record)
        var identities = declared.publicIdentities
        for index in identities.indices { identities[index].serviceProfile = serviceProfile }
        self.init(
            id: id, lists: record.lists, privateIdentities: declared.privateIdentities, publicIdentities: identities,
            registrations: declared.registrations)
    }

    /// What the operator has declared of it: what the network has written, counters and states, is left out.
    package var record: SubscriptionRecord {
        SubscriptionRecord(
            privateIdentities: privateIdentities.map { identity in
                PrivateIdentityRecord(
                    identity: identity.identity, credential: identity.credential, amf: identity.amf)
            },
            publicIdentities: publicIdentities.map { identity in
                var identity = identity
                identity.serviceProfile = ServiceProfileContent(name: identity.serviceProfile.name)
                identity.directServer = identity.directServer?.declared
                return identity
            },
            registrations: registrations.map {
                Registration(privateIdentity: $0.privateIdentity, implicitSet: $0.implicitSet)
            }, lists: lists)
    }

    /// Whether nothing of what a record says differs; the SQN is the HSS's to count.
    package func isAs(_ declared: SubscriptionRecord) -> Bool {
        var declared = declared
        declared.warnings = []
        for index in declared.privateIdentities.indices { declared.privateIdentities[index].sqn = .zero }
        for index in declared.publicIdentities.indices {
            declared.publicIdentities[index].directServer = declared.publicIdentities[index].directServer?.declared
        }
        declared.registrations.sort {
            ($0.privateIdentity, $0.implicitSet) < ($1.privateIdentity, $1.implicitSet)
        }
        return record == declared
    }
}
