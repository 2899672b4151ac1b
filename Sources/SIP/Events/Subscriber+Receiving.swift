import Octets

// What comes to a subscriber: responses to its SUBSCRIBEs and the notifications.
extension Subscriber {
    /// The subscription of another fork of the same SUBSCRIBE, RFC 6665 §4.1.2.4, begun by its NOTIFY.
    ///
    /// - Returns: nil when the NOTIFY does not belong to it. The actions answer the NOTIFY.
    package static func fork(
        of subscriber: Subscriber, notify: SIPMessage, at now: Instant, entropy: inout Entropy
    ) -> (Subscriber, [Action])? {
        guard subscriber.mayFork(notify, at: now)
        else { return nil }
        var fork = subscriber
        fork.dialog = nil
        fork.state = .notifyWait
        let actions = fork.receive(notify: notify, at: now, entropy: &entropy)
        return (fork, actions)
    }

    /// A response to a SUBSCRIBE.
    package mutating func receive(_ response: SIPMessage, at now: Instant, entropy: inout Entropy) -> [Action] {
        guard let status = response.status, status.isFinal, let sent = outstanding, response.cseq == sent.cseq else {
            return []
        }
        if status.isSuccess {
            outstanding = nil
            // RFC 5839 §7.1: no NOTIFY will come; within a dialog only, a first SUBSCRIBE goes on waiting for its own.
            let isWithoutNotify = status == .noNotification && dialog != nil
            if isWithoutNotify, hasSentEnd {
                // RFC 5839 §5.7: it concludes the subscription.
                return end(.unsubscribed, retryAfter: nil, at: now, entropy: &entropy)
            }
            if isWithoutNotify { timerN = nil }
            succeeded(response, at: now)
            return []
        }
        if status == .unauthorized || status == .proxyAuthenticationRequired { return [.challenged(response)] }
        outstanding = nil
        if status == .intervalTooBrief, let least = Self.minExpires(response), least > wish, wish > 0 {
            // §4.2.1.1: once more with what the notifier asks for.
            wish = least
            guard state == .notifyWait else { return resubscribe(expires: wish, at: now) }
            state = .idle
            return start(at: now, entropy: &entropy)
        }
        if state == .notifyWait || Self.endsUsage(status) {
            return end(.refused(status), retryAfter: Self.retryAfter(response), at: now, entropy: &entropy)
        }
        return refreshFailed(at: now, entropy: &entropy)
    }

    /// The SUBSCRIBE's transaction has ended without a final response.
    package mutating func failed(at now: Instant, entropy: inout Entropy) -> [Action] {
        guard outstanding != nil else { return [] }
        outstanding = nil
        guard state != .notifyWait else { return end(.refused(nil), retryAfter: nil, at: now, entropy: &entropy) }
        return refreshFailed(at: now, entropy: &entropy)
    }

    /// Whether a NOTIFY is this subscription's or makes it, §4.4.1, §8.2.1.
    package func matches(_ notify: SIPMessage) -> Bool {
        guard isSubscribed(notify) else { return false }
        return dialog.map { $0.id == DialogID(receiving: notify) } ?? true
    }

    /// A NOTIFY. One that `matches` refuses gets a 481, or is a fork.
    package mutating func receive(notify: SIPMessage, at now: Instant, entropy: inout Entropy) -> [Action] {
        func refuse(_ status: Status) -> [Action] { [.respond(.response(status, to: notify, toTag: nil))] }
        guard let event = notify.event, eventPackage.matches(event) else { return refuse(.badEvent) }
        guard matches(notify), state != .terminated, state != .idle else {
            return mayFork(notify, at: now) ? [.fork(notify)] : refuse(.callOrTransactionDoesNotExist)
        }
        guard let told = Self.subscriptionState(notify) else { return refuse(.badRequest) }
        if dialog == nil {
            guard let initial else { return refuse(.callOrTransactionDoesNotExist) }
            do throws(DialogError) {
                dialog = try Dialog(asSubscriberOf: initial, notify: notify)
            } catch {
                return refuse(error.status)
            }
        } else if !isShared {
            guard dialog?.takeSequence(of: notify) == true else { return refuse(.serverInternalError) }
            dialog?.refreshTarget(from: notify)
        }
        timerN = nil
        let answer: [Action] = [.respond(.response(.ok, to: notify, toTag: nil)), .notified(notify)]
        return answer + enter(told, at: now, entropy: &entropy)
    }

    // MARK: Steps

    private func mayFork(_ notify: SIPMessage, at now: Instant) -> Bool {
        guard let forksUntil, now < forksUntil else { return false }
        return eventPackage.allowsForks && isSubscribed(notify)
    }

    private func isSubscribed(_ notify: SIPMessage) -> Bool {
        guard notify.method == .notify, let theirs = notify.event, let initial else { return false }
        let isNumbered = implicitID != nil && theirs.id == implicitID && theirs.packageName == event.packageName
        guard theirs.matches(event) || isNumbered else { return false }
        return notify.callID == initial.callID && notify.toTag == initial.fromTag
    }

    private mutating func succeeded(_ response: SIPMessage, at now: Instant) {
        guard let seconds = response.expires, !isEnding, wish > 0 else { return }
        lasts(min(seconds, wish), from: now)
    }

    private mutating func enter(
        _ told: SubscriptionState, at now: Instant, entropy: inout Entropy
    ) -> [Action] {
        switch told.state {
        case .terminated:
            return end(SubscriptionEnding(told), retryAfter: told.retryAfter, at: now, entropy: &entropy)
        case .active: state = .active
        case .pending: state = .pending
        case .other: if state == .notifyWait { state = .pending }
        }
        if since == nil { since = now }
        if let seconds = told.expires { lasts(min(seconds, Int(UInt32.max)), from: now) }
        // §4.2.2: RFC 3265 left the parameter out; then what we asked for holds until the 2xx says otherwise.
        if expiration == nil { lasts(wish > 0 ? wish : eventPackage.defaultExpiry, from: now) }
        guard isEnding, !hasSentEnd else { return [] }
        return resubscribe(expires: 0, at: now)
    }

    /// §4.1.2.2: the subscription holds until its end; once more half way to it.
    private mutating func refreshFailed(at now: Instant, entropy: inout Entropy) -> [Action] {
        timerN = nil
        guard let expiration, !isEnding else {
            return end(.refused(nil), retryAfter: nil, at: now, entropy: &entropy)
        }
        let rest = expiration - now
        if rest > .seconds(2) { refreshAt = now + rest / 2 }
        return []
    }

    /// §4.1.2.2, §4.2.2: the codes after which a subscription is over on either side.
    static func endsUsage(_ status: Status) -> Bool {
        switch status.rawValue {
        case 404, 405, 410, 416, 480...485, 489, 501, 604: true
        default: false
        }
    }

    private static func subscriptionState(_ notify: SIPMessage) -> SubscriptionState? {
        do { return try notify.first(SubscriptionState.self) } catch { return nil }
    }

    private static func minExpires(_ response: SIPMessage) -> Int? {
        do { return try response.first(MinExpires.self)?.seconds } catch { return nil }
    }

    static func retryAfter(_ response: SIPMessage) -> Int? {
        do { return try response.first(RetryAfter.self)?.seconds } catch { return nil }
    }
}
