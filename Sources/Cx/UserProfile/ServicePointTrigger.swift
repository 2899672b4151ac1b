/// One term of a trigger point (SPT), TS 29.228 Annex B.2.3.
package struct ServicePointTrigger: Hashable, Sendable {
    /// What is looked at in the request.
    package enum Condition: Hashable, Sendable {
        /// Compared as a whole.
        case requestURI(String)
        case method(String)
        /// Content is an extended regular expression; nil asks only whether the header is there.
        case sipHeader(String, content: String?)
        case sessionCase(SessionCase)
        /// A line of the session description, `m` for instance, and an extended regular expression.
        case sessionDescription(line: String, content: String?)
    }

    /// From which side and in which state the request is served.
    package enum SessionCase: Int, CaseIterable, Sendable {
        case originating = 0
        case terminatingRegistered = 1
        case terminatingUnregistered = 2
        case originatingUnregistered = 3
        case originatingAfterDiversion = 4
    }

    /// Which REGISTER requests a trigger on that method means.
    package enum RegistrationType: Int, CaseIterable, Sendable {
        case initialRegistration = 0
        case reRegistration = 1
        case deregistration = 2
    }

    package var isNegated: Bool
    /// At least one.
    package var groups: [Int]
    package var condition: Condition
    /// Empty means all.
    package var registrationTypes: [RegistrationType]

    package init(
        _ condition: Condition, groups: [Int] = [0], isNegated: Bool = false,
        registrationTypes: [RegistrationType] = []
    ) {
        self.condition = condition
        self.groups = groups
        self.isNegated = isNegated
        self.registrationTypes = registrationTypes
    }
}
