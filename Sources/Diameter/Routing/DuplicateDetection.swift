import Octets

/// Remembers requests and their answers, so that a request that comes twice is worked on once: RFC 6733 §3
/// (End-to-End Identifier) and appendix C.
///
/// Every request is remembered, not only those with the T bit: the one with it may overtake the one without (appendix
/// C). Memory is bounded twice, by number and by octets; the oldest leave first.
package struct DuplicateDetection: Sendable {
    package struct Settings: Equatable, Sendable {
        /// §3: identifiers are unique for 4 minutes. Zero: nothing is remembered.
        package var window = Duration.seconds(240)
        package var entries = 32_768
        /// Octets of the answers kept.
        package var octets = 16 * 1_048_576
        /// Copies of one request that wait for its answer.
        package var copies = 4

        package init() {}
    }

    package struct Key: Hashable, Sendable {
        package var origin: DiameterIdentity
        package var endToEnd: EndToEndID

        package init(origin: DiameterIdentity, endToEnd: EndToEndID) {
            self.origin = origin
            self.endToEnd = endToEnd
        }
    }

    /// A second copy of a request: where its answer goes.
    package struct Copy: Equatable, Sendable {
        package var request: DiameterMessage
        package var association: AssociationID
    }

    package enum Verdict: Equatable, Sendable {
        case fresh
        /// The first one is being worked on; its answer will go to this one too.
        case inProgress
        /// The answer that was given.
        case answered(DiameterMessage)
    }

    private enum Progress: Sendable {
        case working(RequestToken, [Copy])
        case answered(DiameterMessage)
    }

    private struct Entry: Sendable {
        var serial: UInt64
        /// Of command and Session-Id: who uses an identifier twice for different requests gets both worked on.
        var fingerprint: UInt64
        var progress: Progress
        var size = 0
    }

    private let settings: Settings
    private var entries: [Key: Entry] = [:]
    /// In the order they came; `first` is where the living ones begin.
    private var order: [(key: Key, serial: UInt64, until: Instant)] = []
    private var first = 0
    private var lastSerial: UInt64 = 0
    package private(set) var octets = 0

    package init(settings: Settings) { self.settings = settings }

    package var count: Int { entries.count }
    var isOn: Bool { settings.window > .zero && settings.entries > 0 }

    /// Looks a request up, and remembers it under `token` when it is new.
    package mutating func receive(
        _ request: DiameterMessage, as key: Key, on association: AssociationID, token: RequestToken, at now: Instant
    ) -> Verdict {
        let fingerprint = Self.fingerprint(request)
        if let entry = entries[key], entry.fingerprint == fingerprint {
            switch entry.progress {
            case .answered(let answer): return .answered(answer)
            case .working(let token, var copies):
                if copies.count < settings.copies { copies.append(Copy(request: request, association: association)) }
                entries[key]?.progress = .working(token, copies)
                return .inProgress
            }
        }
        forget(key)
        lastSerial &+= 1
        entries[key] = Entry(serial: lastSerial, fingerprint: fingerprint, progress: .working(token, []))
        order.append((key, lastSerial, now + settings.window))
        return .fresh
    }

    /// The request has been answered.
    /// - Returns: the copies of it that wait for the same answer.
    package mutating func answered(_ key: Key, _ token: RequestToken, _ answer: DiameterMessage) -> [Copy] {
        guard let entry = entries[key], case .working(token, let copies) = entry.progress else { return [] }
        let size = answer.octets.capacity
        entries[key]?.progress = .answered(answer)
        entries[key]?.size = size
        octets += size
        return copies
    }

    /// Lets go of what is too old or too much.
    /// - Returns: the requests among it that have not been answered: nobody waits for them any more.
    package mutating func purge(at now: Instant) -> [RequestToken] {
        var unanswered: [RequestToken] = []
        while first < order.count {
            let oldest = order[first]
            guard oldest.until <= now || order.count - first > settings.entries || octets > settings.octets else {
                break
            }
            first += 1
            guard let entry = entries[oldest.key], entry.serial == oldest.serial else { continue }
            if case .working(let token, _) = entry.progress { unanswered.append(token) }
            forget(oldest.key)
        }
        if first > 1024, first * 2 > order.count {
            order.removeFirst(first)
            first = 0
        }
        return unanswered
    }

    private mutating func forget(_ key: Key) {
        guard let entry = entries.removeValue(forKey: key) else { return }
        octets -= entry.size
    }

    /// FNV-1a of command code and Session-Id.
    private static func fingerprint(_ request: DiameterMessage) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ UInt64(request.commandCode.rawValue)
        if let session = request.avp(.sessionID) {
            for index in session.data.indices {
                hash = (hash ^ UInt64(session.data[index])) &* 0x100_0000_01B3
            }
        }
        return hash
    }
}

extension DiameterMessage {
    /// This answer for another copy of its request: the same but for the identifiers and Proxy-Info, RFC 6733 §3.
    func repeated(for request: DiameterMessage) -> DiameterMessage {
        let proxyInfo = AVPKey<AVPGroup>.proxyInfo
        guard contains(proxyInfo) || request.contains(proxyInfo) else {
            var answer = self
            answer.hopByHop = request.hopByHop
            return answer
        }
        var answer = DiameterMessage(
            commandCode, application: applicationID, flags: flags, reserving: octets.count + request.octets.count)
        answer.hopByHop = request.hopByHop
        answer.endToEnd = request.endToEnd
        for avp in avps where avp.name != proxyInfo.name { answer.append(avp) }
        answer.appendProxyInfo(from: request)
        return answer
    }
}
