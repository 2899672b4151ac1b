import Octets

/// Digest with AKA: what RFC 3310 (AKAv1) and RFC 4169 (AKAv2) add to it.
package enum AKADigest {
    /// `aka-nonce-value`, RFC 3310 §3.2: Base64 of RAND, AUTN and what the server likes to add.
    package struct Nonce: Sendable, Equatable {
        /// 16 octets.
        package let rand: [UInt8]
        /// 16 octets.
        package let autn: [UInt8]
        package let serverData: [UInt8]

        /// - Precondition: 16 octets each.
        package init(rand: [UInt8], autn: [UInt8], serverData: [UInt8] = []) {
            precondition(rand.count == 16 && autn.count == 16)
            self.rand = rand
            self.autn = autn
            self.serverData = serverData
        }

        /// nil when it is no Base64 or shorter than RAND and AUTN.
        package init?(_ text: OctetSlice) {
            guard let octets = Base64.decode(text), octets.count >= 32 else { return nil }
            rand = Array(octets[0..<16])
            autn = Array(octets[16..<32])
            serverData = Array(octets[32...])
        }

        package var text: String { Base64.encode(rand + autn + serverData) }
    }

    /// What enters the response as the password, RFC 3310 §3.3 and RFC 4169 §2.1. Both peers compute it, the server
    /// with XRES.
    ///
    /// - Returns: for AKAv1 RES as it is, for AKAv2 Base64 of HMAC(RES||IK||CK, "http-digest-akav2-password").
    package static func password(
        _ algorithm: DigestAlgorithm, res: [UInt8], integrityKey: [UInt8], cipherKey: [UInt8]
    ) -> [UInt8] {
        switch algorithm.aka {
        case nil, .v1?: return res
        case .v2?:
            let code = algorithm.function.authenticationCode(
                key: res + integrityKey + cipherKey, "http-digest-akav2-password")
            return Array(Base64.encode(code).utf8)
        }
    }

    /// The keys for use outside AKA, RFC 4169 §2.2: IK' and CK' of AKAv2, the keys themselves of AKAv1.
    package static func sessionKeys(
        _ algorithm: DigestAlgorithm, integrityKey: [UInt8], cipherKey: [UInt8]
    ) -> (integrity: [UInt8], cipher: [UInt8]) {
        switch algorithm.aka {
        case nil, .v1?: return (integrityKey, cipherKey)
        case .v2?:
            return (
                algorithm.function.authenticationCode(key: integrityKey, "http-digest-akav2-integritykey"),
                algorithm.function.authenticationCode(key: cipherKey, "http-digest-akav2-cipherkey")
            )
        }
    }

    /// What the credentials in answer to a challenge say, RFC 3310 §3.3, §3.4.
    package enum Answer: Sendable, Equatable {
        /// A response to be compared.
        case response
        /// The phone's sequence number is ahead: AUTS, 14 octets, for the HSS. Its MAC-S is what proves it; the
        /// response beside it is made with an empty password and proves nothing.
        case resynchronisation([UInt8])
        /// auts that is not the Base64 of 14 octets.
        case malformedResynchronisation
        /// Neither: the phone does not believe the network.
        case neither
    }

    package static func answer(in credentials: Credentials) -> Answer {
        if let text = credentials["auts"], !text.isEmpty {
            return credentials.auts.map(Answer.resynchronisation) ?? .malformedResynchronisation
        }
        return credentials.response?.isEmpty ?? true ? .neither : .response
    }
}

extension DigestClient {
    /// The credentials that ask for resynchronisation, RFC 3310 §3.4: AUTS, and a response made with an empty password.
    ///
    /// - Parameter auts: 14 octets.
    /// - Returns: nil for a challenge that is none of AKA.
    package static func resynchronising(
        _ challenge: Challenge, username: OctetSlice, auts: [UInt8], method: Method, uri: OctetSlice,
        cnonce: OctetSlice
    ) -> Credentials? {
        guard challenge.answerableAlgorithm?.aka != nil,
            var client = DigestClient(challenge, username: username, password: [])
        else { return nil }
        var credentials = client.credentials(method: method, uri: uri, cnonce: cnonce)
        credentials.set("auts", quoted: Base64.encode(auts))
        return credentials
    }
}
