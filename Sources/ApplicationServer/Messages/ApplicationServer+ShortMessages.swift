import IMS
import Octets
import SIP

// Short messages over IP, TS 24.341 §5.3.3 (not at hand): the service centre and its gateway in one.
//
//     phone A            this server             phone B
//       │ RP-DATA(SUBMIT) ──▶│
//       │◀────────────── 202 │  (it is in the store)
//       │◀────────── RP-ACK │ RP-DATA(DELIVER) ──▶│
//       │                    │◀───────────── 200  │
//       │                    │◀─────────── RP-ACK │  (it leaves the store)
extension ApplicationServer {
    static let shortMessageType = "application/vnd.3gpp.sms"

    /// A MESSAGE of a phone for the service centre.
    ///
    /// - Parameter sender: whose it is: the served user, or who asserts to be it towards our own address.
    mutating func takeShortMessage(
        _ request: SIPMessage, of sender: PublicIdentity, _ server: ServerTransactionID, _ tag: String, at now: Instant,
        into actions: inout Actions
    ) {
        do throws(SMSFault) {
            let accepted = SIPMessage.response(.accepted, to: request, toTag: tag)
            switch try RPMessage(parsing: request.body) {
            case .data(.toNetwork, let reference, _, let tpdu):
                submit(tpdu, reference, request, of: sender, server, tag, at: now, into: &actions)
            case .acknowledgement(.toNetwork, let reference):
                actions.append(.respond(accepted, server))
                confirm(reference, by: sender, at: now, into: &actions)
            case .error(.toNetwork, let reference, let cause):
                actions.append(.respond(accepted, server))
                refuse(reference, cause, by: sender, at: now, into: &actions)
            case .memoryAvailable(let reference):
                actions.append(.respond(accepted, server))
                report(.acknowledgement(.toPhone, reference: reference), to: request, of: sender, into: &actions)
                deliver(to: recipient(sender), at: now, into: &actions)
            case .data(.toPhone, _, _, _), .acknowledgement(.toPhone, _), .error(.toPhone, _, _):
                throw .unknownType(request.body.first ?? 0)
            }
        } catch {
            let refusal = Refusal("SHORT_MESSAGE_UNREADABLE", answer: "400", "\(error)")
            refuse(request, server, .badRequest, refusal, tag, into: &actions)
        }
    }

    /// A short message is safe in the store: the sender's phone learns it, and it goes on its way.
    mutating func shortMessageStored(
        _ pending: PendingMessage, _ result: ServiceWorkResult, at now: Instant, into actions: inout Actions
    ) {
        guard let reference = pending.reference, let sender = PublicIdentity(text: pending.message.sender) else {
            return
        }
        let report: RPMessage =
            result == .done
            ? .acknowledgement(.toPhone, reference: reference)
            : .error(.toPhone, reference: reference, cause: RPCause.temporaryFailure)
        self.report(report, to: pending.request, of: sender, into: &actions)
    }

    // MARK: Steps

    private mutating func submit(
        _ tpdu: [UInt8], _ reference: UInt8, _ request: SIPMessage, of sender: PublicIdentity,
        _ server: ServerTransactionID, _ tag: String, at now: Instant, into actions: inout Actions
    ) {
        let accepted = SIPMessage.response(.accepted, to: request, toTag: tag)
        let cause: UInt8
        do throws(SMSFault) {
            let submitted = try SubmittedMessage(parsing: tpdu)
            let recipient = recipient(number: submitted.destination.number)
            if let recipient, messages.hasRoom(for: recipient), !isBarred(submitted, sender) {
                let time = wallTime(now)
                let seconds = min(submitted.validity ?? .max, configuration.longestStorage)
                let number = numbers(of: sender, request).compactMap(SMSAddress.init(number:)).first
                let message = StoredMessage(
                    name: makeMessageName(at: time), recipient: recipient, sender: sender.text, accepted: time,
                    expires: time + Int64(seconds),
                    content: .short(submitted.deliver(from: number, at: time, hasMore: false)))
                return store(
                    PendingMessage(message: message, request: request, tag: tag, server: server, reference: reference),
                    into: &actions)
            }
            cause =
                recipient == nil
                ? RPCause.invalidMandatoryInformation
                : isBarred(submitted, sender) ? RPCause.callBarred : RPCause.congestion
        } catch { cause = RPCause.semanticallyIncorrect }
        actions.append(.respond(accepted, server))
        report(.error(.toPhone, reference: reference, cause: cause), to: request, of: sender, into: &actions)
    }

    private func isBarred(_ submitted: SubmittedMessage, _ sender: PublicIdentity) -> Bool {
        do throws(SIPSyntaxError) {
            guard let target = ServiceCode.target(submitted.destination.number, configuration.domain) else {
                return false
            }
            return settings[sender].outgoingBarring.bars(try URI(parsing: target), plan: configuration.plan)
        } catch { return false }
    }

    /// An RP-ACK or RP-ERROR for the phone, in a MESSAGE of its own that names the one it answers.
    private mutating func report(
        _ report: RPMessage, to request: SIPMessage, of sender: PublicIdentity, into actions: inout Actions
    ) {
        var message = self.message(to: sender, from: configuration.uri.text)
        if let callID = request.callID { message.append(.inReplyTo, callID) }
        Self.addShortMessageFeature(&message)
        message.setBody(report.octets, contentType: Self.shortMessageType)
        send(message, to: sender, as: .report, into: &actions)
    }

    /// TS 24.341: only to a phone that takes short messages, and to one of them.
    static func addShortMessageFeature(_ message: inout SIPMessage) {
        message.append(.requestDisposition, "no-fork")
        message.append(.acceptContact, "*;+g.3gpp.smsip;require;explicit")
    }

    private mutating func confirm(
        _ reference: UInt8, by phone: PublicIdentity, at now: Instant, into actions: inout Actions
    ) {
        let recipient = recipient(phone)
        guard let queue = messages[recipient], queue.state != .waiting, queue.reference == reference else { return }
        finish(recipient, at: now, into: &actions)
    }

    /// The phone does not take the message: not now, or never.
    private mutating func refuse(
        _ reference: UInt8, _ cause: UInt8, by phone: PublicIdentity, at now: Instant, into actions: inout Actions
    ) {
        let recipient = recipient(phone)
        guard let queue = messages[recipient], queue.state != .waiting, queue.reference == reference else { return }
        let isTemporary = [RPCause.memoryExceeded, RPCause.temporaryFailure, RPCause.congestion].contains(cause)
        actions.append(
            .observe(
                Observation(
                    .notice, "a short message is refused by the phone, cause \(cause)",
                    about: Subject(publicIdentity: recipient.text))))
        if isTemporary { postpone(recipient, at: now) } else { finish(recipient, at: now, into: &actions) }
    }
}
