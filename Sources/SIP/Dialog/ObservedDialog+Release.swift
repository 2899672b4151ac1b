import Octets

// Ending a session from the middle, TS 24.229 §5.2.8.1.2 and §5.4.5.1.2 as far as known: a BYE to each side in the name
// of the other, with what the proxy has learnt of route sets, targets and numbers.
extension ObservedDialog {
    package struct Release: Sendable, Equatable {
        package var toCaller: SIPMessage
        package var toCallee: SIPMessage
    }

    /// The BYEs for both sides, each with the number that follows the last one seen of the side it speaks for. nil unless
    /// the dialog is confirmed: before that the INVITE is answered or cancelled.
    ///
    /// - Parameter reason: for instance `SIP;cause=503;text="Service Unavailable"` (RFC 3326).
    package mutating func release(reason: Reason? = nil) -> Release? {
        guard state == .confirmed else { return nil }
        let release = Release(
            toCaller: bye(to: caller, from: callee, reason), toCallee: bye(to: callee, from: caller, reason))
        finish(.released)
        return release
    }

    private func bye(to: Side, from: Side, _ reason: Reason?) -> SIPMessage {
        let dialog = Dialog(
            observed: DialogID(callID: id.callID, localTag: OctetSlice(), remoteTag: OctetSlice()), local: from.address,
            remote: to.address, routeSet: to.routes, remoteTarget: to.target)
        var bye = dialog.request(.bye, sequence: from.sequence &+ 1 & 0x7FFF_FFFF)
        if let reason { bye.append(reason) }
        return bye
    }
}
