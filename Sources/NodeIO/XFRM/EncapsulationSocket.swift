import CXFRM
import Glibc
import Octets

/// The UDP port that ESP goes through where there is a NAT, RFC 3948 §2: the kernel takes what comes in out of its UDP and
/// gives it to the security associations, so that nothing is to be read here. Open until nobody holds it.
package final class EncapsulationSocket: Sendable {
    private let descriptor: Int32

    /// - Throws: in a sentence, why there is none; what is open by then is closed by `deinit`.
    package init(at local: Endpoint) throws(StartFailure) {
        func failure(_ what: String) -> StartFailure {
            StartFailure(
                key: "IPsec behind a NAT", sentence: "\(what) at \(local): \(SystemError.sentence(code: errno))",
                hint: "another program that speaks IPsec may have the port")
        }
        descriptor = socket(
            local.address.family, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), Int32(IPPROTO_UDP))
        guard descriptor >= 0 else { throw failure("no UDP socket") }
        var on: Int32 = 1
        var kind = Int32(UDP_ENCAP_ESPINUDP)
        // Which of several takes a packet is all the same to the kernel's associations.
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, 4)
        if local.address.isV6 { setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &on, 4) }
        guard local.withSocketAddress({ bind(descriptor, $0, $1) }) == 0 else {
            throw failure("the UDP port of ESP is not to be had")
        }
        guard setsockopt(descriptor, Int32(IPPROTO_UDP), Int32(UDP_ENCAP), &kind, 4) == 0 else {
            throw failure("this kernel takes no ESP out of UDP")
        }
    }

    deinit { close(descriptor) }

    /// RFC 3948 §4: one octet, so that the NAT keeps the phone's port. The other side's kernel drops it.
    package func keepAlive(to remote: Endpoint) {
        let octet: [UInt8] = [0xFF]
        _ = remote.withSocketAddress { sendto(descriptor, octet, 1, Int32(MSG_DONTWAIT), $0, $1) }
    }
}
