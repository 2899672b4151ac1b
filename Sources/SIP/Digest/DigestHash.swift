import Crypto
import CryptoExtras
import Octets

/// A hash over parts with colons between them, in hexadecimal digits: the form in which digests enter one another.
struct DigestHash<Function: HashFunction> {
    private var function = Function()
    private var isFirst = true

    mutating func update(_ part: OctetSlice) {
        colon()
        part.base.withUnsafeBytes { function.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[part.indices])) }
    }

    mutating func update(_ part: [UInt8]) {
        colon()
        part.withUnsafeBytes { function.update(bufferPointer: $0) }
    }

    private mutating func colon() {
        if !isFirst { withUnsafeBytes(of: UInt8(ascii: ":")) { function.update(bufferPointer: $0) } }
        isFirst = false
    }

    func finish() -> [UInt8] {
        var digits: [UInt8] = []
        digits.reserveCapacity(2 * Function.Digest.byteCount)
        // Iterating over the digest itself would make an array of it.
        function.finalize().withUnsafeBytes {
            for octet in $0 {
                digits.append(Hex.digit(octet >> 4))
                digits.append(Hex.digit(octet & 15))
            }
        }
        return digits
    }

    static func of(_ parts: OctetSlice...) -> [UInt8] {
        var hash = DigestHash()
        for part in parts { hash.update(part) }
        return hash.finish()
    }
}

/// What enters a response besides the secret, RFC 7616 §3.4.
struct DigestInput {
    /// Empty for the answer of a server (§3.5).
    var method: OctetSlice
    var uri: OctetSlice
    var nonce: OctetSlice
    var nc: OctetSlice?
    var cnonce: OctetSlice?
    var qop: OctetSlice?
    var body: OctetSlice

    /// KD(H(A1), …) of RFC 7616 §3.4.1 or, without qop, of RFC 2617 §3.2.2.1.
    func response<Function: HashFunction>(_ secret: [UInt8], _: Function.Type) -> [UInt8] {
        var action = DigestHash<Function>()
        action.update(method)
        action.update(uri)
        if let qop, qop.equalsIgnoringCase("auth-int") { action.update(DigestHash<Function>.of(body)) }
        var result = DigestHash<Function>()
        result.update(secret)
        result.update(nonce)
        if let qop {
            result.update(nc ?? OctetSlice())
            result.update(cnonce ?? OctetSlice())
            result.update(qop)
        }
        result.update(action.finish())
        return result.finish()
    }

    func response(_ secret: [UInt8], _ function: DigestAlgorithm.Function) -> [UInt8] {
        switch function {
        case .md5: response(secret, Insecure.MD5.self)
        case .sha256: response(secret, SHA256.self)
        case .sha512t256: response(secret, SHA512256.self)
        }
    }
}

extension DigestAlgorithm.Function {
    /// The hash of parts with colons between them, as hexadecimal digits.
    func hash(_ first: OctetSlice, _ second: OctetSlice) -> [UInt8] {
        switch self {
        case .md5: DigestHash<Insecure.MD5>.of(first, second)
        case .sha256: DigestHash<SHA256>.of(first, second)
        case .sha512t256: DigestHash<SHA512256>.of(first, second)
        }
    }

    func hash(_ first: OctetSlice, _ second: OctetSlice, _ third: OctetSlice) -> [UInt8] {
        switch self {
        case .md5: DigestHash<Insecure.MD5>.of(first, second, third)
        case .sha256: DigestHash<SHA256>.of(first, second, third)
        case .sha512t256: DigestHash<SHA512256>.of(first, second, third)
        }
    }

    /// HMAC of RFC 2104, octets.
    func authenticationCode(key: [UInt8], _ text: StaticString) -> [UInt8] {
        switch self {
        case .md5: Self.authenticationCode(Insecure.MD5.self, key, text)
        case .sha256: Self.authenticationCode(SHA256.self, key, text)
        case .sha512t256: Self.authenticationCode(SHA512256.self, key, text)
        }
    }

    private static func authenticationCode<Function: HashFunction>(
        _: Function.Type, _ key: [UInt8], _ text: StaticString
    ) -> [UInt8] {
        var code = HMAC<Function>(key: SymmetricKey(data: key))
        text.withUTF8Buffer { code.update(data: UnsafeRawBufferPointer($0)) }
        return Array(code.finalize())
    }
}
