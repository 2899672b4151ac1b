import Cx
import ServiceTriggers
import Testing

@Suite("Findings about filter criteria")
struct LintTests {
    typealias Trigger = ServicePointTrigger

    static let invite = Trigger(.method("INVITE"))
    static let notInvite = Trigger(.method("INVITE"), isNegated: true)

    static func conjunctive(_ triggers: [Trigger]) -> InitialFilterCriteria { Sample.criterion(1, all: triggers) }
    static func disjunctive(_ triggers: [Trigger]) -> InitialFilterCriteria { Sample.criterion(1, any: triggers) }

    static func group(_ group: Int, _ condition: Trigger.Condition, not: Bool = false) -> Trigger {
        Trigger(condition, groups: [group], isNegated: not)
    }

    static let rows: [(InitialFilterCriteria, [CriteriaFinding.Problem])] = [
        (conjunctive([invite]), []),
        (disjunctive([invite, notInvite]), [.unreachableGroup(0, triggers: 0, 1), .neverMatches(triggers: 0, 1)]),
        (conjunctive([invite, notInvite]), [.idleGroup(0, triggers: 0, 1)]),
        (
            conjunctive([group(0, .method("INVITE")), group(1, .method("INVITE"), not: true)]),
            [.neverMatches(triggers: 0, 1)]
        ),
        (
            conjunctive([group(0, .method("INVITE")), group(1, .method("MESSAGE"))]), [.neverMatches(triggers: 0, 1)]
        ),
        (conjunctive([group(0, .method("INVITE")), group(0, .method("MESSAGE"))]), []),
        (
            disjunctive([group(0, .method("INVITE")), group(0, .method("MESSAGE")), group(1, .method("INFO"))]),
            [.unreachableGroup(0, triggers: 0, 1)]
        ),
        (
            disjunctive([group(0, .sessionCase(.originating)), group(0, .sessionCase(.terminatingRegistered))]),
            [.unreachableGroup(0, triggers: 0, 1), .neverMatches(triggers: 0, 1)]
        ),
        (
            conjunctive([group(0, .method("REGISTER")), group(1, .sessionCase(.terminatingRegistered))]),
            [.neverMatches(triggers: 0, 1)]
        ),
        (conjunctive([group(0, .method("REGISTER")), group(1, .sessionCase(.originating))]), []),
        (
            conjunctive([group(0, .requestURI("sip:a@x.org")), group(1, .requestURI("sip:b@x.org"))]),
            [.neverMatches(triggers: 0, 1)]
        ),
        (conjunctive([group(0, .requestURI("sip:a@x.org")), group(1, .requestURI("sip:a@X.org"))]), []),
        (
            conjunctive([
                group(0, .sipHeader("Subject", content: nil), not: true), group(1, .sipHeader("s", content: "x")),
            ]), [.neverMatches(triggers: 0, 1)]
        ),
        (disjunctive([invite, invite]), [.repeatedTrigger(1, of: 0)]),
        (conjunctive([]), [.noConditions]),
        (disjunctive([Trigger(.method("INVITE"), groups: [])]), [.triggerWithoutGroup(trigger: 0), .noConditions]),
        (
            conjunctive([Trigger(.method("INVITE"), registrationTypes: [.deregistration])]),
            [.idleRegistrationTypes(trigger: 0)]
        ),
        (conjunctive([Trigger(.method("invite"))]), [.unknownMethod(trigger: 0, "invite")]),
        (conjunctive([Trigger(.requestURI("bob"))]), [.notURI(trigger: 0, "bob")]),
        (conjunctive([Trigger(.sipHeader("Subject", content: "a\\\\.\\d"))]), [.notPOSIX(trigger: 0, "\\d")]),
        (conjunctive([Trigger(.sipHeader("Subject", content: "a\\."))]), []),
        (
            conjunctive([Trigger(.sessionDescription(line: "y", content: nil))]),
            [.unusable(trigger: 0, .unknownLine("y"))]
        ),
        (Sample.criterion(1, server: Sample.server("as.example.org")), [.serverName]),
        (
            Sample.criterion(
                1, all: [Trigger(.method("REGISTER"))], server: Sample.server("sip:as.example.org", .sessionTerminated)),
            [.endsRegistration(trigger: 0)]
        ),
        (
            Sample.criterion(
                1, all: [Trigger(.method("REGISTER"), isNegated: true)],
                server: Sample.server("sip:as.example.org", .sessionTerminated)), []
        ),
        (
            Sample.criterion(
                1, all: [Trigger(.method("REGISTER"))], server: Sample.server("sip:as.example.org", .sessionContinued)),
            []
        ),
        (
            Sample.criterion(1, all: [Trigger(.sessionCase(.originating))], part: .unregistered),
            [.otherProfilePart(trigger: 0)]
        ),
        (Sample.criterion(1, all: [Trigger(.sessionCase(.originatingAfterDiversion))], part: .unregistered), []),
        (
            Sample.criterion(1, any: [Trigger(.sessionCase(.terminatingUnregistered))], part: .registered),
            [.otherProfilePart(trigger: 0)]
        ),
    ]

    @Test("Each finding where it belongs and nowhere else", arguments: rows.indices)
    func finding(index: Int) {
        let (criterion, expected) = Self.rows[index]
        let findings = Sample.criteria([criterion]).lint()
        #expect(findings.map(\.problem) == expected)
        for finding in findings {
            #expect(finding.priority == 1)
            #expect(finding.description.hasPrefix("\(finding.severity): criterion 1 ("))
        }
    }
}
