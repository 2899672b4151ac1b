/// Termination-Cause (295), RFC 6733 §8.15.
package enum TerminationCause: UInt32, Sendable, CaseIterable, AVPValue {
    case logout = 1
    case serviceNotProvided = 2
    case badAnswer = 3
    case administrative = 4
    case linkBroken = 5
    case authExpired = 6
    case userMoved = 7
    case sessionTimeout = 8
}
