import Diameter
import Octets
import Rf

/// Sends charging records to a Charging Data Function over Rf, and keeps each until it is acknowledged (RFC 6733 §9.4):
/// while the function is away one record is tried every `Settings.retry`, and when it is back the others follow.
///
/// What the driver keeps on disk (`Output.keep`) it hands in again at the next start; those go out with the T flag.
package struct AccountingClient: Sendable {
    package struct Settings: Sendable {
        package var origin: DiameterOrigin
        package var realm: DiameterIdentity
        package var host: DiameterIdentity?
        package var node: NodeIdentity.Role
        /// Seconds since 1970 at `Instant.zero`.
        package var epoch: Int64
        /// Records on their way at a time.
        package var window = 16
        package var retry: Duration = .seconds(10)
        /// Records that wait; further ones are in the charging file alone.
        package var limit = 100_000

        package init(
            origin: DiameterOrigin, realm: DiameterIdentity, host: DiameterIdentity? = nil, node: NodeIdentity.Role,
            epoch: Int64
        ) {
            self.origin = origin
            self.realm = realm
            self.host = host
            self.node = node
            self.epoch = epoch
        }
    }

    package enum Output: Sendable, Equatable {
        case ask(DiameterMessage, AskID)
        /// To be written to disk, and read again at a start, until `.done`.
        case keep(UInt64, [UInt8])
        case done(UInt64)
        case observe(Observation)
    }

    private let settings: Settings
    private var waiting: [UInt64: DiameterMessage] = [:]
    /// In the order of their coming; those that are done are passed over.
    private var queue: [UInt64] = []
    private var taken = 0
    private var underWay: Set<UInt64> = []
    private var last: UInt64
    /// The function does not answer: one record at a time, from then on.
    private var pausedUntil: Instant?
    private var isFull = false

    /// Numbers of asks of ours, apart from the role's.
    private static let mark: UInt64 = 1 << 63

    /// - Parameter kept: what was not acknowledged before the last stop, by number.
    package init(_ settings: Settings, kept: [(UInt64, [UInt8])] = []) {
        self.settings = settings
        last = kept.map(\.0).max() ?? 0
        for (number, octets) in kept.sorted(by: { $0.0 < $1.0 }) {
            do throws(DiameterDecodeFailure) {
                var message = try DiameterMessage(decoding: octets)
                message.isRetransmitted = true
                waiting[number] = message
                queue.append(number)
            } catch {}  // what a disk made of it is no record any more
        }
    }

    package var count: Int { waiting.count }
    package var nextDeadline: Instant? { waiting.isEmpty ? nil : pausedUntil }

    package static func isOurs(_ ask: AskID) -> Bool { ask.rawValue & mark != 0 }

    package mutating func start(at now: Instant, into outputs: inout [Output]) { send(at: now, into: &outputs) }

    package mutating func take(_ record: ChargingRecord, at now: Instant, into outputs: inout [Output]) {
        guard waiting.count < settings.limit else {
            if !isFull {
                isFull = true
                outputs.append(
                    .observe(
                        Observation(
                            .error,
                            "\(settings.limit) charging records wait for \(settings.realm): further ones are in the charging file alone."
                        )))
            }
            return
        }
        last += 1
        let message = record.accounting(by: settings.node, origin: settings.origin, epoch: settings.epoch)
            .message(origin: settings.origin, destinationRealm: settings.realm, destinationHost: settings.host)
        waiting[last] = message
        queue.append(last)
        outputs.append(.keep(last, message.octets))
        send(at: now, into: &outputs)
    }

    package mutating func answered(
        _ answer: DiameterMessage, _ ask: AskID, at now: Instant, into outputs: inout [Output]
    ) {
        let number = ask.rawValue & ~Self.mark
        guard underWay.remove(number) != nil else { return }
        let verdict = Verdict(answer)
        switch verdict {
        case .kept: finish(number, into: &outputs)
        case .later: return failed(number, at: now, why: "cannot take records now", into: &outputs)
        case .refused(let why):
            outputs.append(
                .observe(
                    Observation(
                        .error,
                        "\(settings.realm) refuses a charging record, which stays in the charging file alone: \(why)",
                        about: Subject(peer: settings.realm.name))))
            finish(number, into: &outputs)
        }
        if pausedUntil != nil {
            pausedUntil = nil
            outputs.append(
                .observe(
                    Observation(
                        .notice, "\(settings.realm) takes charging records again; \(waiting.count) wait.",
                        about: Subject(peer: settings.realm.name))))
        }
        send(at: now, into: &outputs)
    }

    package mutating func askFailed(_ ask: AskID, at now: Instant, into outputs: inout [Output]) {
        let number = ask.rawValue & ~Self.mark
        guard underWay.remove(number) != nil else { return }
        failed(number, at: now, why: "does not answer", into: &outputs)
    }

    /// Somebody is there again: it may be the function, or a way to it.
    package mutating func peerIsUp(at now: Instant, into outputs: inout [Output]) {
        guard pausedUntil != nil else { return }
        pausedUntil = now
        fire(at: now, into: &outputs)
    }

    package mutating func fire(at now: Instant, into outputs: inout [Output]) {
        guard let until = pausedUntil, until <= now, underWay.isEmpty, let first = nextWaiting() else { return }
        pausedUntil = now + settings.retry
        ask(first, into: &outputs)
    }

    private mutating func finish(_ number: UInt64, into outputs: inout [Output]) {
        waiting[number] = nil
        isFull = false
        outputs.append(.done(number))
    }

    private mutating func failed(_ number: UInt64, at now: Instant, why: String, into outputs: inout [Output]) {
        waiting[number]?.isRetransmitted = true
        queue.insert(number, at: taken)
        guard pausedUntil == nil else { return }
        pausedUntil = now + settings.retry
        outputs.append(
            .observe(
                Observation(
                    .warning, "\(settings.realm) \(why): charging records are kept until it does.",
                    about: Subject(peer: settings.realm.name))))
    }

    private mutating func send(at now: Instant, into outputs: inout [Output]) {
        guard pausedUntil == nil else { return }
        while underWay.count < settings.window, let number = nextWaiting() { ask(number, into: &outputs) }
    }

    /// Takes the next that waits and is not under way from the queue.
    private mutating func nextWaiting() -> UInt64? {
        while taken < queue.count {
            let number = queue[taken]
            taken += 1
            if taken > 1024, taken * 2 > queue.count {
                queue.removeFirst(taken)
                taken = 0
            }
            if waiting[number] != nil, !underWay.contains(number) { return number }
        }
        return nil
    }

    private mutating func ask(_ number: UInt64, into outputs: inout [Output]) {
        guard let message = waiting[number] else { return }
        underWay.insert(number)
        outputs.append(.ask(message, AskID(rawValue: Self.mark | number)))
    }
}

/// What an ACA says of a record, RFC 6733 §7.1.
private enum Verdict {
    case kept
    /// 3xxx but what says that we are wrong, and 4xxx: later, perhaps.
    case later
    case refused(String)

    init(_ answer: DiameterMessage) {
        do throws(DiameterDecodeFailure) {
            let result = try AccountingAnswer(decoding: answer).result
            guard case .base(let code) = result else {
                self = result.isSuccess ? .kept : .refused("\(result)")
                return
            }
            switch code {
            case _ where code.isSuccess: self = .kept
            case .unableToDeliver, .tooBusy, .outOfSpace, .unableToComply: self = .later
            default: self = .refused("\(code)")
            }
        } catch {
            self = .refused("\(error)")
        }
    }
}
