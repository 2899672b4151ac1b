import Octets
import SIP

/// A subscriber and a notifier without transactions between them, RFC 6665: what they send comes late, twice, spoilt or
/// never.
///
/// What must hold: each request is answered once; versions of the state count up by one; nothing is notified after the
/// end; and once the subscriber has unsubscribed and nothing arrives any more, no timer is left.
struct SubscriptionRun {
    private var now = Instant.zero
    private var entropy = Entropy(number: 1)
    private var subscriber: Subscriber
    private var notifier: Notifier?
    private let eventPackage: EventPackage
    private var onTheWay: [SIPMessage] = []
    private var notifications = 0
    private var lastVersion = -1
    private var ends = 0
    private var starts = 0

    private static let packages: [EventPackage] = [.registration, .dialog, .presence, .messageSummary, .refer]
    private static let statuses: [UInt16] = [200, 202, 204, 401, 404, 408, 423, 481, 489, 500, 503, 603]
    private static let reasons: [Notifier.Reason] = [
        .deactivated, .probation, .rejected, .timeout, .giveup, .noresource, .invariant,
    ]

    init(_ program: inout Program) {
        eventPackage = Self.packages[program.below(Self.packages.count)]
        var template = SIPMessage(.subscribe, uri: "sip:user@192.0.2.2")
        template.append(.via, "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1")
        template.append(.from, "<sip:watcher@example.org>")
        template.append(.to, "<sip:user@example.org>")
        template.append(.contact, "<sip:watcher@192.0.2.1>")
        let wishes: [Int?] = [nil, 0, 1, 60, 600, 7200, 4_294_967_295]
        subscriber = Subscriber(
            eventPackage, template: template, expires: wishes[program.below(wishes.count)],
            id: program.below(2) == 0 ? nil : "7", timing: TransactionTiming(.core, isReliable: false))
        start()
    }

    mutating func step(_ program: inout Program) {
        switch program.below(15) {
        case 0, 1, 2, 3: deliver(program.below(4), keeps: false)
        case 4: deliver(program.below(4), keeps: true)
        case 5: if !onTheWay.isEmpty { onTheWay.remove(at: program.below(onTheWay.count)) }
        case 6: spoil(&program)
        case 7: pass(.milliseconds(500 << program.below(16)))
        case 8: perform(notifier?.changed(at: now) ?? [])
        case 9: perform(notifier?.grant(at: now) ?? [])
        case 10:
            let reason = Self.reasons[program.below(Self.reasons.count)]
            perform(notifier?.terminate(reason, retryAfter: program.below(100), at: now) ?? [])
        case 11: perform(notifier?.shorten(to: program.below(256), at: now) ?? [])
        case 12: respond(&program)
        case 13:
            switch program.below(4) {
            case 0: perform(subscriber.unsubscribe(at: now))
            case 1: perform(subscriber.refresh(at: now))
            case 2: perform(subscriber.failed(at: now, entropy: &entropy))
            default: perform(notifier?.failed() ?? [])
            }
        default: start()
        }
    }

    mutating func end() {
        onTheWay = []
        perform(subscriber.unsubscribe(at: now))
        var rounds = 0
        while let deadline = [subscriber.nextDeadline, notifier?.nextDeadline].compactMap({ $0 }).min() {
            pass(max(deadline - now, .zero))
            onTheWay = []
            rounds += 1
            check(rounds < 1000, "timers fire without end")
        }
        let state = subscriber.state
        check(state == .terminated || state == .idle, "a subscription stays \(state) for ever")
        check(notifier.map { $0.state == .terminated } ?? true, "a notifier never ends")
    }

    // MARK: Steps

    private mutating func start() {
        let actions = subscriber.start(at: now, entropy: &entropy)
        if !actions.isEmpty { starts += 1 }
        perform(actions)
    }

    private mutating func send(_ message: SIPMessage) {
        guard let copy = try? SIPMessage(parsing: message.serialized()) else {
            return check(false, "what is sent is not SIP: \(OctetSlice(message.serialized()).string)")
        }
        if onTheWay.count < 64 { onTheWay.append(copy) }
    }

    private mutating func deliver(_ position: Int, keeps: Bool) {
        guard !onTheWay.isEmpty else { return }
        let index = min(position, onTheWay.count - 1)
        arrive(keeps ? onTheWay[index] : onTheWay.remove(at: index))
    }

    private mutating func spoil(_ program: inout Program) {
        guard !onTheWay.isEmpty else { return }
        var octets = onTheWay.removeFirst().serialized()
        let place = (Int(program.next()) << 8 | Int(program.next())) % octets.count
        octets[place] = program.next()
        if let message = try? SIPMessage(parsing: octets) { arrive(message) }
    }

    /// Somebody between answers a SUBSCRIBE or NOTIFY instead.
    private mutating func respond(_ program: inout Program) {
        guard let index = onTheWay.firstIndex(where: \.isRequest),
            let status = Status(rawValue: Self.statuses[program.below(Self.statuses.count)])
        else { return }
        var response = SIPMessage.response(status, to: onTheWay.remove(at: index), toTag: "x")
        if status == .intervalTooBrief { response.append(MinExpires(program.below(256) * 100)) }
        if program.next() & 1 == 0 { response.append(RetryAfter(program.below(256))) }
        if program.next() & 1 == 0 { response.append(Expires(program.below(256))) }
        arrive(response)
    }

    private mutating func arrive(_ message: SIPMessage) {
        switch (message.isRequest, message.isRequest ? message.method : message.cseq?.method) {
        case (true, .subscribe?): subscribed(message)
        case (true, .notify?):
            let actions = subscriber.receive(notify: message, at: now, entropy: &entropy)
            let answers = actions.count { if case .respond = $0 { true } else { false } }
            let forks = actions.count { if case .fork = $0 { true } else { false } }
            check(answers + forks == 1, "\(answers) answers to a NOTIFY")
            perform(actions)
        case (false, .subscribe?): perform(subscriber.receive(message, at: now, entropy: &entropy))
        case (false, .notify?): perform(notifier?.receive(response: message, at: now) ?? [])
        default: break
        }
    }

    private mutating func subscribed(_ request: SIPMessage) {
        if request.toTag != nil {
            guard let actions = notifier?.receive(refresh: request, at: now) else { return }
            return perform(actions)
        }
        guard notifier.map({ $0.state == .terminated }) ?? true else { return }
        if let refusal = Notifier.refusal(of: request, for: eventPackage, toTag: "n") { return send(refusal) }
        guard
            let (notifier, actions) = try? Notifier.accept(
                request, for: eventPackage, toTag: "n", contact: "<sip:n@192.0.2.2>",
                isGranted: request.cseq?.number != 3, at: now)
        else { return }
        self.notifier = notifier
        lastVersion = -1
        perform(actions)
    }

    private mutating func perform(_ actions: [Subscriber.Action]) {
        for action in actions {
            switch action {
            case .send(let request), .respond(let request): send(request)
            case .notified: notifications += 1
            case .challenged:
                perform(subscriber.authorize([(.authorization, "Digest username=\"a\"")], at: now))
            case .fork(let notify):
                guard
                    let (fork, actions) = Subscriber.fork(of: subscriber, notify: notify, at: now, entropy: &entropy)
                else { continue }
                check(fork.state != .idle, "a fork that is no subscription")
                for case .respond(let response) in actions { send(response) }
            case .ended(_, let retryAt):
                ends += 1
                check(subscriber.state == .terminated, "a subscription ends and goes on")
                check(retryAt.map { $0 >= now } ?? true, "a retry in the past")
            }
        }
        check(ends <= starts + notifications + 1, "a subscription ends more often than it begins")
    }

    private mutating func perform(_ actions: [Notifier.Action]) {
        for action in actions {
            switch action {
            case .respond(let response): send(response)
            case .compose(let composition):
                check(composition.version == lastVersion + 1, "version \(composition.version) after \(lastVersion)")
                lastVersion = composition.version
                if let notify = notifier?.notify(composition, body: Array("state".utf8), at: now) { send(notify) }
            case .ended: check(notifier?.state == .terminated, "a notifier ends and goes on")
            }
        }
    }

    private mutating func pass(_ span: Duration) {
        now += span
        if let deadline = subscriber.nextDeadline, deadline <= now {
            let actions = subscriber.fire(at: now, entropy: &entropy)
            if case .send(let request)? = actions.first, request.toTag == nil { starts += 1 }
            perform(actions)
        }
        if let deadline = notifier?.nextDeadline, deadline <= now { perform(notifier?.fire(at: now) ?? []) }
    }
}
