import Octets
import SIP

/// How dialled digits become a global number, RFC 3966 §5.1: rules of the operator, the first that fits.
package struct DialPlan: Sendable, Equatable {
    package struct Rule: Sendable, Equatable {
        /// What the digits begin with; empty for any.
        package var prefix: String
        /// How many digits there are, the prefix included.
        package var digits: ClosedRange<Int>
        /// How many of them are taken off.
        package var strip: Int
        /// What is put in their place: begins with `+`.
        package var prepend: String
        /// The phone-context that the rule is for, in lower case; nil for any and none.
        package var context: String?

        package init(
            prefix: String, digits: ClosedRange<Int> = 1...32, strip: Int, prepend: String, context: String? = nil
        ) {
            self.prefix = prefix
            self.digits = digits
            self.strip = strip
            self.prepend = prepend
            self.context = context?.lowercased()
        }
    }

    package var rules: [Rule]

    package init(_ rules: [Rule] = []) { self.rules = rules }

    /// - Returns: the number with `+`, and which rule made it, from 0; nil when none does.
    package func globalNumber(_ digits: String, context: String?) -> (number: String, rule: Int)? {
        for (index, rule) in rules.enumerated() {
            guard digits.hasPrefix(rule.prefix), rule.digits.contains(digits.utf8.count),
                rule.context == nil || rule.context == context?.lowercased(), rule.strip <= digits.utf8.count
            else { continue }
            let number = rule.prepend + digits.dropFirst(rule.strip)
            if Self.isGlobal(number) { return (number, index) }
        }
        return nil
    }

    /// `+` and 1 to 15 digits, as E.164 has them.
    package static func isGlobal(_ number: String) -> Bool {
        let digits = number.utf8.dropFirst()
        return number.utf8.first == UInt8(ascii: "+") && (1...15).contains(digits.count)
            && digits.allSatisfy(ASCII.isDigit)
    }
}

/// A number in a Request-URI.
enum DialledNumber: Equatable, Sendable {
    /// With `+`, without separators.
    case global(String)
    case local(String, context: String?)

    /// The number of a tel URI, or of a SIP URI of a home domain that says it is one (`user=phone`, `user=dialstring`, or
    /// a phone-context); nil for what is none.
    init?(_ uri: URI, isHome: (OctetSlice) -> Bool) {
        switch uri {
        case .tel(let number): self.init(number)
        case .sip(let sip):
            guard isHome(sip.host), let user = sip.user else { return nil }
            if let number = sip.telephoneNumber {
                self.init(number)
                return
            }
            guard let kind = sip.parameters["user"],
                kind.equalsIgnoringCase("phone") || kind.equalsIgnoringCase("dialstring")
            else { return nil }
            let end = user.firstIndex(of: UInt8(ascii: ";")) ?? user.end
            let digits = user[user.start..<end].withoutURIEscapes.array.filter { !"-.()".utf8.contains($0) }
            guard !digits.isEmpty, digits.allSatisfy({ ASCII.isDigit($0) || $0 == 0x2A || $0 == 0x23 }) else {
                return nil
            }
            self = .local(String(decoding: digits, as: UTF8.self), context: nil)
        case .other: return nil
        }
    }

    private init(_ number: TelURI) {
        self = number.isGlobal ? .global(number.digits) : .local(number.digits, context: number.phoneContext?.string)
    }
}
