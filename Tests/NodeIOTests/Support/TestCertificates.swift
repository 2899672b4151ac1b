import Glibc
import NIOSSL
import NodeIO
import Testing

/// Keys and certificates made by the `openssl` program for this run of the tests; see `Tests/Interop/lib/certificates`.
enum TestCertificates {
    static let directory: String = {
        let path = "/tmp/ims-certificates-\(getpid())"
        let repository = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        let status = system("/\(repository)/Tests/Interop/lib/certificates \(path)")
        precondition(status == 0, "openssl could not make the test certificates")
        return path
    }()

    static func path(_ file: String) -> String { "\(directory)/\(file)" }

    /// A node with this certificate that trusts the root; nil for one without a certificate.
    static func settings(_ name: String?, trust: String = "root") -> TLSSettings {
        var settings = TLSSettings()
        settings.certificate = name.map { path("\($0).pem") }
        settings.key = name.map { path("\($0).key") }
        settings.trust = [path("\(trust).pem")]
        return settings
    }

    static func identities(_ name: String) throws -> CertificateIdentities {
        let certificate = try #require(try NIOSSLCertificate.fromPEMFile(path("\(name).pem")).first)
        return CertificateIdentities(der: try certificate.toDERBytes())
    }
}
