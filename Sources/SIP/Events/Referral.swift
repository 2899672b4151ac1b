import Octets

/// A REFER at its recipient and the implicit subscription to its outcome: RFC 3515 §2.4, RFC 4488.
///
///     REFER ─ accept ─▶ NOTIFY 100 ─ progress(1xx) ─▶ NOTIFY ─ progress(final) ─▶ NOTIFY terminated, noresource
package struct Referral: Sendable {
    package enum Verdict: Equatable, Sendable {
        case accept
        case refuse(SIPMessage)
    }

    /// Where the REFER points.
    package let target: NameAddress
    /// nil when the referrer wants no notifications (RFC 4488 §4).
    package private(set) var notifier: Notifier?
    private var status: Status = .trying
    private var reason: OctetSlice = OctetSlice()

    /// What refuses a REFER: anything but exactly one Refer-To (§2.4.2).
    package static func screen(_ refer: SIPMessage, toTag: String?) -> Verdict {
        do {
            guard refer.count(.referTo) == 1, try refer.first(ReferTo.self) != nil else {
                return .refuse(.response(.badRequest, to: refer, toTag: toTag))
            }
            return .accept
        } catch {
            return .refuse(.response(.badRequest, to: refer, toTag: toTag))
        }
    }

    /// Accepts a REFER that `screen` let through.
    ///
    /// - Parameters:
    ///   - isFirst: the first REFER of this dialog; those after it are told apart by an id (§2.4.6).
    ///   - dialog: the one it came in, nil for a REFER that makes its own.
    package static func accept(
        _ refer: SIPMessage, toTag: String, contact: String, isFirst: Bool = true, within dialog: Dialog? = nil,
        at now: Instant
    ) throws(DialogError) -> (Referral, [Notifier.Action]) {
        let target: NameAddress
        do throws(SIPSyntaxError) {
            guard let header = try refer.first(ReferTo.self) else { throw SIPSyntaxError(.missing, .referTo) }
            target = header.address
        } catch {
            throw .malformed(error)
        }
        if !isSubscriptionWanted(refer) {
            var response = SIPMessage.response(.ok, to: refer, toTag: toTag)
            for route in refer.values(.recordRoute) { response.append(.recordRoute, route) }
            response.append(.contact, contact)
            response.append(ReferSub(false))
            return (Referral(target: target, notifier: nil), [.respond(response)])
        }
        let id = isFirst ? nil : refer.cseq.map { OctetSlice("\($0.number)") }
        let (notifier, actions) = try Notifier.accept(
            refer, for: .refer, toTag: toTag, contact: contact, id: id, within: dialog, at: now)
        return (Referral(target: target, notifier: notifier), actions)
    }

    package var nextDeadline: Instant? { notifier?.nextDeadline }

    /// The referred request has got this far.
    package mutating func progress(_ response: SIPMessage, at now: Instant) -> [Notifier.Action] {
        guard let status = response.status, !self.status.isFinal else { return [] }
        self.status = status
        reason = response.reason.detached
        guard status.isFinal else { return notifier?.changed(at: now) ?? [] }
        return notifier?.terminate(.noresource, at: now) ?? []
    }

    /// The NOTIFY with the status line so far (§2.4.5).
    package mutating func notify(_ composition: Notifier.Composition, at now: Instant) -> SIPMessage? {
        let body = fragment
        return notifier?.notify(composition, body: body, at: now)
    }

    /// The same for a REFER that came within a session, in that session's dialog.
    package func notify(
        _ composition: Notifier.Composition, in dialog: inout Dialog, at now: Instant
    ) -> SIPMessage? {
        notifier?.notify(composition, body: fragment, in: &dialog, at: now)
    }

    /// A refresh or the end of the subscription by the referrer.
    package mutating func receive(refresh: SIPMessage, at now: Instant) -> [Notifier.Action] {
        notifier?.receive(refresh: refresh, at: now) ?? []
    }

    package mutating func receive(response: SIPMessage, at now: Instant) -> [Notifier.Action] {
        notifier?.receive(response: response, at: now) ?? []
    }

    package mutating func failed() -> [Notifier.Action] { notifier?.failed() ?? [] }

    package mutating func fire(at now: Instant) -> [Notifier.Action] { notifier?.fire(at: now) ?? [] }

    /// What a `message/sipfrag` body of such a NOTIFY says (§2.4.5); nil when it does not begin with a status line.
    package static func status(in fragment: OctetSlice) -> Status? {
        guard fragment.count >= 11, fragment[fragment.start..<fragment.start + 8].equalsIgnoringCase("SIP/2.0 "),
            fragment.count == 11 || !ASCII.isDigit(fragment[fragment.start + 11]),
            let code = fragment[fragment.start + 8..<fragment.start + 11].decimal
        else { return nil }
        return Status(rawValue: UInt16(truncatingIfNeeded: code))
    }

    // MARK: Steps

    private var fragment: [UInt8] {
        var writer = OctetWriter(reserving: 64)
        writer.write("SIP/2.0 ")
        writer.write(decimal: UInt64(status.rawValue))
        writer.write(UInt8(ascii: " "))
        if reason.isEmpty { writer.write(status.defaultReason) } else { writer.write(reason) }
        writer.write("\r\n")
        return writer.octets
    }

    private static func isSubscriptionWanted(_ refer: SIPMessage) -> Bool {
        do { return try refer.first(ReferSub.self)?.isWanted ?? true } catch { return true }
    }
}
