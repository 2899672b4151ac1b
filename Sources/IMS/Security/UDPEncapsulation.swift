import Octets

/// ESP in UDP through a NAT: RFC 3948, TS 33.203 Annex M.
package struct UDPEncapsulation: Sendable, Hashable {
    /// Of ESP in UDP, RFC 3948 §2.
    package static let port: UInt16 = 4500

    /// The phone's end: at the P-CSCF the NAT's address and the port that it has given the phone, at the phone its own.
    package var phone: Endpoint
    package var proxy: Endpoint

    package init(phone: Endpoint, proxy: Endpoint) {
        self.phone = phone
        self.proxy = proxy
    }
}
