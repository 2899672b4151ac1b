import Cx
import Octets
import SDP
import SIP

/// No steps are left.
struct BudgetExhausted: Error {}

/// One request held against triggers, within a budget of steps. What is parsed for one trigger is kept for the next.
struct Evaluation {
    enum Verdict: Hashable {
        case holds
        case fails
        /// Counts as failing, negated or not.
        case unusable(TriggerFault)
    }

    private enum Description {
        case unread
        case absent
        case unreadable
        case one(SessionDescription)
        case several([SessionDescription])
    }

    private enum RequestURI {
        case unread
        case read(URI?)
    }

    let request: SIPMessage
    let context: ServiceContext
    private(set) var stepsLeft: Int
    private var requestURI = RequestURI.unread
    private var description = Description.unread
    /// Of the triggers of one criterion, 0 while unknown.
    private var known: [UInt8] = []

    init(_ request: SIPMessage, _ context: ServiceContext, steps: Int) {
        self.request = request
        self.context = context
        stepsLeft = steps
    }

    // MARK: A criterion

    /// Conjunctive: every group has a trigger that holds; disjunctive: all of one group do (TS 29.228 Annexes C and F).
    /// A criterion without trigger point matches everything, one whose trigger point has no conditions nothing.
    mutating func matches(_ criterion: Criterion) throws(BudgetExhausted) -> Bool {
        try spend(1)
        guard criterion.isFor(context) else { return false }
        guard let point = criterion.source.triggerPoint else { return true }
        if criterion.hasSharedTriggers {
            known.removeAll(keepingCapacity: true)
            known.append(contentsOf: repeatElement(0, count: criterion.triggers.count))
        }
        for group in criterion.groups {
            let holds =
                point.isConjunctive ? try anyHolds(group, in: criterion) : try allHold(group, in: criterion)
            if holds != point.isConjunctive { return holds }
        }
        return point.isConjunctive && !criterion.groups.isEmpty
    }

    private mutating func anyHolds(
        _ group: Criterion.Group, in criterion: Criterion
    ) throws(BudgetExhausted) -> Bool {
        for member in group.members {
            if try holds(member, in: criterion) { return true }
        }
        return false
    }

    private mutating func allHold(
        _ group: Criterion.Group, in criterion: Criterion
    ) throws(BudgetExhausted) -> Bool {
        for member in group.members {
            guard try holds(member, in: criterion) else { return false }
        }
        return true
    }

    private mutating func holds(_ member: Int, in criterion: Criterion) throws(BudgetExhausted) -> Bool {
        guard criterion.hasSharedTriggers else { return try verdict(criterion.triggers[member]) == .holds }
        if known[member] != 0 {
            try spend(1)
            return known[member] == 1
        }
        let holds = try verdict(criterion.triggers[member]) == .holds
        known[member] = holds ? 1 : 2
        return holds
    }

    // MARK: A trigger

    mutating func verdict(_ trigger: CompiledTrigger) throws(BudgetExhausted) -> Verdict {
        switch try plainVerdict(trigger.test) {
        case .holds: trigger.isNegated ? .fails : .holds
        case .fails: trigger.isNegated ? .holds : .fails
        case .unusable(let fault): .unusable(fault)
        }
    }

    private mutating func plainVerdict(_ test: CompiledTrigger.Test) throws(BudgetExhausted) -> Verdict {
        try spend(1)
        switch test {
        case .requestURI(let text, let uri): return isRequestURI(text, uri) ? .holds : .fails
        case .method(let method, let types):
            guard request.method == method else { return .fails }
            guard !types.isEmpty else { return .holds }
            return context.registrationType.map { types.contains(RegistrationTypes([$0])) } ?? false ? .holds : .fails
        case .header(let name, nil): return request.contains(name) ? .holds : .fails
        case .header(let name, let content?): return try header(name, content)
        case .headers(let name, let content): return try headers(name, content)
        case .sessionCase(let sessionCase): return context.sessionCase == sessionCase ? .holds : .fails
        case .lines(let types, let content): return try lines(types, content)
        case .unusable(let fault): return .unusable(fault)
        }
    }

    /// The same URI by the rules of its scheme; one that cannot be parsed, octet for octet.
    private mutating func isRequestURI(_ text: OctetSlice, _ uri: URI?) -> Bool {
        let mine = request.requestURI
        if mine == text { return true }
        guard let uri else { return false }
        if case .unread = requestURI { requestURI = .read(TriggerCompiler.parsed(mine)) }
        guard case .read(let parsed?) = requestURI else { return false }
        return parsed.matches(uri)
    }

    /// Searched are the fields as they stand, and where the pattern has anchors the values between the commas, too: so
    /// `^` and `$` are the ends of a value however the sender lists several. (TS 29.228 was not at hand to confirm it.)
    private mutating func header(
        _ name: HeaderName, _ content: Expression
    ) throws(BudgetExhausted) -> Verdict {
        var search = Search(stepsLeft)
        let found =
            request.hasField(name) { search.finds(content, in: $0) }
            || content.isAnchored && request.values(name).contains { search.finds(content, in: $0) }
        return try settle(search, found)
    }

    /// A name as an expression is the whole name in its long form, in any case.
    private mutating func headers(_ name: Expression, _ content: Expression?) throws(BudgetExhausted) -> Verdict {
        var search = Search(stepsLeft)
        let request = request
        let found = request.hasField { field, value in
            guard search.isWhole(name, OctetSlice(field.text)) else { return false }
            guard let content else { return true }
            return search.finds(content, in: value)
                || content.isAnchored && request.values(field).contains { search.finds(content, in: $0) }
        }
        return try settle(search, found)
    }

    private mutating func lines(_ types: LineTypes, _ content: Expression?) throws(BudgetExhausted) -> Verdict {
        if case .unread = description {
            try spend(1 + request.body.count / 64)
            description = Self.read(request)
        }
        var search = Search(stepsLeft)
        switch description {
        case .unread, .absent: return .fails
        case .unreadable: return .unusable(.unreadableDescription)
        case .one(let description):
            return try settle(search, search.finds(types, content, in: description))
        case .several(let descriptions):
            return try settle(search, descriptions.contains { search.finds(types, content, in: $0) })
        }
    }

    private static func read(_ request: SIPMessage) -> Description {
        guard request.hasSessionDescription else { return .absent }
        do {
            guard request.firstValue(.contentType)?.hasMultipartType == true else {
                return .one(try SessionDescription(parsing: request.body))
            }
            var found: [SessionDescription] = []
            for part in try request.bodyParts() where part.is("application", "sdp") {
                found.append(try SessionDescription(parsing: part.content))
            }
            return found.isEmpty ? .absent : .several(found)
        } catch {
            return .unreadable
        }
    }

    // MARK: Steps

    private mutating func spend(_ steps: Int) throws(BudgetExhausted) {
        stepsLeft -= steps
        guard stepsLeft >= 0 else { throw BudgetExhausted() }
    }

    private mutating func settle(_ search: Search, _ found: Bool) throws(BudgetExhausted) -> Verdict {
        stepsLeft = search.stepsLeft
        guard stepsLeft >= 0 else { throw BudgetExhausted() }
        if found { return .holds }
        return search.hasTooLong ? .unusable(.textTooLong) : .fails
    }
}

/// Searching several texts on what is left of a budget.
private struct Search {
    /// Below 0 when it did not suffice; nothing is found from then on.
    private(set) var stepsLeft: Int
    private(set) var hasTooLong = false

    init(_ steps: Int) { stepsLeft = steps }

    mutating func finds(_ expression: Expression, in text: OctetSlice) -> Bool {
        canAfford(expression, text) && expression.isFound(in: text)
    }

    mutating func isWhole(_ expression: Expression, _ text: OctetSlice) -> Bool {
        canAfford(expression, text) && expression.isWhole(text)
    }

    mutating func finds(_ types: LineTypes, _ content: Expression?, in description: SessionDescription) -> Bool {
        for type in LineType.allCases where types.contains(type) {
            let found = description.contains(type) { text in
                guard let content else { return true }
                return finds(content, in: text)
            }
            if found { return true }
        }
        return false
    }

    private mutating func canAfford(_ expression: Expression, _ text: OctetSlice) -> Bool {
        guard stepsLeft >= 0 else { return false }
        guard text.count <= Expression.maximumText else {
            hasTooLong = true
            return false
        }
        stepsLeft -= expression.cost(of: text)
        return stepsLeft >= 0
    }
}

extension OctetSlice {
    fileprivate var hasMultipartType: Bool {
        count > 10 && self[start..<start + 10].equalsIgnoringCase("multipart/")
    }
}
