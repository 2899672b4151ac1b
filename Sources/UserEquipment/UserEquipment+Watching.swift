import IMS
import Octets
import SIP

/// A phone's subscription to its own registration, TS 24.229 §5.1.1.3.
struct RegistrationWatch: Sendable {
    var subscription: SIP.Subscriber
    /// Who waits for the first NOTIFY, or for the last.
    var command: CommandID?
    /// Bodies of the NOTIFYs, the newest last.
    var documents: [String] = []
    var findings: [Finding] = []
    var armed: Instant?
    var isEnding = false

    private static let limit = 32

    mutating func note(_ notify: SIPMessage) {
        if documents.count == Self.limit { documents.removeFirst() }
        documents.append(notify.body.string)
        if !notify.body.isEmpty, notify.firstValue(.contentType)?.hasPrefix("application/reginfo+xml") != true {
            findings.append(Finding(clause: "RFC 3680 §4.5", sentence: "the NOTIFY's body is no reginfo document"))
        }
    }

    var report: Report {
        [
            "state": .text("\(subscription.state)"), "documents": .list(documents.map { .text($0) }),
            "findings": .list(findings.map { ["clause": .text($0.clause), "sentence": .text($0.sentence)] }),
        ]
    }
}

// The registration event package.
//
//     subscribe {phone}, unsubscribe {phone}    answer with the first NOTIFY, or with the last
//     events {phone}                            what has been notified
extension UserEquipment {
    /// - Returns: nil when it is no command of subscriptions.
    mutating func perform(
        watch command: Command, _ name: String, _ id: CommandID, at now: Instant
    ) -> [Action<Never>]? {
        switch command.name {
        case "subscribe": return subscribe(name, id, at: now)
        case "unsubscribe":
            guard var watch = handsets[name]?.watch, watch.subscription.state != .terminated else {
                return [.reply(.error("phone \(name) has no subscription"), id)]
            }
            guard watch.command == nil else { return [.reply(.error("phone \(name) waits for a NOTIFY"), id)] }
            watch.command = id
            watch.isEnding = true
            let actions = watch.subscription.unsubscribe(at: now)
            handsets[name]?.watch = watch
            return carryOut(actions, name, nil, at: now)
        case "events":
            guard let watch = handsets[name]?.watch else {
                return [.reply(.error("phone \(name) has no subscription"), id)]
            }
            return [.reply(watch.report, id)]
        default: return nil
        }
    }

    private mutating func subscribe(_ name: String, _ id: CommandID, at now: Instant) -> [Action<Never>] {
        guard let handset = handsets[name] else { return [] }
        if let watch = handset.watch, watch.subscription.state != .terminated {
            return [.reply(.error("phone \(name) has a subscription"), id)]
        }
        let identity = handset.defaultIdentity
        guard var template = request(.subscribe, from: handset, as: nil, to: identity) else {
            return [.reply(.error("phone \(name) is not registered"), id)]
        }
        // These are the subscription's to make.
        template.remove(.callID)
        template.remove(.cseq)
        template.set(.from, "<\(identity)>")
        template.append(.contact, "<\(handset.phone.contactURI(at: configuration))>")
        var watch = RegistrationWatch(
            subscription: SIP.Subscriber(
                .registration, template: template, expires: 600_000, timing: configuration.timing))
        watch.command = id
        let actions = watch.subscription.start(at: now, entropy: &entropy)
        handsets[name]?.watch = watch
        return carryOut(actions, name, nil, at: now)
    }

    /// A response to a SUBSCRIBE; nil when none came.
    mutating func watched(_ name: String, _ response: SIPMessage?, at now: Instant) -> [Action<Never>] {
        guard var watch = handsets[name]?.watch else { return [] }
        let actions =
            if let response {
                watch.subscription.receive(response, at: now, entropy: &entropy)
            } else {
                watch.subscription.failed(at: now, entropy: &entropy)
            }
        handsets[name]?.watch = watch
        return carryOut(actions, name, nil, at: now)
    }

    mutating func notified(
        _ notify: SIPMessage, _ transaction: ServerTransactionID, at now: Instant
    ) -> [Action<Never>] {
        let name = handsets.first { $0.value.watch?.subscription.matches(notify) ?? false }?.key
        guard let name, var watch = handsets[name]?.watch else {
            return [.respond(.response(.callOrTransactionDoesNotExist, to: notify, toTag: tag()), transaction)]
        }
        let actions = watch.subscription.receive(notify: notify, at: now, entropy: &entropy)
        handsets[name]?.watch = watch
        return carryOut(actions, name, transaction, at: now)
    }

    mutating func fire(watch name: String, at now: Instant) -> [Action<Never>] {
        guard var watch = handsets[name]?.watch else { return [] }
        watch.armed = nil
        let actions = watch.subscription.fire(at: now, entropy: &entropy)
        handsets[name]?.watch = watch
        return carryOut(actions, name, nil, at: now)
    }

    private mutating func carryOut(
        _ actions: [SIP.Subscriber.Action], _ name: String, _ notify: ServerTransactionID?, at now: Instant
    ) -> [Action<Never>] {
        var orders: [Action<Never>] = []
        for action in actions {
            switch action {
            case .send(let subscribe): orders.append(send(subscribe, for: .watch(name)))
            case .respond(let response): if let notify { orders.append(.respond(response, notify)) }
            case .notified(let message):
                handsets[name]?.watch?.note(message)
                if handsets[name]?.watch?.isEnding == false { orders += reply(name) }
            case .challenged, .ended: orders += reply(name)
            case .fork: break  // the package knows none (RFC 3680 §4.9)
            }
        }
        if let watch = handsets[name]?.watch, let deadline = watch.subscription.nextDeadline,
            watch.armed.map({ deadline < $0 }) ?? true
        {
            handsets[name]?.watch?.armed = deadline
            alarms.schedule(.watch(name), at: deadline)
        }
        return orders
    }

    private mutating func reply(_ name: String) -> [Action<Never>] {
        guard let watch = handsets[name]?.watch, let command = watch.command else { return [] }
        handsets[name]?.watch?.command = nil
        return [.reply(watch.report, command)]
    }
}
