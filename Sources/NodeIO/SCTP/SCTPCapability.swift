import CSCTP
import Glibc

/// Whether this machine's kernel can carry our SCTP; `auto` asks it.
package enum SCTPCapability: Sendable, Equatable {
    case available
    /// One sentence for the log: why not.
    case missing(String)

    package var isAvailable: Bool { self == .available }

    /// Tries what `KernelSCTPAssociations` needs and gives it back. Loads the kernel's module where that is allowed.
    package static func kernel() -> SCTPCapability {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), sctpProtocol)
        guard descriptor >= 0 else { return .missing("the kernel has no SCTP (\(errorSentence(errno)))") }
        Glibc.close(descriptor)
        var context: aio_context_t = 0
        guard aio_poll_create(&context) == 0 else {
            return .missing("the kernel has SCTP but refuses asynchronous polls (io_setup: \(errorSentence(errno)))")
        }
        aio_poll_destroy(context)
        return .available
    }
}

/// SCTP's number among the protocols of IP (IANA). The name IPPROTO_SCTP is in more than one C module: which of them
/// Swift sees, and as which type, changes with what else a target imports.
let sctpProtocol: Int32 = 132

/// POSIX's SHUT_WR on Linux; a number for the same reason.
let endOfWriting: Int32 = 1
