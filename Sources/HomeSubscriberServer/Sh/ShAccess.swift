import Cx
import Diameter
import IMS
import Octets
import Sh

/// What an application server may do over Sh: the permission list of TS 29.328 §6.2, by operation and data.
package struct ShAccess: Equatable, Sendable {
    /// The Diameter identity that the server asks with.
    package var host: String
    package var pull: [DataReference]
    package var update: [DataReference]
    package var subscribe: [DataReference]

    package init(
        host: String, pull: [DataReference] = [], update: [DataReference] = [], subscribe: [DataReference] = []
    ) {
        self.host = host
        self.pull = pull
        self.update = update
        self.subscribe = subscribe
    }

    /// What some of them may watch, repository data left out.
    package static func watchedReferences(_ accesses: some Sequence<ShAccess>) -> [DataReference] {
        let permitted = Set(accesses.flatMap(\.subscribe))
        return permitted.isEmpty ? [] : DataReference.watched.filter { permitted.contains($0) }
    }

    /// The data that this HSS has, by the words of documents.
    package static var words: KeyValuePairs<String, DataReference> {
        [
            "repository-data": .repositoryData, "public-identities": .imsPublicIdentity, "user-state": .imsUserState,
            "scscf-name": .servingCSCFName, "ifc": .initialFilterCriteria, "charging": .chargingInformation,
            "msisdn": .msisdn, "psi-activation": .psiActivation,
        ]
    }
}

/// An application server that wants to hear of changes to data of a user, TS 29.328 §6.1.3.
package struct DataSubscription: Equatable, Sendable {
    package var identity: PublicIdentity
    package var host: DiameterIdentity
    package var realm: DiameterIdentity
    package var reference: DataReference
    /// Of repository data; empty for the others.
    package var serviceIndication: String
    /// Expiry-Time, seconds since 1970; nil without end.
    package var expires: Int64?

    package init(
        identity: PublicIdentity, host: DiameterIdentity, realm: DiameterIdentity, reference: DataReference,
        serviceIndication: String = "", expires: Int64? = nil
    ) {
        self.identity = identity
        self.host = host
        self.realm = realm
        self.reference = reference
        self.serviceIndication = serviceIndication
        self.expires = expires
    }

    /// Whether it is the subscription that another one renews.
    package func isRenewed(by later: DataSubscription) -> Bool {
        identity == later.identity && host == later.host && reference == later.reference
            && serviceIndication == later.serviceIndication
    }
}

/// An application server is told of a change, TS 29.328 §6.1.4. It is sent once: who misses one about repository data
/// finds a sequence number that is not the one he knows with his next update.
package struct DataNotification: Equatable, Sendable {
    package var host: DiameterIdentity
    package var realm: DiameterIdentity
    package var request: PushNotificationRequest

    init(to watcher: DataSubscription, _ data: ShData) {
        host = watcher.host
        realm = watcher.realm
        request = PushNotificationRequest(
            userIdentity: UserIdentity(publicIdentity: watcher.identity.text), userData: OctetSlice(data.xml))
    }
}

/// The user that a request of Sh is about, and whether its sender may do what it asks.
struct ShParty {
    var subscription: Subscription
    var publicIndex: Int
    var access: ShAccess

    var record: PublicIdentityRecord { subscription.publicIdentities[publicIndex] }

    static func find(
        _ user: UserIdentity, from host: DiameterIdentity, in directory: inout some SubscriberDirectory
    ) throws(DirectoryFailure) -> Result<ShParty, Denial> {
        guard let access = try directory.shAccess(of: host) else { return .failure(.strangeServer(host)) }
        let text = user.publicIdentity ?? user.msisdn.map { "tel:+\($0.digits)" } ?? ""
        let identity = PublicIdentity(received: text)
        guard identity.isStorable, let subscription = try directory.subscription(holding: identity),
            let index = subscription.index(of: identity)
        else { return .failure(.unknown(identity)) }
        return .success(ShParty(subscription: subscription, publicIndex: index, access: access))
    }
}

extension Denial {
    fileprivate static func strangeServer(_ host: DiameterIdentity) -> Denial {
        Denial(
            .experimental(.operationNotAllowed), "SERVER_NOT_PERMITTED",
            "\(host.name) is no application server that may use Sh.",
            hint: "Give one of application-servers an sh entry with this host and what it may do.")
    }

    static func notPermitted(
        _ host: DiameterIdentity, _ verb: String, _ reference: DataReference, _ code: CxExperimentalResult
    ) -> Denial {
        let word = ShAccess.words.first { $0.value == reference }?.key ?? "data \(reference.rawValue)"
        return Denial(
            .experimental(code), "DATA_NOT_PERMITTED", "\(host.name) may not \(verb) \(word).",
            hint: "The sh entry of the application server says what it may do.")
    }

    static func notRecognised(_ why: String) -> Denial {
        Denial(
            .experimental(.userDataNotRecognized), "USER_DATA_NOT_RECOGNISED",
            "The data of a PUR cannot be read: \(why).")
    }

    static func outOfSync(_ service: String, sent: Int, stored: Int?) -> Denial {
        Denial(
            .experimental(.transparentDataOutOfSync), "DATA_OUT_OF_SYNC",
            "Repository data \(service) is sent with number \(sent); \(stored.map { "ours has \($0)" } ?? "there is none yet").",
            hint: "The application server has to read the data again and make its change to what is there.")
    }

    static func nothingToRemove(_ service: String) -> Denial {
        Denial(
            .experimental(.operationNotAllowed), "NOTHING_TO_REMOVE",
            "There is no repository data \(service) to remove.")
    }

    static func tooMuchData(_ count: Int, limit: Int) -> Denial {
        Denial(
            .tooMuchData, "TOO_MUCH_DATA", "Repository data of \(count) octets is more than the \(limit) that are kept."
        )
    }

    static func noSubscription(_ host: DiameterIdentity) -> Denial {
        Denial(
            .experimental(.noSubscriptionToData), "NO_SUBSCRIPTION",
            "\(host.name) ends a subscription to data that it does not have.")
    }
}
