/// Why a User-Data document was refused: what, in which element, on which line.
package struct UserProfileError: Error, Hashable, Sendable {
    package enum Problem: Hashable, Sendable {
        /// Not well-formed XML, or not UTF-8.
        case malformed
        /// A document type declaration: no profile needs one, entity attacks do.
        case documentType
        case tooLarge(Int)
        case tooDeep
        case missing
        case repeated
        case value
        /// Two filter criteria of one service profile have the same priority.
        case samePriority
        /// A trigger that is not exactly one of the five kinds.
        case condition
    }

    package var problem: Problem
    package var element: String
    /// From 1; 0 when it is not known.
    package var line: Int

    package init(_ problem: Problem, element: String = "", line: Int = 0) {
        self.problem = problem
        self.element = element
        self.line = line
    }

    /// What an S-CSCF answers to a PPR with such a document, TS 29.228 §6.2.2.
    package var result: CxResult {
        switch problem {
        case .tooLarge: .tooMuchData
        case .malformed, .documentType, .tooDeep, .missing, .repeated, .value, .samePriority, .condition:
            .notSupportedUserData
        }
    }
}

extension UserProfileError: CustomStringConvertible {
    package var description: String {
        let place = line > 0 ? " (line \(line))" : ""
        return switch problem {
        case .malformed: "user profile is not well-formed XML\(place)"
        case .documentType: "user profile has a document type declaration"
        case .tooLarge(let count): "user profile of \(count) octets is over the limit"
        case .tooDeep: "user profile: \(element) is nested too deeply\(place)"
        case .missing: "user profile: \(element) is missing\(place)"
        case .repeated: "user profile: \(element) occurs twice\(place)"
        case .value: "user profile: value of \(element) is not allowed\(place)"
        case .samePriority: "user profile: two \(element) have the same priority\(place)"
        case .condition: "user profile: \(element) does not have exactly one condition\(place)"
        }
    }
}
