import Cx
import HomeSubscriberServer
import Sh

/// The catalogue as it is in the database.
extension ServiceCatalogue {
    init(_ db: Database) throws {
        self.init()
        var names: [Int64: String] = [:]
        let servers = """
            SELECT id, name, uri, default_handling, service_info, include_register_request, include_register_response,
            sh_host, sh_pull, sh_update, sh_subscribe
            FROM application_server ORDER BY name
            """
        for row in try Row.fetchAll(db, sql: servers) {
            let name = try row.decode(String.self, atIndex: 1)
            names[try row.decode(Int64.self, atIndex: 0)] = name
            applicationServers.append(
                ApplicationServerRecord(
                    name: name,
                    server: ApplicationServer(
                        serverName: try row.decode(String.self, atIndex: 2),
                        defaultHandling: try row.decode(Int?.self, atIndex: 3).flatMap { .init(rawValue: $0) },
                        serviceInfo: try row.decode(String?.self, atIndex: 4),
                        includesRegisterRequest: try row.decode(Bool.self, atIndex: 5),
                        includesRegisterResponse: try row.decode(Bool.self, atIndex: 6)),
                    sh: try row.decode(String?.self, atIndex: 7).map { host in
                        ShAccess(
                            host: host, pull: try Self.references(row, 8), update: try Self.references(row, 9),
                            subscribe: try Self.references(row, 10))
                    }))
        }
        for number in try Int.fetchAll(db, sql: "SELECT id FROM criteria_set ORDER BY id") {
            let criteria = try Self.criteria(db, "shared_criterion WHERE criteria_set", Int64(number), names)
            criteriaSets.append(SharedCriteriaRecord(number: number, criteria: criteria))
        }
        let profiles = "SELECT id, name, subscribed_media_profile, services FROM service_profile ORDER BY name"
        for row in try Row.fetchAll(db, sql: profiles) {
            let id = try row.decode(Int64.self, atIndex: 0)
            let media = try row.decode(Int?.self, atIndex: 2)
            let services = try Self.words(row, 3)
            let sets = try Int.fetchAll(
                db, sql: "SELECT criteria_set FROM profile_criteria_set WHERE service_profile = ? ORDER BY position",
                arguments: [id])
            serviceProfiles.append(
                ServiceProfileRecord(
                    name: try row.decode(String.self, atIndex: 1),
                    authorization: media == nil && services.isEmpty
                        ? nil : CoreNetworkServicesAuthorization(subscribedMediaProfileID: media, serviceIDs: services),
                    criteria: try Self.criteria(db, "filter_criterion WHERE service_profile", id, names),
                    criteriaSets: sets))
        }
        try readLists(db)
    }

    private mutating func readLists(_ db: Database) throws {
        for row in try Row.fetchAll(db, sql: "SELECT name, mandatory, optional, server_names FROM capability_set") {
            capabilitySets[try row.decode(String.self, atIndex: 0)] = ServerCapabilities(
                mandatory: try Self.numbers(row, 1), optional: try Self.numbers(row, 2),
                serverNames: try Self.words(row, 3))
        }
        for row in try Row.fetchAll(db, sql: "SELECT name, networks FROM roaming_profile") {
            visitedNetworks[try row.decode(String.self, atIndex: 0)] = try Self.words(row, 1)
        }
        let charging = """
            SELECT name, primary_event, secondary_event, primary_collection, secondary_collection FROM charging_profile
            """
        for row in try Row.fetchAll(db, sql: charging) {
            chargingProfiles[try row.decode(String.self, atIndex: 0)] = ChargingInformation(
                primaryEventChargingFunctionName: try row.decode(String?.self, atIndex: 1),
                secondaryEventChargingFunctionName: try row.decode(String?.self, atIndex: 2),
                primaryChargingCollectionFunctionName: try row.decode(String?.self, atIndex: 3),
                secondaryChargingCollectionFunctionName: try row.decode(String?.self, atIndex: 4))
        }
    }

    /// - Parameter place: table and column.
    private static func criteria(
        _ db: Database, _ place: String, _ id: Int64, _ servers: [Int64: String]
    ) throws -> [FilterCriterionRecord] {
        let rows = try Row.fetchAll(
            db, sql: "SELECT xml, application_server FROM \(place) = ? ORDER BY priority", arguments: [id])
        return try rows.map { row in
            let xml = try row.decode(String.self, atIndex: 0)
            let criterion: InitialFilterCriteria?
            do { criterion = try FilterCriterionText.read(xml) } catch {
                throw DirectoryFailure.damaged("a filter criterion of \(place) \(id): \(error)")
            }
            guard var criterion else {
                throw DirectoryFailure.damaged("\(place) \(id) has a filter criterion that is none")
            }
            let server = try row.decode(Int64?.self, atIndex: 1).flatMap { servers[$0] }
            if let server { criterion.applicationServer = ApplicationServer(serverName: server) }
            return FilterCriterionRecord(criterion, server: server)
        }
    }

    private static func words(_ row: Row, _ index: Int) throws -> [String] {
        try row.decode(String.self, atIndex: index).split(separator: " ").map(String.init)
    }

    private static func references(_ row: Row, _ index: Int) throws -> [DataReference] {
        try numbers(row, index).compactMap { DataReference(rawValue: $0) }
    }

    private static func numbers(_ row: Row, _ index: Int) throws -> [UInt32] {
        try words(row, index).map { word in
            guard let number = UInt32(word) else { throw DirectoryFailure.damaged("a capability is no number") }
            return number
        }
    }
}
