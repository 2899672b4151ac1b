import IMS

/// What calls between two phones are tested for, one after the other.
package enum CallScenario: Int, CaseIterable, Sendable {
    case registration = 1, answered, audio, hungUpByCallee, hold, cancelled, busy, declined, unknown, unregistered

    package static let quick: [CallScenario] = [.registration, .answered]

    package var title: String {
        switch self {
        case .registration: "both phones register"
        case .answered: "a call that is answered; the caller hangs up"
        case .audio: "tones in both directions, also after hold and resume"
        case .hungUpByCallee: "a call that the callee ends"
        case .hold: "hold and resume"
        case .cancelled: "given up while it rings"
        case .busy: "the callee is busy"
        case .declined: "declined after ringing"
        case .unknown: "nobody has this identity"
        case .unregistered: "the callee is not registered"
        }
    }

    package var clause: String {
        switch self {
        case .registration: "TS 24.229 §5.1.1.2"
        case .answered: "TS 24.229 §5.1.3, §5.1.4, §5.4.3"
        case .audio: "RFC 3551 §4.5.14"
        case .hungUpByCallee: "TS 24.229 §5.1.5"
        case .hold: "RFC 3264 §8.4"
        case .cancelled: "RFC 3261 §9"
        case .busy: "RFC 3261 §21.4.24"
        case .declined: "RFC 3261 §21.6.2"
        case .unknown: "TS 24.229 §5.3.2.1"
        case .unregistered: "TS 24.229 §5.4.3.3"
        }
    }

    /// How the callee behaves: arguments of the phone's command `manner`.
    var manner: [String: String] {
        switch self {
        case .registration, .unknown, .unregistered: [:]
        case .answered, .hungUpByCallee, .hold: ["refuse": "never", "answer-after": "300", "codecs": "volte"]
        case .audio: ["refuse": "never", "answer-after": "300", "codecs": "g711"]
        case .cancelled: ["refuse": "never", "answer-after": "never"]
        case .busy: ["refuse": "486"]
        case .declined: ["refuse": "603", "refuse-after": "300"]
        }
    }

    /// What must have come of it.
    struct Expectation: Equatable, Sendable {
        /// The ending at the caller, and at the callee; nil where no call gets there.
        var caller: String
        var callee: String?
        var status: Int?
        var paths: [MessagePath] = []
    }

    var expectation: Expectation {
        switch self {
        case .registration: Expectation(caller: "registered", callee: "registered")
        case .answered:
            Expectation(
                caller: "hung up", callee: "hung up by the peer",
                paths: [.initial("INVITE"), .question, .answer, .inDialog("ACK"), .inDialog("BYE")])
        case .hungUpByCallee: Expectation(caller: "hung up by the peer", callee: "hung up")
        case .audio, .hold: Expectation(caller: "hung up", callee: "hung up by the peer")
        case .cancelled:
            Expectation(caller: "cancelled", callee: "cancelled", paths: [.initial("INVITE"), .initial("CANCEL")])
        case .busy: Expectation(caller: "refused", callee: "declined", status: 486)
        case .declined: Expectation(caller: "refused", callee: "declined", status: 603)
        case .unknown: Expectation(caller: "refused", status: 404)
        case .unregistered: Expectation(caller: "refused", status: 480)
        }
    }
}

extension CallScenario.Expectation {
    /// What is wrong with the phones' reports and the core's exchange, each in a sentence.
    func problems(caller: Report?, callee: Report?, _ exchange: Exchange) -> [String] {
        var problems: [String] = []
        func check(_ report: Report?, _ who: String, _ expected: String, _ status: Int?) {
            let seen = report?["ending"]?.text ?? report?["state"]?.text.map { "still \($0)" } ?? "without a call"
            guard seen != expected || (status != nil && report?["status"]?.integer != status) else { return }
            let answer = report?["status"]?.integer.map { " with \($0)" } ?? ""
            let reason = report?["reason"]?.text.map { " (\($0))" } ?? ""
            let wanted = expected + (status.map { " with \($0)" } ?? "")
            problems.append("at the \(who) the call was \(seen)\(answer)\(reason); expected: \(wanted)")
        }
        check(caller, "caller", self.caller, status)
        if let expected = self.callee, problems.isEmpty { check(callee, "callee", expected, nil) }
        for report in [caller, callee] {
            for finding in report?["findings"]?.list ?? [] {
                problems.append("\(finding["sentence"]?.text ?? "?") (\(finding["clause"]?.text ?? "?"))")
            }
        }
        guard problems.isEmpty else { return problems }
        return paths.compactMap { $0.deviation(in: exchange) }
    }
}
