import IMS
import Octets

/// What the operator may do to registrations: `deregister` and `reauthenticate`.
extension ServingCSCF {
    /// - Returns: nil when the command is none of these.
    mutating func change(by command: Command, at now: Instant, into actions: inout [Order]) -> Report? {
        switch command.name {
        case "deregister": deregister(command.arguments, into: &actions)
        case "reauthenticate": reauthenticate(command.arguments, at: now)
        default: nil
        }
    }

    /// TS 24.229 §5.4.1.5. `identity`: a public or private identity; `reason`: deactivated (the phone registers again),
    /// rejected (it does not) or probation (it does after `retry-after` seconds).
    private mutating func deregister(_ arguments: [String: String], into actions: inout [Order]) -> Report {
        let cause: RegistrationCause
        switch arguments["reason"] ?? "deactivated" {
        case "deactivated": cause = .deactivated
        case "rejected": cause = .rejected
        case "probation":
            guard let seconds = Int(arguments["retry-after"] ?? "300"), seconds >= 0 else {
                return .error("retry-after is a number of seconds.")
            }
            cause = .probation(seconds)
        case let other: return .error("'\(other)' is no reason; there are deactivated, rejected and probation.")
        }
        let slots = slots(named: arguments["identity"])
        guard !slots.isEmpty else {
            return .error("\(arguments["identity"] ?? "The identity") is not registered here.")
        }
        for slot in slots { deregister(slot, because: cause, into: &actions) }
        return ["deregistered": .integer(slots.count)]
    }

    /// TS 24.229 §5.4.1.6: the registration is shortened to `seconds` (60 at first), and the REGISTER that follows is
    /// challenged, whatever way it comes.
    private mutating func reauthenticate(_ arguments: [String: String], at now: Instant) -> Report {
        guard let seconds = Int(arguments["seconds"] ?? "60"), (1...86_400).contains(seconds) else {
            return .error("seconds is a number from 1 to 86400.")
        }
        let slots = slots(named: arguments["identity"])
        guard !slots.isEmpty else {
            return .error("\(arguments["identity"] ?? "The identity") is not registered here.")
        }
        for slot in slots {
            guard var bindings = registrations[slot]?.bindings else { continue }
            // TS 24.229 §5.4.8.5: not for emergency calls.
            for index in bindings.indices where !bindings[index].isEmergency {
                bindings[index].shorten(to: now + .seconds(seconds))
            }
            registrations.replace(slot, bindings: bindings, because: .shortened)
        }
        return ["reauthenticated": .integer(slots.count), "seconds": .integer(seconds)]
    }

    private func slots(named identity: String?) -> [RegistrationTable.Slot] {
        guard let identity, !identity.isEmpty else { return [] }
        if let user = PublicIdentity(profileText: identity), let slot = registrations.slot(of: user) { return [slot] }
        return registrations.slots(of: PrivateIdentity(identity))
    }
}
