import Octets

/// Requests of peers: refused, served here or forwarded, RFC 6733 §6.1.3 to §6.1.9.
extension DiameterStack {
    private enum Destination {
        case local, forward
        case redirect([DiameterURI])
        case refused(ResultCode, String)
    }

    mutating func receivedRequest(
        _ message: DiameterMessage, from index: Int, on id: AssociationID, at now: Instant, into outputs: inout Outputs
    ) {
        statistics.requestsReceived &+= 1
        guard !message.passed(local.originHost) else {
            return refuse(
                message, .loopDetected, .loopDetected, from: index, on: id,
                "The request has been here before: Route-Record names \(local.originHost).", into: &outputs)
        }
        switch destination(of: message) {
        case .local: serve(message, from: index, on: id, at: now, into: &outputs)
        case .forward: forward(message, from: index, on: id, at: now, into: &outputs)
        case .redirect(let hosts): redirect(message, to: hosts, on: id, into: &outputs)
        case .refused(let code, let sentence):
            // Who may not speak learns nothing of what is served here.
            guard isHonest(message, from: index, on: id, into: &outputs) else { return }
            refuse(message, code, .notForUs, from: index, on: id, sentence, into: &outputs)
        }
    }

    /// §6.1.4: for us is what names our host, or no host and a realm of ours, or neither.
    private func destination(of message: DiameterMessage) -> Destination {
        let host = message.avp(.destinationHost)?.data
        let realm = message.avp(.destinationRealm)?.data
        if let host, local.originHost.matches(host) { return .local }
        if let realm, let action = settings.routes.action(realm: realm, application: message.applicationID) {
            switch action {
            case .relay, .proxy: return .forward
            case .redirect(let hosts): return .redirect(hosts)
            case .local: break
            }
        }
        if let host {
            // §7.1.3: so too a Destination-Host without Destination-Realm.
            return .refused(.unableToDeliver, "The request is for \(host.string), we are \(local.originHost).")
        }
        guard let realm, !local.serves(realm),
            settings.routes.action(realm: realm, application: message.applicationID) == nil
        else { return .local }
        return .refused(
            .realmNotServed, "The request is for realm \(realm.string), ours is \(local.originRealm).")
    }

    /// Whether the request is of whom the connection is with, or brought by an agent that shows its way (§6.7.1, §2.9).
    /// Otherwise it has been refused.
    private mutating func isHonest(
        _ message: DiameterMessage, from index: Int, on id: AssociationID, into outputs: inout Outputs
    ) -> Bool {
        guard let origin = message.avp(.originHost) else {
            refuse(message, .missing(.originHost), from: index, on: id, .malformed, into: &outputs)
            return false
        }
        let isOwn = table[index].identity.matches(origin.data)
        guard isOwn || (table[index].configuration.isAgent && message.contains(.routeRecord)) else {
            refuse(message, .invalidValue(origin), from: index, on: id, .originMismatch, into: &outputs)
            return false
        }
        if isOwn, let realm = message.avp(.originRealm), let known = table[index].originRealm,
            !known.matches(realm.data)
        {
            refuse(message, .invalidValue(realm), from: index, on: id, .originMismatch, into: &outputs)
            return false
        }
        return true
    }

    /// Only an application and command that we serve, from whom may ask for it.
    private mutating func serve(
        _ message: DiameterMessage, from index: Int, on id: AssociationID, at now: Instant, into outputs: inout Outputs
    ) {
        guard let application = local.application(message.applicationID) else {
            return refuse(
                message, .applicationUnsupported, .applicationUnsupported, from: index, on: id,
                "Application \(message.applicationID) is not ours.", into: &outputs)
        }
        guard application.commands.contains(message.commandCode) else {
            return refuse(
                message, .commandUnsupported, .commandUnsupported, from: index, on: id,
                "Command \(message.commandCode) is not served here.", into: &outputs)
        }
        guard isHonest(message, from: index, on: id, into: &outputs) else { return }
        guard table[index].configuration.requests?.contains(message.commandCode) ?? true,
            settings.senders.accepts(message)
        else {
            // §2.9: who is authentic need not be authorized.
            return refuse(
                message, .authorizationRejected, .senderNotAllowed, from: index, on: id,
                "Command \(message.commandCode) is not taken from \(message.avp(.originHost)?.data.string ?? "").",
                into: &outputs)
        }
        guard hasRoom(for: message, from: index, on: id, into: &outputs) else { return }
        let token = makeToken()
        let key: DuplicateDetection.Key?
        do throws(DiameterDecodeFailure) {
            key = try duplicateKey(of: message, from: index)
        } catch {
            return refuse(message, error, from: index, on: id, .malformed, into: &outputs)
        }
        if let key {
            for forgotten in duplicates.purge(at: now) { _ = release(forgotten) }
            switch duplicates.receive(message, as: key, on: id, token: token, at: now) {
            case .fresh: break
            case .inProgress:
                statistics.duplicates &+= 1
                return
            case .answered(let answer):
                statistics.duplicates &+= 1
                outputs.append(.send(answer.repeated(for: message).octets, on: id))
                return
            }
        }
        table[index].served += 1
        served[token] = ServedRequest(
            peer: index, association: id, hopByHop: message.hopByHop, endToEnd: message.endToEnd, duplicateKey: key)
        outputs.append(.request(message, token, from: table[index].identity))
    }

    /// nil when duplicates are not looked for.
    private func duplicateKey(
        of message: DiameterMessage, from index: Int
    ) throws(DiameterDecodeFailure) -> DuplicateDetection.Key? {
        guard duplicates.isOn, let origin = message.avp(.originHost) else { return nil }
        // Nearly always the peer itself: its name exists already.
        let name = table[index].identity.matches(origin.data) ? table[index].identity : try origin.value()
        return DuplicateDetection.Key(origin: name, endToEnd: message.endToEnd)
    }

    /// §6.1.9: with the Route-Record of whom it came from and a Hop-by-Hop Identifier of ours; the rest as it is.
    private mutating func forward(
        _ message: DiameterMessage, from index: Int, on id: AssociationID, at now: Instant, into outputs: inout Outputs
    ) {
        guard isHonest(message, from: index, on: id, into: &outputs) else { return }
        guard message.isProxiable else {
            // §3: without the P bit it must be processed here, and cannot be.
            return refuse(
                message, .unableToDeliver, .notForUs, from: index, on: id,
                "The request is not for us and must not be forwarded.", into: &outputs)
        }
        guard hasRoom(for: message, from: index, on: id, into: &outputs) else { return }
        statistics.relayed &+= 1
        table[index].served += 1
        let relayed = RelayedRequest(peer: index, association: id, hopByHop: message.hopByHop)
        var forwarded = message
        forwarded.append(.routeRecord, table[index].identity)
        let deadline = now + settings.timeout(for: message.applicationID)
        send(Errand(for: .peer(relayed), message: forwarded, deadline: deadline), at: now, into: &outputs)
    }

    private mutating func redirect(
        _ message: DiameterMessage, to hosts: [DiameterURI], on id: AssociationID, into outputs: inout Outputs
    ) {
        var answer = message.answer(resultCode: .redirectIndication, origin: local.origin)
        answer.append(.redirectHost, all: hosts)
        outputs.append(.send(answer.octets, on: id))
    }

    private mutating func hasRoom(
        for message: DiameterMessage, from index: Int, on id: AssociationID, into outputs: inout Outputs
    ) -> Bool {
        guard !isStopping, table[index].served < settings.servedPerPeer else {
            refuse(
                message, .tooBusy, isStopping ? .stopping : .tooBusy, from: index, on: id,
                isStopping
                    ? "A request came while we are stopping."
                    : "\(table[index].served) requests of \(table[index].identity) wait already.", into: &outputs)
            return false
        }
        return true
    }

    mutating func refuse(
        _ message: DiameterMessage, _ failure: DiameterDecodeFailure, from index: Int, on id: AssociationID,
        _ reason: DiameterRefusal.Reason, into outputs: inout Outputs
    ) {
        statistics.requestsRefused &+= 1
        if message.isRequest, let answer = message.answer(failure: failure, origin: local.origin) {
            outputs.append(.send(answer.octets, on: id))
        }
        let sentence =
            reason == .originMismatch
            ? "A request on the connection of \(table[index].identity) says "
                + "\(message.avp(.originHost)?.data.string ?? "nothing") of "
                + "\(message.avp(.originRealm)?.data.string ?? "nowhere")."
            : "Command \(message.commandCode) from \(table[index].identity): \(failure)."
        outputs.append(
            .refused(
                DiameterRefusal(reason, peer: table[index].identity, resultCode: failure.resultCode, sentence)))
    }

    mutating func refuse(
        _ message: DiameterMessage, _ code: ResultCode, _ reason: DiameterRefusal.Reason, from index: Int,
        on id: AssociationID, _ sentence: String, into outputs: inout Outputs
    ) {
        statistics.requestsRefused &+= 1
        let answer = message.answer(.base(code), origin: local.origin, errorMessage: sentence)
        outputs.append(.send(answer.octets, on: id))
        outputs.append(
            .refused(DiameterRefusal(reason, peer: table[index].identity, resultCode: code, sentence)))
    }
}
