import Octets

/// The subscriber's side of one subscription, RFC 6665 §4.1.2.
///
///     init ─ SUBSCRIBE ─▶ notify_wait ─ NOTIFY pending ─▶ pending ─ NOTIFY active ─▶ active
///       ▲                     │  └───────── NOTIFY active ──────────────────────────▲
///       └── Retry-after ── terminated ◀─ NOTIFY terminated, timer N, refusal, 481 to a refresh ─ any of them
///
/// The dialog is made by the NOTIFY, not by the 2xx (§4.4.1).
package struct Subscriber: Sendable {
    package enum State: Equatable, Sendable { case idle, notifyWait, pending, active, terminated }

    package enum Action: Equatable, Sendable {
        /// A SUBSCRIBE, initial or within the dialog.
        case send(SIPMessage)
        /// The answer to the NOTIFY.
        case respond(SIPMessage)
        /// A NOTIFY that was accepted: its body is the state.
        case notified(SIPMessage)
        /// 401, 407 to a SUBSCRIBE: `authorize` sends it again with credentials. Otherwise the subscription fails by timer N.
        case challenged(SIPMessage)
        /// A NOTIFY of another fork: make `Subscriber(forkOf:notify:)` of it, which answers it. Only in packages that allow it.
        case fork(SIPMessage)
        /// Over; tried again at `retryAt` by `fire`, nil for never.
        case ended(SubscriptionEnding, retryAt: Instant?)
    }

    package let eventPackage: EventPackage
    package internal(set) var state = State.idle
    package internal(set) var dialog: Dialog?
    /// When the subscription ends unless it is refreshed; nil before the first NOTIFY or 2xx.
    package internal(set) var expiration: Instant?
    package internal(set) var backOff: SubscriptionBackOff

    /// What every SUBSCRIBE is made of: Request-URI, Route, From without a tag, To, Contact and further headers.
    let template: SIPMessage
    let event: Event
    /// RFC 3515 §2.4.6: the id that NOTIFYs of a REFER may have, its number.
    private(set) var implicitID: OctetSlice?
    /// The dialog belongs to a session too, which takes the numbers of the NOTIFYs.
    private(set) var isShared = false
    let timing: TransactionTiming
    /// Seconds asked for; 0 for a fetch (§4.4.3).
    var wish: Int
    var initial: SIPMessage?
    /// The SUBSCRIBE that waits for its final response.
    var outstanding: SIPMessage?
    var timerN: Instant?
    var refreshAt: Instant?
    var retryAt: Instant?
    /// Until when other forks of the first SUBSCRIBE may answer (§4.1.2.4).
    var forksUntil: Instant?
    var isEnding = false
    /// The SUBSCRIBE that ends the subscription has gone out.
    var hasSentEnd = false
    var since: Instant?

    /// - Parameters:
    ///   - template: a SUBSCRIBE without Call-ID, CSeq, tag, Event, Expires and Accept, which are put in here.
    ///   - expires: seconds; 0 asks for the state once.
    package init(
        _ eventPackage: EventPackage, template: SIPMessage, expires: Int? = nil, id: OctetSlice? = nil,
        timing: TransactionTiming, backOff: SubscriptionBackOff = SubscriptionBackOff()
    ) {
        self.eventPackage = eventPackage
        self.template = template
        self.timing = timing
        self.backOff = backOff
        wish = expires ?? eventPackage.defaultExpiry
        var event = Event(eventPackage.name)
        if let id { event.parameters.set("id", id) }
        self.event = event
    }

    /// The implicit subscription of a REFER that has been sent, RFC 3515 §2.4.4: its duration is the notifier's, it is
    /// neither refreshed nor begun again.
    ///
    /// - Parameter dialog: the one it was sent in, whose owner checks the numbers of the NOTIFYs; nil when it makes its own.
    package init(
        implicitBy refer: SIPMessage, within dialog: Dialog? = nil, timing: TransactionTiming, at now: Instant
    ) {
        eventPackage = .refer
        template = refer
        event = Event(EventPackage.refer.name)
        self.timing = timing
        backOff = SubscriptionBackOff()
        wish = 0
        self.dialog = dialog
        isShared = dialog != nil
        implicitID = refer.cseq.map { OctetSlice("\($0.number)") }
        initial = refer
        outstanding = refer
        state = .notifyWait
        timerN = now + timing.lifetime
    }

    package var nextDeadline: Instant? {
        timerN.orEarlier(mayRefresh ? refreshAt : nil).orEarlier(retryAt)
            .orEarlier(state == .terminated ? nil : expiration)
    }

    /// A refresh goes within the dialog, which only the first NOTIFY makes: one that is due before waits for it.
    private var mayRefresh: Bool { (state == .active || state == .pending) && dialog != nil }

    // MARK: Orders

    /// The first SUBSCRIBE, or one anew after the end (§4.1.2.1): a fresh Call-ID and tag.
    package mutating func start(at now: Instant, entropy: inout Entropy) -> [Action] {
        guard state == .idle || state == .terminated else { return [] }
        var request = template
        var address = request.firstValue(.from) ?? OctetSlice()
        address = OctetSlice(address.array + [UInt8](";tag=".utf8) + Self.token(&entropy))
        request.set(.from, address)
        request.set(.callID, OctetSlice(Self.token(&entropy)))
        request.set(CSeq(1, .subscribe))
        complete(&request, expires: wish)
        dialog = nil
        initial = request
        outstanding = request
        state = .notifyWait
        isEnding = false
        hasSentEnd = false
        forksUntil = now + timing.lifetime
        expiration = nil
        refreshAt = nil
        retryAt = nil
        since = nil
        timerN = now + timing.lifetime
        return [.send(request)]
    }

    /// Sends a refresh now, for instance to fetch the state in between (§4.4.3).
    package mutating func refresh(at now: Instant) -> [Action] { resubscribe(expires: wish, at: now) }

    /// §4.1.2.3. Over when the last NOTIFY has come.
    package mutating func unsubscribe(at now: Instant) -> [Action] {
        isEnding = true
        retryAt = nil
        switch state {
        case .active, .pending: return resubscribe(expires: 0, at: now)
        case .notifyWait, .idle, .terminated: return []  // goes out when the first NOTIFY has made the dialog
        }
    }

    /// The last SUBSCRIBE again with credentials, after `challenged`.
    package mutating func authorize(_ credentials: [(HeaderName, OctetSlice)], at now: Instant) -> [Action] {
        guard var request = outstanding, let cseq = request.cseq else { return [] }
        for (name, value) in credentials { request.set(name, value) }
        if dialog == nil {
            request.set(CSeq(cseq.number + 1, .subscribe))
            initial = request
        } else if let number = dialog?.nextSequence() {
            request.set(CSeq(number, .subscribe))
        }
        outstanding = request
        timerN = now + timing.lifetime
        return [.send(request)]
    }

    package mutating func fire(at now: Instant, entropy: inout Entropy) -> [Action] {
        if let due = retryAt, due <= now {
            retryAt = nil
            return start(at: now, entropy: &entropy)
        }
        if let due = timerN, due <= now { return end(.noNotify, retryAfter: nil, at: now, entropy: &entropy) }
        if let due = expiration, due <= now, state != .terminated {
            return end(.timeout, retryAfter: nil, at: now, entropy: &entropy)
        }
        if let due = refreshAt, due <= now, mayRefresh { return resubscribe(expires: wish, at: now) }
        return []
    }

    // MARK: Steps

    mutating func resubscribe(expires: Int, at now: Instant) -> [Action] {
        guard mayRefresh, var request = dialog?.request(.subscribe) else { return [] }
        complete(&request, expires: expires)
        outstanding = request
        hasSentEnd = expires == 0
        refreshAt = nil
        timerN = now + timing.lifetime
        return [.send(request)]
    }

    private func complete(_ request: inout SIPMessage, expires: Int) {
        request.set(event)
        request.set(Expires(expires))
        if !request.contains(.accept) { request.append(.accept, eventPackage.bodyTypes.joined(separator: ", ")) }
        if !request.contains(.maxForwards) { request.append(.maxForwards, "70") }
    }

    mutating func end(
        _ ending: SubscriptionEnding, retryAfter: Int?, at now: Instant, entropy: inout Entropy
    ) -> [Action] {
        let ending = isEnding ? .unsubscribed : ending
        state = .terminated
        if !isShared { dialog?.terminate() }
        outstanding = nil
        timerN = nil
        refreshAt = nil
        expiration = nil
        retryAt =
            wish == 0
            ? nil
            : backOff.next(
                after: ending, stood: since.map { now - $0 } ?? .zero, retryAfter: retryAfter, at: now,
                entropy: &entropy)
        return [.ended(ending, retryAt: retryAt)]
    }

    /// The subscription lasts so long from now on. Refreshed 600 s before the end, or half way when it is short: the
    /// rule that TS 24.229 has for registrations.
    mutating func lasts(_ seconds: Int, from now: Instant) {
        expiration = now + .seconds(seconds)
        refreshAt = wish == 0 || isEnding ? nil : now + .seconds(seconds > 1200 ? seconds - 600 : seconds / 2)
    }

    private static func token(_ entropy: inout Entropy) -> [UInt8] {
        var writer = OctetWriter(reserving: 32)
        writer.write(hex: entropy.octets(12))
        return writer.octets
    }
}
