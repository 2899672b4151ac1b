import Cx
import Octets
import SIP
import ServiceTriggers
import Testing

@Suite("TS 29.228 Annexes B.2.2, C and F: initial filter criteria")
struct CriteriaTests {
    static let yes = ServicePointTrigger.Condition.method("INVITE")
    static let no = ServicePointTrigger.Condition.method("MESSAGE")

    /// Triggers written as condition and groups.
    static func triggers(_ list: [(Bool, [Int])]) -> [ServicePointTrigger] {
        list.map { ServicePointTrigger($0.0 ? yes : no, groups: $0.1) }
    }

    static let forms: [(triggers: [(Bool, [Int])], conjunctive: Bool, disjunctive: Bool)] = [
        ([(true, [0])], true, true), ([(false, [0])], false, false),
        ([(true, [0]), (false, [0])], true, false), ([(true, [0]), (false, [1])], false, true),
        ([(true, [0]), (true, [1])], true, true), ([(false, [0]), (false, [1])], false, false),
        ([(true, [0, 1]), (false, [1])], true, true), ([(false, [0, 1]), (true, [1])], false, false),
        ([(true, [0]), (false, [0, 1]), (true, [1])], true, false),
        ([(true, [7]), (true, [3]), (false, [5, 9])], false, true),
        ([(true, [0, 0]), (false, [0])], true, false), ([(true, [])], false, false),
        ([(true, []), (false, [0])], false, false), ([(false, []), (true, [0])], true, true), ([], false, false),
    ]

    @Test("Conjunctive is an AND of ORs, disjunctive an OR of ANDs", arguments: forms.indices)
    func normalForms(index: Int) throws {
        let form = Self.forms[index]
        let triggers = Self.triggers(form.triggers)
        let request = try Sample.request()
        let context = ServiceContext.originating(isRegistered: true)
        for (criterion, expected) in [
            (Sample.criterion(1, all: triggers), form.conjunctive),
            (Sample.criterion(1, any: triggers), form.disjunctive),
        ] {
            let (matches, _) = Sample.criteria([criterion]).allMatches(for: request, in: context)
            #expect(matches.isEmpty == !expected)
        }
    }

    @Test("Without a trigger point every request matches", arguments: ["INVITE", "REGISTER", "FOO"])
    func always(method: String) throws {
        let criteria = Sample.criteria([Sample.criterion(5)])
        let request = try Sample.request(method)
        let selection = criteria.firstMatch(for: request, in: .terminating(isRegistered: false))
        #expect(
            selection
                == .match(
                    ServiceMatch(
                        index: 0, priority: 5, applicationServer: Sample.server("sip:as5.example.org;lr"),
                        defaultHandling: .sessionContinued)))
    }

    @Test("The profile part says for which state of registration a criterion is", arguments: [true, false])
    func profilePart(isRegistered: Bool) throws {
        let criteria = Sample.criteria([
            Sample.criterion(1, part: .registered), Sample.criterion(2, part: .unregistered), Sample.criterion(3),
        ])
        for sessionCase in ServicePointTrigger.SessionCase.allCases {
            let context = ServiceContext(sessionCase, isRegistered: isRegistered)
            let (matches, _) = criteria.allMatches(for: try Sample.request(), in: context)
            #expect(matches.map(\.priority) == [isRegistered ? 1 : 2, 3])
        }
    }

    @Test("Lower priority numbers come first, whatever the order of the document")
    func order() throws {
        let criteria = Sample.criteria([30, 0, 2_147_483_647, 4].map { Sample.criterion($0) })
        let (matches, _) = criteria.allMatches(for: try Sample.request(), in: .originating(isRegistered: true))
        #expect(matches.map(\.priority) == [0, 4, 30, 2_147_483_647])
        #expect(matches.map(\.index) == [0, 1, 2, 3])
    }

    @Test("Of one priority the first is used and the others are refused with a reason")
    func duplicates() {
        let criteria = Sample.criteria(
            [Sample.criterion(1, server: Sample.server("sip:a.example.org"))], shared: [7],
            sets: [7: [Sample.criterion(1, server: Sample.server("sip:b.example.org")), Sample.criterion(2)]])
        #expect(
            criteria.criteria.map(\.applicationServer.serverName) == ["sip:a.example.org", "sip:as2.example.org;lr"])
        #expect(
            criteria.findings.map(\.description) == [
                "error: criterion 1 (sip:b.example.org, shared set 7): is not used, because sip:a.example.org has the same priority"
            ])
    }

    @Test("Shared sets stand between the criteria of the profile; an unknown one is said")
    func shared() {
        let criteria = Sample.criteria(
            [Sample.criterion(10), Sample.criterion(30)], shared: [7, 7, 8],
            sets: [7: [Sample.criterion(20)], 9: [Sample.criterion(15)]])
        #expect(criteria.criteria.map(\.priority) == [10, 20, 30])
        #expect(criteria.criteria.map(\.origin) == [.profile, .sharedSet(7), .profile])
        #expect(criteria.findings.map(\.problem) == [.unknownSharedSet])
        #expect(
            criteria.findings.first?.description
                == "error: shared set 8: is named by the profile and not configured here")
    }

    @Test("The default handling goes with the match; absent it is that the session continues")
    func defaultHandling() throws {
        let criteria = Sample.criteria([
            Sample.criterion(1, server: Sample.server("sip:a.example.org", .sessionTerminated)),
            Sample.criterion(2, server: Sample.server("sip:b.example.org", .sessionContinued)),
            Sample.criterion(3, server: Sample.server("sip:c.example.org")),
        ])
        let (matches, _) = criteria.allMatches(for: try Sample.request(), in: .originating(isRegistered: true))
        #expect(matches.map(\.defaultHandling) == [.sessionTerminated, .sessionContinued, .sessionContinued])
    }

    @Test("A bad pattern is told with criterion, trigger and position, and never holds", arguments: [true, false])
    func badPattern(isNegated: Bool) throws {
        let bad = ServicePointTrigger(.sipHeader("Subject", content: "a[b"), isNegated: isNegated)
        let criteria = Sample.criteria([Sample.criterion(4, all: [ServicePointTrigger(Self.yes, groups: [1]), bad])])
        #expect(
            criteria.findings.map(\.description) == [
                """
                error: criterion 4 (sip:as4.example.org;lr): trigger 2 never holds, because the expression of its \
                content is refused: missing ] at position 2: [b
                """
            ])
        for headers in [[], ["Subject: a[b"]] {
            let request = try Sample.request(headers: headers)
            let context = ServiceContext.originating(isRegistered: true)
            #expect(criteria.firstMatch(for: request, in: context) == .noMatch)
            #expect(criteria.explain(request, in: context).description.contains("missing ]"))
        }
    }

    @Test("A text over the limit is not searched, and the explanation says so", arguments: [true, false])
    func longText(isNegated: Bool) throws {
        let trigger = ServicePointTrigger(.sipHeader("Subject", content: "b"), isNegated: isNegated)
        let criteria = Sample.criteria([Sample.criterion(1, all: [trigger])])
        let context = ServiceContext.originating(isRegistered: true)
        let fits = try Sample.request(headers: ["Subject: " + String(repeating: "a", count: 8_191) + "b"])
        #expect((criteria.firstMatch(for: fits, in: context) == .noMatch) == isNegated)
        let long = try Sample.request(headers: ["Subject: " + String(repeating: "a", count: 8_192) + "b"])
        #expect(criteria.firstMatch(for: long, in: context) == .noMatch)
        #expect(criteria.explain(long, in: context).description.contains("over 8192 octets"))
    }
}
