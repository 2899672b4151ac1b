import IMS
import Octets
import SIP

// Messages outside of calls, RFC 3428, TS 24.229 §5.1.2A, TS 24.341.
//
//     message  {phone, to, text | hex, type?, as?}   answers with what the network says to it
//     messages {phone}                               those that have come; they are taken out
extension UserEquipment {
    private static let inboxLimit = 1_000

    /// - Returns: nil when it is no command of messages.
    mutating func perform(
        message command: Command, _ name: String, _ id: CommandID, at now: Instant
    ) -> [Action<Never>]? {
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
            if type == "application/vnd.3gpp.sms" {
                // TS 24.341 §5.3.1.2: an answer of the gateway comes as a MESSAGE of its own.
                message.append(.acceptContact, "*;+g.3gpp.smsip")
                message.append(.requestDisposition, "no-fork")
            }
            message.setBody(body, contentType: type)
            return [send(message, for: .message(id, sent: now))]
        case "messages":
            let inbox = handsets[name]?.inbox ?? []
            handsets[name]?.inbox = []
            return [.reply(["messages": .list(inbox)], id)]
        default: return nil
        }
    }

    mutating func messaged(
        _ name: String, _ message: SIPMessage, _ transaction: ServerTransactionID, at now: Instant
    ) -> [Action<Never>] {
        guard let count = handsets[name]?.inbox.count, count < Self.inboxLimit else {
            return [.respond(.response(.temporarilyUnavailable, to: message, toTag: tag()), transaction)]
        }
        let type = message.firstValue(.contentType)?.string ?? ""
        handsets[name]?.inbox.append([
            "from": .text(message.firstValue(.pAssertedIdentity)?.string ?? message.firstValue(.from)?.string ?? ""),
            "called": message.firstValue(.pCalledPartyID).map { .text($0.string) } ?? .null,
            "type": .text(type),
            "text": type.hasPrefix("text/") ? .text(message.body.string) : .null,
            "hex": .text(Hex.encode(message.body.array)),
            "call-id": .text(message.callID?.string ?? ""),
        ])
        return [.respond(.response(.ok, to: message, toTag: tag()), transaction)]
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
