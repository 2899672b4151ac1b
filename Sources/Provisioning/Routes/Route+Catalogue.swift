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
    func entries(_ catalogue: ServiceCatalogue) -> [Report.Member] {
        guard case .record(let members)? = catalogue.declaration[path] else { return [] }
        return members
    }

    func find(_ name: String, in catalogue: ServiceCatalogue) -> Report? {
        entries(catalogue).first { $0.name == name }?.value
    }

    func entry(_ name: String, in catalogue: ServiceCatalogue) throws(Problem) -> Report {
        guard let entry = find(name, in: catalogue) else {
            throw Problem.unknown(kind.words, name, hint: "GET /v1/\(path) lists what there is.")
        }
        return entry
    }

    /// Makes the entry that the path names be what `body` makes of the catalogue as it is; nil removes it. What the body
    /// sees and what it orders are one transaction.
    func edit(
        _ provisioner: Provisioner, _ call: Call, _ body: (ServiceCatalogue) throws(Problem) -> Report?
    ) throws(Problem) -> ProvisioningAnswer {
        let name = call["name"]
        let (changes, after) = try provisioner.editCatalogue { present throws(Problem) in
            guard let value = try body(present) else { return .remove(kind, named: name) }
            do throws(DocumentProblems) {
                let document = try ProvisioningDocument(
                    .record([.init(path, .record([.init(name, value)]))]), domain: provisioner.domain)
                return .set(document.catalogue)
            } catch {
                throw Problem(error.problems, in: "\(path).\(name)")
            }
        }
        guard let result = changes.first?.result else { return ProvisioningAnswer(204) }
        let isNew = result == .added
        return ProvisioningAnswer(
            isNew ? 201 : 200,
            ["result": .text(result.rawValue), "name": .text(name), "warnings": []],
            entityTag: find(name, in: after).map(Provisioner.entityTag), location: isNew ? ["v1", path, name] : nil)
    }
}

extension Provisioner {
    fileprivate func catalogue() throws(Problem) -> ServiceCatalogue {
        try using { store throws(SubscriberStore.Failure) in try store.catalogue() }
    }
}

extension Route {
    static let catalogue: [Route] =
        [
            Route(
                .get, "/v1/catalogue", "getCatalogue", "All that subscribers share, as one provisioning document.",
                answers: [200: "Catalogue"]
            ) { provisioner, _ throws(Problem) in
                ProvisioningAnswer(200, try provisioner.catalogue().declaration)
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
                let all = try shared.entries(provisioner.catalogue()).sorted { $0.name < $1.name }
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
                let entry = try shared.entry(call["name"], in: provisioner.catalogue())
                return ProvisioningAnswer(200, entry, entityTag: Provisioner.entityTag(entry))
            },
            Route(
                .put, one, "put\(shared.schema)",
                "Make a \(shared.kind.words) be as given. S-CSCFs get a PPR for every set that it changes.",
                body: shared.schema, answers: [200: "Result", 201: "Result"]
            ) { provisioner, call throws(Problem) in
                try shared.edit(provisioner, call) { catalogue throws(Problem) in
                    try Provisioner.check(call, against: shared.find(call["name"], in: catalogue))
                    return call.body
                }
            },
            Route(
                .delete, one, "remove\(shared.schema)", "Remove a \(shared.kind.words) that nobody has.",
                answers: [204: nil]
            ) { provisioner, call throws(Problem) in
                try shared.edit(provisioner, call) { catalogue throws(Problem) in
                    let name = call["name"]
                    try Provisioner.check(call, against: shared.entry(name, in: catalogue))
                    guard shared.kind != .serviceProfile || name != ServiceProfileContent.empty.name else {
                        throw Problem(.inUse, "The service profile \(name) is for subscribers that name none.")
                    }
                    return nil
                }
            },
        ]
        guard shared.kind != .visitedNetworks else { return routes }  // a list has no members to change
        routes.append(
            Route(
                .patch, one, "patch\(shared.schema)", "Change members of a \(shared.kind.words) (a merge patch).",
                body: "Patch", answers: [200: "Result"]
            ) { provisioner, call throws(Problem) in
                try shared.edit(provisioner, call) { catalogue throws(Problem) in
                    let present = try shared.entry(call["name"], in: catalogue)
                    try Provisioner.check(call, against: present)
                    return present.merged(with: call.body)
                }
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
                let (_, criteria, index) = try find(shared, provisioner.catalogue(), call)
                guard let index else { throw noCriterion(call) }
                return ProvisioningAnswer(
                    200, criteria[index].value, entityTag: Provisioner.entityTag(criteria[index].value))
            },
            Route(
                .put, one, "put\(shared.schema)Criterion", "Make a filter criterion be as given.",
                body: "FilterCriterion", answers: [200: "Result"]
            ) { provisioner, call throws(Problem) in
                try shared.edit(provisioner, call) { catalogue throws(Problem) in
                    let (owner, present, index) = try find(shared, catalogue, call)
                    try Provisioner.check(call, against: index.map { present[$0].value })
                    let value = try criterion(call)
                    var criteria = present.map(\.value)
                    if let index { criteria[index] = value } else { criteria.append(value) }
                    return owner.setting("ifc", to: .list(criteria))
                }
            },
            Route(
                .delete, one, "remove\(shared.schema)Criterion", "Remove a filter criterion.",
                answers: [200: "Result"]
            ) { provisioner, call throws(Problem) in
                try shared.edit(provisioner, call) { catalogue throws(Problem) in
                    let (owner, present, index) = try find(shared, catalogue, call)
                    guard let index else { throw noCriterion(call) }
                    try Provisioner.check(call, against: present[index].value)
                    var criteria = present.map(\.value)
                    criteria.remove(at: index)
                    return owner.setting("ifc", to: .list(criteria))
                }
            },
        ]
    }

    /// The owner, its criteria with their priorities, and where the one meant stands.
    private static func find(
        _ shared: SharedKind, _ catalogue: ServiceCatalogue, _ call: Call
    ) throws(Problem) -> (owner: Report, criteria: [(priority: String, value: Report)], index: Int?) {
        let owner = try shared.entry(call["name"], in: catalogue)
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
