import IMS

/// What a phone's registration is tested for, one after the other.
package enum RegistrationScenario: Int, CaseIterable, Sendable {
    case first = 1, refresh, resynchronisation, wrongKey, wrongResponse, unknown, deregistration

    package static let quick: [RegistrationScenario] = [.first, .deregistration]

    package var title: String {
        switch self {
        case .first: "first registration"
        case .refresh: "re-registration"
        case .resynchronisation: "resynchronisation, the phone's SQN being ahead"
        case .wrongKey: "a phone with another OPc refuses the network"
        case .wrongResponse: "a phone with a wrong RES is refused"
        case .unknown: "an unknown subscriber is refused"
        case .deregistration: "de-registration"
        }
    }

    package var clause: String {
        switch self {
        case .first: "TS 24.229 §5.1.1.2, §5.4.1.2"
        case .refresh: "TS 24.229 §5.1.1.4"
        case .resynchronisation: "TS 33.102 §6.3.5"
        case .wrongKey: "TS 33.203 §6.1.2.2"
        case .wrongResponse: "TS 33.203 §6.1.2.1"
        case .unknown: "TS 24.229 §5.3.1.2"
        case .deregistration: "TS 24.229 §5.1.1.6"
        }
    }

    /// What must have come of it.
    struct Expectation: Equatable, Sendable {
        var outcome: String
        var status: Int?
        var challenges: [String]?
        /// The refusal's reason codes, one of which must stand in the trace.
        var codes: [String] = []
        /// The messages hop by hop; nil where only the outcome counts.
        var sequence: [RegistrationSequence.Step]?
    }

    var expectation: Expectation {
        let challenge = RegistrationSequence.challenge
        let acceptance = RegistrationSequence.acceptance
        switch self {
        case .first:
            return Expectation(
                outcome: "registered", challenges: ["answered"], sequence: challenge + acceptance)
        case .refresh: return Expectation(outcome: "registered")
        case .resynchronisation:
            return Expectation(
                outcome: "registered", challenges: ["synchronisation failure", "answered"],
                sequence: nil)
        case .wrongKey:
            return Expectation(outcome: "refused", status: 403, challenges: ["MAC failure"], codes: ["MAC_FAILURE"])
        case .wrongResponse: return Expectation(outcome: "refused", status: 403, codes: ["RES_MISMATCH"])
        case .unknown:
            return Expectation(
                outcome: "refused", status: 403, challenges: [], codes: ["UNKNOWN_SUBSCRIBER", "USER_UNKNOWN"])
        case .deregistration: return Expectation(outcome: "deregistered")
        }
    }
}

extension RegistrationScenario.Expectation {
    /// What is wrong with a phone's report and the core's exchange, each in a sentence; empty when all is as it must be.
    func problems(in report: Report, _ exchange: Exchange) -> [String] {
        var problems: [String] = []
        let seen = report["outcome"]?.text ?? "no outcome"
        if seen != outcome || (status != nil && status != report["status"]?.integer) {
            let answer = report["status"]?.integer.map { " with \($0)" } ?? ""
            let reason = report["reason"]?.text.map { " (\($0))" } ?? ""
            let expected = outcome + (status.map { " with \($0)" } ?? "")
            problems.append("the phone was \(seen)\(answer)\(reason); expected: \(expected)")
        }
        if let challenges {
            let seen = (report["challenges"]?.list ?? []).compactMap(\.text)
            if seen != challenges, problems.isEmpty || !seen.isEmpty {
                func list(_ words: [String]) -> String { words.isEmpty ? "none" : words.joined(separator: ", ") }
                problems.append("challenges ended as: \(list(seen)); expected: \(list(challenges))")
            }
        }
        for step in report["steps"]?.list ?? [] {
            for finding in step["findings"]?.list ?? [] {
                problems.append("\(finding["sentence"]?.text ?? "?") (\(finding["clause"]?.text ?? "?"))")
            }
        }
        if !codes.isEmpty, !exchange.refusals.contains(where: { codes.contains($0.code) }) {
            let seen = exchange.refusals.map(\.code).joined(separator: ", ")
            problems.append(
                "the trace names no reason \(codes.joined(separator: " or "))\(seen.isEmpty ? "" : ", but \(seen)")")
        }
        if let sequence, problems.isEmpty,
            let deviation = RegistrationSequence.deviation(of: exchange, from: sequence)
        {
            problems.append("the messages are not those of the specification: \(deviation)")
        }
        return problems
    }
}
