import AKA
import IMS
import Octets
import SIP

/// A virtual phone that registers over a running core, every step checked.
package struct RegistrationTest {
    package struct Plan: Sendable {
        package var subscriber: PhoneSubscriber
        /// An IMSI that nobody has; nil when none is known.
        package var unknownIMSI: String?
        package var scenarios: [RegistrationScenario]
        package var proxy: Endpoint
        package var transport: Transport
        package var server: SecureServer?

        package init(
            subscriber: PhoneSubscriber, unknownIMSI: String?, scenarios: [RegistrationScenario], proxy: Endpoint,
            transport: Transport, server: SecureServer? = nil
        ) {
            self.server = server
            self.subscriber = subscriber
            self.unknownIMSI = unknownIMSI
            self.scenarios = scenarios
            self.proxy = proxy
            self.transport = transport
        }
    }

    private let core: Core
    private let plan: Plan
    /// The SQN that the HSS holds for the subscriber; nil when it cannot be known.
    private let storedSQN: () -> SequenceNumber?

    package init(_ core: Core, _ plan: Plan, storedSQN: @escaping () -> SequenceNumber?) {
        self.core = core
        self.plan = plan
        self.storedSQN = storedSQN
    }

    /// Runs the scenarios; ends early when the phone cannot register at all.
    package func run(_ tell: (TestResult) -> Void) throws(OperationFailure) -> Bool {
        let phones = try VirtualPhones(
            proxy: plan.proxy, transport: plan.transport, server: plan.server,
            security: plan.subscriber.access, timers: .core, traced: 4000)
        defer { phones.shutDown() }
        var isPassed = true
        var traces = TraceCollector(core)
        var ownTrace = 0
        for scenario in plan.scenarios {
            traces.mark()
            let (report, goal) = try perform(scenario, phones)
            var entries = traces.collect()
            if let own = try phones.ask(Command("trace", ["from": String(ownTrace)])) {
                entries.add(own, of: .ue, isProtected: !plan.subscriber.security.isEmpty, beside: plan.proxy)
                ownTrace = own["next"]?.integer ?? ownTrace
            }
            let result = judge(scenario, report, entries, goal)
            tell(result)
            isPassed = isPassed && result.isPassed
            if scenario == .first, !result.isPassed { return false }
        }
        return isPassed
    }

    /// Does what the scenario asks; gives the phone's report and the SQN that the HSS must have reached.
    private func perform(
        _ scenario: RegistrationScenario, _ phones: VirtualPhones
    ) throws(OperationFailure) -> (Report, SequenceNumber?) {
        let own = "own"
        func order(_ name: String, _ phone: String) throws(OperationFailure) -> Report {
            try phones.ask(Command(name, ["phone": phone])) ?? ["outcome": "without any answer"]
        }
        switch scenario {
        case .first:
            _ = try phones.ask(plan.subscriber.command(own))
            return (try order("register", own), nil)
        case .refresh: return (try order("register", own), nil)
        case .resynchronisation:
            let base = max(storedSQN() ?? plan.subscriber.sqn, plan.subscriber.sqn)
            let ahead = SequenceNumber(seq: min(base.seq + 100_000, SequenceNumber.highestSEQ - 1), ind: base.ind)
            _ = try phones.ask(Command("advance", ["phone": own, "sqn": String((ahead ?? base).rawValue)]))
            // Inside its associations a phone is not challenged: it comes as one that has been switched off.
            if !plan.subscriber.security.isEmpty { _ = try phones.ask(Command("reboot", ["phone": own])) }
            return (try order("register", own), ahead)
        case .wrongKey:
            _ = try phones.ask(plan.subscriber.withOtherOPc.command("stranger"))
            return (try order("register", "stranger"), nil)
        case .wrongResponse:
            var forger = plan.subscriber
            if let sqn = storedSQN() { forger.sqn = sqn }
            _ = try phones.ask(forger.command("forger", fault: "wrong-response"))
            return (try order("register", "forger"), nil)
        case .unknown:
            var nobody = plan.subscriber
            nobody.privateIdentity = "\(plan.unknownIMSI ?? "001019999999999")@\(nobody.domain)"
            nobody.publicIdentity = "sip:\(nobody.privateIdentity)"
            _ = try phones.ask(nobody.command("nobody"))
            return (try order("register", "nobody"), nil)
        case .deregistration: return (try order("deregister", own), nil)
        }
    }

    private func judge(
        _ scenario: RegistrationScenario, _ report: Report, _ entries: TraceEntries, _ goal: SequenceNumber?
    ) -> TestResult {
        // Only this phone's calls: others may use the core at the same time.
        let own = Exchange(ofPhone: entries)
        var problems = scenario.expectation.problems(in: report, own)
        if let goal, let stored = storedSQN(), stored.seq < goal.seq {
            problems.append("the HSS did not take over the phone's SQN: it holds \(stored), the phone had \(goal)")
        }
        var milliseconds = 0.0
        if case .number(let span)? = report["milliseconds"] { milliseconds = span }
        var diagnosis: Diagnosis?
        if !problems.isEmpty { diagnosis = Diagnosis(own, health: .init(core.status)) }
        return TestResult(
            number: scenario.rawValue, title: scenario.title, clause: scenario.clause, problems: problems,
            exchange: own, milliseconds: milliseconds, diagnosis: diagnosis, isExample: scenario == .first)
    }
}

extension Exchange {
    /// What belongs to the calls that the phones' own trace has.
    package init(ofPhone entries: TraceEntries) {
        var own = TraceEntries()
        own.messages = entries.messages.filter { $0.lane == .ue }
        let calls = Exchange(own).callIDs
        self = Exchange(entries).about(callIDs: calls, identities: entries.identities(ofCalls: calls))
    }
}
