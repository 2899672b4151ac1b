import IMS
import Octets
import ServiceTriggers

/// A wildcarded identity, TS 23.003 §13.4A and §13.5: `sip:room!.*!@example.org`, in which an extended regular expression
/// stands between exclamation marks.
package struct WildcardedIdentity: Sendable {
    package let identity: PublicIdentity
    private let expression: Expression
    /// Octets outside the expression: of two that match, the one that says more is meant.
    private let literal: Int

    /// nil when it is none, or its expression cannot be used.
    package init?(_ identity: PublicIdentity) {
        let parts = identity.text.split(separator: "!", omittingEmptySubsequences: false)
        guard parts.count == 3 else { return nil }
        do {
            expression = try Expression(Self.quoted(parts[0]) + "(\(parts[1]))" + Self.quoted(parts[2]))
        } catch {
            return nil
        }
        self.identity = identity
        literal = parts[0].utf8.count + parts[2].utf8.count
    }

    private func matches(_ text: OctetSlice) -> Bool { text.count <= 1024 && expression.isWhole(text) }

    /// The one that an identity falls under.
    package static func best(_ candidates: [WildcardedIdentity], for identity: PublicIdentity) -> PublicIdentity? {
        let text = OctetSlice(identity.text)
        return candidates.filter { $0.matches(text) }.max { $0.literal < $1.literal }?.identity
    }

    /// Characters as they are, whatever they mean in an expression.
    private static func quoted(_ text: Substring) -> String {
        var quoted = ""
        for scalar in text.unicodeScalars {
            if scalar.isASCII, !scalar.properties.isAlphabetic, scalar.properties.numericType == nil {
                quoted += "\\"
            }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted
    }
}

extension SubscriberDirectory {
    /// The identity under which a received one is kept: itself, or the wildcarded one that it falls under; itself when
    /// nobody has it.
    mutating func kept(_ identity: PublicIdentity) throws(DirectoryFailure) -> PublicIdentity {
        guard identity.isStorable, try subscription(holding: identity) == nil else { return identity }
        return WildcardedIdentity.best(try wildcardedIdentities(), for: identity) ?? identity
    }
}
