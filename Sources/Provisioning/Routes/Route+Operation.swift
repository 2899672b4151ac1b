import Foundation
import HomeSubscriberServer
import IMS
import SubscriberStore

/// The database as a whole.
extension Route {
    static let operation: [Route] = [
        Route(.get, "/v1/status", "getStatus", "How many of what there is.", answers: [200: "Status"]) {
            provisioner, _ throws(Problem) in
            let (statistics, waiting) = try provisioner.using { store throws(SubscriberStore.Failure) in
                (try store.statistics(), try store.waitingNotices(limit: 10_000).count)
            }
            return ProvisioningAnswer(
                200,
                [
                    "domain": .text(provisioner.domain), "subscribers": .integer(statistics.subscriptions),
                    "public-identities": .integer(statistics.publicIdentities),
                    "registered-sets": .integer(statistics.registeredSets), "waiting-notices": .integer(waiting),
                ])
        },
        Route(
            .post, "/v1/apply", "applyDocument",
            "Make what a provisioning document says be there; other entries stay. What came before a mistake is done.",
            query: [
                .domain,
                Parameter(
                    name: "dry-run", meaning: "Only read it.", schema: ["type": "boolean", "default": false]),
            ], body: "Document", answers: [200: "Applied"], handler: apply),
        Route(
            .post, "/v1/import", "importDocument",
            "Make many subscribers be as a provisioning document says, together: one that cannot be is refused alone.",
            query: [
                .domain,
                Parameter(
                    name: "dry-run", meaning: "Say what it would come to; nothing of it stays.",
                    schema: ["type": "boolean", "default": false]),
            ], body: "Document", answers: [200: "Imported"], handler: importDocument),
        Route(
            .get, "/v1/audit", "listAudit", "A page of who changed or read what, oldest first.",
            query: [.number, .limit], answers: [200: "AuditPage"]
        ) { provisioner, call throws(Problem) in
            let after = try call.number("after", 0...Int.max) ?? 0
            let limit = try call.limit
            let page = try provisioner.using { store throws(SubscriberStore.Failure) in
                try store.auditTrail(after: Int64(after), limit: limit)
            }
            var members: [Report.Member] = [.init("entries", .list(page.map(\.report)))]
            if page.count == limit, let last = page.last { members.append(.init("next", .integer(Int(last.number)))) }
            return ProvisioningAnswer(200, .record(members))
        },
        Route(
            .get, "/v1/notices", "listNotices", "The RTRs and PPRs whose S-CSCF has not answered yet, oldest first.",
            query: [.limit], answers: [200: "Notices"]
        ) { provisioner, call throws(Problem) in
            let limit = try call.limit
            let notices = try provisioner.using { store throws(SubscriberStore.Failure) in
                try store.waitingNotices(limit: limit)
            }
            return ProvisioningAnswer(200, ["notices": .list(notices.map(\.notice.report.hyphenated))])
        },
        Route(
            .get, "/v1/integrity", "checkIntegrity",
            "Look through the whole database: pages, references, secrets, audit trail. About a second for 100 MB.",
            answers: [200: "Integrity"]
        ) { provisioner, _ throws(Problem) in
            let problems = try provisioner.using { store throws(SubscriberStore.Failure) in
                try store.integrityProblems()
            }
            return ProvisioningAnswer(
                200, ["whole": .boolean(problems.isEmpty), "problems": .list(problems.map { .text($0) })])
        },
    ]

    private static func document(_ provisioner: Provisioner, _ call: Call) throws(Problem) -> ProvisioningDocument {
        do throws(DocumentProblems) {
            return try ProvisioningDocument(
                call.body, domain: call.request.query["domain"] ?? provisioner.domain)
        } catch {
            throw Problem(error.problems)
        }
    }

    @Sendable
    private static func importDocument(_ provisioner: Provisioner, _ call: Call) throws(Problem) -> ProvisioningAnswer {
        let isDry = try call.boolean("dry-run")
        let document = try document(provisioner, call)
        var changes: [SubscriberStore.CatalogueChange] = []
        let results = try provisioner.using { store throws(SubscriberStore.Failure) -> [SubscriberStore.Imported] in
            guard !isDry else { return try store.rehearse(document.catalogue, document.subscribers) }
            if !document.catalogue.isEmpty { changes = try store.apply(document.catalogue) }
            return try store.apply(all: document.subscribers)
        }
        return ProvisioningAnswer(
            200,
            [
                "services": .list(changes.map(\.report)),
                "subscribers": .list(
                    zip(document.subscribers, results).map { record, result in
                        switch result {
                        case .applied(let applied): ["name": .text(record.name), "result": .text(applied.rawValue)]
                        case .refused(let refusal):
                            [
                                "name": .text(record.name), "result": "refused", "detail": .text(refusal.sentence),
                            ]
                        }
                    }),
            ])
    }

    @Sendable
    private static func apply(_ provisioner: Provisioner, _ call: Call) throws(Problem) -> ProvisioningAnswer {
        let isDry = try call.boolean("dry-run")
        let document = try document(provisioner, call)
        var services: [Report] = []
        var subscribers: [Report] = []
        if !isDry, !document.catalogue.isEmpty {
            let changes = try provisioner.using { store throws(SubscriberStore.Failure) in
                try store.apply(document.catalogue)
            }
            services = changes.map(\.report)
        }
        for (index, record) in document.subscribers.enumerated() {
            var result = "checked"
            if !isDry {
                do throws(SubscriberStore.Failure) {
                    result = try provisioner.store.apply(record).rawValue
                } catch {
                    var problem = Problem(error)
                    problem.errors = [DocumentProblem("subscribers[\(index)]", problem.detail)]
                    problem.hint =
                        "The \(index) subscribers before it and the services are done; it is safe to apply again."
                    throw problem
                }
            }
            subscribers.append([
                "name": .text(record.name), "result": .text(result),
                "warnings": .list(
                    result == "unchanged" ? [] : record.advice(home: provisioner.domain).map { .text($0) }),
            ])
        }
        return ProvisioningAnswer(
            200,
            [
                "services": .list(services), "subscribers": .list(subscribers),
                "warnings": .list(document.advice.map { .text($0) }),
            ])
    }
}

extension SubscriberStore.CatalogueChange {
    fileprivate var report: Report {
        ["kind": .text(kind.words), "name": .text(name), "result": .text(result.rawValue)]
    }
}

extension AuditEntry {
    fileprivate var report: Report {
        [
            "number": .integer(Int(number)),
            "time": .text(Date(timeIntervalSince1970: TimeInterval(time)).formatted(.iso8601)),
            "actor": .text(actor), "action": .text(action), "object": .text(object),
        ]
    }
}
