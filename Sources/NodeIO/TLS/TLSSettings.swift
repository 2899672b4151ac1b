/// Certificates, keys and rules of TLS, shared by all transports of a node: SIP over TLS and WebSocket, Diameter.
package struct TLSSettings: Sendable, Equatable {
    package enum Version: String, Sendable, CaseIterable {
        case tls12 = "1.2"
        case tls13 = "1.3"
    }

    /// Path of a PEM file: our certificate first, then those that lead to the root. nil for a node that only calls.
    package var certificate: String?
    /// Path of a PEM file with the key of the first certificate.
    package var key: String?
    /// Paths of PEM files with the roots that we trust; none means those of the system.
    package var trust: [String] = []
    package var minimumVersion = Version.tls12
    /// Path of a file for the connections' secrets, as SSLKEYLOGFILE names one. For a lab only: whoever has the file
    /// reads everything.
    package var keyLog: String?

    package init() {}
}

/// What a listener asks of those who call it, RFC 5922 §7.4.
package enum ClientCertificates: String, Sendable, CaseIterable {
    /// Phones have none.
    case none
    /// One that is shown must be good.
    case optional
    /// Without a good one there is no connection: mutual TLS.
    case required
}
