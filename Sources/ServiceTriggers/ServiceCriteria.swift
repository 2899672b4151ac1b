import Cx

/// The initial filter criteria of a service profile in the order of their priorities, shared sets included, made ready
/// when the profile is loaded: TS 29.228 Annex B.2.2, TS 24.229 §5.4.3.2.
package struct ServiceCriteria: Sendable {
    /// Lower numbers first.
    package let criteria: [Criterion]
    /// What is wrong with the profile; its other criteria are used all the same.
    package let findings: [CriteriaFinding]

    /// - Parameters:
    ///   - sharedSets: by SharedIFCSetID, what this node's configuration has.
    ///   - table: expressions that other profiles have already.
    package init(
        _ profile: ServiceProfile, sharedSets: [Int: [InitialFilterCriteria]] = [:], table: inout ExpressionTable
    ) {
        var compiler = TriggerCompiler(table)
        table = ExpressionTable(capacity: 1)  // not two owners of one dictionary: it would be copied
        var findings: [CriteriaFinding] = []
        var byPriority: [Int: Criterion] = [:]
        func add(_ source: InitialFilterCriteria, from origin: Criterion.Origin) {
            if let first = byPriority[source.priority] {
                findings.append(
                    CriteriaFinding(
                        .duplicatePriority(first.applicationServer.serverName), source.priority, origin,
                        source.applicationServer.serverName))
            } else {
                byPriority[source.priority] = Criterion(source, from: origin, compiler: &compiler)
            }
        }
        for source in profile.initialFilterCriteria { add(source, from: .profile) }
        var seen: Set<Int> = []
        for id in profile.sharedIFCSetIDs where seen.insert(id).inserted {
            if let set = sharedSets[id] {
                for source in set { add(source, from: .sharedSet(id)) }
            } else {
                findings.append(CriteriaFinding(.unknownSharedSet, nil, .sharedSet(id), nil))
            }
        }
        table = compiler.table
        criteria = byPriority.values.sorted { $0.priority < $1.priority }
        for criterion in criteria {
            for (index, trigger) in criterion.triggers.enumerated() {
                guard case .unusable(let fault) = trigger.test else { continue }
                findings.append(CriteriaFinding(.unusable(trigger: index, fault), criterion))
            }
        }
        self.findings = findings
    }
}
