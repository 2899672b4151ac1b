import CXFRM
import Glibc
import IMS
import Octets

/// A security association as the kernel tells of it: `struct xfrm_usersa_info`.
package struct XFRMState: Sendable, Equatable {
    package let id: SecurityAssociation.ID
    package let selector: XFRMSelector?
    package let requestID: UInt32
    package let isESP: Bool
    /// By the system's clock, seconds since 1970.
    package let added: UInt64

    package init?(_ reader: NativeReader) {
        guard let family: UInt16 = reader.number(at: 212), family == AF_INET || family == AF_INET6,
            let destination = reader.address(at: 56, isV6: family == AF_INET6),
            let spi: UInt32 = reader.number(at: 72), let proto: UInt8 = reader.number(at: 76),
            let added: UInt64 = reader.number(at: 176), let requestID: UInt32 = reader.number(at: 208)
        else { return nil }
        id = SecurityAssociation.ID(destination, SecurityParametersIndex(rawValue: UInt32(bigEndian: spi)))
        selector = XFRMSelector(reader)
        self.requestID = requestID
        isESP = proto == UInt8(IPPROTO_ESP)
        self.added = added
    }
}

/// A policy as the kernel tells of it: `struct xfrm_userpolicy_info` and its template.
package struct XFRMPolicy: Sendable, Equatable {
    package let selector: XFRMSelector
    package let direction: UInt8
    package let isBlocking: Bool
    /// Of the association that it asks for; nil without one.
    package let requestID: UInt32?

    package init?(_ message: NetlinkMessage) {
        let reader = message.payload
        guard let selector = XFRMSelector(reader), let direction: UInt8 = reader.number(at: 160),
            let action: UInt8 = reader.number(at: 161)
        else { return nil }
        self.selector = selector
        self.direction = direction
        isBlocking = action == UInt8(XFRM_POLICY_BLOCK)
        let templates = message.attributes(from: XFRMRequests.userPolicyLength)
        requestID = templates[UInt16(truncatingIfNeeded: XFRMA_TMPL)]?.number(at: 44)
    }
}
