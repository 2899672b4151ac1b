/// The condition of a filter criterion in a normal form, TS 29.228 Annexes B.2.3, C and F.
package struct TriggerPoint: Hashable, Sendable {
    /// ConditionTypeCNF: true is an AND of groups whose members are ORed, false an OR of groups whose members are ANDed.
    package var isConjunctive: Bool
    /// At least one; each names the groups that it stands in.
    package var servicePointTriggers: [ServicePointTrigger]

    package init(isConjunctive: Bool, servicePointTriggers: [ServicePointTrigger]) {
        self.isConjunctive = isConjunctive
        self.servicePointTriggers = servicePointTriggers
    }
}
