import Glibc
import NodeIO
import Testing

@Suite("TLS credentials: files, and what is wrong with them")
struct TLSCredentialsTests {
    func settings(_ change: (inout TLSSettings) -> Void) -> TLSSettings {
        var settings = TestCertificates.settings("host")
        change(&settings)
        return settings
    }

    @Test("A mistake names key, file and reason")
    func mistakes() {
        let file = TestCertificates.path
        let cases: [(TLSSettings, String)] = [
            (
                settings { $0.certificate = "/nowhere/x.pem" },
                "tls.certificate: /nowhere/x.pem: the file does not exist"
            ),
            (settings { $0.trust = ["/"] }, "tls.trust: /: the file cannot be read: EISDIR (is a directory)"),
            (
                settings { $0.certificate = file("host.key") },
                "tls.certificate: \(file("host.key")): the file holds no certificate in PEM (BEGIN CERTIFICATE)"
            ),
            (
                settings { $0.key = file("host.pem") },
                "tls.key: \(file("host.pem")): the file holds no private key in PEM (BEGIN PRIVATE KEY)"
            ),
            (settings { $0.key = nil }, "tls.key: no key is named for tls.certificate"),
            (
                settings { $0.key = file("peer.key") },
                "tls.key: \(file("peer.key")): the key does not belong to the first certificate of \(file("host.pem"))"
            ),
            (
                settings { $0.keyLog = "/nowhere/keys" },
                "tls.key-log: /nowhere/keys: the file cannot be written: ENOENT (no such file or directory)"
            ),
        ]
        for (settings, expected) in cases {
            do {
                _ = try TLSCredentials(settings)
                Issue.record("loaded: \(expected)")
            } catch {
                #expect(error.description.hasPrefix(expected), "\(error)")
            }
        }
    }

    @Test("A node without certificate can call, and cannot be called")
    func clientOnly() throws {
        #expect(try !TLSCredentials(TestCertificates.settings(nil)).canServe)
        #expect(try TLSCredentials(TestCertificates.settings("host")).canServe)
    }

    @Test("An expired certificate is told")
    func expired() throws {
        #expect(
            try TLSCredentials(TestCertificates.settings("expired")).notices
                == ["\(TestCertificates.path("expired.pem")): the certificate has expired; peers will refuse it"])
        #expect(try TLSCredentials(TestCertificates.settings("host")).notices.isEmpty)
    }

    @Test("Files that have become bad are refused by a reload, and the old ones stay")
    func reload() throws {
        let copy = "/tmp/ims-reload-\(getpid()).pem"
        defer { unlink(copy) }
        func write(_ text: String) throws {
            let descriptor = open(copy, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
            defer { close(descriptor) }
            _ = Array(text.utf8).withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        }
        let certificate = try TextFile.read(TestCertificates.path("expired.pem"))
        try write(certificate)
        let credentials = try TLSCredentials(
            settings {
                $0.certificate = copy
                $0.key = TestCertificates.path("expired.key")
            })
        try write("nothing")
        #expect(throws: StartFailure.self) { try credentials.reload() }
        #expect(credentials.notices.count == 1)
        try write(certificate)
        try credentials.reload()
    }
}

private enum TextFile {
    static func read(_ path: String) throws -> String {
        let descriptor = open(path, O_RDONLY)
        defer { close(descriptor) }
        var room = [UInt8](repeating: 0, count: 65_536)
        let count = Glibc.read(descriptor, &room, room.count)
        try #require(count > 0)
        return String(decoding: room[..<count], as: UTF8.self)
    }
}
