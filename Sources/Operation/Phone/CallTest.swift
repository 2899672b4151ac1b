import IMS
import Octets
import SIP

/// Two virtual phones that call each other over a running core, every step checked.
package struct CallTest {
    package struct Plan: Sendable {
        package var caller: PhoneSubscriber
        package var callee: PhoneSubscriber
        /// Whom the caller calls: a URI or a number; nil for the callee's default public identity.
        package var target: String?
        package var scenarios: [CallScenario]
        package var proxy: Endpoint
        package var transport: Transport
        package var server: SecureServer?

        package init(
            caller: PhoneSubscriber, callee: PhoneSubscriber, target: String? = nil, scenarios: [CallScenario],
            proxy: Endpoint, transport: Transport, server: SecureServer? = nil
        ) {
            self.caller = caller
            self.callee = callee
            self.target = target
            self.scenarios = scenarios
            self.proxy = proxy
            self.transport = transport
            self.server = server
        }
    }

    private let core: Core
    private let plan: Plan

    package init(_ core: Core, _ plan: Plan) {
        self.core = core
        self.plan = plan
    }

    /// Runs the scenarios; ends early when the phones cannot register.
    package func run(_ tell: (TestResult) -> Void) throws(OperationFailure) -> Bool {
        var pair = try PhonePair(core, plan)
        defer { pair.shutDown() }
        var isPassed = true
        for scenario in plan.scenarios {
            pair.mark()
            var complaints: [String] = []
            let (caller, callee) = try perform(scenario, &pair, &complaints)
            let exchange = try pair.collect()
            let result = judge(scenario, caller, callee, exchange, complaints)
            tell(result)
            isPassed = isPassed && result.isPassed
            if scenario == .registration, !result.isPassed { return false }
        }
        try pair.deregister()
        return isPassed
    }

    /// Does what the scenario asks; the reports of both ends.
    private func perform(
        _ scenario: CallScenario, _ pair: inout PhonePair, _ complaints: inout [String]
    ) throws(OperationFailure) -> (Report?, Report?) {
        if scenario == .registration {
            let reports = try pair.register()
            return (reports.caller.named("ending", "outcome"), reports.callee.named("ending", "outcome"))
        }
        if !scenario.manner.isEmpty { _ = try pair.callee("manner", scenario.manner) }
        let target = plan.target ?? pair.calleeIdentity
        let phones = pair
        func call(until state: String = "talking") throws(OperationFailure) -> Report? {
            try phones.caller("call", ["to": target, "until": state])
        }
        switch scenario {
        case .registration: break
        case .answered:
            guard try call()?.isTalking == true, try isUp(pair) else { break }
            _ = try pair.caller("hang-up")
        case .audio:
            guard try call()?.isTalking == true, try isUp(pair) else { break }
            complaints = try pair.talk()
            _ = try pair.caller("hold")
            _ = try pair.caller("resume")
            if complaints.isEmpty { complaints = try pair.talk() }
            _ = try pair.caller("hang-up")
        case .hungUpByCallee:
            guard try call()?.isTalking == true, try isUp(pair) else { break }
            _ = try pair.callee("hang-up")
        case .hold:
            guard try call()?.isTalking == true, try isUp(pair) else { break }
            _ = try pair.caller("hold")
            _ = try pair.caller("resume")
            _ = try pair.caller("hang-up")
        case .cancelled:
            guard try call(until: "ringing")?["state"]?.text == "ringing" else { break }
            _ = try pair.caller("hang-up")
        case .busy, .declined: _ = try call()
        case .unknown:
            let nobody = "sip:nobody-of-this-name@\(plan.callee.domain)"
            return (try pair.caller("call", ["to": nobody]), nil)
        case .unregistered:
            _ = try pair.callee("deregister")
            return (try call(), nil)
        }
        _ = try pair.callee("wait", ["until": "ended"], within: .seconds(5))
        _ = try pair.caller("wait", ["until": "ended"], within: .seconds(5))
        return (try pair.lastCall(pair.caller), try pair.lastCall(pair.callee))
    }

    /// Waits for the callee to have its ACK.
    private func isUp(_ pair: PhonePair) throws(OperationFailure) -> Bool {
        try pair.callee("wait", ["until": "talking"], within: .seconds(10))?.isTalking == true
    }

    private func judge(
        _ scenario: CallScenario, _ caller: Report?, _ callee: Report?, _ exchange: Exchange, _ complaints: [String]
    ) -> TestResult {
        let problems = scenario.expectation.problems(caller: caller, callee: callee, exchange) + complaints
        // To the answer, or else to the end: what a user waits for.
        var milliseconds = 0.0
        for name in ["milliseconds", "answered-ms", "ended-ms"] {
            if milliseconds == 0, case .number(let span)? = caller?[name] { milliseconds = span }
        }
        return TestResult(
            number: scenario.rawValue, title: scenario.title, clause: scenario.clause, problems: problems,
            exchange: exchange, milliseconds: milliseconds,
            diagnosis: problems.isEmpty ? nil : Diagnosis(exchange, health: .init(core.status)),
            isExample: scenario == .answered)
    }
}

extension Report {
    fileprivate var isTalking: Bool { self["state"]?.text == "talking" }

    /// The same with one member more, a copy of another under this name.
    func named(_ name: String, _ other: String) -> Report {
        guard case .record(let members) = self, let value = self[other] else { return self }
        return .record([Member(name, value)] + members)
    }
}
