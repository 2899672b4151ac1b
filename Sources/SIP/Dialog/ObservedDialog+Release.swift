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
    /// - Parameters:
    ///   - reason: for instance `SIP;cause=503;text="Service Unavailable"` (RFC 3326).
    ///   - unseen: as many requests of each side as may have gone by before this dialog was begun, such as the PRACKs and
    ///     UPDATEs of an early dialog: a gap in the numbers is no error (RFC 3261 §12.2.2), a number too low is.
    package mutating func release(reason: Reason? = nil, unseen: UInt32 = 0) -> Release? {
        guard state == .confirmed else { return nil }
        let release = Release(
            toCaller: bye(to: caller, from: callee, reason, unseen),
            toCallee: bye(to: callee, from: caller, reason, unseen))
        finish(.released)
        return release
    }

    private func bye(to: Side, from: Side, _ reason: Reason?, _ unseen: UInt32) -> SIPMessage {
        let dialog = Dialog(
            observed: DialogID(callID: id.callID, localTag: OctetSlice(), remoteTag: OctetSlice()), local: from.address,
            remote: to.address, routeSet: to.routeSet, remoteTarget: to.target)
        var bye = dialog.request(.bye, sequence: from.sequence &+ 1 &+ unseen & 0x7FFF_FFFF)
        if let reason { bye.append(reason) }
        return bye
    }
}

extension ObservedDialog.Side {
    /// Every one of them could be read when the dialog was made.
    fileprivate var routeSet: [NameAddress] {
        var addresses: [NameAddress] = []
        var list = ValueList(routes)
        while let route = list.next() {
            do { addresses.append(try NameAddress(parsing: route)) } catch { return addresses }
        }
        return addresses
    }
}
