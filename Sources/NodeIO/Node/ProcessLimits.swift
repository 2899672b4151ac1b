import Glibc

/// What the system lets this process open.
package enum ProcessLimits {
    /// Descriptors that are never given to SIP connections: database, log, Diameter peers, operator.
    package static let reservedDescriptors = 64

    /// Raises the soft limit of open files to the hard one.
    package static func raiseOpenFiles() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    static var openFiles: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        return Int(clamping: limit.rlim_cur)
    }
}

extension SIPTransportLimits {
    /// So many connections that descriptors remain for everything else, however many phones connect.
    package var withinProcessLimits: SIPTransportLimits {
        var limits = self
        let free = ProcessLimits.openFiles - ProcessLimits.reservedDescriptors
        limits.connections = min(connections, max(free, 16))
        return limits
    }
}
