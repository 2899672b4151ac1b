import CXFRM
import Dispatch
import Glibc
import IMS
import Octets

/// What the kernel says of security associations by itself.
package enum SecurityEvent: Sendable, Equatable {
    /// Its time is up, and the kernel has taken it away (XFRM_MSG_EXPIRE, hard).
    case expired(SecurityAssociation.ID)
    /// What is protected by it comes from another place now: a NAT has given the phone another port (XFRM_MSG_MAPPING).
    case moved(SecurityAssociation.ID, to: Endpoint)

    /// Begins to watch, until the process ends.
    ///
    /// - Parameter tell: called on a queue of its own.
    /// - Throws: in a sentence, why the kernel does not say.
    package static func watch(_ tell: @escaping @Sendable (SecurityEvent) -> Void) throws(StartFailure) {
        let descriptor: Int32
        do throws(NetlinkSocket.Failure) {
            descriptor = try NetlinkSocket(groups: [XFRMNLGRP_EXPIRE, XFRMNLGRP_MAPPING]).release()
        } catch {
            throw StartFailure(key: "security associations", sentence: "\(XFRMFailure(error))", hint: "")
        }
        let source = DispatchSource.makeReadSource(
            fileDescriptor: descriptor, queue: DispatchQueue(label: "security associations"))
        source.setEventHandler {
            guard let datagram = NetlinkSocket.datagram(of: descriptor) else { return }
            for message in NetlinkMessage.all(in: datagram[...]) {
                if let event = SecurityEvent(message) { tell(event) }
            }
        }
        // The handler holds the source, which nobody else does.
        source.setCancelHandler { withExtendedLifetime(source) { _ = close(descriptor) } }
        source.resume()
    }

    /// nil for other messages.
    package init?(_ message: NetlinkMessage) {
        switch message.type {
        case Int32(XFRM_MSG_EXPIRE):
            // struct xfrm_user_expire: an association and whether it is gone.
            guard let state = XFRMState(message.payload), state.isESP,
                let isHard: UInt8 = message.payload.number(at: XFRMRequests.userAssociationLength), isHard != 0
            else { return nil }
            self = .expired(state.id)
        case Int32(XFRM_MSG_MAPPING):
            // struct xfrm_user_mapping: xfrm_usersa_id, request id, old and new address, old and new port.
            let reader = message.payload
            guard let family: UInt16 = reader.number(at: 20), family == AF_INET || family == AF_INET6,
                let destination = reader.address(at: 0, isV6: family == AF_INET6),
                let spi: UInt32 = reader.number(at: 16), let address = reader.address(at: 44, isV6: family == AF_INET6),
                let port: UInt16 = reader.number(at: 62)
            else { return nil }
            self = .moved(
                SecurityAssociation.ID(destination, SecurityParametersIndex(rawValue: UInt32(bigEndian: spi))),
                to: Endpoint(address, UInt16(bigEndian: port)))
        default: return nil
        }
    }
}
