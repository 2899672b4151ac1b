import IMS
import Octets
import SIP

/// Calls that are not let through, TS 24.611 (not at hand): all, international ones, and those with numbers or addresses
/// that are named.
package struct CallBarring: Hashable, Sendable {
    package var isAll = false
    package var isInternational = false
    /// Beginnings of numbers, with `+`.
    package var prefixes: [String] = []
    package var identities: [PublicIdentity] = []

    static let limit = 50

    package init() {}

    /// `none`, or a list of `all`, `international`, `+4990…`, and SIP URIs.
    package init(setting text: String) throws(SettingFault) {
        let parts = Setting.list(text)
        guard parts.count <= Self.limit else { throw .value(text, expected: "at most \(Self.limit) entries") }
        for part in parts {
            switch part {
            case "all": isAll = true
            case "international": isInternational = true
            case _ where part.hasPrefix("+"):
                guard part.utf8.count > 1, part.dropFirst().utf8.allSatisfy(ASCII.isDigit) else {
                    throw .value(part, expected: "all, international, + and digits, or a SIP URI")
                }
                prefixes.append(part)
            default: identities.append(try PublicIdentity(setting: part))
            }
        }
    }

    package var text: String {
        let words = (isAll ? ["all"] : []) + (isInternational ? ["international"] : [])
        return Setting.text(words + prefixes + identities.map(\.text))
    }

    /// - Parameter plan: what makes a number international.
    func bars(_ uri: URI, plan: NumberPlan) -> Bool {
        if isAll { return true }
        if let identity = PublicIdentity(uri), identities.contains(identity) { return true }
        guard let number = plan.number(of: uri) else { return false }
        if isInternational, number.hasPrefix("+"), !number.hasPrefix(plan.country) { return true }
        return prefixes.contains { number.hasPrefix($0) }
    }
}

/// How numbers are dialled at home.
package struct NumberPlan: Equatable, Sendable {
    /// `+` and the country code. The default, `+`, knows no number that is international.
    package var country = "+"
    /// What is dialled before another country's code.
    package var internationalPrefix = "00"

    package init() {}

    /// With `+` where it is known; nil for what is no number.
    func number(of uri: URI) -> String? {
        let digits: String
        switch uri {
        case .tel(let tel): digits = tel.digits
        case .sip(let sip):
            guard let user = sip.user?.withoutURIEscapes else { return nil }
            let end = user.firstIndex(of: UInt8(ascii: ";")) ?? user.end
            digits = user[user.start..<end].string
        case .other: return nil
        }
        let rest = digits.hasPrefix("+") ? digits.dropFirst() : digits[...]
        guard !rest.isEmpty, rest.utf8.allSatisfy(ASCII.isDigit) else { return nil }
        guard !internationalPrefix.isEmpty, digits.hasPrefix(internationalPrefix) else { return digits }
        return "+" + digits.dropFirst(internationalPrefix.count)
    }
}
