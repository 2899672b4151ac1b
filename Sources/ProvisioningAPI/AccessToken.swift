import Foundation
import NodeIO
import Octets

/// The secret that lets somebody use the API: 64 hexadecimal digits in a file for its owner's eyes alone, made of the
/// system's randomness where there is none. There is no default.
package struct AccessToken: Sendable {
    private let octets: [UInt8]

    package init(_ text: String) { octets = Array(text.utf8) }

    /// Reads the file; makes it first where it is not there.
    package static func load(_ path: String) throws(StartFailure) -> AccessToken {
        if access(path, F_OK) != 0, errno == ENOENT { try create(path) }
        var status = stat()
        guard stat(path, &status) == 0 else { throw failure(path, "cannot be read", errno) }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o077 == 0 else {
            throw StartFailure(
                key: key, sentence: "others may read \(path), or it is no file: it has to be a file of mode 0600",
                hint: "chmod 600 \(path), or remove it, and the next start makes another")
        }
        guard status.st_size <= 4096, let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw failure(path, "cannot be read", errno)
        }
        let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard token.utf8.count >= 32, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw StartFailure(
                key: key, sentence: "\(path) holds no token: 32 or more visible characters are expected",
                hint: "remove it, and the next start makes another")
        }
        return AccessToken(token)
    }

    /// Whether the value of Authorization is `Bearer` and this token. Takes the same time wherever they differ.
    package func admits(_ authorization: String?) -> Bool {
        guard let authorization, authorization.lowercased().hasPrefix("bearer ") else { return false }
        let given = Array(authorization.utf8.dropFirst(7))
        var difference = UInt8(given.count == octets.count ? 0 : 1)
        for index in octets.indices { difference |= octets[index] ^ (index < given.count ? given[index] : 0) }
        return difference == 0
    }

    private static let key = "hss.api.token-file"

    private static func create(_ path: String) throws(StartFailure) {
        var random = SystemRandomNumberGenerator()
        let text = Hex.encode((0..<32).map { _ in UInt8.random(in: .min ... .max, using: &random) }) + "\n"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(path, "cannot be made", errno) }
        defer { _ = close(descriptor) }
        let octets = Array(text.utf8)
        guard write(descriptor, octets, octets.count) == octets.count, fsync(descriptor) == 0 else {
            let code = errno
            unlink(path)
            throw failure(path, "cannot be written", code)
        }
    }

    private static func failure(_ path: String, _ what: String, _ code: Int32) -> StartFailure {
        StartFailure(
            key: key, sentence: "\(path) \(what): \(SystemError.sentence(code: code))",
            hint: "the token of the provisioning API is kept there; hss.api.enabled: false does without the API")
    }
}

extension AccessToken: CustomStringConvertible, CustomReflectable {
    package var description: String { "(token)" }
    package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
