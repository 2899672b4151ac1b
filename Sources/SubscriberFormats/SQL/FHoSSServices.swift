import Cx
import HomeSubscriberServer
import IMS
import SIP
import Sh

/// What subscriptions share in a dump of the Fraunhofer HSS: application servers, filter criteria, service profiles, lists.
struct FHoSSServices {
    private(set) var catalogue = ServiceCatalogue()
    /// Names by the numbers of the dump.
    private(set) var profiles: [Int: String] = [:]
    private(set) var charging: [Int: String] = [:]
    private var servers: [Int: String] = [:]
    private var criteria: [Int: InitialFilterCriteria] = [:]
    private var serverOfCriterion: [Int: String] = [:]
    private let dump: SQLDump

    init(_ dump: SQLDump, _ collector: inout ImportCollector) {
        self.dump = dump
        readServers(&collector)
        readCriteria(&collector)
        readSharedSets(&collector)
        readProfiles(&collector)
        readCharging()
    }

    static func place(_ row: SQLTable.Row, _ table: String) -> ImportPlace {
        .row(table: table, key: row.text("id").isEmpty ? "of line \(row.line)" : row.text("id"))
    }

    /// A name that no other number has.
    private static func unique(_ name: String, _ id: Int, among taken: some Sequence<String>) -> String {
        let name = name.isEmpty ? "fhoss-\(id)" : name
        return taken.contains(name) ? "\(name)-\(id)" : name
    }

    private mutating func readServers(_ collector: inout ImportCollector) {
        for row in dump.rows("application_server") {
            guard let id = row.integer("id") else { continue }
            let uri = row.text("server_name")
            guard Self.isSIP(uri) else {
                collector.problem(
                    Self.place(row, "application_server"), "server_name",
                    "\(uri) is no SIP URI; neither the server nor its filter criteria are imported")
                continue
            }
            let name = Self.unique(row.text("name"), id, among: servers.values)
            servers[id] = name
            let info = row.text("service_info")
            let handling = ApplicationServer.DefaultHandling(rawValue: row.integer("default_handling") ?? 0)
            if handling == nil {
                collector.warn(
                    Self.place(row, "application_server"), "default_handling",
                    "it is neither 0 (continued) nor 1 (terminated); sessions continue when the server does not answer")
            }
            catalogue.applicationServers.append(
                ApplicationServerRecord(
                    name: name,
                    server: ApplicationServer(
                        serverName: uri, defaultHandling: handling, serviceInfo: info.isEmpty ? nil : info,
                        includesRegisterRequest: row.isSet("include_register_request"),
                        includesRegisterResponse: row.isSet("include_register_response")),
                    sh: Self.access(row, &collector)))
        }
    }

    private static func isSIP(_ text: String) -> Bool {
        do throws(SIPSyntaxError) {
            if case .sip = try URI(parsing: text) { return true }
        } catch {}
        return false
    }

    private static func access(_ row: SQLTable.Row, _ collector: inout ImportCollector) -> ShAccess? {
        let host = row.text("diameter_address").lowercased()
        guard !host.isEmpty else { return nil }
        let kept: KeyValuePairs<String, DataReference> = [
            "rep_data": .repositoryData, "impu": .imsPublicIdentity, "ims_user_state": .imsUserState,
            "scscf_name": .servingCSCFName, "ifc": .initialFilterCriteria, "charging_info": .chargingInformation,
            "msisdn": .msisdn,
        ]
        let others = ["location", "user_state", "psi_activation", "dsai", "aliases_rep_data"]
        func allowed(_ operation: String) -> [DataReference] {
            guard row.isSet(operation) else { return [] }
            for name in others where row.isSet("\(operation)_\(name)") {
                collector.ignore(
                    "\(operation)_\(name)", at: place(row, "application_server"), "this HSS has no such data for Sh")
            }
            return kept.filter { row.isSet("\(operation)_\($0.key)") }.map(\.value)
        }
        let access = ShAccess(
            host: host, pull: allowed("udr"), update: allowed("pur").filter { $0 == .repositoryData },
            subscribe: allowed("snr").filter { $0 == .repositoryData })
        return access.pull.isEmpty && access.update.isEmpty && access.subscribe.isEmpty ? nil : access
    }

    private mutating func readCriteria(_ collector: inout ImportCollector) {
        var points: [Int: Bool] = [:]
        for row in dump.rows("tp") { if let id = row.integer("id") { points[id] = row.isSet("condition_type_cnf") } }
        var triggers: [Int: [ServicePointTrigger]] = [:]
        var isSpoilt: Set<Int> = []
        for row in dump.rows("spt") {
            guard let point = row.integer("id_tp") else { continue }
            if let trigger = Self.trigger(row) {
                triggers[point, default: []].append(trigger)
            } else {
                isSpoilt.insert(point)
                collector.problem(
                    Self.place(row, "spt"), "type",
                    "this condition cannot be understood; no filter criterion with its trigger point is imported")
            }
        }
        for row in dump.rows("ifc") {
            guard let id = row.integer("id") else { continue }
            let place = Self.place(row, "ifc")
            guard let server = row.integer("id_application_server").flatMap({ servers[$0] }) else {
                collector.problem(
                    place, "id_application_server", "its application server is not there; the criterion is not imported"
                )
                continue
            }
            var point: TriggerPoint?
            if let number = row.integer("id_tp"), number > 0 {
                guard !isSpoilt.contains(number) else { continue }
                guard let isConjunctive = points[number], let conditions = triggers[number] else {
                    collector.problem(
                        place, "id_tp",
                        "its trigger point is not there or has no condition; the criterion is not imported")
                    continue
                }
                point = TriggerPoint(isConjunctive: isConjunctive, servicePointTriggers: conditions)
            }
            serverOfCriterion[id] = server
            criteria[id] = InitialFilterCriteria(
                priority: 0, triggerPoint: point, applicationServer: ApplicationServer(serverName: server),
                profilePartIndicator: row.integer("profile_part_ind").flatMap { .init(rawValue: $0) })
        }
    }

    /// Column type: 0 Request-URI, 1 method, 2 header, 3 session case, 4 session description. The registration types are bits:
    /// 1 initial, 2 again, 4 de-registration.
    private static func trigger(_ row: SQLTable.Row) -> ServicePointTrigger? {
        let condition: ServicePointTrigger.Condition
        switch row.integer("type") {
        case 0:
            guard !row.text("requesturi").isEmpty else { return nil }
            condition = .requestURI(row.text("requesturi"))
        case 1:
            guard !row.text("method").isEmpty else { return nil }
            condition = .method(row.text("method"))
        case 2:
            guard !row.text("header").isEmpty else { return nil }
            let content = row.text("header_content")
            condition = .sipHeader(row.text("header"), content: content.isEmpty ? nil : content)
        case 3:
            guard let value = row.integer("session_case").flatMap({ ServicePointTrigger.SessionCase(rawValue: $0) })
            else { return nil }
            condition = .sessionCase(value)
        case 4:
            guard !row.text("sdp_line").isEmpty else { return nil }
            let content = row.text("sdp_line_content")
            condition = .sessionDescription(line: row.text("sdp_line"), content: content.isEmpty ? nil : content)
        default: return nil
        }
        let bits = max(0, row.integer("registration_type") ?? 0)
        let kinds: KeyValuePairs<Int, ServicePointTrigger.RegistrationType> = [
            1: .initialRegistration, 2: .reRegistration, 4: .deregistration,
        ]
        let types = kinds.filter { bits & $0.key != 0 }.map(\.value)
        return ServicePointTrigger(
            condition, groups: [max(0, row.integer("grp") ?? 0)], isNegated: row.isSet("condition_negated"),
            registrationTypes: types)
    }

    /// The criteria that a mapping table gives to somebody, by priority.
    private func criteria(
        _ rows: [SQLTable.Row], _ table: String, _ collector: inout ImportCollector
    ) -> [FilterCriterionRecord] {
        var records: [FilterCriterionRecord] = []
        for row in rows {
            guard let id = row.integer("id_ifc"), var criterion = criteria[id] else {
                collector.problem(Self.place(row, table), "id_ifc", "its filter criterion is not there or not imported")
                continue
            }
            criterion.priority = max(0, row.integer("priority") ?? 0)
            guard !records.contains(where: { $0.criterion.priority == criterion.priority }) else {
                collector.problem(
                    Self.place(row, table), "priority",
                    "priority \(criterion.priority) stands at another criterion already (TS 29.228 Annex B.2.2); this one is left out"
                )
                continue
            }
            records.append(FilterCriterionRecord(criterion, server: serverOfCriterion[id]))
        }
        return records.sorted { $0.criterion.priority < $1.criterion.priority }
    }

    private mutating func readSharedSets(_ collector: inout ImportCollector) {
        let sets = Dictionary(grouping: dump.rows("shared_ifc_set")) { $0.integer("id_set") ?? -1 }
        for (number, rows) in sets.sorted(by: { $0.key < $1.key }) where number >= 0 {
            catalogue.criteriaSets.append(
                SharedCriteriaRecord(number: number, criteria: criteria(rows, "shared_ifc_set", &collector)))
        }
    }

    private mutating func readProfiles(_ collector: inout ImportCollector) {
        let criteriaOf = Dictionary(grouping: dump.rows("sp_ifc")) { $0.integer("id_sp") ?? -1 }
        let setsOf = Dictionary(grouping: dump.rows("sp_shared_ifc_set")) { $0.integer("id_sp") ?? -1 }
        for row in dump.rows("sp") {
            guard let id = row.integer("id") else { continue }
            let name = Self.unique(row.text("name"), id, among: profiles.values)
            profiles[id] = name
            let own = criteria(criteriaOf[id] ?? [], "sp_ifc", &collector)
            var taken = Set(own.map(\.criterion.priority))
            var numbers: [Int] = []
            for link in setsOf[id] ?? [] {
                let number = link.integer("id_shared_ifc_set") ?? -1
                let place = Self.place(link, "sp_shared_ifc_set")
                guard let set = catalogue.criteriaSets.first(where: { $0.number == number }) else {
                    collector.problem(place, "id_shared_ifc_set", "shared iFC set \(number) is not there")
                    continue
                }
                let priorities = set.criteria.map(\.criterion.priority)
                guard taken.isDisjoint(with: priorities) else {
                    collector.problem(
                        place, "id_shared_ifc_set",
                        "a priority of set \(number) stands in profile \(name) already; the set is left out of the profile"
                    )
                    continue
                }
                taken.formUnion(priorities)
                if !numbers.contains(number) { numbers.append(number) }
            }
            let media = row.integer("cn_service_auth") ?? 0
            catalogue.serviceProfiles.append(
                ServiceProfileRecord(
                    name: name,
                    authorization: media > 0 ? CoreNetworkServicesAuthorization(subscribedMediaProfileID: media) : nil,
                    criteria: own, criteriaSets: numbers))
        }
    }

    private mutating func readCharging() {
        for row in dump.rows("charging_info") {
            guard let id = row.integer("id") else { continue }
            func name(_ column: String) -> String? { row.text(column).isEmpty ? nil : row.text(column) }
            let information = ChargingInformation(
                primaryEventChargingFunctionName: name("pri_ecf"),
                secondaryEventChargingFunctionName: name("sec_ecf"),
                primaryChargingCollectionFunctionName: name("pri_ccf"),
                secondaryChargingCollectionFunctionName: name("sec_ccf"))
            guard information != ChargingInformation() else { continue }
            let list = Self.unique(row.text("name"), id, among: charging.values)
            charging[id] = list
            catalogue.chargingProfiles[list] = information
        }
    }

    /// The name under which the capabilities of two sets are kept; nil when neither is there.
    mutating func capabilities(_ set: Int?, preferred: Int?) -> String? {
        let needed = dump.rows("capabilities_set").filter { $0.integer("id_set") == set && set != nil }
        let servers = dump.rows("preferred_scscf_set").filter { $0.integer("id_set") == preferred && preferred != nil }
            .sorted { ($0.integer("priority") ?? 0) < ($1.integer("priority") ?? 0) }
        guard !needed.isEmpty || !servers.isEmpty else { return nil }
        func numbers(_ isMandatory: Bool) -> [UInt32] {
            needed.filter { $0.isSet("is_mandatory") == isMandatory }
                .compactMap { $0.integer("id_capability").flatMap { UInt32(exactly: $0) } }
        }
        let name = [needed.first, servers.first].compactMap { $0?.text("name") }.filter { !$0.isEmpty }
            .joined(separator: "+")
        let list = name.isEmpty ? "fhoss-\(set ?? 0)-\(preferred ?? 0)" : name
        catalogue.capabilitySets[list] = ServerCapabilities(
            mandatory: numbers(true), optional: numbers(false),
            serverNames: servers.map { $0.text("scscf_name") }.filter { !$0.isEmpty && !$0.contains(" ") })
        return list
    }

    /// The name under which a list of networks is kept.
    mutating func networks(_ identities: [String]) -> String {
        let name = "networks: " + identities.joined(separator: ", ")
        let list = name.utf8.count <= 256 ? name : "networks of \(identities[0]) and \(identities.count - 1) more"
        catalogue.visitedNetworks[list] = identities
        return list
    }
}
