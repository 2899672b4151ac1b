import Cx
import GRDB
import HomeSubscriberServer

/// What subscriptions and identities share, and which of it they have.
extension SubscriberStore {
    /// Makes the service profile, or replaces the filter criteria of the one with this name.
    ///
    /// - Parameter criteria: `InitialFilterCriteria` elements of TS 29.228 Annex E, no two of the same priority.
    package func setServiceProfile(
        _ name: String, subscribedMediaProfile: Int? = nil, criteria: [String] = []
    ) throws(Failure) {
        var priorities: [Int] = []
        for text in criteria {
            let criterion: InitialFilterCriteria?
            do { criterion = try FilterCriterionText.read(text) } catch {
                throw .refused(.invalid("ifc", text, error.description))
            }
            guard let criterion, !priorities.contains(criterion.priority) else {
                throw .refused(
                    .invalid("ifc", text, "it is not one InitialFilterCriteria element with a priority of its own"))
            }
            priorities.append(criterion.priority)
        }
        try write { db in
            try db.execute(
                sql: """
                    INSERT INTO service_profile (name, subscribed_media_profile) VALUES (?, ?)
                    ON CONFLICT (name) DO UPDATE SET subscribed_media_profile = excluded.subscribed_media_profile
                    """, arguments: [name, subscribedMediaProfile])
            try db.execute(
                sql:
                    "DELETE FROM filter_criterion WHERE service_profile = (SELECT id FROM service_profile WHERE name = ?)",
                arguments: [name])
            for (priority, text) in zip(priorities, criteria) {
                try db.execute(
                    sql: """
                        INSERT INTO filter_criterion (service_profile, priority, xml)
                        SELECT id, ?, ? FROM service_profile WHERE name = ?
                        """, arguments: [priority, text, name])
            }
        }
    }

    /// Makes or replaces a list of visited networks where IMS may be used, TS 23.008 §3.1.4.
    package func setRoamingProfile(_ name: String, networks: [String]) throws(Failure) {
        if let bad = networks.first(where: { $0.isEmpty || $0.contains(" ") }) {
            throw .refused(.invalid("network", bad, "a network's name has no blanks and is not empty"))
        }
        try write { db in
            try db.execute(
                sql: """
                    INSERT INTO roaming_profile (name, networks) VALUES (?, ?)
                    ON CONFLICT (name) DO UPDATE SET networks = excluded.networks
                    """, arguments: [name, networks.joined(separator: " ")])
        }
    }

    /// Makes or replaces what an S-CSCF must and should offer, TS 23.008 §3.4.1.
    package func setCapabilities(_ name: String, _ capabilities: ServerCapabilities) throws(Failure) {
        if let bad = capabilities.serverNames.first(where: { $0.isEmpty || $0.contains(" ") }) {
            throw .refused(.invalid("server-name", bad, "a URI has no blanks and is not empty"))
        }
        try write { db in
            try db.execute(
                sql: """
                    INSERT INTO capability_set (name, mandatory, optional, server_names) VALUES (?, ?, ?, ?)
                    ON CONFLICT (name) DO UPDATE SET
                    mandatory = excluded.mandatory, optional = excluded.optional, server_names = excluded.server_names
                    """,
                arguments: [
                    name, capabilities.mandatory.map(String.init).joined(separator: " "),
                    capabilities.optional.map(String.init).joined(separator: " "),
                    capabilities.serverNames.joined(separator: " "),
                ])
        }
    }

    /// Makes or replaces the addresses of the charging functions, TS 29.229 §6.3.19.
    package func setCharging(_ name: String, _ charging: ChargingInformation) throws(Failure) {
        try write { db in
            try db.execute(
                sql: """
                    INSERT INTO charging_profile
                    (name, primary_event, secondary_event, primary_collection, secondary_collection)
                    VALUES (?, ?, ?, ?, ?)
                    ON CONFLICT (name) DO UPDATE SET
                    primary_event = excluded.primary_event, secondary_event = excluded.secondary_event,
                    primary_collection = excluded.primary_collection,
                    secondary_collection = excluded.secondary_collection
                    """,
                arguments: [
                    name, charging.primaryEventChargingFunctionName, charging.secondaryEventChargingFunctionName,
                    charging.primaryChargingCollectionFunctionName, charging.secondaryChargingCollectionFunctionName,
                ])
        }
    }

    /// Which of the shared lists a subscriber has.
    package enum Assignment: String, Sendable {
        case roaming = "roaming_profile"
        case capabilities = "capability_set"
        case charging = "charging_profile"
    }

    /// Gives a subscriber one of the shared lists by name, or none.
    package func assign(_ kind: Assignment, _ name: String?, to subscriber: String) throws(Failure) {
        try write { db in
            guard let id = try self.identifier(of: subscriber, db) else {
                throw ProvisioningError.unknown("subscriber", subscriber)
            }
            var list: Int64?
            if let name {
                list = try Int64.fetchOne(db, sql: "SELECT id FROM \(kind.rawValue) WHERE name = ?", arguments: [name])
                guard list != nil else { throw ProvisioningError.unknown(kind.rawValue, name) }
            }
            try db.execute(sql: "UPDATE subscription SET \(kind.rawValue) = ? WHERE id = ?", arguments: [list, id])
        }
    }

    /// TS 23.008 §3.1.3.
    package func setBarred(_ isBarred: Bool, identity: String) throws(Failure) {
        try write { db in
            try db.execute(
                sql: "UPDATE public_identity SET barred = ? WHERE identity = ?", arguments: [isBarred, identity])
            guard db.changesCount == 1 else { throw ProvisioningError.unknown("public identity", identity) }
        }
    }
}
