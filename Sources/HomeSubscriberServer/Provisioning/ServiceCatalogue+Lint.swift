import Cx
import ServiceTriggers

/// What is wrong or strange in services, and of which entry.
package struct CatalogueFinding: Equatable, Sendable, CustomStringConvertible {
    package var severity: CriteriaFinding.Severity
    /// `service profile volte`, `shared iFC set 1`, `application server telephony`.
    package var owner: String
    /// One sentence, with the place within the entry.
    package var sentence: String

    package init(_ severity: CriteriaFinding.Severity, _ owner: String, _ sentence: String) {
        self.severity = severity
        self.owner = owner
        self.sentence = sentence
    }

    package var description: String { "\(severity): \(owner): \(sentence)" }
}

extension ServiceCatalogue {
    /// Looks at every service profile with its shared sets, and at what nobody uses.
    ///
    /// - Parameter known: what the entries may name besides: those of the database that a file is for.
    package func lint(beside known: ServiceCatalogue = ServiceCatalogue()) -> [CatalogueFinding] {
        var servers: [String: ApplicationServer] = [:]
        for record in known.applicationServers + applicationServers { servers[record.name] = record.server }
        var sets: [Int: SharedCriteriaRecord] = [:]
        for record in known.criteriaSets + criteriaSets { sets[record.number] = record }
        var table = ExpressionTable()
        var findings: [CatalogueFinding] = []
        for profile in serviceProfiles {
            let owner = "service profile \(profile.name)"
            let own = Self.resolved(profile.criteria, servers, owner, &findings)
            var shared: [Int: [InitialFilterCriteria]] = [:]
            for number in profile.criteriaSets {
                // What is wrong within a set is told of the set.
                var ignored: [CatalogueFinding] = []
                shared[number] = sets[number].map { Self.resolved($0.criteria, servers, owner, &ignored) }
            }
            findings += Self.findings(own, profile.criteriaSets, shared, &table)
                .filter { !$0.isWithinSharedSet }.map { CatalogueFinding($0.severity, owner, $0.placed) }
        }
        for set in criteriaSets {
            let owner = "shared iFC set \(set.number)"
            let own = Self.resolved(set.criteria, servers, owner, &findings)
            findings += Self.findings(own, [], [:], &table).map { CatalogueFinding($0.severity, owner, $0.placed) }
        }
        return findings + unused()
    }

    private static func findings(
        _ criteria: [InitialFilterCriteria], _ numbers: [Int], _ sets: [Int: [InitialFilterCriteria]],
        _ table: inout ExpressionTable
    ) -> [CriteriaFinding] {
        let profile = ServiceProfile(
            publicIdentities: [], initialFilterCriteria: criteria, sharedIFCSetIDs: numbers)
        return ServiceCriteria(profile, sharedSets: sets, table: &table).lint()
    }

    /// With the servers that they name; one whose server is not there is told and left out.
    private static func resolved(
        _ records: [FilterCriterionRecord], _ servers: [String: ApplicationServer], _ owner: String,
        _ findings: inout [CatalogueFinding]
    ) -> [InitialFilterCriteria] {
        var criteria: [InitialFilterCriteria] = []
        for record in records {
            var criterion = record.criterion
            if let name = record.server {
                guard let server = servers[name] else {
                    findings.append(
                        CatalogueFinding(
                            .error, owner, "criterion \(criterion.priority): there is no application server \(name)"))
                    continue
                }
                criterion.applicationServer = server
            } else if !servers.isEmpty,
                !servers.values.contains(where: { $0.serverName == criterion.applicationServer.serverName })
            {
                findings.append(
                    CatalogueFinding(
                        .note, owner,
                        "criterion \(criterion.priority): \(criterion.applicationServer.serverName) is none of the "
                            + "application servers that are known here"))
            }
            criteria.append(criterion)
        }
        return criteria
    }

    private func unused() -> [CatalogueFinding] {
        let criteria = serviceProfiles.flatMap(\.criteria) + criteriaSets.flatMap(\.criteria)
        let servers = Set(criteria.compactMap(\.server))
        let uris = Set(criteria.map(\.criterion.applicationServer.serverName))
        let sets = Set(serviceProfiles.flatMap(\.criteriaSets))
        return applicationServers.filter {
            $0.sh == nil && !servers.contains($0.name) && !uris.contains($0.server.serverName)
        }.map { CatalogueFinding(.note, "application server \($0.name)", "no filter criterion names it") }
            + criteriaSets.filter { !sets.contains($0.number) }.map {
                CatalogueFinding(.note, "shared iFC set \($0.number)", "no service profile has it")
            }
    }
}

extension ServiceProfileContent {
    /// Its criteria, shared sets included, made ready to be held against a request.
    package var serviceCriteria: ServiceCriteria {
        var table = ExpressionTable()
        var sets: [Int: [InitialFilterCriteria]] = [:]
        for set in sharedSets { sets[set.number] = set.criteria }
        let profile = ServiceProfile(
            publicIdentities: [], initialFilterCriteria: criteria, sharedIFCSetIDs: sharedSets.map(\.number))
        return ServiceCriteria(profile, sharedSets: sets, table: &table)
    }
}
