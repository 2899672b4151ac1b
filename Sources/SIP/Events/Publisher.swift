import Octets

/// One publication at the user agent that publishes it, RFC 3903 §4.
///
///     idle ─ PUBLISH ─▶ waiting ─ 200 with SIP-ETag ─▶ published ─ refresh, modify, remove ─▶ waiting
///                          └── 412: again without the tag, with the whole state ─▶ waiting
///                          └── 423: again with Min-Expires ─▶ waiting; anything else ─▶ idle
package struct Publisher: Sendable {
    package enum State: Equatable, Sendable { case idle, waiting, published }

    package enum Action: Equatable, Sendable {
        case send(SIPMessage)
        /// 401, 407 and all that cannot be mended here: published no more.
        case failed(SIPMessage?)
    }

    package let eventPackage: EventPackage
    package private(set) var state = State.idle
    package private(set) var entityTag: OctetSlice?
    private let template: SIPMessage
    private var body: [UInt8] = []
    private var sentBody: [UInt8] = []
    private var wish: Int
    private var sequence: UInt32 = 0
    private var isRemoving = false
    /// The state has changed while a PUBLISH was under way.
    private var isChanged = false
    private var refreshAt: Instant?

    /// - Parameter template: a PUBLISH without CSeq, Event, Expires, SIP-If-Match and body, which are put in here.
    package init(_ eventPackage: EventPackage, template: SIPMessage, expires: Int? = nil) {
        self.eventPackage = eventPackage
        self.template = template
        wish = max(expires ?? eventPackage.defaultExpiry, 1)
    }

    package var nextDeadline: Instant? { state == .published ? refreshAt : nil }

    /// The state to publish, §4.1, §4.3. While a PUBLISH is under way it waits: one at a time (§4).
    package mutating func publish(_ body: [UInt8]) -> [Action] {
        self.body = body
        guard state != .waiting else {
            isChanged = true
            return []
        }
        return [send(body: body, expires: wish)]
    }

    /// §4.2: nobody shall see the state any more.
    package mutating func remove() -> [Action] {
        isRemoving = true
        guard state == .published else { return [] }
        return [send(body: [], expires: 0)]
    }

    package mutating func receive(_ response: SIPMessage, at now: Instant) -> [Action] {
        guard state == .waiting, let status = response.status, status.isFinal,
            response.cseq?.number == sequence
        else { return [] }
        if status.isSuccess { return succeeded(response, at: now) }
        if status == .conditionalRequestFailed, entityTag != nil {
            entityTag = nil
            return isRemoving ? end(nil) : [send(body: body, expires: wish)]
        }
        if status == .intervalTooBrief, !isRemoving, let least = Self.minExpires(response), least > wish {
            wish = least
            return [send(body: sentBody, expires: wish)]
        }
        return end(response)
    }

    /// No final response.
    package mutating func failed() -> [Action] { state == .waiting ? end(nil) : [] }

    /// The refresh, §4.1: without a body.
    package mutating func fire(at now: Instant) -> [Action] {
        guard state == .published, let due = refreshAt, due <= now else { return [] }
        return [send(body: [], expires: wish)]
    }

    // MARK: Steps

    private mutating func send(body: [UInt8], expires: Int) -> Action {
        sequence += 1
        sentBody = body
        isChanged = false
        refreshAt = nil
        state = .waiting
        var request = template
        request.set(CSeq(sequence, .publish))
        request.set(Event(eventPackage.name))
        request.set(Expires(expires))
        if let entityTag { request.set(.sipIfMatch, entityTag) }
        if !body.isEmpty { request.setBody(body, contentType: eventPackage.bodyTypes.first ?? "") }
        return .send(request)
    }

    private mutating func succeeded(_ response: SIPMessage, at now: Instant) -> [Action] {
        if isRemoving, response.expires == 0 { return end(nil, isFailure: false) }
        entityTag = response.firstValue(.sipETag)?.detached
        state = .published
        let granted = min(response.expires ?? wish, wish)
        refreshAt = now + .seconds(granted > 1200 ? granted - 600 : max(granted / 2, 1))
        if isRemoving { return [send(body: [], expires: 0)] }
        return isChanged ? [send(body: body, expires: wish)] : []
    }

    private mutating func end(_ response: SIPMessage?, isFailure: Bool = true) -> [Action] {
        state = .idle
        entityTag = nil
        refreshAt = nil
        let failed = isFailure && !isRemoving
        isRemoving = false
        return failed ? [.failed(response)] : []
    }

    private static func minExpires(_ response: SIPMessage) -> Int? {
        do { return try response.first(MinExpires.self)?.seconds } catch { return nil }
    }
}
