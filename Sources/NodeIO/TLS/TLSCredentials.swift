import Glibc
import NIOCore
import NIOSSL

/// The certificates, key and trust roots of a node as they were last loaded; makes the TLS handlers of connections.
///
/// Used on the node's loop. After `reload` new connections use the new files, those that are open stay as they are.
package final class TLSCredentials {
    private let settings: TLSSettings
    private var loaded: Loaded

    private struct Loaded {
        var servers: [ClientCertificates: NIOSSLContext]
        var client: NIOSSLContext
        var notices: [String]
    }

    package init(_ settings: TLSSettings) throws(StartFailure) {
        self.settings = settings
        loaded = try Self.load(settings)
    }

    /// Reads the files again. On failure what was loaded before stays in use.
    package func reload() throws(StartFailure) { loaded = try Self.load(settings) }

    /// What an operator should know of the files: a certificate that has expired.
    package var notices: [String] { loaded.notices }

    /// Whether we have a certificate, without which nobody can call us.
    package var canServe: Bool { !loaded.servers.isEmpty }

    /// For a connection that we accept. `canServe` must hold; checked when a node starts.
    package func serverHandler(_ clients: ClientCertificates) -> NIOSSLServerHandler {
        guard let context = loaded.servers[clients] else { preconditionFailure("TLS server without certificate") }
        return NIOSSLServerHandler(context: context)
    }

    /// For a connection that we open. The chain is checked by the handler, the identity by `TLSPeerCheck` behind it.
    /// - Parameter name: the domain that we mean to reach, for the server to choose its certificate (RFC 6066 §3); nil
    ///   for an address.
    package func clientHandler(serverName name: String?) throws -> NIOSSLClientHandler {
        try NIOSSLClientHandler(context: loaded.client, serverHostname: name)
    }

    // MARK: Loading

    private static func load(_ settings: TLSSettings) throws(StartFailure) -> Loaded {
        var notices: [String] = []
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = settings.minimumVersion == .tls13 ? .tlsv13 : .tlsv12
        // RFC 5922 has its own rules for names; the library checks the chain.
        configuration.certificateVerification = .noHostnameVerification
        configuration.trustRoots = try trustRoots(settings.trust)
        if let path = settings.keyLog {
            let log = try KeyLog(path)
            configuration.keyLogCallback = { log.write($0) }
        }
        if let path = settings.certificate {
            let chain = try certificates(path, key: "tls.certificate")
            configuration.certificateChain = chain.map { .certificate($0) }
            configuration.privateKey = .privateKey(try privateKey(settings))
            if let first = chain.first, first.notValidAfter < time(nil) {
                notices.append("\(path): the certificate has expired; peers will refuse it")
            }
        }
        let client = try context(configuration, settings)
        var servers: [ClientCertificates: NIOSSLContext] = [:]
        if settings.certificate != nil {
            for clients in ClientCertificates.allCases {
                configuration.certificateVerification =
                    switch clients {
                    case .none: .none
                    case .optional: .optionalVerification
                    case .required: .noHostnameVerification
                    }
                servers[clients] = try context(configuration, settings)
            }
        }
        return Loaded(servers: servers, client: client, notices: notices)
    }

    private static func context(
        _ configuration: TLSConfiguration, _ settings: TLSSettings
    ) throws(StartFailure) -> NIOSSLContext {
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            guard let certificate = settings.certificate, let key = settings.key else {
                throw StartFailure(key: "tls", sentence: "TLS cannot be set up: \(error)", hint: "")
            }
            throw StartFailure(
                key: "tls.key", sentence: "\(key): the key does not belong to the first certificate of \(certificate)",
                hint: "\"openssl pkey -in \(key) -pubout\" and \"openssl x509 -in \(certificate) -noout -pubkey\" must "
                    + "print the same; the node's own certificate stands first in its file")
        }
    }

    private static func trustRoots(_ paths: [String]) throws(StartFailure) -> NIOSSLTrustRoots {
        guard !paths.isEmpty else { return .default }
        var roots: [NIOSSLCertificate] = []
        for path in paths { roots += try certificates(path, key: "tls.trust") }
        return .certificates(roots)
    }

    private static func certificates(_ path: String, key: String) throws(StartFailure) -> [NIOSSLCertificate] {
        let octets = try read(path, key: key)
        do {
            let certificates = try NIOSSLCertificate.fromPEMBytes(octets)
            if !certificates.isEmpty { return certificates }
        } catch {}  // the sentence below says it better than the library does
        throw StartFailure(
            key: key, sentence: "\(path): the file holds no certificate in PEM (BEGIN CERTIFICATE)",
            hint: "\"openssl x509 -inform DER -in \(path)\" makes PEM of DER")
    }

    private static func privateKey(_ settings: TLSSettings) throws(StartFailure) -> NIOSSLPrivateKey {
        guard let path = settings.key else {
            throw StartFailure(
                key: "tls.key", sentence: "no key is named for tls.certificate", hint: "name the PEM file of its key")
        }
        let octets = try read(path, key: "tls.key")
        if String(decoding: octets, as: UTF8.self).contains("ENCRYPTED") {
            throw StartFailure(
                key: "tls.key", sentence: "\(path): the key is encrypted",
                hint: "\"openssl pkey -in \(path) -out plain.pem\" writes it without a passphrase; keep it at mode 0600"
            )
        }
        do {
            return try NIOSSLPrivateKey(bytes: octets, format: .pem)
        } catch {
            throw StartFailure(
                key: "tls.key", sentence: "\(path): the file holds no private key in PEM (BEGIN PRIVATE KEY)", hint: "")
        }
    }

    private static func read(_ path: String, key: String) throws(StartFailure) -> [UInt8] {
        do throws(SmallFile.Failure) {
            return try SmallFile.read(path)
        } catch {
            throw StartFailure(key: key, sentence: "\(path): \(error.sentence)", hint: "")
        }
    }
}

/// Appends the secrets of TLS connections to a file, in the format that Wireshark reads.
private final class KeyLog: Sendable {
    private let descriptor: Int32

    init(_ path: String) throws(StartFailure) {
        descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw StartFailure(
                key: "tls.key-log",
                sentence: "\(path): the file cannot be written: \(SystemError.sentence(code: errno))",
                hint: "")
        }
    }

    deinit { close(descriptor) }

    /// One line, its end included, by write(2), which takes a pointer. A full disk loses lines of a lab's log, no more.
    func write(_ line: ByteBuffer) {
        line.withUnsafeReadableBytes { _ = Glibc.write(descriptor, $0.baseAddress, $0.count) }
    }
}
