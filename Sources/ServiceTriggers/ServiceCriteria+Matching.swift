import Cx
import SIP

/// A criterion that a request matches, and where the request goes.
package struct ServiceMatch: Hashable, Sendable {
    /// In the order of priorities, from 0.
    package var index: Int
    package var priority: Int
    package var applicationServer: ApplicationServer
    /// What happens when the server does not answer.
    package var defaultHandling: ApplicationServer.DefaultHandling

    package init(
        index: Int, priority: Int, applicationServer: ApplicationServer,
        defaultHandling: ApplicationServer.DefaultHandling
    ) {
        self.index = index
        self.priority = priority
        self.applicationServer = applicationServer
        self.defaultHandling = defaultHandling
    }
}

/// The budget of an evaluation was spent before a decision: what is left of the criteria is treated as servers that do
/// not answer.
package struct Exhaustion: Hashable, Sendable {
    /// The criterion that was being evaluated.
    package var index: Int
    package var priority: Int
    /// Of the criteria left for this part of the profile, the stricter: `.sessionTerminated` when one of them says so.
    package var defaultHandling: ApplicationServer.DefaultHandling
    /// Of the budget.
    package var steps: Int

    package init(index: Int, priority: Int, defaultHandling: ApplicationServer.DefaultHandling, steps: Int) {
        self.index = index
        self.priority = priority
        self.defaultHandling = defaultHandling
        self.steps = steps
    }
}

extension Exhaustion: CustomStringConvertible {
    package var description: String {
        let handling = defaultHandling == .sessionTerminated ? "ends" : "goes on without further services"
        return """
            the filter criteria cost more than \(steps) steps, which were spent at priority \(priority): the session \
            \(handling) (default handling)
            """
    }
}

/// What evaluating criteria gives.
package enum ServiceSelection: Hashable, Sendable {
    case match(ServiceMatch)
    case noMatch
    case exhausted(Exhaustion)
}

extension ServiceCriteria {
    /// Steps for one evaluation when nothing else is said, a few milliseconds at the worst.
    package static let standardBudget = 100_000

    /// The first criterion at or behind an index that a request matches.
    package func firstMatch(
        for request: SIPMessage, in context: ServiceContext, from first: Int = 0, budget: Int = standardBudget
    ) -> ServiceSelection {
        var evaluation = Evaluation(request, context, steps: budget)
        return next(from: first, &evaluation, budget)
    }

    /// All criteria that a request matches as it stands, for a third-party registration (TS 24.229 §5.4.1.7), and
    /// whether the budget was spent before the last one.
    package func allMatches(
        for request: SIPMessage, in context: ServiceContext, budget: Int = standardBudget
    ) -> (matches: [ServiceMatch], exhaustion: Exhaustion?) {
        var evaluation = Evaluation(request, context, steps: budget)
        var matches: [ServiceMatch] = []
        var index = 0
        while true {
            switch next(from: index, &evaluation, budget) {
            case .match(let match):
                matches.append(match)
                index = match.index + 1
            case .noMatch: return (matches, nil)
            case .exhausted(let exhaustion): return (matches, exhaustion)
            }
        }
    }

    private func next(from first: Int, _ evaluation: inout Evaluation, _ budget: Int) -> ServiceSelection {
        var index = max(first, 0)
        while index < criteria.count {
            do throws(BudgetExhausted) {
                if try evaluation.matches(criteria[index]) {
                    let criterion = criteria[index]
                    return .match(
                        ServiceMatch(
                            index: index, priority: criterion.priority,
                            applicationServer: criterion.applicationServer,
                            defaultHandling: criterion.defaultHandling))
                }
            } catch {
                return .exhausted(exhaustion(at: index, evaluation.context, budget))
            }
            index += 1
        }
        return .noMatch
    }

    func exhaustion(at index: Int, _ context: ServiceContext, _ budget: Int) -> Exhaustion {
        let isStrict = criteria[index...].contains {
            $0.isFor(context) && $0.defaultHandling == .sessionTerminated
        }
        return Exhaustion(
            index: index, priority: criteria[index].priority,
            defaultHandling: isStrict ? .sessionTerminated : .sessionContinued, steps: budget)
    }
}
