import IMS
import Octets
import SIP

/// One setting by its name: how an operator sees it, and a line of the stored record.
package enum Setting: String, CaseIterable, Sendable {
    case forwardUnconditional = "forward.unconditional"
    case forwardBusy = "forward.busy"
    case forwardNoReply = "forward.no-reply"
    case forwardNotReachable = "forward.not-reachable"
    case forwardNotLoggedIn = "forward.not-logged-in"
    case noReplyTime = "no-reply-time"
    case notifyCaller = "notify-caller"
    case revealTarget = "reveal-target"
    case revealDiverting = "reveal-diverting"
    case aliases

    /// Seconds for which a phone may ring.
    static let noReplyTimes = 5...120
    static let aliasLimit = 8

    private var condition: ForwardingCondition? {
        switch self {
        case .forwardUnconditional: .unconditional
        case .forwardBusy: .busy
        case .forwardNoReply: .noReply
        case .forwardNotReachable: .notReachable
        case .forwardNotLoggedIn: .notLoggedIn
        case .noReplyTime, .notifyCaller, .revealTarget, .revealDiverting, .aliases: nil
        }
    }

    /// The yes and no among them.
    private var flag: WritableKeyPath<ServiceSettings, Bool>? {
        switch self {
        case .notifyCaller: \.notifiesCaller
        case .revealTarget: \.revealsTarget
        case .revealDiverting: \.revealsDiverting
        case .forwardUnconditional, .forwardBusy, .forwardNoReply, .forwardNotReachable, .forwardNotLoggedIn,
            .noReplyTime, .aliases:
            nil
        }
    }

    package func text(in settings: ServiceSettings) -> String {
        if let condition { return settings.forwarding[condition]?.text ?? "off" }
        if let flag { return settings[keyPath: flag] ? "yes" : "no" }
        switch self {
        case .noReplyTime: return settings.noReplyTime.map(String.init) ?? "default"
        case .aliases: return Self.text(settings.aliases.map(\.text))
        default: preconditionFailure("\(rawValue) has a rule or a flag")
        }
    }

    package func set(_ text: String, in settings: inout ServiceSettings) throws(SettingFault) {
        if let condition {
            settings.forwarding[condition] = try ForwardingRule(setting: text)
        } else if let flag {
            settings[keyPath: flag] = try Self.flag(text)
        } else if self == .noReplyTime {
            settings.noReplyTime = text == "default" ? nil : try Self.number(text, in: Self.noReplyTimes)
        } else {
            settings.aliases = try Self.identities(text)
        }
    }

    // MARK: Steps

    private static func flag(_ text: String) throws(SettingFault) -> Bool {
        switch text {
        case "yes": true
        case "no": false
        default: throw .value(text, expected: "yes or no")
        }
    }

    private static func number(_ text: String, in range: ClosedRange<Int>) throws(SettingFault) -> Int {
        guard let number = Int(text), range.contains(number) else {
            throw .value(text, expected: "default, or seconds from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    static func text(_ list: [String]) -> String { list.isEmpty ? "none" : list.joined(separator: ",") }

    static func list(_ text: String) -> [String] {
        text == "none" ? [] : text.split(separator: ",").map { $0.trimmed }
    }

    private static func identities(_ text: String) throws(SettingFault) -> [PublicIdentity] {
        var identities: [PublicIdentity] = []
        for part in list(text) {
            let identity = try PublicIdentity(setting: part)
            if !identities.contains(identity) { identities.append(identity) }
        }
        guard identities.count <= aliasLimit else { throw .value(text, expected: "at most \(aliasLimit) identities") }
        return identities
    }
}

extension PublicIdentity {
    /// As people write it: a SIP or tel URI, or a number that begins with `+`.
    package init(setting text: String) throws(SettingFault) {
        do throws(SIPSyntaxError) {
            let uri = try URI(parsing: text.hasPrefix("+") ? "tel:\(text)" : text)
            guard let identity = PublicIdentity(uri) else { throw SIPSyntaxError(.uri, at: 0) }
            self = identity
        } catch {
            throw .identity(text)
        }
    }
}

extension Substring {
    fileprivate var trimmed: String { OctetSlice(String(self)).trimmed.string }
}
