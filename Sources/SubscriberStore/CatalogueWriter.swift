import Cx
import HomeSubscriberServer
import Sh

/// Writes the entries of a catalogue that differ from what is there, inside one transaction.
struct CatalogueWriter {
    typealias Change = SubscriberStore.CatalogueChange

    private let db: Database
    private let present: ServiceCatalogue

    init(_ db: Database) throws {
        self.db = db
        present = try ServiceCatalogue(db)
    }

    func write(_ catalogue: ServiceCatalogue) throws -> [Change] {
        var changes: [Change] = []
        for record in catalogue.applicationServers {
            let old = present.applicationServers.first { $0.name == record.name }
            changes.append(try write(.applicationServer, record.name, record, old, write: write))
        }
        for record in catalogue.criteriaSets {
            let old = present.criteriaSets.first { $0.number == record.number }
            changes.append(try write(.criteriaSet, String(record.number), record, old, write: write))
        }
        for record in catalogue.serviceProfiles {
            let old = present.serviceProfiles.first { $0.name == record.name }
            changes.append(try write(.serviceProfile, record.name, record, old, write: write))
        }
        for (name, value) in catalogue.capabilitySets.sorted(by: { $0.key < $1.key }) {
            changes.append(
                try write(.capabilities, name, value, present.capabilitySets[name]) { try write(name, $0) })
        }
        for (name, value) in catalogue.visitedNetworks.sorted(by: { $0.key < $1.key }) {
            changes.append(
                try write(.visitedNetworks, name, value, present.visitedNetworks[name]) { try write(name, $0) })
        }
        for (name, value) in catalogue.chargingProfiles.sorted(by: { $0.key < $1.key }) {
            changes.append(
                try write(.charging, name, value, present.chargingProfiles[name]) { try write(name, $0) })
        }
        try checkPriorities()
        try notify(of: changes)
        return changes
    }

    /// A PPR for every set that an S-CSCF holds and whose services or charging addresses have changed; a PNR to who
    /// watches the criteria.
    private func notify(of changes: [Change]) throws {
        func names(_ kind: SubscriberStore.CatalogueKind) -> [String] {
            changes.filter { $0.kind == kind && $0.result == .changed }.map(\.name)
        }
        for name in names(.charging) {
            try notify(where: "s.charging_profile IN (SELECT id FROM charging_profile WHERE name = ?)", name)
        }
        for (condition, names) in [
            ("p.service_profile IN (SELECT id FROM service_profile WHERE name = ?)", names(.serviceProfile)),
            (
                "p.service_profile IN (SELECT service_profile FROM profile_criteria_set WHERE criteria_set = CAST(? AS INTEGER))",
                names(.criteriaSet)
            ),
            (
                """
                p.service_profile IN (
                    SELECT service_profile FROM filter_criterion
                    WHERE application_server IN (SELECT id FROM application_server WHERE name = ?1)
                    UNION
                    SELECT service_profile FROM profile_criteria_set JOIN shared_criterion USING (criteria_set)
                    WHERE application_server IN (SELECT id FROM application_server WHERE name = ?1))
                """, names(.applicationServer)
            ),
        ] {
            for name in names {
                try notify(where: condition, name)
                try notifyWatchers(where: condition, name)
            }
        }
    }

    private func notify(where condition: String, _ name: String) throws {
        try db.execute(
            sql: """
                INSERT INTO notice (kind, impi, scscf_name, scscf_host, implicit_set)
                SELECT 1, min(u.impi), min(s.scscf_name), min(s.scscf_host), r.implicit_set
                FROM registration r JOIN subscription s ON s.id = r.subscription
                JOIN private_identity u ON u.subscription = r.subscription AND u.position = r.private_identity
                JOIN public_identity p ON p.subscription = r.subscription AND p.implicit_set = r.implicit_set
                WHERE r.state <> 0 AND s.scscf_name IS NOT NULL AND s.scscf_host IS NOT NULL AND \(condition)
                GROUP BY r.subscription, r.implicit_set
                """, arguments: [name])
    }

    private func notifyWatchers(where condition: String, _ name: String) throws {
        try db.execute(
            sql: """
                INSERT INTO data_change (identity, reference)
                SELECT DISTINCT d.identity, d.reference FROM data_subscription d
                JOIN public_identity p ON p.identity = d.identity
                WHERE d.reference = \(DataReference.initialFilterCriteria.rawValue) AND \(condition)
                ON CONFLICT (identity, reference) DO NOTHING
                """, arguments: [name])
    }

    private func write<Value: Equatable>(
        _ kind: SubscriberStore.CatalogueKind, _ name: String, _ value: Value, _ old: Value?,
        write: (Value) throws -> Void
    ) throws -> Change {
        guard !name.isEmpty, name.utf8.count <= 256, !name.utf8.contains(0) else {
            throw ProvisioningError.invalid(kind.words, name, "a name has 1 to 256 octets")
        }
        guard value != old else { return Change(kind: kind, name: name, result: .unchanged) }
        try write(value)
        return Change(kind: kind, name: name, result: old == nil ? .added : .changed)
    }

    private func write(_ record: ApplicationServerRecord) throws {
        try db.execute(
            sql: """
                INSERT INTO application_server
                (name, uri, default_handling, service_info, include_register_request, include_register_response,
                sh_host, sh_pull, sh_update, sh_subscribe)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (name) DO UPDATE SET
                uri = excluded.uri, default_handling = excluded.default_handling, service_info = excluded.service_info,
                include_register_request = excluded.include_register_request,
                include_register_response = excluded.include_register_response,
                sh_host = excluded.sh_host, sh_pull = excluded.sh_pull, sh_update = excluded.sh_update,
                sh_subscribe = excluded.sh_subscribe
                """,
            arguments: [
                record.name, record.server.serverName, record.server.defaultHandling?.rawValue,
                record.server.serviceInfo, record.server.includesRegisterRequest,
                record.server.includesRegisterResponse, record.sh?.host, Self.joined(record.sh?.pull),
                Self.joined(record.sh?.update), Self.joined(record.sh?.subscribe),
            ])
    }

    private func write(_ record: SharedCriteriaRecord) throws {
        try db.execute(
            sql: "INSERT INTO criteria_set (id) VALUES (?) ON CONFLICT (id) DO NOTHING", arguments: [record.number])
        try write(record.criteria, "shared_criterion", "criteria_set", Int64(record.number))
    }

    private func write(_ record: ServiceProfileRecord) throws {
        let services = record.authorization?.serviceIDs ?? []
        try db.execute(
            sql: """
                INSERT INTO service_profile (name, subscribed_media_profile, services) VALUES (?, ?, ?)
                ON CONFLICT (name) DO UPDATE SET
                subscribed_media_profile = excluded.subscribed_media_profile, services = excluded.services
                """,
            arguments: [
                record.name, record.authorization?.subscribedMediaProfileID, try Self.joined(services, "service"),
            ])
        guard let id = try Catalogue.identifier(db, .serviceProfile, record.name) else { return }
        try write(record.criteria, "filter_criterion", "service_profile", id)
        try db.execute(sql: "DELETE FROM profile_criteria_set WHERE service_profile = ?", arguments: [id])
        for (position, set) in record.criteriaSets.enumerated() {
            let isThere = try Bool.fetchOne(db, sql: "SELECT count(*) FROM criteria_set WHERE id = ?", arguments: [set])
            guard isThere == true else { throw ProvisioningError.unknown("shared iFC set", String(set)) }
            try db.execute(
                sql: "INSERT INTO profile_criteria_set (service_profile, position, criteria_set) VALUES (?, ?, ?)",
                arguments: [id, position, set])
        }
    }

    private func write(
        _ criteria: [FilterCriterionRecord], _ table: String, _ column: String, _ owner: Int64
    ) throws {
        try db.execute(sql: "DELETE FROM \(table) WHERE \(column) = ?", arguments: [owner])
        for record in criteria {
            let server = try Catalogue.identifier(db, .applicationServer, record.server)
            try db.execute(
                sql: "INSERT INTO \(table) (\(column), priority, xml, application_server) VALUES (?, ?, ?, ?)",
                arguments: [owner, record.criterion.priority, FilterCriterionText.write(record.criterion), server])
        }
    }

    private func write(_ name: String, _ capabilities: ServerCapabilities) throws {
        try db.execute(
            sql: """
                INSERT INTO capability_set (name, mandatory, optional, server_names) VALUES (?, ?, ?, ?)
                ON CONFLICT (name) DO UPDATE SET
                mandatory = excluded.mandatory, optional = excluded.optional, server_names = excluded.server_names
                """,
            arguments: [
                name, capabilities.mandatory.map(String.init).joined(separator: " "),
                capabilities.optional.map(String.init).joined(separator: " "),
                try Self.joined(capabilities.serverNames, "server name"),
            ])
    }

    private func write(_ name: String, _ networks: [String]) throws {
        try db.execute(
            sql: """
                INSERT INTO roaming_profile (name, networks) VALUES (?, ?)
                ON CONFLICT (name) DO UPDATE SET networks = excluded.networks
                """, arguments: [name, try Self.joined(networks, "network")])
    }

    private func write(_ name: String, _ charging: ChargingInformation) throws {
        try db.execute(
            sql: """
                INSERT INTO charging_profile
                (name, primary_event, secondary_event, primary_collection, secondary_collection)
                VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (name) DO UPDATE SET
                primary_event = excluded.primary_event, secondary_event = excluded.secondary_event,
                primary_collection = excluded.primary_collection, secondary_collection = excluded.secondary_collection
                """,
            arguments: [
                name, charging.primaryEventChargingFunctionName, charging.secondaryEventChargingFunctionName,
                charging.primaryChargingCollectionFunctionName, charging.secondaryChargingCollectionFunctionName,
            ])
    }

    private static func joined(_ references: [DataReference]?) -> String {
        (references ?? []).map { String($0.rawValue) }.joined(separator: " ")
    }

    private static func joined(_ words: [String], _ field: String) throws -> String {
        if let bad = words.first(where: { $0.isEmpty || $0.utf8.contains(UInt8(ascii: " ")) }) {
            throw ProvisioningError.invalid(field, bad, "it has no blanks and is not empty")
        }
        return words.joined(separator: " ")
    }

    /// TS 29.228 Annex B.2.2: no two criteria of a profile share a priority, those of its shared sets included.
    private func checkPriorities() throws {
        let row = try Row.fetchOne(
            db,
            sql: """
                SELECT p.name, c.priority FROM (
                    SELECT service_profile, priority FROM filter_criterion
                    UNION ALL
                    SELECT l.service_profile, c.priority FROM profile_criteria_set l JOIN shared_criterion c USING (criteria_set)
                ) c JOIN service_profile p ON p.id = c.service_profile
                GROUP BY c.service_profile, c.priority, p.name HAVING count(*) > 1 LIMIT 1
                """)
        guard let row else { return }
        let name = try row.decode(String.self, atIndex: 0)
        throw ProvisioningError.invalid(
            "service profile", name, "two of its criteria have priority \(try row.decode(Int.self, atIndex: 1))")
    }
}
