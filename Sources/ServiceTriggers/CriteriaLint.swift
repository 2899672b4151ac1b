import Cx
import Octets
import SIP

extension ServiceCriteria {
    /// Everything that is wrong or strange, for the operator: in the order of the criteria. Costs time in proportion to
    /// the number of triggers.
    package func lint() -> [CriteriaFinding] { findings + criteria.flatMap { CriteriaLint($0).findings } }
}

/// Looks at one criterion for what can be seen without a request.
struct CriteriaLint {
    private(set) var findings: [CriteriaFinding] = []
    private let criterion: Criterion

    init(_ criterion: Criterion) {
        self.criterion = criterion
        lookAtServer()
        guard let point = criterion.source.triggerPoint else { return }
        for (index, trigger) in point.servicePointTriggers.enumerated() { lookAt(trigger, index) }
        let asksForRegister = point.servicePointTriggers.firstIndex {
            $0.condition == .method("REGISTER") && !$0.isNegated && !$0.groups.isEmpty
        }
        if let asksForRegister, criterion.defaultHandling == .sessionTerminated {
            add(.endsRegistration(trigger: asksForRegister))
        }
        guard !criterion.groups.isEmpty else {
            add(.noConditions)
            return
        }
        if point.isConjunctive { lookAtConjunction() } else { lookAtDisjunction() }
    }

    private mutating func add(_ problem: CriteriaFinding.Problem) {
        findings.append(CriteriaFinding(problem, criterion))
    }

    // MARK: Server and triggers

    private mutating func lookAtServer() {
        guard case .sip? = TriggerCompiler.parsed(OctetSlice(criterion.applicationServer.serverName)) else {
            add(.serverName)
            return
        }
    }

    private mutating func lookAt(_ trigger: ServicePointTrigger, _ index: Int) {
        if trigger.groups.isEmpty { add(.triggerWithoutGroup(trigger: index)) }
        if !trigger.registrationTypes.isEmpty, trigger.condition != .method("REGISTER") {
            add(.idleRegistrationTypes(trigger: index))
        }
        switch trigger.condition {
        case .requestURI(let text):
            if TriggerCompiler.parsed(OctetSlice(text)) == nil { add(.notURI(trigger: index, text)) }
        case .method(let text):
            if Method(text).token == .other { add(.unknownMethod(trigger: index, text)) }
        case .sipHeader(_, let content), .sessionDescription(_, let content):
            if let content, let escape = Self.foreignEscape(content) { add(.notPOSIX(trigger: index, escape)) }
        case .sessionCase: break
        }
    }

    /// A backslash before a letter or digit, which POSIX leaves undefined.
    private static func foreignEscape(_ pattern: String) -> String? {
        var isEscaped = false
        for character in pattern {
            if isEscaped {
                if character.isLetter || character.isNumber { return "\\\(character)" }
                isEscaped = false
            } else {
                isEscaped = character == "\\"
            }
        }
        return nil
    }

    // MARK: Groups

    private mutating func lookAtDisjunction() {
        var reachable: [Criterion.Group] = []
        var conflict: (Int, Int)?
        for group in criterion.groups {
            noteRepetitions(group.members)
            if let (first, second) = exclusion(group.members) {
                add(.unreachableGroup(group.number, triggers: first, second))
                conflict = conflict ?? (first, second)
            } else {
                reachable.append(group)
            }
        }
        if let conflict, reachable.isEmpty { add(.neverMatches(triggers: conflict.0, conflict.1)) }
        let foreign = reachable.map { foreignCase($0.members) }
        if let first = foreign.first, let trigger = first, foreign.allSatisfy({ $0 != nil }) {
            add(.otherProfilePart(trigger: trigger))
        }
    }

    /// Of a conjunction, what stands alone in a group must hold.
    private mutating func lookAtConjunction() {
        var needed: [Int] = []
        for group in criterion.groups {
            noteRepetitions(group.members)
            if group.members.count == 1 {
                needed.append(group.members[0])
            } else if let (first, second) = opposites(group.members) {
                add(.idleGroup(group.number, triggers: first, second))
            }
        }
        if let (first, second) = exclusion(needed) { add(.neverMatches(triggers: first, second)) }
        if let trigger = foreignCase(needed) { add(.otherProfilePart(trigger: trigger)) }
    }

    private func source(_ index: Int) -> ServicePointTrigger { criterion.triggers[index].source }

    /// A condition as it is asked, without groups and negation.
    private struct Question: Hashable {
        var condition: ServicePointTrigger.Condition
        var registrationTypes: Set<ServicePointTrigger.RegistrationType>

        init(_ trigger: ServicePointTrigger) {
            condition = trigger.condition
            registrationTypes = Set(trigger.registrationTypes)
        }
    }

    private mutating func noteRepetitions(_ members: [Int]) {
        var first: [Question: [Int]] = [:]
        for member in members {
            let trigger = source(member)
            let same = first[Question(trigger), default: []].first { source($0).isNegated == trigger.isNegated }
            if let same { add(.repeatedTrigger(member, of: same)) }
            first[Question(trigger), default: []].append(member)
        }
    }

    /// A condition and its negation.
    private func opposites(_ members: [Int]) -> (Int, Int)? {
        var asked: [Question: Int] = [:]
        var denied: [Question: Int] = [:]
        for member in members {
            let trigger = source(member)
            let question = Question(trigger)
            if trigger.isNegated { denied[question] = member } else { asked[question] = member }
            if let yes = asked[question], let no = denied[question] { return (min(yes, no), max(yes, no)) }
        }
        return nil
    }

    /// Two triggers that cannot both hold: opposites, two methods, two session cases, two Request-URIs, REGISTER in a
    /// terminating session case, or an absent header with content.
    private func exclusion(_ members: [Int]) -> (Int, Int)? {
        if let pair = opposites(members) { return pair }
        var method: (index: Int, name: String)?
        var sessionCase: (index: Int, value: ServicePointTrigger.SessionCase)?
        var target: (index: Int, uri: URI)?
        var absent: [HeaderName: Int] = [:]
        for member in members where source(member).isNegated {
            if case .header(let name, nil) = criterion.triggers[member].test { absent[name] = member }
        }
        for member in members where !source(member).isNegated {
            switch source(member).condition {
            case .method(let name):
                if let method, method.name != name { return (method.index, member) }
                method = method ?? (member, name)
            case .sessionCase(let value):
                if let sessionCase, sessionCase.value != value { return (sessionCase.index, member) }
                sessionCase = sessionCase ?? (member, value)
            case .requestURI(let text):
                guard let uri = TriggerCompiler.parsed(OctetSlice(text)) else { break }
                if let target, !target.uri.matches(uri) { return (target.index, member) }
                target = target ?? (member, uri)
            case .sipHeader:
                guard case .header(let name, _?) = criterion.triggers[member].test else { break }
                if let other = absent[name] { return (min(other, member), max(other, member)) }
            case .sessionDescription: break
            }
        }
        if let method, let sessionCase, method.name == "REGISTER", sessionCase.value != .originating {
            return (min(method.index, sessionCase.index), max(method.index, sessionCase.index))
        }
        return nil
    }

    /// A needed session case of the other state of registration.
    private func foreignCase(_ members: [Int]) -> Int? {
        guard let part = criterion.source.profilePartIndicator else { return nil }
        return members.first { member in
            guard !source(member).isNegated, case .sessionCase(let value) = source(member).condition else {
                return false
            }
            return switch value {
            case .originating, .terminatingRegistered: part == .unregistered
            case .terminatingUnregistered, .originatingUnregistered: part == .registered
            case .originatingAfterDiversion: false
            }
        }
    }
}
