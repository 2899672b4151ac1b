import Glibc

/// How a program ends, by sysexits(3).
package enum ExitStatus: Int32, Sendable {
    case ok = 0
    case failed = 1
    /// The command line is wrong.
    case usage = 64
    /// An address, socket or file is not to be had.
    case unavailable = 69
    /// The configuration is wrong.
    case configuration = 78
}

/// Lines for people, outside the log.
package enum Console {
    package static func out(_ text: String) { write(text, STDOUT_FILENO) }

    package static func complain(_ text: String) { write(text, STDERR_FILENO) }

    /// Writes everything or gives up on an error; a closed pipe is no reason to die.
    private static func write(_ text: String, _ descriptor: Int32) {
        var octets = Array(text.utf8)
        if octets.last != 0x0A { octets.append(0x0A) }
        var start = 0
        while start < octets.count {
            let written = octets.withUnsafeBytes {  // write(2) takes a pointer
                Glibc.write(descriptor, $0.baseAddress.map { $0 + start }, octets.count - start)
            }
            if written > 0 { start += written } else if errno != EINTR { return }
        }
    }
}
