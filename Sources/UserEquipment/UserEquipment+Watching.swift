import IMS
import Octets
import SIP

/// What a phone may watch of its user.
enum WatchedEvent: String, Sendable, CaseIterable {
    /// Its own registration, TS 24.229 §5.1.1.3.
    case registration = "reg"
    /// Its mailbox, RFC 3842.
    case messages = "message-summary"

    var package: EventPackage { self == .registration ? .registration : .messageSummary }
}

/// One of its subscriptions.
struct WatchKey: Hashable, Sendable {
    let phone: String
    let event: WatchedEvent
}

/// A phone's subscription to something of its own user's.
struct EventWatch: Sendable {
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
        let type = subscription.eventPackage.bodyTypes.first ?? ""
        if !notify.body.isEmpty, notify.firstValue(.contentType)?.string.hasPrefix(type) != true {
            findings.append(Finding(clause: "RFC 6665 §4.1.2.1", sentence: "the NOTIFY's body is no \(type)"))
        }
    }

    var report: Report {
        [
            "state": .text("\(subscription.state)"), "documents": .list(documents.map { .text($0) }),
            "findings": .list(findings.map { ["clause": .text($0.clause), "sentence": .text($0.sentence)] }),
        ]
    }
}

// The event packages that a phone watches: `event` is reg (also when it is missing) or message-summary.
//
//     subscribe {phone, event?}, unsubscribe {phone, event?}    answer with the first NOTIFY, or with the last
//     events {phone, event?}                                    what has been notified
//     unasked {phone}                                           message summaries that came without a subscription
extension UserEquipment {
    /// - Returns: nil when it is no command of subscriptions.
    mutating func perform(
        watch command: Command, _ name: String, _ id: CommandID, at now: Instant
    ) -> [PhoneAction]? {
        guard ["subscribe", "unsubscribe", "events", "unasked"].contains(command.name) else { return nil }
        guard let event = WatchedEvent(rawValue: command.arguments["event"] ?? "reg") else {
            return [.reply(.error("event is reg or message-summary"), id)]
        }
        let key = WatchKey(phone: name, event: event)
        switch command.name {
        case "subscribe": return subscribe(key, id, at: now)
        case "unsubscribe":
            guard var watch = watch(key), watch.subscription.state != .terminated else {
                return [.reply(.error("phone \(name) has no subscription"), id)]
            }
            guard watch.command == nil else { return [.reply(.error("phone \(name) waits for a NOTIFY"), id)] }
            watch.command = id
            watch.isEnding = true
            let actions = watch.subscription.unsubscribe(at: now)
            handsets[name]?.watches[event] = watch
            return carryOut(actions, key, nil, at: now)
        case "events":
            guard let watch = watch(key) else {
                return [.reply(.error("phone \(name) has no subscription"), id)]
            }
            return [.reply(watch.report, id)]
        default:
            let unasked = handsets[name]?.unasked ?? []
            return [.reply(["phone": .text(name), "documents": .list(unasked.map { .text($0) })], id)]
        }
    }

    private func watch(_ key: WatchKey) -> EventWatch? { handsets[key.phone]?.watches[key.event] }

    private mutating func subscribe(_ key: WatchKey, _ id: CommandID, at now: Instant) -> [PhoneAction] {
        let name = key.phone
        guard let handset = handsets[name] else { return [] }
        if let watch = watch(key), watch.subscription.state != .terminated {
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
        template.append(.contact, "<\(contactURI(handset))>")
        var watch = EventWatch(
            subscription: SIP.Subscriber(
                key.event.package, template: template, expires: 600_000, timing: configuration.timing))
        watch.command = id
        let actions = watch.subscription.start(at: now, entropy: &entropy)
        handsets[key.phone]?.watches[key.event] = watch
        return carryOut(actions, key, nil, at: now)
    }

    /// A response to a SUBSCRIBE; nil when none came.
    mutating func watched(_ key: WatchKey, _ response: SIPMessage?, at now: Instant) -> [PhoneAction] {
        guard var watch = watch(key) else { return [] }
        let actions =
            if let response {
                watch.subscription.receive(response, at: now, entropy: &entropy)
            } else {
                watch.subscription.failed(at: now, entropy: &entropy)
            }
        handsets[key.phone]?.watches[key.event] = watch
        return carryOut(actions, key, nil, at: now)
    }

    mutating func notified(
        _ notify: SIPMessage, _ transaction: ServerTransactionID, at now: Instant
    ) -> [PhoneAction] {
        let key = handsets.lazy.flatMap { name, handset in
            handset.watches.lazy.filter { $0.value.subscription.matches(notify) }
                .map { WatchKey(phone: name, event: $0.key) }
        }.first
        guard let key, var watch = watch(key) else { return unasked(notify, transaction) }
        let actions = watch.subscription.receive(notify: notify, at: now, entropy: &entropy)
        handsets[key.phone]?.watches[key.event] = watch
        return carryOut(actions, key, transaction, at: now)
    }

    /// Many systems tell the state of a mailbox to phones that have not subscribed, which no RFC has.
    private mutating func unasked(_ notify: SIPMessage, _ transaction: ServerTransactionID) -> [PhoneAction] {
        guard notify.toTag == nil, let name = phone(named: notify),
            notify.firstValue(.event)?.hasPrefix("message-summary") == true
        else { return [.respond(.response(.callOrTransactionDoesNotExist, to: notify, toTag: tag()), transaction)] }
        if handsets[name]?.unasked.count ?? 0 < 32 { handsets[name]?.unasked.append(notify.body.string) }
        return [.respond(.response(.ok, to: notify, toTag: tag()), transaction)]
    }

    mutating func fire(watch key: WatchKey, at now: Instant) -> [PhoneAction] {
        guard var watch = watch(key) else { return [] }
        watch.armed = nil
        let actions = watch.subscription.fire(at: now, entropy: &entropy)
        handsets[key.phone]?.watches[key.event] = watch
        return carryOut(actions, key, nil, at: now)
    }

    private mutating func carryOut(
        _ actions: [SIP.Subscriber.Action], _ key: WatchKey, _ notify: ServerTransactionID?, at now: Instant
    ) -> [PhoneAction] {
        var orders: [PhoneAction] = []
        for action in actions {
            switch action {
            case .send(let subscribe): orders.append(send(subscribe, of: key.phone, for: .watch(key)))
            case .respond(let response): if let notify { orders.append(.respond(response, notify)) }
            case .notified(let message):
                handsets[key.phone]?.watches[key.event]?.note(message)
                if handsets[key.phone]?.watches[key.event]?.isEnding == false { orders += reply(key) }
            case .challenged, .ended: orders += reply(key)
            case .fork: break  // the package knows none (RFC 3680 §4.9)
            }
        }
        if let watch = watch(key), let deadline = watch.subscription.nextDeadline,
            watch.armed.map({ deadline < $0 }) ?? true
        {
            handsets[key.phone]?.watches[key.event]?.armed = deadline
            alarms.schedule(.watch(key), at: deadline)
        }
        return orders
    }

    private mutating func reply(_ key: WatchKey) -> [PhoneAction] {
        guard let watch = watch(key), let command = watch.command else { return [] }
        handsets[key.phone]?.watches[key.event]?.command = nil
        return [.reply(watch.report, command)]
    }
}
