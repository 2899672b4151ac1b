import IMS
import Octets
import SIP

extension ServiceCode {
    /// What a code comes to.
    enum Outcome: Equatable, Sendable {
        /// The settings as they become; the sentence is for the Reason of the BYE that ends the call.
        case change(ServiceSettings, String)
        /// The answer to a question: it is active.
        case active(String)
        /// The answer to a question: it is not.
        case inactive(String)
        case refuse(Status, String)
    }

    /// - Parameter domain: that of local numbers (RFC 3966 §5.1.5 `phone-context`).
    func execute(on settings: ServiceSettings, domain: String) -> Outcome {
        if let barring { return execute(barring, on: settings) }
        switch operation {
        case .interrogate:
            let active = conditions.compactMap { condition in
                settings.forwarding[condition].flatMap { $0.isActive ? "\(condition.title) to \($0.target)" : nil }
            }
            guard !active.isEmpty else { return .inactive("Call forwarding \(title) is not active") }
            return .active("Call forwarding " + active.joined(separator: ", "))
        case .activate: return activate(settings, domain)
        case .deactivate, .erase:
            var changed = settings
            for condition in conditions {
                if operation == .erase {
                    changed.forwarding[condition] = nil
                } else {
                    changed.forwarding[condition]?.isActive = false
                }
            }
            return .change(changed, "Call forwarding \(title) is off")
        }
    }

    private func execute(_ program: BarringProgram, on settings: ServiceSettings) -> Outcome {
        guard operation != .interrogate else {
            let sentence = "\(program.title) is \(program.isActive(in: settings) ? "" : "not ")active"
            return program.isActive(in: settings) ? .active(sentence) : .inactive(sentence)
        }
        guard let pin = settings.barringPIN, pin == number else {
            return .refuse(.forbidden, "\(program.title) is not changed: the PIN is wrong")
        }
        var changed = settings
        program.set(operation == .activate, in: &changed)
        return .change(changed, "\(program.title) is \(operation == .activate ? "on" : "off")")
    }

    private func activate(_ settings: ServiceSettings, _ domain: String) -> Outcome {
        var changed = settings
        if let seconds { changed.noReplyTime = seconds }
        for condition in conditions {
            if let number {
                changed.forwarding[condition] = ForwardingRule(.address(Self.address(number, domain)))
            } else if changed.forwarding[condition] != nil {
                changed.forwarding[condition]?.isActive = true
            } else {
                return .refuse(.addressIncomplete, "No number is known for call forwarding \(condition.title)")
            }
        }
        let targets = Set(conditions.compactMap { changed.forwarding[$0]?.target.description }).sorted()
        return .change(changed, "Call forwarding \(title) to \(targets.joined(separator: ", "))")
    }

    /// A global number, or a local one in the home domain, for the S-CSCF's dial plan.
    static func target(_ number: String, _ domain: String) -> String? {
        let digits = number.hasPrefix("+") ? number.dropFirst() : number[...]
        guard !digits.isEmpty, digits.utf8.allSatisfy(ASCII.isDigit) else { return nil }
        return address(number, domain)
    }

    private static func address(_ number: String, _ domain: String) -> String {
        number.hasPrefix("+") ? "tel:\(number)" : "sip:\(number);phone-context=\(domain)@\(domain);user=phone"
    }

    private var title: String { conditions.map(\.title).joined(separator: ", ") }
}

extension ForwardingCondition {
    var title: String {
        switch self {
        case .unconditional: "unconditional"
        case .busy: "on busy"
        case .noReply: "on no reply"
        case .notReachable: "when not reachable"
        case .notLoggedIn: "when not logged in"
        }
    }
}
