import Cx
import Octets
import ServiceTriggers
import Testing

@Suite("Attack A17: filter criteria made to cost time")
struct AttackTests {
    static let context = ServiceContext.originating(isRegistered: true)
    static let bombs = [
        "(a+)+b", "(a|a)*b", "(a|aa)+$", "(.*a){50}b", "(.*)(.*)(.*)(.*)(.*)(.*)b", "((a{1,10}){1,10}){1,10}b",
        "([a-z]+)*=", ".*.*.*.*.*.*.*.*x{200}", "(a?){200}a{200}b", "[ab]*a[ab]{200}c",
    ]

    static func spent(_ criteria: ServiceCriteria, _ headers: [String], budget: Int = ServiceCriteria.standardBudget)
        throws -> (matched: Int, exhaustion: Exhaustion?)
    {
        let request = try Sample.request(headers: headers)
        let (matches, exhaustion) = criteria.allMatches(for: request, in: context, budget: budget)
        return (matches.count, exhaustion)
    }

    /// Milliseconds are not for a shared machine to promise; a hundred times the aim tells linear from exponential.
    @Test("Patterns that explode elsewhere, on the longest text", arguments: bombs)
    func bomb(pattern: String) throws {
        let trigger = ServicePointTrigger(.sipHeader("Subject", content: pattern))
        let criteria = Sample.criteria((0..<100).map { Sample.criterion($0, all: [trigger]) })
        let text = String(repeating: "a", count: 8_192)
        let elapsed = try ContinuousClock().measure { _ = try Self.spent(criteria, ["Subject: \(text)"]) }
        #expect(elapsed < .milliseconds(500), "\(pattern): \(elapsed)")
    }

    @Test("10,000 criteria with one condition are within the budget")
    func manyCriteria() throws {
        let trigger = ServicePointTrigger(.method("MESSAGE"))
        let criteria = Sample.criteria((0..<10_000).map { Sample.criterion($0, all: [trigger]) })
        let (matched, exhaustion) = try Self.spent(criteria, [])
        #expect(matched == 0 && exhaustion == nil)
    }

    @Test("1,000 triggers, each in 1,000 groups, are looked at once each")
    func manyTriggers() throws {
        // Every group of the conjunction holds by its last member alone: a million looks, over the budget.
        let triggers = (0..<1_000).map { index in
            ServicePointTrigger(
                .sipHeader("Subject", content: "x\(index)"), groups: Array(0..<1_000), isNegated: index == 999)
        }
        let conjunctive = try Self.spent(Sample.criteria([Sample.criterion(1, all: triggers)]), ["Subject: none"])
        #expect(conjunctive.matched == 0 && conjunctive.exhaustion?.priority == 1)
        // The first group of the disjunction fails at its first member, and so do all others.
        let disjunctive = try Self.spent(Sample.criteria([Sample.criterion(1, any: triggers)]), ["Subject: none"])
        #expect(disjunctive.matched == 0 && disjunctive.exhaustion == nil)
        // In one group each, all of them are looked at.
        let single = triggers.map { ServicePointTrigger($0.condition, isNegated: $0.isNegated) }
        let flat = try Self.spent(Sample.criteria([Sample.criterion(1, all: single)]), ["Subject: none"])
        #expect(flat.matched == 1 && flat.exhaustion == nil)
    }

    @Test("A spent budget gives the default handling of the stricter criterion that is left, with a reason")
    func exhaustion() throws {
        let trigger = ServicePointTrigger(.method("MESSAGE"))
        let unregistered = Sample.criterion(
            200, server: Sample.server("sip:z.example.org", .sessionTerminated), part: .unregistered)
        let mild = Sample.criteria((0..<100).map { Sample.criterion($0, all: [trigger]) } + [unregistered])
        let some = try #require(try Self.spent(mild, [], budget: 50).exhaustion)
        #expect(some == Exhaustion(index: 25, priority: 25, defaultHandling: .sessionContinued, steps: 50))
        let last = Sample.criterion(300, server: Sample.server("sip:z.example.org", .sessionTerminated))
        let strict = Sample.criteria((0..<100).map { Sample.criterion($0, all: [trigger]) } + [last])
        let ended = try #require(try Self.spent(strict, [], budget: 50).exhaustion)
        #expect(ended.defaultHandling == .sessionTerminated)
        #expect(
            ended.description == """
                the filter criteria cost more than 50 steps, which were spent at priority 25: the session ends \
                (default handling)
                """)
        let explanation = strict.explain(try Sample.request(), in: Self.context, budget: 50)
        #expect(explanation.exhaustion?.defaultHandling == .sessionTerminated)
        #expect(explanation.lines.last?.verdict == .undecided)
        var chain = ServiceChain(Self.context, for: try Sample.request())
        #expect(chain.next(in: strict, for: try Sample.request(), budget: 50) == .exhausted(ended))
    }

    @Test("Loading many different large expressions stops at a bound")
    func manyExpressions() {
        let sources = (0..<400).map {
            Sample.criterion($0, all: [ServicePointTrigger(.sipHeader("Subject", content: "(x\($0)){200}"))])
        }
        let findings = Sample.criteria(sources).findings
        let refused = findings.filter {
            $0.problem == .unusable(trigger: 0, .contentExpression(.tooMany))
        }
        #expect(!refused.isEmpty && refused.count == findings.count && refused.count < 400)
    }

    @Test("10,000 criteria of one priority leave one")
    func duplicates() {
        let criteria = Sample.criteria((0..<10_000).map { _ in Sample.criterion(1) })
        #expect(criteria.criteria.count == 1 && criteria.findings.count == 9_999)
    }
}
