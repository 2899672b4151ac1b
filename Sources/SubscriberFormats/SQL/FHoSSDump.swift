import HomeSubscriberServer
import IMS
import Octets

/// Subscriptions in a dump of the Fraunhofer HSS: `imsu` is the subscription, `impi` its private identities, `impu` the public
/// ones that `impi_impu` joins to them.
struct FHoSSDump {
    private let dump: SQLDump
    private var services: FHoSSServices
    private let linksOfUser: [Int: [SQLTable.Row]]
    private let networksOfIdentity: [Int: [SQLTable.Row]]
    private var identities: [Int: SQLTable.Row] = [:]
    private var networks: [Int: String] = [:]

    static func take(_ dump: SQLDump, _ collector: inout ImportCollector) {
        var reader = FHoSSDump(dump, &collector)
        reader.read(&collector)
    }

    private init(_ dump: SQLDump, _ collector: inout ImportCollector) {
        self.dump = dump
        services = FHoSSServices(dump, &collector)
        linksOfUser = Dictionary(grouping: dump.rows("impi_impu")) { $0.integer("id_impi") ?? -1 }
        networksOfIdentity = Dictionary(grouping: dump.rows("impu_visited_network")) { $0.integer("id_impu") ?? -1 }
        for row in dump.rows("impu") { if let id = row.integer("id") { identities[id] = row } }
        for row in dump.rows("visited_network") {
            if let id = row.integer("id") { networks[id] = row.text("identity") }
        }
    }

    private mutating func read(_ collector: inout ImportCollector) {
        let users = Dictionary(grouping: dump.rows("impi")) { $0.integer("id_imsu") ?? -1 }
        var entries: [(Report, ImportPlace)] = []
        var known: Set<Int> = []
        for row in dump.rows("imsu") {
            guard let id = row.integer("id") else { continue }
            known.insert(id)
            let place = FHoSSServices.place(row, "imsu")
            guard let mine = users[id], !mine.isEmpty else {
                collector.problem(place, nil, "this subscription has no private identity and is not imported")
                continue
            }
            let capabilities = services.capabilities(
                row.integer("id_capabilities_set"), preferred: row.integer("id_preferred_scscf_set"))
            if let entry = entry(mine, capabilities, place, &collector) { entries.append((entry, place)) }
        }
        for (subscription, rows) in users where !known.contains(subscription) {
            for row in rows {
                collector.problem(
                    FHoSSServices.place(row, "impi"), "id_imsu", "its subscription is not there; it is not imported")
            }
        }
        tellOrphans(&collector)
        collector.add(services.catalogue)
        for (entry, place) in entries { DocumentEntries.take(entry: entry, at: place, &collector) }
        for (table, reason) in FHoSSTables.passedOver {
            let count = dump.rows(table).count
            if count > 0 { collector.ignore(table, at: .row(table: table, key: "1"), reason, count: count) }
        }
    }

    private func tellOrphans(_ collector: inout ImportCollector) {
        let linked = Set(dump.rows("impi_impu").compactMap { $0.integer("id_impu") })
        for (id, row) in identities.sorted(by: { $0.key < $1.key }) where !linked.contains(id) {
            collector.problem(
                FHoSSServices.place(row, "impu"), "identity", "no private identity has it; it is not imported")
        }
    }

    /// The entry of a provisioning document that says the same.
    private mutating func entry(
        _ users: [SQLTable.Row], _ capabilities: String?, _ place: ImportPlace, _ collector: inout ImportCollector
    ) -> Report? {
        var publics: [SQLTable.Row] = []
        for user in users {
            for link in linksOfUser[user.integer("id") ?? -1] ?? [] {
                guard let row = link.integer("id_impu").flatMap({ identities[$0] }) else {
                    collector.problem(
                        FHoSSServices.place(link, "impi_impu"), "id_impu", "its public identity is not there")
                    continue
                }
                if !publics.contains(where: { $0.index == row.index }) { publics.append(row) }
            }
        }
        publics.sort { ($0.integer("id") ?? 0) < ($1.integer("id") ?? 0) }
        guard !publics.isEmpty else {
            collector.problem(place, nil, "none of its private identities has a public one; it is not imported")
            return nil
        }
        var sets: [Int: Int] = [:]
        for row in publics where sets[row.integer("id_implicit_set") ?? 0] == nil {
            sets[row.integer("id_implicit_set") ?? 0] = sets.count
        }
        var privates: [Report] = []
        for user in users {
            let linked = Set((linksOfUser[user.integer("id") ?? -1] ?? []).compactMap { $0.integer("id_impu") })
            let numbers = Set(
                publics.filter { $0.integer("id").map { linked.contains($0) } == true }
                    .compactMap { sets[$0.integer("id_implicit_set") ?? 0] })
            guard let report = privateIdentity(user, numbers.sorted(), &collector) else { return nil }
            privates.append(report)
        }
        var members: [Report.Member] = [
            .init("private-identities", .list(privates)),
            .init(
                "identities",
                .list(publics.map { publicIdentity($0, sets[$0.integer("id_implicit_set") ?? 0] ?? 0, &collector) })),
        ]
        if let capabilities { members.append(.init("capabilities", .text(capabilities))) }
        if let list = charging(publics, place, &collector) { members.append(.init("charging", .text(list))) }
        if let list = visited(publics, place, &collector) { members.append(.init("visited-networks", .text(list))) }
        return .record(members)
    }

    private func publicIdentity(_ row: SQLTable.Row, _ set: Int, _ collector: inout ImportCollector) -> Report {
        let kinds = ["distinct", "psi", "wildcarded-psi", "wildcarded"]
        let kind = row.integer("type").flatMap { kinds.indices.contains($0) ? $0 : nil } ?? 0
        let pattern = row.text("wildcard_psi")
        var members: [Report.Member] = [
            .init("identity", .text(kind >= 2 && !pattern.isEmpty ? pattern : row.text("identity"))),
            .init("kind", .text(kinds[kind])), .init("set", .integer(set)),
            .init("barred", .boolean(row.isSet("barring"))),
        ]
        if !row.text("display_name").isEmpty { members.append(.init("name", .text(row.text("display_name")))) }
        if let profile = row.integer("id_sp").flatMap({ services.profiles[$0] }) {
            members.append(.init("service-profile", .text(profile)))
        } else if let profile = collector.options.serviceProfile {
            members.append(.init("service-profile", .text(profile)))
        }
        if row["can_register"] != nil, !row.isSet("can_register"), kind == 0 {
            collector.warn(
                FHoSSServices.place(row, "impu"), "can_register",
                "it may not register there; here that follows from its barring and its set")
        }
        return .record(members)
    }

    private func privateIdentity(_ row: SQLTable.Row, _ sets: [Int], _ collector: inout ImportCollector) -> Report? {
        let place = FHoSSServices.place(row, "impi")
        var members: [Report.Member] = [
            .init("impi", .text(row.text("identity"))), .init("sets", .list(sets.map { .integer($0) })),
        ]
        // 1 Digest-AKAv1-MD5, 2 AKAv2; 4, 8, 16 and 128 kinds of digest; 32 early IMS security, 64 NASS-bundled.
        switch row.integer("default_auth_scheme") ?? 1 {
        case 1, 2:
            guard let key = FHoSSKey(row["k"]?.octets ?? []) else {
                collector.problem(
                    place, "k", "it is neither 16 octets nor 32 hexadecimal digits; the subscription is not imported")
                return nil
            }
            if key.isPadded {
                collector.warnOnce(
                    place, "k", "it has fewer than 16 octets and is filled with zeros, as the Fraunhofer HSS does")
            }
            members.append(.init("k", .text(key.hex)))
            if let opc = FHoSSKey(row["opc"]?.octets ?? []), !opc.isZero {
                members.append(.init("opc", .text(opc.hex)))
            } else {
                members.append(.init("op", .text(FHoSSKey(row["op"]?.octets ?? [])?.hex ?? "")))
            }
            members.append(.init("amf", .text(Self.amf(row["amf"]?.octets ?? []))))
            members.append(.init("sqn", .text(row.text("sqn"))))
        case 4, 8, 16, 128:
            members.append(.init("digest", ["password": .text(row.text("k"))]))
        default:
            collector.problem(
                place, "default_auth_scheme",
                "this scheme knows no secret (early IMS or NASS-bundled); the subscription is not imported")
            return nil
        }
        if !["", "0"].contains(row.text("line_identifier")) {
            collector.ignore("line_identifier", at: place, "NASS-bundled authentication is not kept")
        }
        return .record(members)
    }

    /// Two octets, or four hexadecimal digits.
    private static func amf(_ octets: [UInt8]) -> String {
        octets.count == 4 ? String(decoding: octets, as: UTF8.self) : Hex.encode(octets)
    }

    private func charging(_ rows: [SQLTable.Row], _ place: ImportPlace, _ collector: inout ImportCollector) -> String? {
        var lists: [String] = []
        for row in rows {
            guard let list = row.integer("id_charging_info").flatMap({ services.charging[$0] }), !lists.contains(list)
            else { continue }
            lists.append(list)
        }
        if lists.count > 1 {
            collector.warn(
                place, "id_charging_info",
                "its public identities have different charging addresses; \(lists[0]) is taken for all of them")
        }
        return lists.first
    }

    private mutating func visited(
        _ rows: [SQLTable.Row], _ place: ImportPlace, _ collector: inout ImportCollector
    ) -> String? {
        var lists: [[String]] = []
        for row in rows {
            let links = networksOfIdentity[row.integer("id") ?? -1] ?? []
            let names = links.compactMap { $0.integer("id_visited_network").flatMap { networks[$0] } }
                .filter { !$0.isEmpty && !$0.contains(" ") }
            let sorted = Set(names).sorted()
            if !sorted.isEmpty, !lists.contains(sorted) { lists.append(sorted) }
        }
        guard !lists.isEmpty else {
            collector.warnOnce(
                place, "impu_visited_network",
                "no visited network was allowed there; here none named means all are allowed")
            return nil
        }
        if lists.count > 1 {
            collector.warn(
                place, "impu_visited_network", "its public identities have different networks; all of them are allowed")
        }
        return services.networks(Set(lists.flatMap { $0 }).sorted())
    }
}

/// A key as the Fraunhofer HSS stores it: octets, hexadecimal digits, or a short text that it fills with zeros.
struct FHoSSKey {
    let hex: String
    let isPadded: Bool
    var isZero: Bool { hex.utf8.allSatisfy { $0 == UInt8(ascii: "0") } }

    init?(_ octets: [UInt8]) {
        if octets.count == 32, octets.allSatisfy({ Hex.value($0) != nil }) {
            hex = String(decoding: octets, as: UTF8.self).lowercased()
            isPadded = false
        } else if !octets.isEmpty, octets.count <= 16 {
            hex = Hex.encode(octets + [UInt8](repeating: 0, count: 16 - octets.count))
            isPadded = octets.count < 16
        } else {
            return nil
        }
    }
}
