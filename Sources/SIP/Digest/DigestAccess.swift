import Crypto
import Octets

/// The response of digest access authentication, RFC 2617 §3.2.2 and RFC 7616 §3.4.1, with qop `auth`, `auth-int` or none.
///
/// For AKAv1-MD5 (RFC 3310 §3.3) the password is RES as raw octets; when the credentials carry `auts` it is empty
/// (§3.4), and the response says nothing.
package enum DigestAccess {
    /// 32 hexadecimal digits, lower case.
    ///
    /// - Parameters:
    ///   - qop: nil for the form of RFC 2069, in which `nc` and `cnonce` take no part.
    ///   - body: what `auth-int` protects.
    package static func response(
        algorithm: DigestAlgorithm = .md5, username: OctetSlice, realm: OctetSlice, password: [UInt8], method: Method,
        uri: OctetSlice, nonce: OctetSlice, nc: OctetSlice? = nil, cnonce: OctetSlice? = nil, qop: OctetSlice? = nil,
        body: OctetSlice = OctetSlice()
    ) -> [UInt8] {
        var secret = Hasher()
        secret.update(username)
        secret.update(realm)
        secret.update(password)
        return response(
            ha1: secret.finish(), algorithm: algorithm, method: method, uri: uri, nonce: nonce, nc: nc, cnonce: cnonce,
            qop: qop, body: body)
    }

    /// With H(username:realm:password) kept instead of the password, as 32 hexadecimal digits.
    package static func response(
        ha1: [UInt8], algorithm: DigestAlgorithm = .md5, method: Method, uri: OctetSlice, nonce: OctetSlice,
        nc: OctetSlice? = nil, cnonce: OctetSlice? = nil, qop: OctetSlice? = nil, body: OctetSlice = OctetSlice()
    ) -> [UInt8] {
        var ha1 = ha1
        if algorithm == .md5Session {
            var session = Hasher()
            session.update(ha1)
            session.update(nonce)
            session.update(cnonce ?? OctetSlice())
            ha1 = session.finish()
        }
        var action = Hasher()
        action.update(method.octets)
        action.update(uri)
        if let qop, qop.equalsIgnoringCase("auth-int") {
            var content = Hasher()
            content.update(body)
            action.update(content.finish())
        }
        var result = Hasher()
        result.update(ha1)
        result.update(nonce)
        if let qop {
            result.update(nc ?? OctetSlice())
            result.update(cnonce ?? OctetSlice())
            result.update(qop)
        }
        result.update(action.finish())
        return result.finish()
    }

    /// Whether the response of the credentials is the one for this password, compared in a time that does not depend
    /// on where they differ. false when a parameter that takes part is missing, or qop is neither none, auth nor
    /// auth-int.
    package static func matches(
        _ credentials: Credentials, password: [UInt8], method: Method, body: OctetSlice = OctetSlice()
    ) -> Bool {
        guard let algorithm = credentials.algorithm, let username = credentials.username,
            let realm = credentials.realm, let nonce = credentials.nonce, let uri = credentials.uri,
            let given = credentials.response
        else { return false }
        let qop = credentials.qop
        if let qop {
            guard qop.equalsIgnoringCase("auth") || qop.equalsIgnoringCase("auth-int"),
                credentials.nonceCount != nil, credentials.cnonce != nil
            else { return false }
        }
        let expected = response(
            algorithm: algorithm, username: username, realm: realm, password: password, method: method, uri: uri,
            nonce: nonce, nc: credentials.nonceCount, cnonce: credentials.cnonce, qop: qop, body: body)
        return isSame(expected, given)
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

    /// MD5 over parts with colons between them.
    private struct Hasher {
        private var md5 = Insecure.MD5()
        private var isFirst = true

        mutating func update(_ part: OctetSlice) {
            colon()
            part.base.withUnsafeBytes { md5.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[part.indices])) }
        }

        mutating func update(_ part: [UInt8]) {
            colon()
            part.withUnsafeBytes { md5.update(bufferPointer: $0) }
        }

        private mutating func colon() {
            if !isFirst {
                withUnsafeBytes(of: UInt8(ascii: ":")) { md5.update(bufferPointer: $0) }
            }
            isFirst = false
        }

        /// As hexadecimal digits, the form in which it enters the next hash.
        func finish() -> [UInt8] {
            var digits: [UInt8] = []
            digits.reserveCapacity(32)
            // Iterating over the digest itself would make an array of it.
            md5.finalize().withUnsafeBytes {
                for octet in $0 {
                    digits.append(Hex.digit(octet >> 4))
                    digits.append(Hex.digit(octet & 15))
                }
            }
            return digits
        }
    }
}
