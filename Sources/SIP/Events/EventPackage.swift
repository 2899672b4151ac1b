import Octets

/// What an event package lays down, RFC 6665 §5.4: the same for the side that asks and the side that tells.
package struct EventPackage: Sendable, Equatable {
    /// How state is told, §5.4.5, §5.4.13.
    package enum Delivery: Equatable, Sendable {
        /// Each body is the whole state.
        case whole
        /// Bodies are numbered; between whole ones they may tell only what has changed.
        case numbered
    }

    package let name: String
    /// Seconds when the SUBSCRIBE has no Expires (§5.4.4).
    package let defaultExpiry: Int
    /// Seconds below which a SUBSCRIBE gets 423. At most 3600: longer ones are never refused (§4.2.1.1).
    package let minimumExpiry: Int
    /// Seconds to which longer wishes are shortened.
    package let maximumExpiry: Int
    /// Content types; the first is used when there is no Accept (§5.4.5).
    package let bodyTypes: [String]
    /// No two notifications for a subscriber within less (§5.4.10).
    package let leastInterval: Duration
    /// Whether a forked SUBSCRIBE may install several subscriptions (§5.4.9).
    package let allowsForks: Bool
    package let delivery: Delivery

    package init(
        _ name: String, defaultExpiry: Int = 3600, minimumExpiry: Int = 60, maximumExpiry: Int = 604_800,
        bodyTypes: [String], leastInterval: Duration = .zero, allowsForks: Bool = false, delivery: Delivery = .whole
    ) {
        self.name = name
        self.defaultExpiry = defaultExpiry
        self.minimumExpiry = min(minimumExpiry, 3600)
        self.maximumExpiry = max(maximumExpiry, minimumExpiry, 1)
        self.bodyTypes = bodyTypes
        self.leastInterval = leastInterval
        self.allowsForks = allowsForks
        self.delivery = delivery
    }

    /// Registration state, RFC 3680 §4.
    package static let registration = EventPackage(
        "reg", defaultExpiry: 3761, maximumExpiry: 600_000, bodyTypes: ["application/reginfo+xml"],
        leastInterval: .seconds(5), delivery: .numbered)
    /// Dialogs of a user, RFC 4235 §3.
    package static let dialog = EventPackage(
        "dialog", bodyTypes: ["application/dialog-info+xml"], leastInterval: .seconds(1), allowsForks: true,
        delivery: .numbered)
    /// Presence, RFC 3856 §6.
    package static let presence = EventPackage(
        "presence", bodyTypes: ["application/pidf+xml"], leastInterval: .seconds(5))
    /// Messages waiting, RFC 3842 §3.
    package static let messageSummary = EventPackage(
        "message-summary", bodyTypes: ["application/simple-message-summary"], allowsForks: true)
    /// Conferences, RFC 4575 §3.
    package static let conference = EventPackage(
        "conference", bodyTypes: ["application/conference-info+xml"], leastInterval: .seconds(5),
        delivery: .numbered)
    /// Outcome of a REFER, RFC 3515 §3. How long it lasts is the notifier's choice (§2.4.4).
    package static let refer = EventPackage(
        "refer", defaultExpiry: 180, minimumExpiry: 1, bodyTypes: ["message/sipfrag"])

    /// Whether an Event header names this package, RFC 6665 §8.2.1: octet by octet.
    package func matches(_ event: Event) -> Bool { event.packageName == OctetSlice(name) }

    /// Seconds granted for a wish; never more than asked for (§4.2.1.1).
    package func grantedExpiry(_ wish: Int?) -> Int { min(wish ?? defaultExpiry, maximumExpiry) }

    /// Whether a wish gets 423, §4.2.1.1: more than zero, less than an hour, less than the minimum.
    package func isTooBrief(_ wish: Int?) -> Bool {
        guard let wish else { return false }
        return wish > 0 && wish < minimumExpiry
    }

    /// The content type for this subscriber; nil when it accepts none of ours: 406 (§4.1.2.1).
    package func bodyType(for request: SIPMessage) -> String? {
        guard request.contains(.accept) else { return bodyTypes.first }
        let ranges = request.values(.accept)
        return bodyTypes.first { type in
            let type = OctetSlice(type)
            return ranges.contains { Self.range($0, covers: type) }
        }
    }

    /// `type/subtype`, `type/*` or `*/*`, RFC 3261 §20.1; one with q=0 covers nothing.
    private static func range(_ range: OctetSlice, covers type: OctetSlice) -> Bool {
        let end = range.firstIndex(of: UInt8(ascii: ";")) ?? range.end
        let media = range[range.start..<end].trimmed
        do {
            let parameters = try Parameters(parsingHeader: range[end..<range.end])
            if let q = parameters["q"].flatMap(QValue.thousandths), q == 0 { return false }
        } catch {
            return false
        }
        if media.equals("*/*") || media.equalsIgnoringCase(type) { return true }
        guard let slash = media.firstIndex(of: UInt8(ascii: "/")), media[slash..<media.end].equals("/*"),
            let own = type.firstIndex(of: UInt8(ascii: "/"))
        else { return false }
        return media[media.start..<slash].equalsIgnoringCase(type[type.start..<own])
    }
}

extension Event {
    /// RFC 6665 §8.2.1: package and `id` octet by octet; one with an id never matches one without.
    package func matches(_ other: Event) -> Bool { packageName == other.packageName && id == other.id }
}

extension SIPMessage {
    /// nil when it is missing or malformed.
    var event: Event? {
        do { return try first(Event.self) } catch { return nil }
    }
}
