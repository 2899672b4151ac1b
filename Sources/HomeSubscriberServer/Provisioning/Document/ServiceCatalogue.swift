import Cx

/// What subscriptions share, by the names under which the operator keeps it: TS 23.008 §3.4, §3.5, §3.7.
package struct ServiceCatalogue: Equatable, Sendable {
    package var applicationServers: [ApplicationServerRecord] = []
    package var criteriaSets: [SharedCriteriaRecord] = []
    package var serviceProfiles: [ServiceProfileRecord] = []
    package var capabilitySets: [String: ServerCapabilities] = [:]
    /// Networks in which IMS may be used, TS 23.008 §3.1.4.
    package var visitedNetworks: [String: [String]] = [:]
    package var chargingProfiles: [String: ChargingInformation] = [:]

    package init() {}

    package var isEmpty: Bool { self == ServiceCatalogue() }
}

/// An application server that filter criteria name, TS 29.228 Annex B.2.2.
package struct ApplicationServerRecord: Equatable, Sendable {
    package var name: String
    package var server: ApplicationServer
    /// nil for one that may not use Sh.
    package var sh: ShAccess?

    package init(name: String, server: ApplicationServer, sh: ShAccess? = nil) {
        self.name = name
        self.server = server
        self.sh = sh
    }
}

/// A filter criterion as the operator keeps it.
package struct FilterCriterionRecord: Equatable, Sendable {
    package var criterion: InitialFilterCriteria
    /// An application server of the catalogue, which then takes the place of the criterion's own.
    package var server: String?

    package init(_ criterion: InitialFilterCriteria, server: String? = nil) {
        self.criterion = criterion
        self.server = server
    }
}

/// Filter criteria that several service profiles share, TS 29.228 Annex B.2.2A: an S-CSCF that has the set in its own
/// configuration (feature SiFC) is told the number only.
package struct SharedCriteriaRecord: Equatable, Sendable {
    package var number: Int
    /// By priority.
    package var criteria: [FilterCriterionRecord]

    package init(number: Int, criteria: [FilterCriterionRecord]) {
        self.number = number
        self.criteria = criteria
    }
}

/// A service profile, TS 29.228 Annex B.2.
package struct ServiceProfileRecord: Equatable, Sendable {
    package var name: String
    package var authorization: CoreNetworkServicesAuthorization?
    /// By priority.
    package var criteria: [FilterCriterionRecord]
    package var criteriaSets: [Int]

    package init(
        name: String, authorization: CoreNetworkServicesAuthorization? = nil, criteria: [FilterCriterionRecord] = [],
        criteriaSets: [Int] = []
    ) {
        self.name = name
        self.authorization = authorization
        self.criteria = criteria
        self.criteriaSets = criteriaSets
    }
}

/// Which lists of the catalogue a subscription has.
package struct SharedLists: Equatable, Sendable {
    package var capabilities: String?
    /// nil allows every network.
    package var visitedNetworks: String?
    package var charging: String?

    package init(capabilities: String? = nil, visitedNetworks: String? = nil, charging: String? = nil) {
        self.capabilities = capabilities
        self.visitedNetworks = visitedNetworks
        self.charging = charging
    }
}
