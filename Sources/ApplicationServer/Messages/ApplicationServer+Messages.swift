import IMS
import Octets
import SIP

/// A message that is being written to the store; its sender waits for the answer.
struct PendingMessage: Sendable {
    let message: StoredMessage
    let request: SIPMessage
    let tag: String
    /// nil when the answer goes through the relay.
    let server: ServerTransactionID?
    /// RP-Message Reference of a short message.
    var reference: UInt8?
    /// The phone's transaction that came to nothing.
    var client: ClientTransactionID?
}

// Messages that wait for their recipient, RFC 3428 §7 (202): short messages, and MESSAGEs that did not reach their user.
extension ApplicationServer {
    /// Whether a MESSAGE is kept when its user is not there: not what came out of our own store, and nothing for machines.
    func isStorable(_ request: SIPMessage) -> Bool {
        guard request.method == .message, request.body.count <= configuration.longestMessage, !isOurOwn(request) else {
            return false
        }
        return request.bodyPart?.is("text", "plain") == true
    }

    /// Whether a MESSAGE is a short message for the service centre, or of one.
    static func isShortMessage(_ request: SIPMessage) -> Bool {
        request.method == .message && request.bodyPart?.is("application", "vnd.3gpp.sms") == true
    }

    /// Keeps a MESSAGE for its user: 202 when it is safe.
    ///
    /// - Parameter client: the phone's transaction, when there was one.
    mutating func keep(
        _ request: SIPMessage, for user: PublicIdentity, _ server: ServerTransactionID?, _ tag: String,
        insteadOf client: ClientTransactionID? = nil, at now: Instant, into actions: inout Actions
    ) -> Bool {
        let recipient = recipient(user)
        guard messages.hasRoom(for: recipient) else { return false }
        let time = wallTime(now)
        let seconds = min(request.expires ?? configuration.longestStorage, configuration.longestStorage)
        let message = StoredMessage(
            name: makeMessageName(at: time), recipient: recipient, sender: request.senderText, accepted: time,
            expires: time + Int64(seconds),
            content: .text(type: request.firstValue(.contentType)?.string ?? "text/plain", request.body.array))
        store(
            PendingMessage(message: message, request: request, tag: tag, server: server, client: client), into: &actions
        )
        return true
    }

    mutating func store(_ pending: PendingMessage, into actions: inout Actions) {
        store(
            .put(.message, name: pending.message.name, pending.message.record), then: .message(pending), into: &actions)
    }

    mutating func messageStored(
        _ pending: PendingMessage, _ result: ServiceWorkResult, at now: Instant, into actions: inout Actions
    ) {
        var status = Status.accepted
        if case .failed(let sentence) = result {
            status = .serverInternalError
            actions.append(
                .observe(Observation(.error, "a message is not stored: \(sentence)", about: pending.request.subject)))
        }
        let isShort = pending.reference != nil
        // Of a short message the RP layer tells what became of it.
        let response = SIPMessage.response(isShort ? .accepted : status, to: pending.request, toTag: pending.tag)
        if let server = pending.server {
            actions.append(.respond(response, server))
        } else if let client = pending.client {
            var orders: [RequestRelay.Order] = []
            _ = relay.receive(response, from: client, at: now, names: &names, into: &orders)
            carryOut(orders, at: now, into: &actions)
        }
        if isShort { shortMessageStored(pending, result, at: now, into: &actions) }
        guard result == .done else { return }
        messages.append(pending.message)
        if isShort || registration(of: pending.message.recipient) != nil && pending.client == nil {
            deliver(to: pending.message.recipient, at: now, into: &actions)
        } else {
            // Its phone has just not answered, or there is none: a registration will wake us, or time.
            postpone(pending.message.recipient, at: now)
        }
    }

    // MARK: Delivery

    /// Sends the first message of a recipient, when nothing of his is on its way.
    mutating func deliver(to recipient: PublicIdentity, at now: Instant, into actions: inout Actions) {
        for expired in messages.removeExpired(of: recipient, at: wallTime(now)) { forget(expired, into: &actions) }
        guard let (message, reference, hasMore) = messages.takeFirst(of: recipient) else { return }
        var request: SIPMessage
        switch message.content {
        case .short(var tpdu):
            if hasMore, !tpdu.isEmpty { tpdu[0] &= ~0b100 }  // TP-MMS
            request = self.message(to: recipient, from: configuration.uri.text)
            Self.addShortMessageFeature(&request)
            let data = RPMessage.data(.toPhone, reference: reference, centre: configuration.centre, tpdu: tpdu)
            request.setBody(data.octets, contentType: Self.shortMessageType)
        case .text(let type, let body):
            request = self.message(to: recipient, from: message.sender)
            request.append(.date, WallClock.date(message.accepted))
            request.setBody(body, contentType: type)
        }
        if !send(request, to: recipient, as: .delivery(recipient), into: &actions) { postpone(recipient, at: now) }
    }

    /// The phone's answer to a message of ours; nil when there was none.
    mutating func delivered(
        _ recipient: PublicIdentity, _ status: Status?, at now: Instant, into actions: inout Actions
    ) {
        guard let queue = messages[recipient], queue.state == .sent, let first = queue.messages.first else { return }
        guard let status, status.isSuccess else {
            guard status.map(Self.isLasting) != true else {
                actions.append(
                    .observe(
                        Observation(
                            .notice, "a message is given up: \(status.map { "\($0)" } ?? "no answer")",
                            about: Subject(publicIdentity: recipient.text))))
                return finish(recipient, at: now, into: &actions)
            }
            return postpone(recipient, at: now)
        }
        switch first.content {
        case .text: finish(recipient, at: now, into: &actions)
        case .short: messages.awaitConfirmation(of: recipient, until: now + configuration.confirmationTime)
        }
    }

    /// The first message is done with; the next one goes out.
    mutating func finish(_ recipient: PublicIdentity, at now: Instant, into actions: inout Actions) {
        if let message = messages.finishFirst(of: recipient) { forget(message, into: &actions) }
        deliver(to: recipient, at: now, into: &actions)
    }

    mutating func postpone(_ recipient: PublicIdentity, at now: Instant) {
        let (first, longest) = (configuration.firstRetry, configuration.longestRetry)
        messages.postpone(recipient, at: now) { failures in min(first * (1 << min(max(failures - 1, 0), 10)), longest) }
    }

    /// Deliveries whose time has come: to be tried again, or without an RP-ACK.
    mutating func fireMessages(at now: Instant, into actions: inout Actions) {
        for recipient in messages.due(at: now) {
            if messages[recipient]?.state == .unconfirmed {
                postpone(recipient, at: now)
            } else {
                deliver(to: recipient, at: now, into: &actions)
            }
        }
    }

    // MARK: Steps

    private mutating func forget(_ message: StoredMessage, into actions: inout Actions) {
        store(.remove(.message, name: message.name), then: .nothing, into: &actions)
    }

    /// Answers that will not change by trying again: the user or the kind of message is refused.
    static func isLasting(_ status: Status) -> Bool {
        switch status {
        case .requestTimeout, .temporarilyUnavailable, .flowFailed, .busyHere, .requestTerminated: false
        default: (400..<500).contains(status.rawValue) || status.rawValue >= 600
        }
    }

    /// A MESSAGE of our own, RFC 3428 §4: outside every dialog.
    mutating func message(to recipient: PublicIdentity, from sender: String) -> SIPMessage {
        outside(.message, to: recipient, from: sender)
    }

    /// A request outside every dialog.
    mutating func outside(_ method: Method, to recipient: PublicIdentity, from sender: String) -> SIPMessage {
        let target = sipURI(of: recipient)
        var request = SIPMessage(method, uri: target)
        request.append(.maxForwards, "70")
        request.append(.from, "<\(sender)>;tag=\(makeTag())")
        request.append(.to, "<\(target)>")
        request.append(.callID, "\(makeTag())@\(configuration.uri.host)")
        request.append(CSeq(1, method))
        request.append(.pAssertedIdentity, "<\(sender)>")
        return request
    }

    /// To the S-CSCF that has registered the user, or by his domain. - Returns: false when that leads nowhere.
    @discardableResult mutating func send(
        _ request: SIPMessage, to recipient: PublicIdentity, as purpose: OwnRequest, into actions: inout Actions
    ) -> Bool {
        var request = request
        var hop = request.requestURI
        if let route = registration(of: recipient).flatMap({ Self.looseRoute($0.server) }) {
            request.append(.route, "<\(route)>")
            hop = OctetSlice(route)
        }
        return send(request, toward: hop, as: purpose, into: &actions)
    }

    private static func looseRoute(_ server: OctetSlice) -> String? {
        do throws(SIPSyntaxError) {
            guard case .sip(var uri) = try URI(parsing: server) else { return nil }
            if !uri.isLooseRouter { uri.parameters.set("lr") }
            return uri.text
        } catch { return nil }
    }

    /// It came out of our own store: the first of its Via entries, at the end, is ours. One that only went by has another's there.
    private func isOurOwn(_ request: SIPMessage) -> Bool {
        do throws(SIPSyntaxError) {
            return try request.all(Via.self).last.map { configuration.own.contains(host: $0.host, port: $0.port) }
                ?? true
        } catch { return true }
    }

    mutating func makeMessageName(at time: Int64) -> String {
        lastMessage &+= 1
        let digits = String(time, radix: 16)
        let order = String(lastMessage, radix: 16)
        return String(repeating: "0", count: max(12 - digits.utf8.count, 0)) + digits + "-"
            + String(repeating: "0", count: max(8 - order.utf8.count, 0)) + order
    }
}
