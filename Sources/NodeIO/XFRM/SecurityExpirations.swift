import CXFRM
import Dispatch
import Glibc
import IMS

/// Tells of security associations whose time is up: the kernel has taken them away (XFRM_MSG_EXPIRE, hard).
package enum SecurityExpirations {
    /// Begins to watch, until the process ends.
    ///
    /// - Parameter tell: called on a queue of its own.
    /// - Throws: in a sentence, why the kernel does not say.
    package static func watch(
        _ tell: @escaping @Sendable (SecurityAssociation.ID) -> Void
    ) throws(StartFailure) {
        let descriptor: Int32
        do throws(NetlinkSocket.Failure) {
            descriptor = try NetlinkSocket(group: XFRMNLGRP_EXPIRE).release()
        } catch {
            throw StartFailure(key: "security associations", sentence: "\(XFRMFailure(error))", hint: "")
        }
        let source = DispatchSource.makeReadSource(
            fileDescriptor: descriptor, queue: DispatchQueue(label: "security associations"))
        source.setEventHandler {
            guard let datagram = NetlinkSocket.datagram(of: descriptor) else { return }
            for message in NetlinkMessage.all(in: datagram[...]) {
                if let id = expired(message) { tell(id) }
            }
        }
        // The handler holds the source, which nobody else does.
        source.setCancelHandler { withExtendedLifetime(source) { _ = close(descriptor) } }
        source.resume()
    }

    /// `struct xfrm_user_expire`: an association and whether it is gone. nil for other messages.
    package static func expired(_ message: NetlinkMessage) -> SecurityAssociation.ID? {
        guard message.type == Int32(XFRM_MSG_EXPIRE), let state = XFRMState(message.payload), state.isESP,
            let isHard: UInt8 = message.payload.number(at: XFRMRequests.userAssociationLength), isHard != 0
        else { return nil }
        return state.id
    }
}
