import Octets

/// The INVITE usage of one dialog at a user agent: the dialog, the offer/answer exchange, the open transactions and the
/// session timer as one value (RFC 3261 §12 to §15, RFC 3311, RFC 4028).
///
///     early ─ 2xx ─▶ confirmed ─ BYE sent or received, 408 or 481 to a request ─▶ terminated
///
/// Made by `InviteClient` for each fork, or by the answering side from the INVITE and its first response with a tag.
package struct InviteSession: Sendable {
    /// What all forks of one INVITE begin with.
    package struct Template: Sendable {
        var offers: OfferAnswer
        var policy: SessionTimerPolicy?
        var overTLS: Bool

        init(_ invite: SIPMessage, policy: SessionTimerPolicy?, overTLS: Bool) {
            offers = OfferAnswer()
            self.policy = policy
            self.overTLS = overTLS
            do throws(OfferAnswer.Violation) {
                _ = try offers.send(.invite, description: invite.hasSessionDescription)
            } catch {
                // A first INVITE may always offer or not.
            }
        }
    }

    package var dialog: Dialog
    package internal(set) var offers: OfferAnswer
    package internal(set) var modification = ModificationGuard()
    package internal(set) var timer: SessionTimer?
    /// The last fault in a message that nobody can refuse, a response or an ACK: the session should end with BYE.
    package internal(set) var violation: OfferAnswer.Violation?
    /// §14.1: who made the Call-ID waits longer after a 491.
    package let ownsCallID: Bool
    /// A 2xx to the first INVITE has been taken.
    package internal(set) var isAnswered = false
    /// Our 2xx has its ACK, or will get none: from now on the callee may send BYE (§15).
    package internal(set) var isAcknowledged = false
    /// The ACK for our last INVITE within the dialog and that INVITE's number, for repeated 2xx.
    var acknowledgement: (sequence: UInt32, message: SIPMessage)?

    init(_ template: Template, invite: SIPMessage, response: SIPMessage) throws(DialogError) {
        dialog = try Dialog(asClientOf: invite, response: response, overTLS: template.overTLS)
        offers = template.offers
        timer = template.policy.map(SessionTimer.init)
        timer?.adopt(asked: invite)
        ownsCallID = true
        modification.sent(.invite)
    }

    /// At the answering side, from the INVITE and our first response with a To tag. Send that response and those after
    /// it through `answer`, so that the state follows.
    package init(
        asServerOf invite: SIPMessage, response: SIPMessage, policy: SessionTimerPolicy? = nil, overTLS: Bool = false
    ) throws(DialogError) {
        var provisional = response
        if response.status?.isSuccess == true {
            provisional = SIPMessage(status: .ringing)
            for field in response.allFields { provisional.append(field.name, field.value) }
        }
        dialog = try Dialog(asServerOf: invite, response: provisional, overTLS: overTLS)
        offers = OfferAnswer()
        timer = policy.map(SessionTimer.init)
        ownsCallID = false
        _ = modification.receive(.invite)
        do throws(OfferAnswer.Violation) {
            _ = try offers.receive(.invite, description: invite.hasSessionDescription)
        } catch {
            violation = error
        }
        _ = timer?.receive(invite)
    }

    package var nextDeadline: Instant? { dialog.state == .terminated ? nil : timer?.nextDeadline }

    /// What the session timer wants.
    package mutating func fire(at now: Instant) -> SessionTimer.Action? {
        dialog.state == .terminated ? nil : timer?.fire(at: now)
    }

    /// The BYE, and the end of the dialog; nil when none may be sent (§15). Before the final response the caller may
    /// also CANCEL.
    package mutating func bye() -> SIPMessage? {
        guard dialog.maySendBye(isAcknowledged: isAcknowledged) else { return nil }
        let bye = dialog.request(.bye)
        dialog.terminate()
        return bye
    }

    /// No ACK came within 64·T1 (§13.3.1.4): the BYE is due.
    package mutating func acknowledgementLost() {
        isAcknowledged = true
        modification.acknowledged()
    }
}
