import HomeSubscriberServer
import IMS
import SubscriberStore

/// What subscriptions and identities share: a collection of named entries for each kind.
struct SharedKind: Sendable {
    /// In the path, and the key of a provisioning document.
    let path: String
    let kind: SubscriberStore.CatalogueKind
    /// The schema of an entry, and of operation names.
    let schema: String

    static let all = [
        SharedKind(path: "application-servers", kind: .applicationServer, schema: "ApplicationServer"),
        SharedKind(path: "shared-ifc-sets", kind: .criteriaSet, schema: "SharedCriteria"),
        SharedKind(path: "service-profiles", kind: .serviceProfile, schema: "ServiceProfile"),
        SharedKind(path: "capability-sets", kind: .capabilities, schema: "CapabilitySet"),
        SharedKind(path: "visited-networks", kind: .visitedNetworks, schema: "VisitedNetworks"),
        SharedKind(path: "charging", kind: .charging, schema: "Charging"),
    ]

    var hasCriteria: Bool { kind == .serviceProfile || kind == .criteriaSet }

    /// The entries by name, in the order of their names.
    func entries(_ provisioner: Provisioner) throws(Problem) -> [Report.Member] {
        let catalogue = try provisioner.using { store throws(SubscriberStore.Failure) in try store.catalogue() }
        guard case .record(let members)? = catalogue.declaration[path] else { return [] }
        return members
    }

    func find(_ name: String, _ provisioner: Provisioner) throws(Problem) -> Report? {
        try entries(provisioner).first { $0.name == name }?.value
    }

    func entry(_ name: String, _ provisioner: Provisioner) throws(Problem) -> Report {
        guard let entry = try find(name, provisioner) else {
            throw Problem.unknown(kind.words, name, hint: "GET /v1/\(path) lists what there is.")
        }
        return entry
    }

    /// Makes an entry be as given.
    func put(_ value: Report, as name: String, _ provisioner: Provisioner) throws(Problem) -> ProvisioningAnswer {
        let document: ProvisioningDocument
        do throws(DocumentProblems) {
            document = try ProvisioningDocument(
                .record([.init(path, .record([.init(name, value)]))]), domain: provisioner.domain)
        } catch {
            throw Problem(error.problems, in: "\(path).\(name)")
        }
        let changes = try provisioner.using { store throws(SubscriberStore.Failure) in
            try store.apply(document.catalogue)
        }
        let result = changes.first?.result ?? .unchanged
        let isNew = result == .added
        return ProvisioningAnswer(
            isNew ? 201 : 200,
            ["result": .text(result.rawValue), "name": .text(name), "warnings": []],
            entityTag: try find(name, provisioner).map(Provisioner.entityTag),
            location: isNew ? ["v1", path, name] : nil)
    }
}

extension Route {
    static let catalogue: [Route] =
        [
            Route(
                .get, "/v1/catalogue", "getCatalogue", "All that subscribers share, as one provisioning document.",
                answers: [200: "Catalogue"]
            ) { provisioner, _ throws(Problem) in
                let catalogue = try provisioner.using { store throws(SubscriberStore.Failure) in
                    try store.catalogue()
                }
                return ProvisioningAnswer(200, catalogue.declaration)
            }
        ]
        + SharedKind.all.flatMap { shared in
            collection(shared) + (shared.hasCriteria ? criteria(shared) : [])
        }

    private static func collection(_ shared: SharedKind) -> [Route] {
        let one = "/v1/\(shared.path)/{name}"
        var routes = [
            Route(
                .get, "/v1/\(shared.path)", "list\(shared.schema)", "A page of them, in the order of their names.",
                query: [.after, .limit], answers: [200: "\(shared.schema)Page"]
            ) { provisioner, call throws(Problem) in
                let all = try shared.entries(provisioner).sorted { $0.name < $1.name }
                let after = call.request.query["after"]
                let rest = all.filter { member in after.map { member.name > $0 } ?? true }
                let page = rest.prefix(try call.limit)
                var members: [Report.Member] = [
                    .init("total", .integer(all.count)), .init(shared.path, .record(Array(page))),
                ]
                if page.count < rest.count, let last = page.last { members.append(.init("next", .text(last.name))) }
                return ProvisioningAnswer(200, .record(members))
            },
            Route(
                .get, one, "get\(shared.schema)", "One \(shared.kind.words).",
                answers: [200: shared.schema, 304: nil]
            ) { provisioner, call throws(Problem) in
                let entry = try shared.entry(call["name"], provisioner)
                return ProvisioningAnswer(200, entry, entityTag: Provisioner.entityTag(entry))
            },
            Route(
                .put, one, "put\(shared.schema)",
                "Make a \(shared.kind.words) be as given. S-CSCFs get a PPR for every set that it changes.",
                body: shared.schema, answers: [200: "Result", 201: "Result"]
            ) { provisioner, call throws(Problem) in
                try Provisioner.check(call, against: shared.find(call["name"], provisioner))
                return try shared.put(call.body, as: call["name"], provisioner)
            },
            Route(
                .delete, one, "remove\(shared.schema)", "Remove a \(shared.kind.words) that nobody has.",
                answers: [204: nil]
            ) { provisioner, call throws(Problem) in
                let name = call["name"]
                try Provisioner.check(call, against: shared.entry(name, provisioner))
                guard shared.kind != .serviceProfile || name != ServiceProfileContent.empty.name else {
                    throw Problem(.inUse, "The service profile \(name) is for subscribers that name none.")
                }
                try provisioner.using { store throws(SubscriberStore.Failure) in
                    try store.remove(shared.kind, named: name)
                }
                return ProvisioningAnswer(204)
            },
        ]
        guard shared.kind != .visitedNetworks else { return routes }  // a list has no members to change
        routes.append(
            Route(
                .patch, one, "patch\(shared.schema)", "Change members of a \(shared.kind.words) (a merge patch).",
                body: "Patch", answers: [200: "Result"]
            ) { provisioner, call throws(Problem) in
                let present = try shared.entry(call["name"], provisioner)
                try Provisioner.check(call, against: present)
                return try shared.put(present.merged(with: call.body), as: call["name"], provisioner)
            })
        return routes
    }

    /// The filter criteria of a profile or shared set, one by one, by their priorities.
    private static func criteria(_ shared: SharedKind) -> [Route] {
        let one = "/v1/\(shared.path)/{name}/ifc/{priority}"
        return [
            Route(
                .get, one, "get\(shared.schema)Criterion", "One filter criterion.",
                answers: [200: "FilterCriterion", 304: nil]
            ) { provisioner, call throws(Problem) in
                let (_, criteria, index) = try find(shared, provisioner, call)
                guard let index else { throw noCriterion(call) }
                return ProvisioningAnswer(
                    200, criteria[index].value, entityTag: Provisioner.entityTag(criteria[index].value))
            },
            Route(
                .put, one, "put\(shared.schema)Criterion", "Make a filter criterion be as given.",
                body: "FilterCriterion", answers: [200: "Result"]
            ) { provisioner, call throws(Problem) in
                let (owner, present, index) = try find(shared, provisioner, call)
                try Provisioner.check(call, against: index.map { present[$0].value })
                let value = try criterion(call)
                var criteria = present.map(\.value)
                if let index { criteria[index] = value } else { criteria.append(value) }
                return try shared.put(
                    owner.setting("ifc", to: .list(criteria)), as: call["name"], provisioner)
            },
            Route(
                .delete, one, "remove\(shared.schema)Criterion", "Remove a filter criterion.",
                answers: [200: "Result"]
            ) { provisioner, call throws(Problem) in
                let (owner, present, index) = try find(shared, provisioner, call)
                guard let index else { throw noCriterion(call) }
                try Provisioner.check(call, against: present[index].value)
                var criteria = present.map(\.value)
                criteria.remove(at: index)
                return try shared.put(
                    owner.setting("ifc", to: .list(criteria)), as: call["name"], provisioner)
            },
        ]
    }

    /// The owner, its criteria with their priorities, and where the one meant stands.
    private static func find(
        _ shared: SharedKind, _ provisioner: Provisioner, _ call: Call
    ) throws(Problem) -> (owner: Report, criteria: [(priority: String, value: Report)], index: Int?) {
        let owner = try shared.entry(call["name"], provisioner)
        let catalogue = try provisioner.using { store throws(SubscriberStore.Failure) in try store.catalogue() }
        let records =
            shared.kind == .serviceProfile
            ? catalogue.serviceProfiles.first { $0.name == call["name"] }?.criteria
            : catalogue.criteriaSets.first { String($0.number) == call["name"] }?.criteria
        let criteria = (records ?? []).map { (String($0.criterion.priority), $0.declaration) }
        return (owner, criteria, criteria.firstIndex { $0.0 == call["priority"] })
    }

    private static func noCriterion(_ call: Call) -> Problem {
        .unknown("filter criterion with priority", "\(call["priority"]) in \(call["name"])")
    }

    /// The body, with the priority of the path.
    private static func criterion(_ call: Call) throws(Problem) -> Report {
        guard let priority = Int(call["priority"]), (0...Int(Int32.max)).contains(priority) else {
            throw Problem(.malformed, "\(call["priority"]): a priority is a whole number.")
        }
        if let xml = call.body.text, let given = (try? FilterCriterionText.read(xml))??.priority, given != priority {
            throw Problem([DocumentProblem("", "its priority is \(given), and the path says \(priority)")])
        }
        guard case .record = call.body else { return call.body }
        if let given = call.body["priority"], given != .integer(priority), given != .text(String(priority)) {
            throw Problem([DocumentProblem("priority", "the path says \(priority)")])
        }
        return call.body.setting("priority", to: .integer(priority))
    }
}
