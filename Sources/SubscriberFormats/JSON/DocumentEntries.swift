import HomeSubscriberServer
import IMS

/// Our own form: a provisioning document, or entries of its `subscribers` alone.
enum DocumentEntries {
    /// The parts of a document.
    static let parts: Set<String> = [
        "application-servers", "shared-ifc-sets", "service-profiles", "capability-sets", "visited-networks",
        "subscribers",
    ]
    /// What an entry of `subscribers` may have.
    private static let members: Set<String> = [
        "imsi", "k", "opc", "topc", "op", "top", "amf", "sqn", "algorithm", "msisdn", "domain", "name",
        "service-profile",
        "capabilities", "visited-networks", "charging", "impi", "digest", "identities", "private-identities",
    ]
    private static let secrets: Set<String> = ["k", "digest", "identities", "private-identities"]

    /// Whether a record is a whole document; an entry of `subscribers` has some of the same names, with texts behind them.
    static func isDocument(_ members: [Report.Member]) -> Bool {
        members.contains { parts.contains($0.name) && !$0.value.isScalar }
    }

    /// Whether a record is an entry of `subscribers`: it has nothing else, or what nobody else has.
    static func isEntry(_ members: [Report.Member]) -> Bool {
        let names = Set(members.map(\.name))
        if names.contains("private-identities") { return true }
        if members.contains(where: { ["digest", "identities"].contains($0.name) && !$0.value.isScalar }) {
            return true
        }
        return names.isSubset(of: self.members) && !names.isDisjoint(with: secrets)
    }

    /// A whole document: its subscribers one by one, so that one mistake costs one of them.
    ///
    /// - Parameter line: where a place of it stands.
    static func take(_ document: Report, at place: (String) -> ImportPlace, _ collector: inout ImportCollector) {
        guard case .record(let members) = document else {
            return collector.problem(place(""), nil, "keys and values are expected here")
        }
        do throws(DocumentProblems) {
            let shared = Report.record(members.filter { $0.name != "subscribers" })
            collector.add(try ProvisioningDocument(shared, domain: collector.options.domain).catalogue)
        } catch {
            for problem in error.problems {
                collector.problem(place(problem.place), problem.place, problem.sentence)
            }
        }
        guard let subscribers = document["subscribers"] else { return }
        for (index, entry) in (subscribers.list ?? [subscribers]).enumerated() {
            take(entry: entry, at: place("subscribers[\(index)]"), &collector)
        }
    }

    static func take(entry: Report, at place: ImportPlace, _ collector: inout ImportCollector) {
        if isRedacted(entry) {
            return collector.problem(
                place, "k",
                "its key is left out: an export has keys only with --with-secrets, and this was made without")
        }
        do throws(DocumentProblem) {
            let entry = withProfile(entry, collector.options.serviceProfile)
            collector.add(try SubscriptionRecord(reading: entry, at: "", domain: collector.options.domain), at: place)
        } catch {
            collector.problem(place, error.place, error.sentence)
        }
    }

    private static func withProfile(_ entry: Report, _ profile: String?) -> Report {
        guard let profile, case .record(let members) = entry, entry["service-profile"] == nil else { return entry }
        return .record(members + [.init("service-profile", .text(profile))])
    }

    /// An export without secrets says of a SIM what it is, and not its key.
    private static func isRedacted(_ entry: Report) -> Bool {
        let identities = [entry] + (entry["private-identities"]?.list ?? [])
        return identities.contains { identity in
            let digest = identity["digest"]
            return identity["k"] == nil && identity["algorithm"] != nil
                || digest != nil && digest?["ha1"] == nil && digest?["password"] == nil
        }
    }
}
