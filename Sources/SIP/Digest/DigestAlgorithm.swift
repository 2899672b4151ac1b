import Octets

/// A digest algorithm as named in challenges and credentials: RFC 2617 §3.2.1, RFC 3310 §3.1.
package enum DigestAlgorithm: Hashable, Sendable, CaseIterable {
    case md5
    case md5Session
    /// MD5 with the octets of RES as the password.
    case akaV1MD5

    package var token: StaticString {
        switch self {
        case .md5: "MD5"
        case .md5Session: "MD5-sess"
        case .akaV1MD5: "AKAv1-MD5"
        }
    }

    package init?(token: OctetSlice) {
        guard let algorithm = Self.allCases.first(where: { token.equalsIgnoringCase($0.token) }) else { return nil }
        self = algorithm
    }
}
