import Octets

/// A digest algorithm as named in challenges and credentials: RFC 7616 §3.3, RFC 8760 §2.7, RFC 3310 §3.1, RFC 4169 §2.
package struct DigestAlgorithm: Hashable, Sendable {
    package enum Function: Hashable, Sendable, CaseIterable {
        case md5
        case sha256
        /// SHA-512/256 of FIPS 180-4: not the half of SHA-512.
        case sha512t256

        package var token: StaticString {
            switch self {
            case .md5: "MD5"
            case .sha256: "SHA-256"
            case .sha512t256: "SHA-512-256"
            }
        }
    }

    /// Where the password comes from, when it is AKA's.
    package enum AKAVersion: Hashable, Sendable, CaseIterable {
        /// RFC 3310: RES as octets.
        case v1
        /// RFC 4169: a function of RES, IK and CK.
        case v2

        var prefix: StaticString {
            switch self {
            case .v1: "AKAv1-"
            case .v2: "AKAv2-"
            }
        }
    }

    package var function: Function
    /// `-sess`: the secret of a session takes in the first nonce and cnonce (RFC 7616 §3.4.2).
    package var isSession: Bool
    package var aka: AKAVersion?

    package init(_ function: Function, isSession: Bool = false, aka: AKAVersion? = nil) {
        self.function = function
        self.isSession = isSession
        self.aka = aka
    }

    package static let md5 = DigestAlgorithm(.md5)
    package static let md5Session = DigestAlgorithm(.md5, isSession: true)
    package static let sha256 = DigestAlgorithm(.sha256)
    package static let sha256Session = DigestAlgorithm(.sha256, isSession: true)
    package static let sha512t256 = DigestAlgorithm(.sha512t256)
    package static let sha512t256Session = DigestAlgorithm(.sha512t256, isSession: true)
    package static let akaV1MD5 = DigestAlgorithm(.md5, aka: .v1)
    package static let akaV2MD5 = DigestAlgorithm(.md5, aka: .v2)
    package static let akaV1SHA256 = DigestAlgorithm(.sha256, aka: .v1)
    package static let akaV2SHA256 = DigestAlgorithm(.sha256, aka: .v2)

    package var token: String {
        (aka.map { "\($0.prefix)" } ?? "") + "\(function.token)" + (isSession ? "-sess" : "")
    }

    /// In any case; nil for one that is not known.
    package init?(token: OctetSlice) {
        var rest = token
        aka = AKAVersion.allCases.first { rest.hasPrefix(ignoringCase: $0.prefix) }
        if let aka { rest = rest[rest.start + aka.prefix.utf8CodeUnitCount..<rest.end] }
        isSession = rest.count > 5 && rest[rest.end - 5..<rest.end].equalsIgnoringCase("-sess")
        if isSession { rest = rest[rest.start..<rest.end - 5] }
        guard let found = Function.allCases.first(where: { rest.equalsIgnoringCase($0.token) }) else { return nil }
        function = found
    }
}

extension OctetSlice {
    fileprivate func hasPrefix(ignoringCase text: StaticString) -> Bool {
        count >= text.utf8CodeUnitCount && self[start..<start + text.utf8CodeUnitCount].equalsIgnoringCase(text)
    }
}
