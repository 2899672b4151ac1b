import Glibc
import NIOCore
import NIOPosix
import Octets

/// What the system said, for people: one place that knows NIO's errors and errno.
package enum SystemError {
    /// The errno inside an error, 0 when there is none.
    package static func code(_ error: any Error) -> Int32 {
        switch error {
        case let error as IOError: error.errnoCode
        case let error as NIOConnectionError: error.connectionErrors.first.map { code($0.error) } ?? 0
        case let error as BindFailure: error.code
        default: 0
        }
    }

    /// `ECONNREFUSED (connection refused)`, or a sentence.
    package static func sentence(_ error: any Error) -> String {
        switch code(error) {
        case 0:
            if let sentence = TLSErrorSentence.sentence(error) { return sentence }
            guard case .connectTimeout(let span)? = error as? ChannelError else { return "\(error)" }
            return "no connection within \(Double(span.nanoseconds) / 1e9) s"
        case let code: return sentence(code: code)
        }
    }

    package static func sentence(code: Int32) -> String {
        let text = String(cString: strerror(code))
        return "\(name(code)) (\(text.prefix(1).lowercased() + text.dropFirst()))"
    }

    /// The symbol of the errnos that sockets and files meet.
    package static func name(_ code: Int32) -> String { names[code] ?? "errno \(code)" }

    private static let names: [Int32: String] = [
        EADDRINUSE: "EADDRINUSE", EADDRNOTAVAIL: "EADDRNOTAVAIL", EACCES: "EACCES", EPERM: "EPERM",
        ECONNREFUSED: "ECONNREFUSED", ECONNRESET: "ECONNRESET", ECONNABORTED: "ECONNABORTED", EPIPE: "EPIPE",
        ETIMEDOUT: "ETIMEDOUT", EHOSTUNREACH: "EHOSTUNREACH", ENETUNREACH: "ENETUNREACH", ENETDOWN: "ENETDOWN",
        EINVAL: "EINVAL", EMFILE: "EMFILE", ENFILE: "ENFILE", ENOBUFS: "ENOBUFS", ENOMEM: "ENOMEM",
        ENOENT: "ENOENT", ENOTDIR: "ENOTDIR", EISDIR: "EISDIR", EROFS: "EROFS", ENOSPC: "ENOSPC",
        ENAMETOOLONG: "ENAMETOOLONG", EAFNOSUPPORT: "EAFNOSUPPORT", EPROTONOSUPPORT: "EPROTONOSUPPORT",
    ]
}

extension BindFailure {
    package init(_ transport: String, _ local: Endpoint, _ error: any Error) {
        if let failure = error as? BindFailure {
            self = failure
        } else {
            let code = SystemError.code(error)
            let reason = code == 0 ? "\(error)" : SystemError.name(code)
            self.init(transport, local, code: code, reason: reason)
        }
    }
}
