import Octets

/// Digest access authentication: RFC 2617 §3.2.2, RFC 7616 §3.4, RFC 8760, with qop `auth`, `auth-int` or none.
///
/// For AKAv1 (RFC 3310 §3.3) the password is RES as raw octets, for AKAv2 what `AKADigest` makes of it; when the
/// credentials carry `auts` it is empty (RFC 3310 §3.4), and the response says nothing.
package enum DigestAccess {
    /// H(username:realm:password), hexadecimal digits: what a server may keep in place of the password.
    package static func secret(
        _ algorithm: DigestAlgorithm, username: OctetSlice, realm: OctetSlice, password: [UInt8]
    ) -> [UInt8] {
        algorithm.function.hash(username, realm, OctetSlice(password))
    }

    /// 32 or 64 hexadecimal digits, lower case.
    ///
    /// - Parameters:
    ///   - qop: nil for the form of RFC 2069, in which `nc` and `cnonce` take no part.
    ///   - body: what `auth-int` protects.
    package static func response(
        algorithm: DigestAlgorithm = .md5, username: OctetSlice, realm: OctetSlice, password: [UInt8], method: Method,
        uri: OctetSlice, nonce: OctetSlice, nc: OctetSlice? = nil, cnonce: OctetSlice? = nil, qop: OctetSlice? = nil,
        body: OctetSlice = OctetSlice()
    ) -> [UInt8] {
        response(
            ha1: secret(algorithm, username: username, realm: realm, password: password), algorithm: algorithm,
            method: method, uri: uri, nonce: nonce, nc: nc, cnonce: cnonce, qop: qop, body: body)
    }

    /// With `secret` kept instead of the password.
    package static func response(
        ha1: [UInt8], algorithm: DigestAlgorithm = .md5, method: Method, uri: OctetSlice, nonce: OctetSlice,
        nc: OctetSlice? = nil, cnonce: OctetSlice? = nil, qop: OctetSlice? = nil, body: OctetSlice = OctetSlice()
    ) -> [UInt8] {
        let key = algorithm.isSession ? sessionSecret(algorithm, ha1, nonce: nonce, cnonce: cnonce) : ha1
        let input = DigestInput(
            method: method.octets, uri: uri, nonce: nonce, nc: nc, cnonce: cnonce, qop: qop, body: body)
        return input.response(key, algorithm.function)
    }

    /// H(H(A1):nonce:cnonce), RFC 7616 §3.4.2.
    static func sessionSecret(
        _ algorithm: DigestAlgorithm, _ ha1: [UInt8], nonce: OctetSlice, cnonce: OctetSlice?
    ) -> [UInt8] {
        algorithm.function.hash(OctetSlice(ha1), nonce, cnonce ?? OctetSlice())
    }

    /// Whether the response of the credentials is the one for this password, compared in a time that does not depend
    /// on where they differ. false when a parameter that takes part is missing, qop is neither none, auth nor
    /// auth-int, or the user's name is hashed: who knows which user it is asks with the secret.
    package static func matches(
        _ credentials: Credentials, password: [UInt8], method: Method, body: OctetSlice = OctetSlice()
    ) -> Bool {
        guard let algorithm = credentials.algorithm, !credentials.isUserHashed, let username = credentials.userName,
            let realm = credentials.realm
        else { return false }
        return matches(
            credentials, ha1: secret(algorithm, username: username, realm: realm, password: password), method: method,
            body: body)
    }

    /// With `secret` kept instead of the password; it is of the user and the realm that the credentials name.
    package static func matches(
        _ credentials: Credentials, ha1: [UInt8], method: Method, body: OctetSlice = OctetSlice()
    ) -> Bool {
        guard let algorithm = credentials.algorithm, let nonce = credentials.nonce, let uri = credentials.uri,
            let given = credentials.response
        else { return false }
        let qop = credentials.qop
        if let qop {
            guard qop.equalsIgnoringCase("auth") || qop.equalsIgnoringCase("auth-int"),
                credentials.nonceCount != nil, credentials.cnonce != nil
            else { return false }
        }
        guard !algorithm.isSession || credentials.cnonce != nil else { return false }
        let expected = response(
            ha1: ha1, algorithm: algorithm, method: method, uri: uri, nonce: nonce, nc: credentials.nonceCount,
            cnonce: credentials.cnonce, qop: qop, body: body)
        return isSame(expected, given)
    }

    /// `rspauth` of Authentication-Info, RFC 7616 §3.5: the server proves that it knows the secret.
    ///
    /// - Parameters:
    ///   - credentials: those of the request that is answered.
    ///   - body: the body of the response, for `auth-int`.
    /// - Returns: nil when the credentials lack what takes part.
    package static func responseAuthentication(
        for credentials: Credentials, ha1: [UInt8], body: OctetSlice = OctetSlice()
    ) -> [UInt8]? {
        guard let algorithm = credentials.algorithm, let nonce = credentials.nonce, let uri = credentials.uri else {
            return nil
        }
        let key =
            algorithm.isSession
            ? sessionSecret(algorithm, ha1, nonce: nonce, cnonce: credentials.cnonce) : ha1
        let input = DigestInput(
            method: OctetSlice(), uri: uri, nonce: nonce, nc: credentials.nonceCount, cnonce: credentials.cnonce,
            qop: credentials.qop, body: body)
        return input.response(key, algorithm.function)
    }

    /// Hexadecimal digits in either case.
    package static func isSame(_ expected: [UInt8], _ given: OctetSlice) -> Bool {
        guard expected.count == given.count else { return false }
        var difference: UInt8 = 0
        for offset in 0..<expected.count {
            difference |= expected[offset] ^ ASCII.lowercase(given[given.start + offset])
        }
        return difference == 0
    }
}
