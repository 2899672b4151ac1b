import Cx
import GRDB
import HomeSubscriberServer

/// What subscriptions share, read once and kept until the database changes.
struct Catalogue {
    private(set) var serviceProfiles: [Int64: ServiceProfileContent] = [:]
    private(set) var capabilitySets: [Int64: ServerCapabilities] = [:]
    private(set) var roamingProfiles: [Int64: [String]] = [:]
    private(set) var chargingProfiles: [Int64: ChargingInformation] = [:]

    init(_ db: Database) throws {
        for row in try Row.fetchAll(db, sql: "SELECT id, name, subscribed_media_profile FROM service_profile") {
            let id = try row.decode(Int64.self, atIndex: 0)
            serviceProfiles[id] = ServiceProfileContent(
                name: try row.decode(String.self, atIndex: 1),
                subscribedMediaProfile: try row.decode(Int?.self, atIndex: 2), criteria: try Self.criteria(db, of: id))
        }
        for row in try Row.fetchAll(db, sql: "SELECT id, mandatory, optional, server_names FROM capability_set") {
            capabilitySets[try row.decode(Int64.self, atIndex: 0)] = ServerCapabilities(
                mandatory: try Self.numbers(row, 1), optional: try Self.numbers(row, 2),
                serverNames: try Self.words(row, 3))
        }
        for row in try Row.fetchAll(db, sql: "SELECT id, networks FROM roaming_profile") {
            roamingProfiles[try row.decode(Int64.self, atIndex: 0)] = try Self.words(row, 1)
        }
        let charging =
            "SELECT id, primary_event, secondary_event, primary_collection, secondary_collection FROM charging_profile"
        for row in try Row.fetchAll(db, sql: charging) {
            chargingProfiles[try row.decode(Int64.self, atIndex: 0)] = ChargingInformation(
                primaryEventChargingFunctionName: try row.decode(String?.self, atIndex: 1),
                secondaryEventChargingFunctionName: try row.decode(String?.self, atIndex: 2),
                primaryChargingCollectionFunctionName: try row.decode(String?.self, atIndex: 3),
                secondaryChargingCollectionFunctionName: try row.decode(String?.self, atIndex: 4))
        }
    }

    private static func criteria(_ db: Database, of profile: Int64) throws -> [InitialFilterCriteria] {
        try String.fetchAll(
            db, sql: "SELECT xml FROM filter_criterion WHERE service_profile = ? ORDER BY priority",
            arguments: [profile]
        ).map { xml in
            do {
                if let criterion = try FilterCriterionText.read(xml) { return criterion }
            } catch {
                throw DirectoryFailure.damaged("a filter criterion of service profile \(profile): \(error)")
            }
            throw DirectoryFailure.damaged("service profile \(profile) has a filter criterion that is none")
        }
    }

    private static func words(_ row: Row, _ index: Int) throws -> [String] {
        try row.decode(String.self, atIndex: index).split(separator: " ").map(String.init)
    }

    private static func numbers(_ row: Row, _ index: Int) throws -> [UInt32] {
        try words(row, index).map { word in
            guard let number = UInt32(word) else { throw DirectoryFailure.damaged("a capability is no number") }
            return number
        }
    }
}
