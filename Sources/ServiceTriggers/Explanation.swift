import Cx
import Octets
import SIP

/// Why a request goes to which application servers, for `ifc explain`.
package struct Explanation: Sendable, Equatable {
    /// One criterion and its reason.
    package struct Line: Sendable, Equatable {
        package enum Verdict: Sendable, Equatable {
            case matches
            case doesNotMatch
            /// The budget was spent before.
            case undecided
        }

        package var priority: Int
        package var serverName: String
        /// Where the criterion stands.
        package var origin = Criterion.Origin.profile
        package var verdict: Verdict
        /// Behind "because".
        package var reason: String
        /// The triggers that decided, from 0.
        package var triggers: [Int] = []
    }

    /// In the order of priorities.
    package var lines: [Line]
    package var exhaustion: Exhaustion?
}

extension Explanation.Line: CustomStringConvertible {
    /// One sentence.
    package var description: String {
        let claim =
            switch verdict {
            case .matches: "matches"
            case .doesNotMatch: "does not match"
            case .undecided: "was not decided"
            }
        let set =
            switch origin {
            case .profile: ""
            case .sharedSet(let number): ", shared set \(number)"
            }
        return "Criterion \(priority) (\(serverName)\(set)) \(claim), because \(reason)."
    }
}

extension Explanation: CustomStringConvertible {
    package var description: String {
        (lines.map(\.description) + [exhaustion.map { "\($0)" }].compactMap { $0 }).joined(separator: "\n")
    }
}

extension ServiceCriteria {
    /// Holds a request against every criterion as it stands and says of each why it matches or not.
    package func explain(
        _ request: SIPMessage, in context: ServiceContext, budget: Int = standardBudget
    ) -> Explanation {
        var evaluation = Evaluation(request, context, steps: budget)
        var explanation = Explanation(lines: [], exhaustion: nil)
        for (index, criterion) in criteria.enumerated() {
            var line = Explanation.Line(
                priority: criterion.priority, serverName: criterion.applicationServer.serverName,
                origin: criterion.origin, verdict: .undecided, reason: "the budget of \(budget) steps was spent")
            if explanation.exhaustion == nil {
                do throws(BudgetExhausted) {
                    let matches = try evaluation.matches(criterion)
                    (line.reason, line.triggers) = try evaluation.reason(criterion, matches)
                    line.verdict = matches ? .matches : .doesNotMatch
                } catch {
                    explanation.exhaustion = exhaustion(at: index, context, budget)
                }
            }
            explanation.lines.append(line)
        }
        return explanation
    }
}

extension Evaluation {
    /// At most so many conditions are told of one criterion.
    private static let maximumTold = 8

    /// In words, and the triggers that decided.
    fileprivate mutating func reason(
        _ criterion: Criterion, _ matches: Bool
    ) throws(BudgetExhausted) -> (String, [Int]) {
        guard criterion.isFor(context) else {
            let words =
                context.isRegistered
                ? "it is for unregistered users and the user is registered"
                : "it is for registered users and the user is not registered"
            return (words, [])
        }
        guard let point = criterion.source.triggerPoint else { return ("it has no trigger point", []) }
        guard !criterion.groups.isEmpty else { return ("its trigger point has no conditions", []) }
        var verdicts: [Verdict] = []
        for trigger in criterion.triggers { verdicts.append(try verdict(trigger)) }
        let decisive =
            point.isConjunctive
            ? conjunctive(criterion, verdicts, matches) : disjunctive(criterion, verdicts, matches)
        let words = decisive.prefix(Self.maximumTold).map { told($0, criterion, verdicts) }
        let rest = decisive.count - words.count
        return (words.joined(separator: " and ") + (rest > 0 ? " and \(rest) more such conditions" : ""), decisive)
    }

    /// Of a match one trigger of each group, else all of the first group that fails.
    private func conjunctive(_ criterion: Criterion, _ verdicts: [Verdict], _ matches: Bool) -> [Int] {
        if matches { return criterion.groups.compactMap { $0.members.first { verdicts[$0] == .holds } }.uniqued }
        return criterion.groups.first { !$0.members.contains { verdicts[$0] == .holds } }?.members ?? []
    }

    /// Of a match all of the first group that holds, else the first failing one of each group.
    private func disjunctive(_ criterion: Criterion, _ verdicts: [Verdict], _ matches: Bool) -> [Int] {
        if matches {
            return criterion.groups.first { $0.members.allSatisfy { verdicts[$0] == .holds } }?.members ?? []
        }
        return criterion.groups.compactMap { $0.members.first { verdicts[$0] != .holds } }.uniqued
    }

    private func told(_ index: Int, _ criterion: Criterion, _ verdicts: [Verdict]) -> String {
        let trigger = criterion.triggers[index].source
        if case .unusable(let fault) = verdicts[index] { return "trigger \(index + 1) cannot be used, as \(fault)" }
        // What is the case, whether that is what the trigger asks or not.
        let isSo = (verdicts[index] == .holds) != trigger.isNegated
        switch trigger.condition {
        case .requestURI(let uri): return isSo ? "the Request-URI is \(uri)" : "the Request-URI is not \(uri)"
        case .method(let name):
            if isSo || request.method != Method(name) || trigger.registrationTypes.isEmpty {
                return isSo ? "the method is \(name)" : "the method is \(request.method) and not \(name)"
            }
            return "the REGISTER is no \(trigger.registrationTypes.map(\.words).joined(separator: " or "))"
        case .sipHeader(let name, nil): return isSo ? "there is a header \(name)" : "there is no header \(name)"
        case .sipHeader(let name, let content?):
            return isSo ? "a header \(name) matches \(content)" : "no header \(name) matches \(content)"
        case .sessionCase(let value):
            return isSo
                ? "the session case is \(value.words)"
                : "the session case is \(context.sessionCase.words) and not \(value.words)"
        case .sessionDescription(let line, nil):
            return isSo ? "the session description has a line \(line)" : "no session description has a line \(line)"
        case .sessionDescription(let line, let content?):
            return isSo
                ? "a line \(line) of the session description matches \(content)"
                : "no line \(line) of a session description matches \(content)"
        }
    }
}

extension [Int] {
    /// Each once, in the order of their first places.
    fileprivate var uniqued: [Int] {
        var seen: Set<Int> = []
        return filter { seen.insert($0).inserted }
    }
}

extension ServicePointTrigger.SessionCase {
    /// For people.
    package var words: String {
        switch self {
        case .originating: "originating"
        case .terminatingRegistered: "terminating registered"
        case .terminatingUnregistered: "terminating unregistered"
        case .originatingUnregistered: "originating unregistered"
        case .originatingAfterDiversion: "originating after diversion"
        }
    }
}

extension ServicePointTrigger.RegistrationType {
    /// For people.
    package var words: String {
        switch self {
        case .initialRegistration: "initial registration"
        case .reRegistration: "re-registration"
        case .deregistration: "de-registration"
        }
    }
}
