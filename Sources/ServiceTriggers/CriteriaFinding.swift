import Cx

/// What `ifc lint` says about the filter criteria of a profile.
package struct CriteriaFinding: Hashable, Sendable {
    package enum Severity: Int, Comparable, Sendable {
        case note, warning, error

        package static func < (left: Severity, right: Severity) -> Bool { left.rawValue < right.rawValue }
    }

    /// Triggers are counted from 0.
    package enum Problem: Hashable, Sendable {
        /// Another criterion, whose server is named, has the priority already; this one is not used.
        case duplicatePriority(String)
        /// The profile names a shared set that this node does not have.
        case unknownSharedSet
        case unusable(trigger: Int, TriggerFault)
        /// A trigger point without triggers in groups: it matches nothing.
        case noConditions
        case triggerWithoutGroup(trigger: Int)
        /// Two triggers of one disjunctive group exclude each other.
        case unreachableGroup(Int, triggers: Int, Int)
        /// Two triggers exclude each other that must both hold, or every group is unreachable.
        case neverMatches(triggers: Int, Int)
        /// A conjunctive group has a condition and its opposite: it always holds.
        case idleGroup(Int, triggers: Int, Int)
        /// A session case that must hold belongs to the other part of the profile.
        case otherProfilePart(trigger: Int)
        case repeatedTrigger(Int, of: Int)
        /// Registration types at a trigger that is not on REGISTER are not looked at.
        case idleRegistrationTypes(trigger: Int)
        /// Not one of the methods of SIP; case matters.
        case unknownMethod(trigger: Int, String)
        /// A Request-URI that is no URI and is compared octet for octet.
        case notURI(trigger: Int, String)
        /// An escape that RE2 knows and POSIX does not.
        case notPOSIX(trigger: Int, String)
        /// The server's name is no SIP URI.
        case serverName
        /// A REGISTER goes to a server whose silence ends sessions: it ends the registration, TS 24.229 §5.4.1.7.
        case endsRegistration(trigger: Int)
    }

    package let problem: Problem
    /// Of the criterion; nil when it is of none.
    package let priority: Int?
    package let origin: Criterion.Origin
    package let serverName: String?

    init(_ problem: Problem, _ priority: Int?, _ origin: Criterion.Origin, _ serverName: String?) {
        self.problem = problem
        self.priority = priority
        self.origin = origin
        self.serverName = serverName
    }

    init(_ problem: Problem, _ criterion: Criterion) {
        self.init(problem, criterion.priority, criterion.origin, criterion.applicationServer.serverName)
    }

    package var severity: Severity {
        switch problem {
        case .duplicatePriority, .unknownSharedSet, .unusable, .noConditions, .neverMatches, .serverName: .error
        case .triggerWithoutGroup, .unreachableGroup, .idleGroup, .otherProfilePart, .idleRegistrationTypes,
            .unknownMethod, .notURI, .endsRegistration:
            .warning
        case .repeatedTrigger, .notPOSIX: .note
        }
    }
}

extension CriteriaFinding: CustomStringConvertible {
    /// One sentence with its place.
    package var description: String { "\(severity): \(placed)" }

    /// The same without the severity.
    package var placed: String { "\(place): \(sentence)" }

    /// Whether it is about a criterion of a shared set, and not about the set itself or a clash with it.
    package var isWithinSharedSet: Bool {
        guard case .sharedSet = origin else { return false }
        switch problem {
        case .unknownSharedSet, .duplicatePriority: return false
        default: return true
        }
    }

    private var place: String {
        let set =
            switch origin {
            case .profile: ""
            case .sharedSet(let id): "shared set \(id)"
            }
        guard let priority else { return set.isEmpty ? "service profile" : set }
        return "criterion \(priority) (\(serverName ?? "?")\(set.isEmpty ? "" : ", \(set)"))"
    }

    private var sentence: String {
        switch problem {
        case .duplicatePriority(let other): "is not used, because \(other) has the same priority"
        case .unknownSharedSet: "is named by the profile and not configured here"
        case .unusable(let trigger, let fault): "trigger \(trigger + 1) never holds, because \(fault)"
        case .noConditions: "never matches, because no trigger of its trigger point stands in a group"
        case .triggerWithoutGroup(let trigger): "trigger \(trigger + 1) stands in no group and is not looked at"
        case .unreachableGroup(let group, let first, let second):
            "group \(group) never holds, because triggers \(first + 1) and \(second + 1) exclude each other"
        case .neverMatches(let first, let second):
            "never matches, because triggers \(first + 1) and \(second + 1) exclude each other"
        case .idleGroup(let group, let first, let second):
            "group \(group) always holds, because triggers \(first + 1) and \(second + 1) are opposites"
        case .otherProfilePart(let trigger):
            "the session case of trigger \(trigger + 1) never occurs in the part of the profile that it is for"
        case .repeatedTrigger(let trigger, let first): "trigger \(trigger + 1) repeats trigger \(first + 1)"
        case .idleRegistrationTypes(let trigger):
            "the registration types of trigger \(trigger + 1) mean nothing, because its condition is not REGISTER"
        case .unknownMethod(let trigger, let method):
            "trigger \(trigger + 1) asks for \(method), which is no method of SIP as it is spelt"
        case .notURI(let trigger, let text): "trigger \(trigger + 1) asks for \(text), which is no URI"
        case .notPOSIX(let trigger, let escape):
            "trigger \(trigger + 1) uses \(escape), which other S-CSCFs may not understand"
        case .serverName: "its server name is no SIP URI"
        case .endsRegistration(let trigger):
            "trigger \(trigger + 1) lets it have REGISTERs and its default handling is to terminate: when the server is "
                + "silent the user is de-registered"
        }
    }
}
