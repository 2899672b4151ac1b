import Octets

/// The notifier's side of one subscription, RFC 6665 §4.2.
///
///     init ─ SUBSCRIBE ─▶ resp_wait ─ granted ─▶ active
///                             └─ policy needed ─▶ pending ─ grant ─▶ active
///     any of them ─ NOTIFY failure, expiry, terminate ─▶ terminated
///
/// The machine says when a notification is due and what kind; the caller writes the body and hands it to `notify`.
/// Changes that come while a NOTIFY has no answer, or sooner than the package's rate allows, become one.
package struct Notifier: Sendable {
    package enum State: Equatable, Sendable { case pending, active, terminated }

    /// A notification that is due.
    package struct Composition: Equatable, Sendable {
        /// Counts the notifications of this subscription from 0; the `version` of bodies that have one.
        package var version: Int
        /// The body has to tell the whole state.
        package var isWhole: Bool
        /// Pending and terminated subscriptions tell no state that the subscriber may not see; a neutral one.
        package var state: State
        package var contentType: String
    }

    package enum Action: Equatable, Sendable {
        /// The answer to the SUBSCRIBE.
        case respond(SIPMessage)
        /// A NOTIFY is due: make it with `notify`.
        case compose(Composition)
        /// The subscription is gone, without a further NOTIFY.
        case ended
    }

    package enum Reason: String, Equatable, Sendable {
        case deactivated, probation, rejected, timeout, giveup, noresource, invariant
    }

    package let eventPackage: EventPackage
    package let event: Event
    package let contentType: String
    package private(set) var dialog: Dialog
    /// The dialog belongs to a session too, which keeps its numbers: NOTIFYs are made with `notify(_:body:in:at:)`.
    package let isShared: Bool
    package private(set) var state: State
    package private(set) var expiration: Instant
    private var version = 0
    /// A NOTIFY waits for its final response.
    private var isNotifying = false
    private var isChanged = false
    private var wantsWhole = true
    private var mayNotifyAt = Instant.zero
    private var ending: (reason: Reason, retryAfter: Int?)?

    package var nextDeadline: Instant? {
        guard state != .terminated else { return nil }
        return isChanged && !isNotifying && mayNotifyAt < expiration ? mayNotifyAt : expiration
    }

    // MARK: From the subscriber

    /// What refuses a SUBSCRIBE before anything else, §4.2.1.1: 489, 423 and 406.
    package static func refusal(of subscribe: SIPMessage, for package: EventPackage, toTag: String?) -> SIPMessage? {
        guard let event = subscribe.event, package.matches(event) else {
            var response = SIPMessage.response(.badEvent, to: subscribe, toTag: toTag)
            response.append(.allowEvents, package.name)
            return response
        }
        if package.isTooBrief(subscribe.expires) {
            var response = SIPMessage.response(.intervalTooBrief, to: subscribe, toTag: toTag)
            response.append(MinExpires(package.minimumExpiry))
            return response
        }
        guard package.bodyType(for: subscribe) != nil else {
            return .response(.notAcceptable, to: subscribe, toTag: toTag)
        }
        return nil
    }

    /// Accepts a SUBSCRIBE or REFER that `refusal` let through. The actions are its 2xx and the first NOTIFY (§4.2.1.2).
    ///
    /// - Parameters:
    ///   - isGranted: false while nobody has decided yet: pending (§4.2.1.3).
    ///   - id: of the Event header when the request has none of its own (RFC 3515 §2.4.6).
    ///   - existing: the dialog that the request came in, whose owner has taken its number already.
    package static func accept(
        _ request: SIPMessage, for eventPackage: EventPackage, toTag: String, contact: String, isGranted: Bool = true,
        id: OctetSlice? = nil, within existing: Dialog? = nil, at now: Instant
    ) throws(DialogError) -> (Notifier, [Action]) {
        let seconds = eventPackage.grantedExpiry(request.method == .refer ? nil : request.expires)
        var response = SIPMessage.response(
            request.method == .refer ? .accepted : .ok, to: request, toTag: toTag)
        for route in request.values(.recordRoute) { response.append(.recordRoute, route) }
        response.append(.contact, contact)
        if request.method == .subscribe { response.append(Expires(seconds)) }
        var dialog: Dialog
        if let existing { dialog = existing } else { dialog = try Dialog(asServerOf: request, response: response) }
        dialog.localContact = OctetSlice(contact)
        var event = request.event ?? Event(eventPackage.name)
        if let id { event.parameters.set("id", id) }
        var notifier = Notifier(
            eventPackage: eventPackage, event: event, contentType: eventPackage.bodyType(for: request) ?? "",
            dialog: dialog, isShared: existing != nil, state: isGranted ? .active : .pending,
            expiration: now + .seconds(seconds))
        if seconds == 0, request.method == .subscribe { notifier.finish(.timeout) }
        let first = notifier.due(at: now)
        return (notifier, [.respond(response)] + first)
    }

    private init(
        eventPackage: EventPackage, event: Event, contentType: String, dialog: Dialog, isShared: Bool, state: State,
        expiration: Instant
    ) {
        self.eventPackage = eventPackage
        self.event = event
        self.contentType = contentType
        self.dialog = dialog
        self.isShared = isShared
        self.state = state
        self.expiration = expiration
    }

    /// What is kept of it over a crash of the node.
    package var stored: StoredNotifier {
        var writer = OctetWriter(reserving: 32)
        event.write(to: &writer)
        return StoredNotifier(
            dialog: dialog.stored, event: OctetSlice(writer.octets), contentType: contentType, version: version,
            expiration: expiration)
    }

    /// Goes on with one that was active when it was stored; its next notification tells the whole state.
    package init(_ stored: StoredNotifier, for eventPackage: EventPackage) throws(SIPSyntaxError) {
        self.init(
            eventPackage: eventPackage, event: try Event(parsing: stored.event), contentType: stored.contentType,
            dialog: try Dialog(stored.dialog), isShared: false, state: .active, expiration: stored.expiration)
        version = stored.version
    }

    /// A SUBSCRIBE within the dialog: a refresh, or with Expires 0 the end (§4.2.1.4).
    package mutating func receive(refresh subscribe: SIPMessage, at now: Instant) -> [Action] {
        guard state != .terminated, let theirs = subscribe.event, theirs.matches(event) else {
            return [.respond(.response(.callOrTransactionDoesNotExist, to: subscribe, toTag: nil))]
        }
        guard isShared || dialog.takeSequence(of: subscribe) else {
            return [.respond(.response(.serverInternalError, to: subscribe, toTag: nil))]
        }
        if let refusal = Self.refusal(of: subscribe, for: eventPackage, toTag: nil) { return [.respond(refusal)] }
        dialog.refreshTarget(from: subscribe)
        let seconds = eventPackage.grantedExpiry(subscribe.expires)
        var response = SIPMessage.response(.ok, to: subscribe, toTag: nil)
        if let contact = dialog.localContact { response.append(.contact, contact) }
        response.append(Expires(seconds))
        expiration = now + .seconds(seconds)
        wantsWhole = true
        if seconds == 0 { finish(.timeout) }
        return [.respond(response)] + due(at: now)
    }

    /// The final response to a NOTIFY (§4.2.2).
    package mutating func receive(response: SIPMessage, at now: Instant) -> [Action] {
        guard let status = response.status, status.isFinal else { return [] }
        isNotifying = false
        guard state != .terminated else { return [] }
        if Subscriber.endsUsage(status) { return drop() }
        if !status.isSuccess {
            // The subscriber has missed one: the next tells everything.
            wantsWhole = true
            isChanged = true
            mayNotifyAt = now + max(.seconds(Subscriber.retryAfter(response) ?? 10), eventPackage.leastInterval)
            return []
        }
        return isChanged ? changed(at: now) : []
    }

    /// A NOTIFY's transaction has ended without a response: the subscription goes (§4.2.2).
    package mutating func failed() -> [Action] {
        isNotifying = false
        return state == .terminated ? [] : drop()
    }

    // MARK: From the node

    /// The state has changed: a NOTIFY now, or when the rate allows and the last one is answered.
    package mutating func changed(at now: Instant) -> [Action] {
        guard state != .terminated else { return [] }
        isChanged = true
        guard !isNotifying, mayNotifyAt <= now else { return [] }
        return due(at: now)
    }

    /// §4.2.2: policy has granted permission.
    package mutating func grant(at now: Instant) -> [Action] {
        guard state == .pending else { return [] }
        state = .active
        wantsWhole = true
        return due(at: now)
    }

    /// Ends the subscription with a last NOTIFY.
    package mutating func terminate(_ reason: Reason, retryAfter: Int? = nil, at now: Instant) -> [Action] {
        guard state != .terminated else { return [] }
        finish(reason, retryAfter: retryAfter)
        return due(at: now)
    }

    /// §4.2.2: makes it shorter, never longer, and says so.
    package mutating func shorten(to seconds: Int, at now: Instant) -> [Action] {
        guard state != .terminated, now + .seconds(seconds) < expiration else { return [] }
        expiration = now + .seconds(seconds)
        return due(at: now)
    }

    /// The NOTIFY for a composition, with Event and Subscription-State. An empty body is left out.
    package mutating func notify(_ composition: Composition, body: [UInt8], at now: Instant) -> SIPMessage {
        var own = dialog
        let request = notify(composition, body: body, in: &own, at: now)
        dialog = own
        if composition.state == .terminated { dialog.terminate() }
        return request
    }

    /// The same in a dialog that is shared with a session.
    package func notify(
        _ composition: Composition, body: [UInt8], in dialog: inout Dialog, at now: Instant
    ) -> SIPMessage {
        var request = dialog.request(.notify)
        request.append(event)
        if let ending, composition.state == .terminated {
            var header = SubscriptionState(.terminated, reason: ending.reason.rawValue)
            if let seconds = ending.retryAfter { header.parameters.set("retry-after", "\(seconds)") }
            request.append(header)
        } else {
            let rest = max((expiration - now).components.seconds, 0)
            request.append(
                SubscriptionState(composition.state == .pending ? .pending : .active, expires: Int(rest)))
        }
        if !body.isEmpty { request.setBody(body, contentType: composition.contentType) }
        return request
    }

    package mutating func fire(at now: Instant) -> [Action] {
        guard state != .terminated else { return [] }
        if expiration <= now { return terminate(.timeout, at: now) }
        return isChanged && !isNotifying && mayNotifyAt <= now ? due(at: now) : []
    }

    // MARK: Steps

    private mutating func due(at now: Instant) -> [Action] {
        let isWhole = eventPackage.delivery == .whole || wantsWhole || state == .terminated
        let composition = Composition(version: version, isWhole: isWhole, state: state, contentType: contentType)
        version += 1
        isNotifying = true
        isChanged = false
        wantsWhole = false
        mayNotifyAt = now + eventPackage.leastInterval
        return [.compose(composition)]
    }

    private mutating func finish(_ reason: Reason, retryAfter: Int? = nil) {
        state = .terminated
        ending = (reason, retryAfter)
    }

    private mutating func drop() -> [Action] {
        state = .terminated
        dialog.terminate()
        return [.ended]
    }
}
