import IMS
import Octets
import SIP

/// What messages between two phones are tested for.
package enum MessageScenario: Int, CaseIterable, Sendable {
    case registration = 1, delivered, answered, unknown, unregistered

    package var title: String {
        switch self {
        case .registration: "both phones register"
        case .delivered: "a message reaches the other phone"
        case .answered: "and one comes back"
        case .unknown: "nobody has this identity"
        case .unregistered: "the other phone is not registered"
        }
    }

    package var clause: String {
        switch self {
        case .registration: "TS 24.229 §5.1.1.2"
        case .delivered, .answered: "RFC 3428 §4, TS 24.229 §5.4.3"
        case .unknown: "TS 24.229 §5.3.2.1"
        case .unregistered: "TS 24.229 §5.4.3.3"
        }
    }

    /// The status that the sender gets; nil where nothing is sent.
    var status: Int? {
        switch self {
        case .registration: nil
        case .delivered, .answered: 200
        case .unknown: 404
        case .unregistered: 480
        }
    }
}

/// Two virtual phones that write to each other over a running core.
package struct MessageTest {
    private let core: Core
    private let plan: CallTest.Plan
    private let text: String

    /// - Parameter plan: its scenarios, which are those of calls, do not count.
    package init(_ core: Core, _ plan: CallTest.Plan, text: String) {
        self.core = core
        self.plan = plan
        self.text = text
    }

    /// Runs the scenarios; ends early when the phones cannot register.
    package func run(_ tell: (TestResult) -> Void) throws(OperationFailure) -> Bool {
        var pair = try PhonePair(core, plan)
        defer { pair.shutDown() }
        var isPassed = true
        for scenario in MessageScenario.allCases {
            pair.mark()
            var (problems, milliseconds) = try perform(scenario, &pair)
            let exchange = try pair.collect()
            if scenario == .delivered, problems.isEmpty {
                problems = [MessagePath.initial("MESSAGE"), .question, .answer].compactMap {
                    $0.deviation(in: exchange)
                }
            }
            tell(
                TestResult(
                    number: scenario.rawValue, title: scenario.title, clause: scenario.clause, problems: problems,
                    exchange: exchange, milliseconds: milliseconds,
                    diagnosis: problems.isEmpty ? nil : Diagnosis(exchange, health: .init(core.status)),
                    isExample: scenario == .delivered))
            isPassed = isPassed && problems.isEmpty
            if scenario == .registration, !problems.isEmpty { return false }
        }
        try pair.deregister()
        return isPassed
    }

    private func perform(
        _ scenario: MessageScenario, _ pair: inout PhonePair
    ) throws(OperationFailure) -> (problems: [String], milliseconds: Double) {
        let report: Report?
        var problems: [String] = []
        switch scenario {
        case .registration:
            let (one, two) = try pair.register()
            problems = CallScenario.Expectation(caller: "registered", callee: "registered").problems(
                caller: one.named("ending", "outcome"), callee: two.named("ending", "outcome"), Exchange(TraceEntries())
            )
            report = one
        case .delivered:
            report = try pair.caller("message", ["to": plan.target ?? pair.calleeIdentity, "text": text])
            let inbox = try pair.callee("messages")?["messages"]?.list ?? []
            if inbox.compactMap({ $0["text"]?.text }) != [text] {
                problems.append("the other phone has \(inbox.count) messages, and not the one that was sent")
            }
            if let from = inbox.first?["from"]?.text, !from.contains(pair.callerIdentity) {
                problems.append("the sender's identity came as \(from); expected: \(pair.callerIdentity) (RFC 3325 §5)")
            }
        case .answered:
            report = try pair.callee("message", ["to": pair.callerIdentity, "text": text])
            if try pair.caller("messages")?["messages"]?.list?.count != 1 {
                problems.append("the answer did not arrive")
            }
        case .unknown:
            report = try pair.caller("message", ["to": "sip:nobody-of-this-name@\(plan.callee.domain)", "text": text])
        case .unregistered:
            _ = try pair.callee("deregister")
            report = try pair.caller("message", ["to": pair.calleeIdentity, "text": text])
        }
        if let status = scenario.status, report?["status"]?.integer != status {
            let seen = report?["status"]?.integer.map { "\($0) \(report?["reason"]?.text ?? "")" } ?? "nothing"
            problems.insert("the sender was answered by \(seen); expected: \(status)", at: 0)
        }
        var milliseconds = 0.0
        if case .number(let span)? = report?["milliseconds"] { milliseconds = span }
        return (problems, milliseconds)
    }
}
