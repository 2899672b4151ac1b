import Octets

/// Published event state of one resource and package, soft state by entity-tags: RFC 3903 §6.
package struct Publications: Sendable {
    package struct Publication: Sendable, Equatable {
        package internal(set) var body: [UInt8]
        package internal(set) var contentType: String
        package internal(set) var expiration: Instant
    }

    /// What a PUBLISH has done to the state.
    package enum Change: Equatable, Sendable { case none, published, refreshed, modified, removed }

    package let eventPackage: EventPackage
    /// By entity-tag.
    package private(set) var publications: [OctetSlice: Publication] = [:]
    private var issued: UInt64 = 0
    /// More publications than this of one resource are refused: each is held for hours.
    package let limit: Int

    package init(_ eventPackage: EventPackage, limit: Int = 64) {
        self.eventPackage = eventPackage
        self.limit = limit
    }

    package var nextDeadline: Instant? { publications.values.map(\.expiration).min() }

    /// A PUBLISH for this resource: its response and what it changed (§6, steps 2 to 6).
    package mutating func receive(
        _ publish: SIPMessage, toTag: String?, at now: Instant, entropy: inout Entropy
    ) -> (SIPMessage, Change) {
        func refuse(_ status: Status) -> (SIPMessage, Change) {
            (.response(status, to: publish, toTag: toTag), .none)
        }
        guard let event = publish.event, eventPackage.matches(event) else {
            var response = SIPMessage.response(.badEvent, to: publish, toTag: toTag)
            response.append(.allowEvents, eventPackage.name)
            return (response, .none)
        }
        let match = publish.firstValue(.sipIfMatch)
        if let match {
            guard publish.count(.sipIfMatch) == 1, match.isToken else { return refuse(.badRequest) }
            guard let old = publications[match], now < old.expiration else { return refuse(.conditionalRequestFailed) }
        }
        if publish.contains(.expires), publish.expires == nil { return refuse(.badRequest) }
        if eventPackage.isTooBrief(publish.expires) {
            var response = SIPMessage.response(.intervalTooBrief, to: publish, toTag: toTag)
            response.append(MinExpires(eventPackage.minimumExpiry))
            return (response, .none)
        }
        let type = publish.firstValue(.contentType)
        if !publish.body.isEmpty {
            guard let type,
                eventPackage.bodyTypes.contains(where: { Self.media(type).equalsIgnoringCase(OctetSlice($0)) })
            else {
                var response = SIPMessage.response(.unsupportedMediaType, to: publish, toTag: toTag)
                response.append(.accept, eventPackage.bodyTypes.joined(separator: ", "))
                return (response, .none)
            }
        }
        guard match != nil || !publish.body.isEmpty else { return refuse(.badRequest) }
        guard match != nil || publications.count < limit else { return refuse(.serviceUnavailable) }
        let seconds = eventPackage.grantedExpiry(publish.expires)
        let tag = makeTag(&entropy)
        let change = store(publish, replacing: match, as: tag, type, seconds, at: now)
        var response = SIPMessage.response(.ok, to: publish, toTag: toTag)
        response.append(.sipETag, tag)
        response.append(Expires(seconds))
        return (response, change)
    }

    /// Takes out what has run out; whether there was something.
    package mutating func fire(at now: Instant) -> Bool {
        let before = publications.count
        publications = publications.filter { now < $0.value.expiration }
        return publications.count < before
    }

    // MARK: Steps

    private mutating func store(
        _ publish: SIPMessage, replacing match: OctetSlice?, as tag: OctetSlice, _ type: OctetSlice?, _ seconds: Int,
        at now: Instant
    ) -> Change {
        let old = match.flatMap { publications.removeValue(forKey: $0.detached) }
        guard seconds > 0 else { return old == nil ? .none : .removed }
        let expiration = now + .seconds(seconds)
        if publish.body.isEmpty, var old {
            old.expiration = expiration
            publications[tag] = old
            return .refreshed
        }
        publications[tag] = Publication(
            body: publish.body.array, contentType: type?.string ?? "", expiration: expiration)
        return old == nil ? .published : .modified
    }

    /// Never one that was there before: a count, and what nobody guesses (§8.3).
    private mutating func makeTag(_ entropy: inout Entropy) -> OctetSlice {
        issued += 1
        return OctetSlice(String(issued, radix: 36) + "." + String(entropy.next64(), radix: 36))
    }

    private static func media(_ type: OctetSlice) -> OctetSlice {
        type[type.start..<(type.firstIndex(of: UInt8(ascii: ";")) ?? type.end)].trimmed
    }
}
