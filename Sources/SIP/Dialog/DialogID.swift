import Octets

/// What names a dialog at one of its ends, RFC 3261 §12: the Call-ID, the own tag and the peer's.
///
/// A tag that is missing counts as null (§12.1.1, §12.1.2) and is empty here. The octets are copies: a dialog that
/// lasts for hours must not hold the message it was read from.
package struct DialogID: Hashable, Sendable {
    package let callID: OctetSlice
    package let localTag: OctetSlice
    package let remoteTag: OctetSlice

    package init(callID: OctetSlice, localTag: OctetSlice, remoteTag: OctetSlice) {
        self.callID = callID.detached
        self.localTag = localTag.detached
        self.remoteTag = remoteTag.detached
    }

    /// Without copies: of texts that are kept for the dialog, or of a message for no longer than that.
    init(sharing callID: OctetSlice, _ localTag: OctetSlice, _ remoteTag: OctetSlice) {
        self.callID = callID
        self.localTag = localTag
        self.remoteTag = remoteTag
    }

    /// To look up the dialog of a request that comes by: made of slices of it, not to be kept.
    ///
    /// - Parameter isSent: the From tag is that of the end in question.
    package init?(lookingUp request: SIPMessage, isSent: Bool) {
        guard let callID = request.callID else { return nil }
        let (from, to) = (request.fromTag ?? OctetSlice(), request.toTag ?? OctetSlice())
        self.init(sharing: callID, isSent ? from : to, isSent ? to : from)
    }

    /// As one that is kept.
    package var detached: DialogID { DialogID(callID: callID, localTag: localTag, remoteTag: remoteTag) }

    /// The dialog that a received request belongs to: the To tag is ours (§12.2.2).
    package init?(receiving request: SIPMessage) {
        guard let callID = request.callID else { return nil }
        self.init(
            callID: callID, localTag: request.toTag ?? OctetSlice(), remoteTag: request.fromTag ?? OctetSlice())
    }

    /// The dialog of a request that this end sends, or of a response it receives: the From tag is ours.
    package init?(sending request: SIPMessage) {
        guard let callID = request.callID else { return nil }
        self.init(
            callID: callID, localTag: request.fromTag ?? OctetSlice(), remoteTag: request.toTag ?? OctetSlice())
    }

    /// The dialog that Replaces or Join names: its to-tag is ours (RFC 3891 §3, RFC 3911 §4).
    package init(_ reference: DialogReference) {
        self.init(callID: reference.callID, localTag: reference.toTag, remoteTag: reference.fromTag)
    }

    /// Whether it is the dialog of a request that this end sends, or of a response it receives.
    package func isSent(_ message: SIPMessage) -> Bool { DialogID(lookingUp: message, isSent: true) == self }

    /// Whether it is the dialog of a request that this end receives.
    package func isReceived(_ message: SIPMessage) -> Bool { DialogID(lookingUp: message, isSent: false) == self }

    /// The same dialog as the peer names it.
    package var reversed: DialogID { DialogID(callID: callID, localTag: remoteTag, remoteTag: localTag) }
}

extension DialogID: CustomStringConvertible {
    package var description: String { "\(callID) local \(localTag) remote \(remoteTag)" }
}

extension OctetSlice {
    /// A copy that holds nothing of the message it was cut from.
    var detached: OctetSlice { count == base.count ? self : OctetSlice(array) }
}
