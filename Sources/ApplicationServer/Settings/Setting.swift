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
    case hideIdentity = "hide-identity"
    case hideConnected = "hide-connected"
    case seeCallers = "see-callers"
    case seeConnected = "see-connected"
    case barOutgoing = "bar-outgoing"
    case barIncoming = "bar-incoming"
    case rejectAnonymous = "reject-anonymous"
    case barringPIN = "barring-pin"
    case mailbox
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
        default: nil
        }
    }

    /// The yes and no among them.
    private var flag: WritableKeyPath<ServiceSettings, Bool>? {
        switch self {
        case .notifyCaller: \.notifiesCaller
        case .revealTarget: \.revealsTarget
        case .revealDiverting: \.revealsDiverting
        case .hideConnected: \.hidesConnected
        case .seeCallers: \.seesCallers
        case .seeConnected: \.seesConnected
        case .rejectAnonymous: \.rejectsAnonymous
        case .mailbox: \.hasMailbox
        default: nil
        }
    }

    package func text(in settings: ServiceSettings) -> String {
        if let condition { return settings.forwarding[condition]?.text ?? "off" }
        if let flag { return settings[keyPath: flag] ? "yes" : "no" }
        switch self {
        case .noReplyTime: return settings.noReplyTime.map(String.init) ?? "default"
        case .hideIdentity: return settings.originatingIdentity.rawValue
        case .barOutgoing: return settings.outgoingBarring.text
        case .barIncoming: return settings.incomingBarring.text
        case .barringPIN: return settings.barringPIN ?? "none"
        case .aliases: return Self.text(settings.aliases.map(\.text))
        default: preconditionFailure("\(rawValue) is a rule or a flag")
        }
    }

    package func set(_ text: String, in settings: inout ServiceSettings) throws(SettingFault) {
        if let condition {
            settings.forwarding[condition] = try ForwardingRule(setting: text)
            return
        }
        if let flag {
            settings[keyPath: flag] = try Self.flag(text)
            return
        }
        switch self {
        case .noReplyTime: settings.noReplyTime = text == "default" ? nil : try Self.number(text, in: Self.noReplyTimes)
        case .hideIdentity:
            guard let mode = OriginatingIdentity(rawValue: text) else {
                throw .value(text, expected: "no, default or always")
            }
            settings.originatingIdentity = mode
        case .barOutgoing: settings.outgoingBarring = try CallBarring(setting: text)
        case .barIncoming: settings.incomingBarring = try CallBarring(setting: text)
        case .barringPIN:
            guard text == "none" || (text.utf8.count == 4 && text.utf8.allSatisfy(ASCII.isDigit)) else {
                throw .value(text, expected: "four digits, or none")
            }
            settings.barringPIN = text == "none" ? nil : text
        case .aliases: settings.aliases = try Self.identities(text)
        default: preconditionFailure("\(rawValue) is a rule or a flag")
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

    static func list(_ text: String) -> [String] { text == "none" ? [] : text.split(separator: ",").map { $0.trimmed } }

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
        } catch { throw .identity(text) }
    }
}

extension Substring { fileprivate var trimmed: String { OctetSlice(String(self)).trimmed.string } }
