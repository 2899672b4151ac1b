import AKA
import Cx
import Diameter
import IMS

/// An IMS subscription as the HSS keeps it: TS 23.008 §3, TS 23.228 §5.2 for how its parts hang together.
///
///     Subscription ─┬─ private identities ─┐
///                   ├─ public identities ──┴─ implicit sets: one registration per private identity and set
///                   └─ S-CSCF name, capabilities, visited networks, charging
package struct Subscription: Equatable, Sendable {
    package var id: SubscriptionID
    /// Stored per subscription, TS 23.008 §3.2.2 and §3.2.3.
    package var servingCSCF: AssignedServingCSCF?
    /// The S-CSCF whose user is about to register elsewhere: it hears of it when the other one has him, TS 29.228 §6.1.3.
    package var formerServingCSCF: AssignedServingCSCF?
    /// TS 23.008 §3.4.1; nil asks nothing of the S-CSCF.
    package var capabilities: ServerCapabilities?
    /// TS 23.008 §3.1.4; empty allows every network.
    package var visitedNetworks: [String]
    package var chargingInformation: ChargingInformation?
    /// The names under which the operator keeps the three above.
    package var lists: SharedLists
    package var privateIdentities: [PrivateIdentityRecord]
    /// In the order of the profile: of a set, the first that is not barred is the default.
    package var publicIdentities: [PublicIdentityRecord]
    package var registrations: [Registration]

    package init(
        id: SubscriptionID, servingCSCF: AssignedServingCSCF? = nil,
        formerServingCSCF: AssignedServingCSCF? = nil, capabilities: ServerCapabilities? = nil,
        visitedNetworks: [String] = [], chargingInformation: ChargingInformation? = nil,
        lists: SharedLists = SharedLists(), privateIdentities: [PrivateIdentityRecord],
        publicIdentities: [PublicIdentityRecord],
        registrations: [Registration]
    ) {
        self.id = id
        self.servingCSCF = servingCSCF
        self.formerServingCSCF = formerServingCSCF
        self.capabilities = capabilities
        self.visitedNetworks = visitedNetworks
        self.chargingInformation = chargingInformation
        self.lists = lists
        self.privateIdentities = privateIdentities
        self.publicIdentities = publicIdentities
        self.registrations = registrations
    }
}

/// The key of a subscription in its directory.
package struct SubscriptionID: RawRepresentable, Hashable, Comparable, Sendable {
    package let rawValue: Int64
    package init(rawValue: Int64) { self.rawValue = rawValue }

    package static func < (left: SubscriptionID, right: SubscriptionID) -> Bool { left.rawValue < right.rawValue }
}

/// The S-CSCF that serves a subscription: the SIP URI that I-CSCFs are told, and the Diameter identity it asked with.
package struct AssignedServingCSCF: Hashable, Sendable {
    package var name: String
    package var host: DiameterIdentity
    /// What it said it can, TS 29.228 §7.1: Supported-Features of its last request that stored it.
    package var features: CxFeatures

    package init(name: String, host: DiameterIdentity, features: CxFeatures = []) {
        self.name = name
        self.host = host
        self.features = features
    }
}

/// A private user identity with what authenticates it, TS 23.008 §3.1.1 and §3.3.1.
package struct PrivateIdentityRecord: Equatable, Sendable {
    package var identity: PrivateIdentity
    package var credential: Credential
    package var amf: AuthenticationManagementField
    /// SQN_HE: the last sequence number drawn.
    package var sqn: SequenceNumber
    /// The RAND last sent; AUTS is taken for no other.
    package var lastChallenge: RandomChallenge?

    package init(
        identity: PrivateIdentity, credential: Credential, amf: AuthenticationManagementField = .standard,
        sqn: SequenceNumber = .zero, lastChallenge: RandomChallenge? = nil
    ) {
        self.identity = identity
        self.credential = credential
        self.amf = amf
        self.sqn = sqn
        self.lastChallenge = lastChallenge
    }

    /// K with OPc or TOPc, and by that which functions the SIM has; nil without a SIM.
    package var secrets: SubscriberSecrets? {
        guard case .aka(let secrets) = credential else { return nil }
        return secrets
    }
}

/// A public user identity, TS 23.008 §3.1.2.
package struct PublicIdentityRecord: Equatable, Sendable {
    package enum Kind: Int64, Sendable {
        /// IdentityType of TS 29.228 Annex E.
        case distinct = 0
        case distinctService = 1
        case wildcardedService = 2
        case wildcarded = 3

        package var isService: Bool { self == .distinctService || self == .wildcardedService }

        package var isWildcarded: Bool { self == .wildcarded || self == .wildcardedService }

        package var word: String {
            switch self {
            case .distinct: "distinct"
            case .distinctService: "psi"
            case .wildcardedService: "wildcarded-psi"
            case .wildcarded: "wildcarded"
            }
        }
    }

    package var identity: PublicIdentity
    package var kind: Kind
    /// TS 23.008 §3.1.3: no communication but registration.
    package var isBarred: Bool
    package var displayName: String?
    /// Number of the implicit registration set within the subscription, TS 23.008 §3.1.6.
    package var implicitSet: Int
    /// Identities of the same group are aliases of one another: AliasIdentityGroupID, TS 29.228 Annex B.2.1.
    package var aliasGroup: String?
    package var serviceProfile: ServiceProfileContent
    /// Of a service: false while it is shut, and then nobody finds it (PSI activation, TS 23.228 §5.4.12).
    package var isActive: Bool
    /// Of a service: who takes its requests straight from the I-CSCF; nil sends them by way of an S-CSCF.
    package var directServer: DirectServer?

    package init(
        identity: PublicIdentity, kind: Kind = .distinct, isBarred: Bool = false, displayName: String? = nil,
        implicitSet: Int = 0, aliasGroup: String? = nil, serviceProfile: ServiceProfileContent = .empty,
        isActive: Bool = true, directServer: DirectServer? = nil
    ) {
        self.identity = identity
        self.kind = kind
        self.isBarred = isBarred
        self.displayName = displayName
        self.implicitSet = implicitSet
        self.aliasGroup = aliasGroup
        self.serviceProfile = serviceProfile
        self.isActive = isActive
        self.directServer = directServer
    }
}

/// The application server that serves a public service identity itself, TS 23.228 §5.7.6, TS 29.228 §6.1.4.
///
/// An object, for few identities of many have one.
package final class DirectServer: Equatable, Sendable {
    /// The operator's word for it.
    package let name: String
    /// Its SIP URI; empty in what the operator declares, where the name counts.
    package let uri: String

    package init(name: String, uri: String = "") {
        self.name = name
        self.uri = uri
    }

    /// As the operator declares it.
    var declared: DirectServer { DirectServer(name: name) }

    package static func == (left: DirectServer, right: DirectServer) -> Bool {
        left.name == right.name && left.uri == right.uri
    }
}

/// A service profile, shared by all identities that name it: TS 29.228 Annex B.
package struct ServiceProfileContent: Equatable, Sendable {
    package var name: String
    /// What of the core network may be used: TS 29.228 Annex B.2.1A.
    package var authorization: CoreNetworkServicesAuthorization?
    /// TS 23.008 §3.5.2, by priority, those of shared sets left out.
    package var criteria: [InitialFilterCriteria]
    package var sharedSets: [SharedCriteria]

    package init(
        name: String, authorization: CoreNetworkServicesAuthorization? = nil, criteria: [InitialFilterCriteria] = [],
        sharedSets: [SharedCriteria] = []
    ) {
        self.name = name
        self.authorization = authorization
        self.criteria = criteria
        self.sharedSets = sharedSets
    }

    package static let empty = ServiceProfileContent(name: "default")

    /// Services related to the unregistered state, TS 23.008 §3.1.5: a criterion that is not for registered users only.
    package var hasUnregisteredServices: Bool {
        criteria.contains { $0.profilePartIndicator != .registered }
            || sharedSets.contains { $0.criteria.contains { $0.profilePartIndicator != .registered } }
    }

    /// All criteria by priority, those of shared sets among them: for an S-CSCF without the feature SiFC.
    package var wholeCriteria: [InitialFilterCriteria] {
        sharedSets.isEmpty
            ? criteria : (criteria + sharedSets.flatMap(\.criteria)).sorted { $0.priority < $1.priority }
    }
}

/// A shared iFC set, TS 29.228 Annex B.2.2A.
package struct SharedCriteria: Equatable, Sendable {
    package var number: Int
    /// By priority.
    package var criteria: [InitialFilterCriteria]

    package init(number: Int, criteria: [InitialFilterCriteria]) {
        self.number = number
        self.criteria = criteria
    }
}

/// The registration of one implicit set by one private identity.
///
/// Identities of a set change state together (TS 23.228 §5.2.1a), so the state stands with the set. That a pair of
/// private identity and set exists here says that they belong together.
package struct Registration: Equatable, Sendable {
    /// TS 23.008 §3.2.1. The numbers are those of the store.
    package enum State: Int64, Sendable {
        case notRegistered = 0
        case registered = 1
        case unregistered = 2

        package var word: String {
            switch self {
            case .notRegistered: "not registered"
            case .registered: "registered"
            case .unregistered: "unregistered"
            }
        }
    }

    /// Index among the subscription's private identities.
    package var privateIdentity: Int
    package var implicitSet: Int
    package var state: State
    /// Between MAR and SAR: the S-CSCF stored is not confirmed yet.
    package var isAuthenticationPending: Bool
    /// What the S-CSCF has left here to go on from after a restart, TS 23.380 §4, TS 29.229 §6.3.46.
    package var restoration: ServingCSCFRestoration?

    package init(
        privateIdentity: Int, implicitSet: Int, state: State = .notRegistered, isAuthenticationPending: Bool = false,
        restoration: ServingCSCFRestoration? = nil
    ) {
        self.privateIdentity = privateIdentity
        self.implicitSet = implicitSet
        self.state = state
        self.isAuthenticationPending = isAuthenticationPending
        self.restoration = restoration
    }
}

extension Subscription {
    package func index(of identity: PrivateIdentity) -> Int? {
        privateIdentities.firstIndex { $0.identity == identity }
    }

    package func index(of identity: PublicIdentity) -> Int? {
        publicIdentities.firstIndex { $0.identity == identity }
    }

    /// The registration that joins a private identity and a set; nil when they do not belong together.
    package func registrationIndex(privateIdentity: Int, implicitSet: Int) -> Int? {
        registrations.firstIndex { $0.privateIdentity == privateIdentity && $0.implicitSet == implicitSet }
    }

    package func identities(inSet set: Int) -> [PublicIdentityRecord] {
        publicIdentities.filter { $0.implicitSet == set }
    }

    /// TS 23.228 §5.2.1a.1: the first of the set that is not barred.
    package func defaultIdentity(ofSet set: Int) -> PublicIdentityRecord? {
        publicIdentities.first { $0.implicitSet == set && !$0.isBarred }
    }

    /// The state of a set over all its private identities: the strongest of them.
    package func state(ofSet set: Int) -> Registration.State {
        var state = Registration.State.notRegistered
        for registration in registrations where registration.implicitSet == set {
            switch registration.state {
            case .registered: return .registered
            case .unregistered: state = .unregistered
            case .notRegistered: break
            }
        }
        return state
    }

    /// False when nothing holds the S-CSCF any more and its name has to go.
    package var needsServingCSCF: Bool {
        registrations.contains { $0.state != .notRegistered || $0.isAuthenticationPending }
    }
}
