import Cx
import HomeSubscriberServer
import IMS
import SubscriberStore

/// Subscriptions as wholes.
extension Route {
    static let subscribers: [Route] = [
        Route(
            .get, "/v1/subscribers", "listSubscribers", "A page of the subscribers, in the order they were added.",
            query: [.number, .limit], answers: [200: "SubscriberPage"], handler: list),
        Route(
            .post, "/v1/subscribers", "addSubscriber", "Add a subscriber, or a range of SIMs counted up.",
            query: [
                .domain,
                Parameter(
                    name: "count", meaning: "So many SIMs, IMSI and MSISDN counted up.",
                    schema: ["type": "integer", "minimum": 1, "maximum": 1_000_000, "default": 1]),
            ], body: "Subscriber", answers: [201: "Result"], handler: add),
        Route(
            .get, "/v1/subscribers/{subscriber}", "getSubscriber",
            "What is declared of a subscriber, without secrets; it can be changed and put back.",
            answers: [200: "SubscriberDeclared", 304: nil]
        ) { provisioner, call throws(Problem) in
            let declaration = try provisioner.subscription(call["subscriber"]).record.declaration(withSecrets: false)
            return ProvisioningAnswer(200, declaration, entityTag: Provisioner.entityTag(declaration))
        },
        Route(
            .put, "/v1/subscribers/{subscriber}", "putSubscriber",
            "Make a subscriber be as given. A private identity without a secret keeps the one that it has.",
            query: [.domain], body: "Subscriber", answers: [200: "Result", 201: "Result"], handler: put),
        Route(
            .patch, "/v1/subscribers/{subscriber}", "patchSubscriber",
            "Change members of what getSubscriber gives (a merge patch: null takes away, lists are replaced).",
            body: "Patch", answers: [200: "Result"], handler: patch),
        Route(
            .delete, "/v1/subscribers/{subscriber}", "removeSubscriber",
            "Remove a subscriber with all its identities; its S-CSCF gets an RTR.", answers: [204: nil]
        ) { provisioner, call throws(Problem) in
            try Provisioner.check(call, against: declaration(provisioner, call["subscriber"]))
            _ = try provisioner.using { store throws(SubscriberStore.Failure) in try store.remove(call["subscriber"]) }
            return ProvisioningAnswer(204)
        },
    ]

    private static func declaration(_ provisioner: Provisioner, _ name: String) throws(Problem) -> Report {
        try provisioner.subscription(name).record.declaration(withSecrets: false)
    }

    @Sendable
    private static func list(_ provisioner: Provisioner, _ call: Call) throws(Problem) -> ProvisioningAnswer {
        let after = try call.number("after", 0...Int.max).map { SubscriptionID(rawValue: Int64($0)) }
        let limit = try call.limit
        let (page, total) = try provisioner.using { store throws(SubscriberStore.Failure) in
            (try store.list(after: after, limit: limit), try store.count())
        }
        var members: [Report.Member] = [
            .init("total", .integer(total)), .init("subscribers", .list(page.map(\.line))),
        ]
        if page.count == limit, let last = page.last { members.append(.init("next", .integer(Int(last.id.rawValue)))) }
        return ProvisioningAnswer(200, .record(members))
    }

    @Sendable
    private static func add(_ provisioner: Provisioner, _ call: Call) throws(Problem) -> ProvisioningAnswer {
        let domain = call.request.query["domain"] ?? provisioner.domain
        let count = try call.number("count", 1...1_000_000) ?? 1
        guard count > 1 else {
            let record = try provisioner.record(reading: call.body, over: nil, domain: domain)
            try provisioner.using { store throws(SubscriberStore.Failure) in try store.add(record) }
            return provisioner.result("added", record, status: 201)
        }
        let first: SubscriberRecord
        do throws(DocumentProblem) {
            first = try SubscriberRecord(reading: call.body, at: "", domain: domain)
        } catch {
            throw Problem([error])
        }
        try provisioner.using { store throws(SubscriberStore.Failure) in try store.add(from: first, count: count) }
        return provisioner.result("added", SubscriptionRecord(first), status: 201)
    }

    @Sendable
    private static func put(_ provisioner: Provisioner, _ call: Call) throws(Problem) -> ProvisioningAnswer {
        let name = call["subscriber"]
        var known: SubscriptionRecord?
        var written: SubscriptionRecord?
        let applied = try provisioner.change(name) { present throws(Problem) in
            try Provisioner.check(call, against: present?.record.declaration(withSecrets: false))
            let record = try provisioner.record(
                reading: call.body, over: present, domain: call.request.query["domain"])
            guard record.isFound(by: name) else {
                throw Problem(.invalid, "The body is about \(record.name), which \(name) does not find.")
            }
            known = present?.record
            written = record
            return record
        }
        guard let written else { throw Problem(.failed, "Nothing was written.") }
        return provisioner.result(applied.rawValue, written, over: known, status: applied == .added ? 201 : 200)
    }

    @Sendable
    private static func patch(_ provisioner: Provisioner, _ call: Call) throws(Problem) -> ProvisioningAnswer {
        try provisioner.edit(call["subscriber"], call) { declaration throws(Problem) in
            declaration.merged(with: call.body)
        }
    }
}

extension Provisioner {
    /// Changes what is declared of a subscriber that is there.
    func edit(
        _ name: String, _ call: Call, _ body: (Report) throws(Problem) -> Report
    ) throws(Problem) -> ProvisioningAnswer {
        var known: SubscriptionRecord?
        var written: SubscriptionRecord?
        let applied = try change(name) { present throws(Problem) in
            guard let present else { throw Self.noSubscriber(name) }
            let declaration = present.record.declaration(withSecrets: false)
            try Self.check(call, against: declaration)
            let record = try self.record(reading: body(declaration), over: present)
            known = present.record
            written = record
            return record
        }
        guard let written else { throw Problem(.failed, "Nothing was written.") }
        return result(applied.rawValue, written, over: known)
    }

    /// - Parameter known: what it was before: the operator has been told what is strange in that.
    func result(
        _ result: String, _ record: SubscriptionRecord, over known: SubscriptionRecord? = nil, status: Int = 200
    ) -> ProvisioningAnswer {
        let declaration = record.declaration(withSecrets: false)
        let told = known?.advice(home: domain) ?? []
        let advice = record.advice(home: domain).filter { !told.contains($0) }
        return ProvisioningAnswer(
            status,
            [
                "result": .text(result), "name": .text(record.name),
                "warnings": .list(advice.map { .text($0) }),
            ], entityTag: Self.entityTag(declaration),
            location: status == 201 ? ["v1", "subscribers", record.name] : nil)
    }
}

extension SubscriptionRecord {
    /// Whether this name, as of `SubscriberStore.find`, means it.
    fileprivate func isFound(by name: String) -> Bool {
        if name.utf8.contains(UInt8(ascii: ":")) { return publicIdentities.contains { $0.identity.text == name } }
        if name.utf8.contains(UInt8(ascii: "@")) { return privateIdentities.contains { $0.identity.text == name } }
        if privateIdentities.contains(where: { $0.identity.text.hasPrefix(name + "@") }) { return true }
        let number = name.hasPrefix("+") ? String(name.dropFirst()) : name
        return publicIdentities.contains { $0.identity.text == "tel:+" + number }
    }
}

extension Subscription {
    /// For lists.
    fileprivate var line: Report {
        var members: [Report.Member] = [.init("name", .text(record.name))]
        if let imsi = record.imsi { members.append(.init("imsi", .text(imsi))) }
        if let msisdn = record.msisdn { members.append(.init("msisdn", .text(msisdn))) }
        members.append(.init("private-identities", .list(privateIdentities.map { .text($0.identity.text) })))
        members.append(.init("public-identities", .list(publicIdentities.map { .text($0.identity.text) })))
        members.append(.init("state", .text(strongestState.word)))
        if let servingCSCF { members.append(.init("scscf", .text(servingCSCF.name))) }
        return .record(members)
    }

    private var strongestState: Registration.State {
        let states = registrations.map(\.state)
        return states.contains(.registered)
            ? .registered : states.contains(.unregistered) ? .unregistered : .notRegistered
    }
}
