import Cx
import ServiceTriggers

/// The filter criteria of the service profiles in use, made ready once for all users that share them.
struct CriteriaCache: Sendable {
    private var ready: [Services: ServiceCriteria] = [:]
    private var table = ExpressionTable()
    private let shared: [Int: [InitialFilterCriteria]]
    /// Distinct profiles; a full cache begins anew.
    private static let limit = 1024

    init(shared: [Int: [InitialFilterCriteria]]) { self.shared = shared }

    var count: Int { ready.count }

    /// nil when the profile has none at all.
    mutating func criteria(of services: Services) -> ServiceCriteria? {
        guard !services.filterCriteria.isEmpty || !services.sharedIFCSetIDs.isEmpty else { return nil }
        if let known = ready[services] { return known }
        if ready.count >= Self.limit { ready.removeAll() }
        let profile = ServiceProfile(
            publicIdentities: [], initialFilterCriteria: services.filterCriteria,
            sharedIFCSetIDs: services.sharedIFCSetIDs)
        let criteria = ServiceCriteria(profile, sharedSets: shared, table: &table)
        ready[services] = criteria
        return criteria
    }
}
