import IMS
import Octets

/// What the operator may ask a running HSS; `imsctl` reads the database itself for everything else.
package enum Query: Equatable, Sendable {
    /// The registered identities with state and S-CSCF, a page of them.
    case registrations(after: SubscriptionID?, limit: Int)
    /// One subscriber, by any of its identities.
    case subscriber(String)
    case stats

    package struct Mistake: Error, Equatable, Sendable {
        package var sentence: String
    }

    package static func reading(_ command: Command) -> Result<Query, Mistake> {
        switch command.name {
        case "registrations":
            var after: SubscriptionID?
            if let text = command.arguments["after"] {
                guard let value = Int64(text) else {
                    return .failure(Mistake(sentence: "after: \(text) is no number"))
                }
                after = SubscriptionID(rawValue: value)
            }
            let text = command.arguments["limit"] ?? "1000"
            guard let limit = Int(text), (1...10_000).contains(limit) else {
                return .failure(Mistake(sentence: "limit: \(text) is no number from 1 to 10000"))
            }
            return .success(.registrations(after: after, limit: limit))
        case "subscriber":
            guard let identity = command.arguments["identity"], !identity.isEmpty else {
                return .failure(
                    Mistake(sentence: "subscriber: the argument identity is missing, an IMPI or IMPU"))
            }
            return .success(.subscriber(identity))
        case "stats": return .success(.stats)
        default:
            return .failure(
                Mistake(
                    sentence:
                        "An HSS knows registrations, subscriber, stats, notices, reload, kick, push, bar, unbar and remove, not \(command.name)."
                ))
        }
    }

    func report(from directory: inout some SubscriberDirectory) throws(DirectoryFailure) -> Report {
        switch self {
        case .registrations(let after, let limit):
            let page = try directory.servedSubscriptions(after: after, limit: limit)
            var report: [Report.Member] = [
                .init("registrations", .list(page.flatMap(\.registrationReports)))
            ]
            if page.count == limit, let last = page.last {
                report.append(.init("next", .integer(Int(last.id.rawValue))))
            }
            return .record(report)
        case .subscriber(let identity):
            let subscription = try directory.subscription(named: identity)
            guard let subscription else { return .error("No subscriber has the identity \(identity).") }
            return subscription.report()
        case .stats:
            let statistics = try directory.statistics()
            return [
                "subscriptions": .integer(statistics.subscriptions),
                "public_identities": .integer(statistics.publicIdentities),
                "registered": .integer(statistics.registeredSets),
            ]
        }
    }
}
