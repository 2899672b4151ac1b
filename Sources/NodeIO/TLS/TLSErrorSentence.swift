import NIOSSL

/// What the TLS library says, for people.
package enum TLSErrorSentence {
    /// nil when the error is none of TLS.
    package static func sentence(_ error: any Error) -> String? {
        switch error {
        case let refusal as TLSRefusal: return refusal.description
        case NIOSSLError.handshakeFailed(let cause): return "TLS handshake: " + sentence(code: code(in: "\(cause)"))
        case NIOSSLError.uncleanShutdown: return "the peer ended the connection without a TLS close"
        case let error as NIOSSLError: return "TLS: \(error)"
        case let error as BoringSSLError: return "TLS: " + sentence(code: code(in: "\(error)"))
        case let error as NIOSSLExtraError: return "TLS: \(error)"
        default: return nil
        }
    }

    /// The library's name for what went wrong: `CERTIFICATE_VERIFY_FAILED`.
    private static func code(in text: String) -> String {
        let marker = "OPENSSL_internal:"
        guard let range = text.firstRange(of: marker) else { return text }
        return String(text[range.upperBound...].prefix { $0.isUppercase || $0.isNumber || $0 == "_" })
    }

    private static func sentence(code: String) -> String {
        let meaning: String? =
            switch code {
            case "CERTIFICATE_VERIFY_FAILED": "the peer's certificate is not trusted or not valid now"
            case "PEER_DID_NOT_RETURN_A_CERTIFICATE": "the peer has shown no certificate"
            case "WRONG_VERSION_NUMBER", "HTTP_REQUEST": "the peer does not speak TLS"
            case "UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION": "no common version of TLS"
            case "NO_SHARED_CIPHER": "no common cipher suite"
            case "TLSV1_ALERT_UNKNOWN_CA": "the peer does not trust our certificate"
            case "SSLV3_ALERT_CERTIFICATE_EXPIRED": "the peer finds our certificate expired"
            case "SSLV3_ALERT_BAD_CERTIFICATE", "SSLV3_ALERT_CERTIFICATE_UNKNOWN": "the peer refuses our certificate"
            case "TLSV13_ALERT_CERTIFICATE_REQUIRED": "the peer wants a certificate of ours"
            default: nil
            }
        return meaning.map { "\($0) (\(code))" } ?? code
    }
}
