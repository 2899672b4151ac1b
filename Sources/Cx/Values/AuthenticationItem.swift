import Octets

/// SIP-Authentication-Scheme (608), TS 29.229 §6.3.9.
package enum AuthenticationScheme: Hashable, Sendable {
    /// `Digest-AKAv1-MD5`, RFC 3310.
    case digestAKAv1MD5
    /// `SIP Digest`, RFC 7616 (TS 33.203 annex N).
    case sipDigest
    /// `Early-IMS-Security`: GIBA, by the address of the bearer (TS 33.203 Annex T).
    case earlyIMSSecurity
    /// `Unknown`: the HSS chooses.
    case unknown
    /// A scheme that we do not speak, as it came.
    case other(String)

    package init(_ text: OctetSlice) {
        if text.equalsIgnoringCase("Digest-AKAv1-MD5") {
            self = .digestAKAv1MD5
        } else if text.equalsIgnoringCase("SIP Digest") {
            self = .sipDigest
        } else if text.equalsIgnoringCase("Early-IMS-Security") {
            self = .earlyIMSSecurity
        } else if text.equalsIgnoringCase("Unknown") {
            self = .unknown
        } else {
            self = .other(text.string)
        }
    }

    package var text: String {
        switch self {
        case .digestAKAv1MD5: "Digest-AKAv1-MD5"
        case .sipDigest: "SIP Digest"
        case .earlyIMSSecurity: "Early-IMS-Security"
        case .unknown: "Unknown"
        case .other(let text): text
        }
    }
}

/// SIP-Auth-Data-Item (612): one authentication vector, or what is asked for, TS 29.229 §6.3.13.
///
///     SIP-Auth-Data-Item ::= [SIP-Item-Number] [SIP-Authentication-Scheme] [SIP-Authenticate] [SIP-Authorization]
///         [SIP-Authentication-Context] [Confidentiality-Key] [Integrity-Key] [SIP-Digest-Authenticate]
///         [Framed-IP-Address] [Framed-IPv6-Prefix]
package struct AuthenticationItem: Hashable, Sendable {
    package var itemNumber: UInt32?
    package var scheme: AuthenticationScheme?
    /// SIP-Authenticate: RAND‖AUTN for AKA.
    package var authenticate: OctetSlice?
    /// SIP-Authorization: XRES in an answer for AKA, RAND‖AUTS in a request for resynchronisation.
    package var authorization: OctetSlice?
    package var context: OctetSlice?
    package var confidentialityKey: OctetSlice?
    package var integrityKey: OctetSlice?
    package var digest: DigestCredential?
    /// Framed-IP-Address or Framed-IPv6-Prefix: whose address proves the user.
    package var bearerAddress: BearerAddress?

    package init(
        itemNumber: UInt32? = nil, scheme: AuthenticationScheme? = nil, authenticate: OctetSlice? = nil,
        authorization: OctetSlice? = nil, context: OctetSlice? = nil, confidentialityKey: OctetSlice? = nil,
        integrityKey: OctetSlice? = nil, digest: DigestCredential? = nil, bearerAddress: BearerAddress? = nil
    ) {
        self.itemNumber = itemNumber
        self.scheme = scheme
        self.authenticate = authenticate
        self.authorization = authorization
        self.context = context
        self.confidentialityKey = confidentialityKey
        self.integrityKey = integrityKey
        self.digest = digest
        self.bearerAddress = bearerAddress
    }
}

extension AuthenticationItem {
    /// What a MAR asks for: vectors of a scheme, nothing more.
    package static func request(_ scheme: AuthenticationScheme) -> AuthenticationItem {
        AuthenticationItem(scheme: scheme)
    }

    /// A MAR after a synchronisation failure at the phone: RAND‖AUTS, 16 and 14 octets (TS 29.228 §6.3).
    package static func resynchronisation(rand: [UInt8], auts: [UInt8]) -> AuthenticationItem {
        AuthenticationItem(scheme: .digestAKAv1MD5, authorization: OctetSlice(rand + auts))
    }

    /// An AKA vector in a MAA.
    package static func aka(
        itemNumber: UInt32, rand: [UInt8], autn: [UInt8], xres: [UInt8], confidentialityKey: [UInt8],
        integrityKey: [UInt8]
    ) -> AuthenticationItem {
        AuthenticationItem(
            itemNumber: itemNumber, scheme: .digestAKAv1MD5, authenticate: OctetSlice(rand + autn),
            authorization: OctetSlice(xres), confidentialityKey: OctetSlice(confidentialityKey),
            integrityKey: OctetSlice(integrityKey))
    }

    /// A digest credential in a MAA or PPR.
    package static func digest(itemNumber: UInt32? = nil, _ credential: DigestCredential) -> AuthenticationItem {
        AuthenticationItem(itemNumber: itemNumber, scheme: .sipDigest, digest: credential)
    }

    /// The address of a user of GIBA in a MAA.
    package static func earlyIMSSecurity(itemNumber: UInt32, _ address: BearerAddress) -> AuthenticationItem {
        AuthenticationItem(itemNumber: itemNumber, scheme: .earlyIMSSecurity, bearerAddress: address)
    }

    /// The AKA vector of a MAA's item; nil when a part is absent or has a length that AKA does not know.
    package var vector: AKAVector? {
        guard let authenticate, authenticate.count == 32, let authorization, (4...16).contains(authorization.count),
            let confidentialityKey, confidentialityKey.count == 16, let integrityKey, integrityKey.count == 16
        else { return nil }
        return AKAVector(
            randAndAUTN: authenticate, xres: authorization, confidentialityKey: confidentialityKey,
            integrityKey: integrityKey)
    }

    /// RAND and AUTS of a MAR's item that asks for resynchronisation; nil when it does not, or the length is wrong.
    package var resynchronisation: (rand: OctetSlice, auts: OctetSlice)? {
        guard let authorization, authorization.count == 30 else { return nil }
        let middle = authorization.start + 16
        return (authorization[authorization.start..<middle], authorization[middle..<authorization.end])
    }
}

/// An AKA vector as it crosses Cx.
package struct AKAVector: Hashable, Sendable {
    /// 32 octets; the nonce of RFC 3310 is their Base64.
    package let randAndAUTN: OctetSlice
    /// 4 to 16 octets.
    package let xres: OctetSlice
    /// CK, 16 octets.
    package let confidentialityKey: OctetSlice
    /// IK, 16 octets.
    package let integrityKey: OctetSlice

    package var rand: OctetSlice { randAndAUTN[randAndAUTN.start..<randAndAUTN.start + 16] }
    package var autn: OctetSlice { randAndAUTN[randAndAUTN.start + 16..<randAndAUTN.end] }
}

/// SIP-Digest-Authenticate (635), TS 29.229 §6.3.36; its members are IETF AVPs without vendor.
///
///     SIP-Digest-Authenticate ::= {Digest-Realm} [Digest-Algorithm] {Digest-QoP} {Digest-HA1}
package struct DigestCredential: Hashable, Sendable {
    package var realm: String
    package var algorithm: String?
    package var qop: String
    /// H(A1) in hexadecimal digits, 32 for MD5.
    package var ha1: String

    package init(realm: String, algorithm: String? = nil, qop: String = "auth", ha1: String) {
        self.realm = realm
        self.algorithm = algorithm
        self.qop = qop
        self.ha1 = ha1
    }
}
