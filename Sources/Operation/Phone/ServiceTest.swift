import Foundation
import IMS

/// One thing that a test of services does, and what is wrong with what came of it.
struct ServiceStep: Sendable {
    let title: String
    let clause: String
    /// Whether a request must have gone to the application server.
    var usesServer = true
    var isExample = false
    /// Problems, each in a sentence.
    let perform: @Sendable (inout ServiceStage) throws(OperationFailure) -> [String]
}

/// Virtual phones that use the services of an application server over a running core, every step checked.
package struct ServiceTest {
    package enum Subject: String, Sendable { case forwarding, voicemail, services }

    private let core: Core
    private let plan: CallTest.Plan
    private let third: PhoneSubscriber?
    private let subject: Subject
    private let keepsMessages: Bool

    /// - Parameters:
    ///   - plan: its scenarios, which are those of calls, do not count.
    ///   - third: where calls are forwarded to; only a test of forwarding needs one.
    ///   - keepsMessages: what has been left in a mailbox stays there.
    package init(
        _ core: Core, _ plan: CallTest.Plan, third: PhoneSubscriber?, _ subject: Subject, keepsMessages: Bool = false
    ) {
        self.keepsMessages = keepsMessages
        self.core = core
        self.plan = plan
        self.third = third
        self.subject = subject
    }

    /// Runs the steps; ends early when the phones cannot register.
    package func run(_ tell: (TestResult) -> Void) throws(OperationFailure) -> Bool {
        var stage = try ServiceStage(core, plan, third: third)
        defer { stage.shutDown() }
        let registration = ServiceStep(
            title: "the phones register", clause: "TS 24.229 §5.1.1.2", usesServer: false
        ) { stage throws(OperationFailure) in try stage.register() }
        let steps =
            switch subject {
            case .forwarding: Self.forwarding
            case .voicemail: Self.voicemail
            case .services: Self.services
            }
        var isPassed = true
        do throws(OperationFailure) {
            for (index, step) in ([registration] + steps).enumerated() {
                let result = try perform(step, index + 1, &stage)
                tell(result)
                isPassed = isPassed && result.isPassed
                if index == 0, !result.isPassed { return false }
            }
        } catch {
            // Whatever has happened, users get back what they had set.
            try stage.cleanUp(keepsMessages: keepsMessages)
            throw error
        }
        try stage.cleanUp(keepsMessages: keepsMessages)
        try stage.deregister()
        return isPassed
    }

    private func perform(
        _ step: ServiceStep, _ number: Int, _ stage: inout ServiceStage
    ) throws(OperationFailure) -> TestResult {
        stage.mark()
        let began = ContinuousClock.now
        var problems = try step.perform(&stage)
        let span = ContinuousClock.now - began
        let exchange = try stage.collect()
        if step.usesServer, !exchange.arrows.contains(where: { $0.to == .tas }) {
            problems.append(
                "nothing of it went to the application server: the users' service profile has no criterion for it "
                    + "(profiles/services/telephony.yaml has them all)")
        }
        return TestResult(
            number: number, title: step.title, clause: step.clause, problems: problems, exchange: exchange,
            milliseconds: Double(span.components.seconds) * 1e3 + Double(span.components.attoseconds) / 1e15,
            diagnosis: problems.isEmpty ? nil : Diagnosis(exchange, health: .init(core.status)),
            isExample: step.isExample)
    }
}

extension ServiceStage {
    /// A call that somebody must answer. - Returns: what is wrong when he does not.
    func call(
        _ role: Role = .caller, to target: String, answeredBy other: Role, within span: Duration = .seconds(60)
    ) throws(OperationFailure) -> [String] {
        let report = try order(role, "call", ["to": target], within: span)
        guard report?["state"]?.text == "talking" else { return ["the \(role.title)'s call \(Self.words(report))"] }
        guard try isTalking(other) else { return ["the \(other.title) has no call that goes on"] }
        return []
    }

    /// A call that comes to nothing. - Returns: what is wrong when it is answered otherwise.
    func call(
        _ role: Role = .caller, to target: String, refusedWith statuses: Int...
    ) throws(OperationFailure) -> [String] {
        let report = try order(role, "call", ["to": target])
        if let status = report?["status"]?.integer, statuses.contains(status) { return [] }
        let words = statuses.map(String.init).joined(separator: " or ")
        return ["the \(role.title)'s call \(Self.words(report)); expected: refused with \(words)"]
    }

    func hangUp(_ role: Role, _ other: Role) throws(OperationFailure) {
        try order(role, "hang-up")
        try waitForEnd(other)
    }

    /// Dials a code, whose call is ended by the server when it has done what was asked.
    func dial(_ role: Role, _ code: String) throws(OperationFailure) -> [String] {
        let report = try order(role, "call", ["to": code, "until": "ended"])
        guard report?["ending"]?.text != "hung up by the peer" else { return [] }
        return ["the code \(code) \(Self.words(report)); expected: answered and hung up by the server"]
    }

    /// What has become of a call.
    static func words(_ report: Report?) -> String {
        guard let report else { return "had no answer in time" }
        if let error = report["error"]?.text { return "was not made: \(error)" }
        guard let ending = report["ending"]?.text else { return "is \(report["state"]?.text ?? "?")" }
        let status = report["status"]?.integer.map { " with \($0)" } ?? ""
        let reason = report["reason"]?.text.map { " (\($0))" } ?? ""
        return "was \(ending)\(status)\(reason)"
    }
}
