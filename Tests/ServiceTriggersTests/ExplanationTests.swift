import Cx
import ServiceTriggers
import Testing

@Suite("Why a request goes to which application server")
struct ExplanationTests {
    @Test("One sentence for each criterion, in the order of priorities")
    func sentences() throws {
        typealias Trigger = ServicePointTrigger
        let criteria = Sample.criteria([
            Sample.criterion(
                1,
                all: [
                    Trigger(.method("INVITE"), groups: [0]), Trigger(.sessionCase(.originating), groups: [1]),
                ]),
            Sample.criterion(2, all: [Trigger(.sessionCase(.terminatingRegistered))]),
            Sample.criterion(
                3,
                any: [
                    Trigger(.method("MESSAGE"), groups: [0]), Trigger(.sipHeader("Subject", content: "x"), groups: [1]),
                ]),
            Sample.criterion(4, part: .unregistered), Sample.criterion(5),
            Sample.criterion(
                6,
                any: [
                    Trigger(.sessionDescription(line: "m", content: "video"), groups: [0]),
                    Trigger(.sipHeader("Replaces", content: nil), groups: [0], isNegated: true),
                ]),
            Sample.criterion(7, all: [Trigger(.requestURI("sip:bob@example.org"), isNegated: true)]),
        ])
        let explanation = criteria.explain(try Sample.invite(), in: .originating(isRegistered: true))
        #expect(
            explanation.description == """
                Criterion 1 (sip:as1.example.org;lr) matches, because the method is INVITE and the session case is originating.
                Criterion 2 (sip:as2.example.org;lr) does not match, because the session case is originating and not terminating registered.
                Criterion 3 (sip:as3.example.org;lr) does not match, because the method is INVITE and not MESSAGE and no header Subject matches x.
                Criterion 4 (sip:as4.example.org;lr) does not match, because it is for unregistered users and the user is registered.
                Criterion 5 (sip:as5.example.org;lr) matches, because it has no trigger point.
                Criterion 6 (sip:as6.example.org;lr) matches, because a line m of the session description matches video and there is no header Replaces.
                Criterion 7 (sip:as7.example.org;lr) does not match, because the Request-URI is sip:bob@example.org.
                """)
    }

    @Test("A REGISTER of another type")
    func registrationType() throws {
        let trigger = ServicePointTrigger(
            .method("REGISTER"), registrationTypes: [.initialRegistration, .deregistration])
        let criteria = Sample.criteria([Sample.criterion(1, all: [trigger])])
        let explanation = criteria.explain(try Sample.request("REGISTER"), in: .registration(.reRegistration))
        #expect(
            explanation.lines.first?.reason == "the REGISTER is no initial registration or de-registration")
    }

    @Test("Shared sets stand among the profile's own, and the triggers that decided are named")
    func sharedSets() throws {
        typealias Trigger = ServicePointTrigger
        let triggers = [
            Trigger(.method("INVITE"), groups: [0]), Trigger(.method("MESSAGE"), groups: [0]),
            Trigger(.sessionCase(.terminatingRegistered), groups: [1]),
        ]
        let criteria = Sample.criteria(
            [Sample.criterion(5, all: triggers)], shared: [7], sets: [7: [Sample.criterion(2, all: [triggers[0]])]])
        let lines = criteria.explain(try Sample.invite(), in: .originating(isRegistered: true)).lines
        #expect(lines.map(\.priority) == [2, 5])
        #expect(lines.map(\.origin) == [.sharedSet(7), .profile])
        // The first decides what matches; of a conjunction the group that fails decides that it does not.
        #expect(lines.map(\.triggers) == [[0], [2]])
        #expect(
            lines.first?.description
                == "Criterion 2 (sip:as2.example.org;lr, shared set 7) matches, because the method is INVITE.")
    }
}
