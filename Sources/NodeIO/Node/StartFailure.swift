import Glibc
import Octets

/// Why a node cannot start: an address or a file that it could not have, and what to do about it.
package struct StartFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The configuration's key.
    package var key: String
    package var sentence: String
    package var hint: String

    package init(key: String, sentence: String, hint: String) {
        self.key = key
        self.sentence = sentence
        self.hint = hint
    }

    package init(_ key: String, _ failure: BindFailure) {
        let local = failure.local
        self.key = key
        sentence = "cannot listen on \(failure.transport) \(local): \(failure.reason)"
        let sockets = failure.transport == "UDP" ? "-lunp" : "-lnp"
        hint =
            switch failure.code {
            case EADDRINUSE:
                "the address is in use by another program; \"ss \(sockets) 'sport = :\(local.port)'\" shows which, "
                    + "or choose another port"
            case EADDRNOTAVAIL: "this machine has no address \(local.address); \"ip address\" shows which it has"
            case EACCES, EPERM: "ports below 1024 need root or the capability CAP_NET_BIND_SERVICE"
            case EPROTONOSUPPORT: "the kernel has no such protocol; \"diameter.transport: auto\" chooses one that works"
            default: ""
            }
    }

    package var description: String { "\(key): \(sentence)" + (hint.isEmpty ? "" : " (\(hint))") }
}
