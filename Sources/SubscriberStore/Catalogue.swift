import Cx
import HomeSubscriberServer
import Sh

/// What subscriptions share, read once and kept until the database changes.
struct Catalogue {
    struct Named<Value> {
        var name: String
        var value: Value
    }

    private(set) var serviceProfiles: [Int64: ServiceProfileContent] = [:]
    private(set) var capabilitySets: [Int64: Named<ServerCapabilities>] = [:]
    private(set) var roamingProfiles: [Int64: Named<[String]>] = [:]
    private(set) var chargingProfiles: [Int64: Named<ChargingInformation>] = [:]
    private(set) var applicationServers: [Int64: DirectServer] = [:]
    /// By the Diameter identities of application servers.
    private(set) var shAccess: [String: ShAccess] = [:]
    /// What some of them may watch.
    private(set) var watchedReferences: [DataReference] = []

    init(_ db: Database) throws {
        let records = try ServiceCatalogue(db)
        var servers: [String: ApplicationServer] = [:]
        for record in records.applicationServers {
            servers[record.name] = record.server
            if let access = record.sh { shAccess[access.host] = access }
        }
        watchedReferences = ShAccess.watchedReferences(shAccess.values)
        for (name, id) in try Self.identifiers(db, "application_server") {
            applicationServers[id] = servers[name].map { DirectServer(name: name, uri: $0.serverName) }
        }
        var sets: [Int: SharedCriteria] = [:]
        for record in records.criteriaSets {
            sets[record.number] = SharedCriteria(
                number: record.number, criteria: try record.criteria.map { try Self.resolved($0, servers) })
        }
        let ids = try Self.identifiers(db, "service_profile")
        for record in records.serviceProfiles {
            guard let id = ids[record.name] else { continue }
            serviceProfiles[id] = ServiceProfileContent(
                name: record.name, authorization: record.authorization,
                criteria: try record.criteria.map { try Self.resolved($0, servers) },
                sharedSets: record.criteriaSets.compactMap { sets[$0] })
        }
        for (name, id) in try Self.identifiers(db, "capability_set") {
            capabilitySets[id] = records.capabilitySets[name].map { Named(name: name, value: $0) }
        }
        for (name, id) in try Self.identifiers(db, "roaming_profile") {
            roamingProfiles[id] = records.visitedNetworks[name].map { Named(name: name, value: $0) }
        }
        for (name, id) in try Self.identifiers(db, "charging_profile") {
            chargingProfiles[id] = records.chargingProfiles[name].map { Named(name: name, value: $0) }
        }
    }

    /// Numbers by the names of a table.
    static func identifiers(_ db: Database, _ table: String) throws -> [String: Int64] {
        var ids: [String: Int64] = [:]
        for row in try Row.fetchAll(db, sql: "SELECT name, id FROM \(table)") {
            ids[try row.decode(String.self, atIndex: 0)] = try row.decode(Int64.self, atIndex: 1)
        }
        return ids
    }

    private static func resolved(
        _ record: FilterCriterionRecord, _ servers: [String: ApplicationServer]
    ) throws -> InitialFilterCriteria {
        guard let name = record.server else { return record.criterion }
        guard let server = servers[name] else {
            throw DirectoryFailure.damaged(
                "a filter criterion names the application server \(name), which is not there")
        }
        var criterion = record.criterion
        criterion.applicationServer = server
        return criterion
    }
}
