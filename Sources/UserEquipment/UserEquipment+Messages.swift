import IMS
import Octets
import SIP

// Messages outside of calls, RFC 3428, TS 24.229 §5.1.2A, TS 24.341.
//
//     message  {phone, to, text | hex, type?, as?}   answers with what the network says to it
//     short-message {phone, to, text}                the same of an SMS over the network's service centre
//     messages {phone}                               those that have come; they are taken out
extension UserEquipment {
    private static let inboxLimit = 1_000
    private static let shortMessageType = "application/vnd.3gpp.sms"

    /// - Returns: nil when it is no command of messages.
    mutating func perform(
        message command: Command, _ name: String, _ id: CommandID, at now: Instant
    ) -> [PhoneAction]? {
        switch command.name {
        case "message":
            guard let handset = handsets[name] else { return [] }
            guard let target = command.arguments["to"].flatMap(handset.target(dialled:)) else {
                return [.reply(.error("to is a SIP or tel URI or a number"), id)]
            }
            let body: [UInt8]
            if let hex = command.arguments["hex"] {
                guard let octets = Hex.decode(hex) else { return [.reply(.error("hex is not hexadecimal"), id)] }
                body = octets
            } else {
                body = Array((command.arguments["text"] ?? "").utf8)
            }
            guard var message = request(.message, from: handset, as: command.arguments["as"], to: target) else {
                return [.reply(.error("phone \(name) is not registered"), id)]
            }
            let type = command.arguments["type"] ?? "text/plain"
            if type == Self.shortMessageType { Self.addShortMessageFeature(&message) }
            message.setBody(body, contentType: type)
            return [send(message, of: name, for: .message(id, of: name, message, sent: now))]
        case "short-message":
            guard let handset = handsets[name] else { return [] }
            let reference = UInt8(truncatingIfNeeded: entropy.next32())
            let body = ShortMessage.submit(
                command.arguments["text"] ?? "", to: command.arguments["to"] ?? "", reference: reference)
            guard let body else { return [.reply(.error("to is a number, text at most 70 letters"), id)] }
            // What TS 24.341 calls the PSI of the service centre: which it is, the network's criteria decide.
            guard let message = shortMessage(body, from: handset, to: "sip:smsc@\(handset.phone.domain)") else {
                return [.reply(.error("phone \(name) is not registered"), id)]
            }
            return [send(message, of: name, for: .message(id, of: name, message, sent: now))]
        case "messages":
            let inbox = handsets[name]?.inbox ?? []
            handsets[name]?.inbox = []
            return [.reply(["messages": .list(inbox)], id)]
        default: return nil
        }
    }

    mutating func messaged(
        _ name: String, _ message: SIPMessage, _ transaction: ServerTransactionID, at now: Instant
    ) -> [PhoneAction] {
        guard let count = handsets[name]?.inbox.count, count < Self.inboxLimit else {
            return [.respond(.response(.temporarilyUnavailable, to: message, toTag: tag()), transaction)]
        }
        let type = message.firstValue(.contentType)?.string ?? ""
        let short = type == Self.shortMessageType ? ShortMessage.read(message.body) : nil
        var text = type.hasPrefix("text/") ? Report.text(message.body.string) : .null
        var relay = Report.null
        switch short {
        case .message(_, let content): text = content.map { .text($0) } ?? .null
        case .acknowledged: relay = "acknowledged"
        case .refused(_, let cause): relay = .text("refused, cause \(cause)")
        case nil: break
        }
        handsets[name]?.inbox.append([
            "from": .text(message.firstValue(.pAssertedIdentity)?.string ?? message.firstValue(.from)?.string ?? ""),
            "called": message.firstValue(.pCalledPartyID).map { .text($0.string) } ?? .null,
            "type": .text(type),
            "text": text, "relay": relay,
            "hex": .text(Hex.encode(message.body.array)),
            "call-id": .text(message.callID?.string ?? ""),
        ])
        let response = PhoneAction.respond(.response(.ok, to: message, toTag: tag()), transaction)
        guard case .message(let reference, _) = short else { return [response] }
        return [response] + acknowledge(reference, of: message, name)
    }

    /// RP-ACK, in a MESSAGE of its own to whoever sent the short message (TS 24.341 §5.3.2.4).
    private mutating func acknowledge(_ reference: UInt8, of message: SIPMessage, _ name: String) -> [PhoneAction] {
        do throws(SIPSyntaxError) {
            guard let handset = handsets[name], let gateway = try message.first(PAssertedIdentity.self)?.address.uri,
                var answer = shortMessage(
                    ShortMessage.acknowledgement(of: reference), from: handset, to: gateway.string)
            else { return [] }
            if let callID = message.callID { answer.append(.inReplyTo, callID) }
            return [send(answer, of: name, for: .report)]
        } catch { return [] }
    }

    private mutating func shortMessage(_ body: [UInt8], from handset: Handset, to target: String) -> SIPMessage? {
        guard var message = request(.message, from: handset, as: nil, to: target) else { return nil }
        Self.addShortMessageFeature(&message)
        message.setBody(body, contentType: Self.shortMessageType)
        return message
    }

    /// TS 24.341 §5.3.1.2: an answer of the gateway comes as a MESSAGE of its own.
    private static func addShortMessageFeature(_ message: inout SIPMessage) {
        message.append(.acceptContact, "*;+g.3gpp.smsip")
        message.append(.requestDisposition, "no-fork")
    }

    static func report(_ response: SIPMessage, sent: Instant, at now: Instant) -> Report {
        [
            "outcome": response.status?.isSuccess == true ? "accepted" : "refused",
            "status": .integer(Int(response.status?.rawValue ?? 0)), "reason": .text(response.reason.string),
            "call-id": .text(response.callID?.string ?? ""), "milliseconds": .number((now - sent).milliseconds),
        ]
    }

    static func report(_ failure: TransactionFailure, sent: Instant, at now: Instant) -> Report {
        [
            "outcome": "unanswered", "status": .null, "reason": .text("\(failure)"),
            "milliseconds": .number((now - sent).milliseconds),
        ]
    }
}
