import Cx
import Octets
import SIP

/// How far an initial request has come through the application servers of one served user: what the original dialog
/// identifier in the Route of a request to an application server stands for, TS 24.229 §5.4.3.2 and §5.4.3.3.
///
///     start ─ next ─▶ invoke(server) ─ the request comes back, next ─▶ invoke(server) … ─▶ onward
///                        └─ terminating, Request-URI changed ─▶ originating after diversion, from the first criterion
///
/// A small value without the criteria, so that it can be stored. The clauses are followed as far as the project's notes
/// on them go; their text was not at hand.
package struct ServiceChain: Hashable, Sendable {
    /// What becomes of the request.
    package enum Step: Hashable, Sendable {
        /// To this server, with the original dialog identifier below it in the Route.
        case invoke(ServiceMatch)
        /// No criterion is left: terminating to the contacts, otherwise by Route and Request-URI.
        case onward
        /// The budget was spent: ends the session or continues it without further services.
        case exhausted(Exhaustion)
    }

    /// Its session case changes when a server diverts a terminating request.
    package private(set) var context: ServiceContext
    /// Priority of the last criterion whose server was invoked. An index would not survive a new profile.
    package private(set) var lastPriority: Int?
    /// The Request-URI of the request as it went to the last server.
    package private(set) var target: OctetSlice
    /// How many servers were invoked, those before a diversion included.
    package private(set) var invocations = 0
    /// A server diverted the request: it goes on to another target than the served user's contacts.
    package private(set) var isDiverted = false

    package init(_ context: ServiceContext, for request: SIPMessage) {
        self.context = context
        target = OctetSlice(request.requestURI.array)
    }

    /// Where the request goes next. The remaining criteria are held against the request as it came back, with what the
    /// server changed in it.
    ///
    /// - Parameter isSameUser: the Request-URI, though another, is still the served user's: an alias, or a GRUU of his.
    package mutating func next(
        in criteria: ServiceCriteria, for request: SIPMessage, isSameUser: Bool = false,
        budget: Int = ServiceCriteria.standardBudget
    ) -> Step {
        if context.isTerminating, !isSameUser, isRetargeted(request) {
            // §5.4.3.3: the terminating criteria are done with; those after diversion begin at the first.
            context.sessionCase = .originatingAfterDiversion
            lastPriority = nil
            isDiverted = true
        }
        target = OctetSlice(request.requestURI.array)
        let first = lastPriority.map { last in criteria.firstIndex(behind: last) } ?? 0
        switch criteria.firstMatch(for: request, in: context, from: first, budget: budget) {
        case .match(let match):
            lastPriority = match.priority
            invocations += 1
            return .invoke(match)
        case .noMatch: return .onward
        case .exhausted(let exhaustion): return .exhausted(exhaustion)
        }
    }

    private func isRetargeted(_ request: SIPMessage) -> Bool {
        let now = request.requestURI
        guard now != target else { return false }
        guard let old = TriggerCompiler.parsed(target), let new = TriggerCompiler.parsed(now) else { return true }
        return !old.matches(new)
    }
}

extension ServiceCriteria {
    /// Index of the first criterion of a higher number, by bisection.
    fileprivate func firstIndex(behind priority: Int) -> Int {
        var low = 0
        var high = criteria.count
        while low < high {
            let middle = (low + high) / 2
            if criteria[middle].priority <= priority { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
