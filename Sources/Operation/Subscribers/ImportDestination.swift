import HomeSubscriberServer
import IMS
import Provisioning
import SubscriberStore

/// Where an import goes: into a database beside its HSS, or over the API of an HSS that runs.
package protocol ImportDestination {
    /// Makes what subscribers share be as the catalogue says.
    func apply(_ catalogue: ServiceCatalogue) throws(OperationFailure) -> [ImportSummary.Service]
    /// Makes many subscribers be as their records say; one that cannot be is refused alone.
    func take(_ records: [SubscriptionRecord]) throws(OperationFailure) -> [ImportSummary.Outcome]
    /// What that would come to after the catalogue; nothing of it stays.
    func rehearse(
        _ catalogue: ServiceCatalogue, _ records: [SubscriptionRecord]
    ) throws(OperationFailure) -> [ImportSummary.Outcome]
}

extension Subscribers: ImportDestination {
    package func apply(_ catalogue: ServiceCatalogue) throws(OperationFailure) -> [ImportSummary.Service] {
        try set(catalogue).map {
            ImportSummary.Service(kind: $0.kind.words, name: $0.name, result: $0.result.rawValue)
        }
    }

    package func take(_ records: [SubscriptionRecord]) throws(OperationFailure) -> [ImportSummary.Outcome] {
        try apply(all: records).map { ImportSummary.Outcome($0) }
    }

    package func rehearse(
        _ catalogue: ServiceCatalogue, _ records: [SubscriptionRecord]
    ) throws(OperationFailure) -> [ImportSummary.Outcome] {
        try rehearsal(catalogue, records).map { ImportSummary.Outcome($0) }
    }
}

extension ImportSummary.Outcome {
    fileprivate init(_ imported: SubscriberStore.Imported) {
        switch imported {
        case .applied(.added): self = .added
        case .applied(.changed): self = .changed
        case .applied(.unchanged): self = .unchanged
        case .refused(let refusal): self = .refused(refusal.sentence)
        }
    }

    /// An entry of `subscribers` of the API's answer; nil for one that says something else.
    fileprivate init?(_ entry: Report) {
        switch entry["result"]?.text {
        case "added": self = .added
        case "changed": self = .changed
        case "unchanged": self = .unchanged
        case "refused": self = .refused(entry["detail"]?.text ?? "no reason was given")
        default: return nil
        }
    }
}

/// The API of a running HSS, `POST /v1/import`: whoever has its token needs neither its database nor its keys.
package struct ImportOverAPI: ImportDestination {
    private let port: any ProvisioningPort

    package init(_ port: any ProvisioningPort) { self.port = port }

    package func apply(_ catalogue: ServiceCatalogue) throws(OperationFailure) -> [ImportSummary.Service] {
        let answer = try port.ask(.post, ["import"], body: catalogue.declaration)
        return (answer["services"]?.list ?? []).map {
            ImportSummary.Service(
                kind: $0["kind"]?.text ?? "", name: $0["name"]?.text ?? "", result: $0["result"]?.text ?? "")
        }
    }

    package func take(_ records: [SubscriptionRecord]) throws(OperationFailure) -> [ImportSummary.Outcome] {
        try outcomes(port.ask(.post, ["import"], body: Self.document(ServiceCatalogue(), records)), of: records)
    }

    package func rehearse(
        _ catalogue: ServiceCatalogue, _ records: [SubscriptionRecord]
    ) throws(OperationFailure) -> [ImportSummary.Outcome] {
        let body = Self.document(catalogue, records)
        return try outcomes(port.ask(.post, ["import"], query: ["dry-run": "true"], body: body), of: records)
    }

    private func outcomes(
        _ answer: Report, of records: [SubscriptionRecord]
    ) throws(OperationFailure) -> [ImportSummary.Outcome] {
        let outcomes = (answer["subscribers"]?.list ?? []).compactMap { ImportSummary.Outcome($0) }
        guard outcomes.count == records.count else {
            throw OperationFailure(
                .unavailable, "the HSS says of \(outcomes.count) of \(records.count) subscribers what became of them")
        }
        return outcomes
    }

    private static func document(_ catalogue: ServiceCatalogue, _ records: [SubscriptionRecord]) -> Report {
        var members: [Report.Member] = []
        if case .record(let services) = catalogue.declaration { members = services }
        members.append(.init("subscribers", .list(records.map { $0.declaration(withSecrets: true) })))
        return .record(members)
    }
}
