import Glibc
import IMS

/// Why the kernel's security associations are not as they were ordered, in a sentence for the operator.
enum XFRMFailure: Error, Equatable, CustomStringConvertible {
    /// No netlink socket of this kind: the kernel knows no IPsec at all, or a container hides it.
    case noXFRM(Int32)
    case noRight
    /// The transformation itself is missing.
    case noESP(isV6: Bool)
    case noAlgorithm(SecurityAlgorithms)
    case indexInUse(SecurityAssociation.ID)
    case silent
    case other(String, Int32, said: String?)

    init(_ failure: NetlinkSocket.Failure) {
        self =
            switch (failure.call, failure.code) {
            case ("recv", EAGAIN): .silent
            case (_, EPERM), (_, EACCES): .noRight
            case ("socket", let code): .noXFRM(code)
            case (let call, let code): .other(call, code, said: nil)
            }
    }

    /// What the kernel says to an association that was to be added.
    init(_ reply: NetlinkSocket.Reply, adding association: SecurityAssociation) {
        self =
            switch reply.code {
            case EPERM, EACCES: .noRight
            case EPROTONOSUPPORT: .noESP(isV6: association.destination.address.isV6)
            case ENOSYS, ENOENT, EOPNOTSUPP: .noAlgorithm(association.algorithms)
            case EEXIST: .indexInUse(association.id)
            default: .other("adding \(association)", reply.code, said: reply.sentence)
            }
    }

    init(_ reply: NetlinkSocket.Reply, _ what: String) {
        self = reply.code == EPERM || reply.code == EACCES ? .noRight : .other(what, reply.code, said: reply.sentence)
    }

    var description: String {
        switch self {
        case .noXFRM(let code):
            "this kernel has no IPsec (no netlink socket NETLINK_XFRM: \(SystemError.sentence(code: code))); "
                + "it needs CONFIG_XFRM_USER, the module xfrm_user"
        case .noRight: "security associations need the capability CAP_NET_ADMIN, which this process has not"
        case .noESP(let isV6):
            "this kernel has no ESP for \(isV6 ? "IPv6" : "IPv4"); it needs the module \(isV6 ? "esp6" : "esp4")"
        case .noAlgorithm(let algorithms): "this kernel does not know \(algorithms)"
        case .indexInUse(let id): "there is another security association with the SPI \(id) already"
        case .silent: "the kernel does not answer about its security associations"
        case .other(let what, let code, let said):
            "\(what): \(SystemError.sentence(code: code))" + (said.map { ": \($0)" } ?? "")
        }
    }
}
