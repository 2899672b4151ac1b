import AKA
import IMS
import Octets
import SIP

/// A load of first registrations: so many a second, whether the core keeps up or not; with `atOnce` one that is due waits
/// while so many are under way.
///
/// Phones have consecutive IMSIs and one key; when all are registered the first begins anew with another Call-ID, as a
/// phone does after a restart.
struct RegistrationLoad: Sendable {
    let command: CommandID

    private struct Attempt: Sendable {
        var index: Int
        var registration: Registration
        var began: Instant
    }

    private let configuration: UserEquipment.Configuration
    private var phones: [Phone]
    private let rate: Double
    private let total: Int
    private let atOnce: Int
    private let began: Instant
    private var attempts: [ClientTransactionID: Attempt] = [:]
    private var started = 0
    private var skipped = 0
    private var succeeded = 0
    /// A phone saw a SQN that was not fresh: used twice, or behind what it has seen.
    private var resynchronised = 0
    private var failures: [String: Int] = [:]
    private var latencies = LatencyHistogram()
    private var busy: Set<Int> = []
    private var last: Instant

    static func make(
        _ arguments: [String: String], _ configuration: UserEquipment.Configuration, _ command: CommandID,
        at now: Instant
    ) -> Result<RegistrationLoad, Complaint> {
        guard let count = arguments["count"].flatMap(Int.init), count > 0, count <= 1_000_000 else {
            return .failure(Complaint("count must be between 1 and 1,000,000 phones"))
        }
        guard let rate = arguments["rate"].flatMap(Double.init), rate > 0, rate <= 1_000_000 else {
            return .failure(Complaint("rate must be a number of registrations per second"))
        }
        guard let duration = arguments["duration"].flatMap(Double.init), duration > 0, duration <= 86_400 else {
            return .failure(Complaint("duration must be a number of seconds"))
        }
        guard rate * duration >= 1 else {
            return .failure(Complaint("rate times duration must be at least one registration"))
        }
        guard let atOnce = Int(arguments["at-once"] ?? "1000000"), atOnce > 0 else {
            return .failure(Complaint("at-once must be a number of registrations"))
        }
        guard let imsi = arguments["imsi"].flatMap(IMSI.init), let first = UInt64(imsi.digits) else {
            return .failure(Complaint("imsi must be the first phone's IMSI, 6 to 15 digits"))
        }
        let width = imsi.digits.utf8.count
        var phones: [Phone] = []
        phones.reserveCapacity(count)
        for offset in 0..<UInt64(count) {
            let digits = String(first + offset)
            var each = arguments
            each["imsi"] = String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
            switch Phone.make(each) {
            case .success(let phone): phones.append(phone)
            case .failure(let complaint): return .failure(complaint)
            }
        }
        return .success(
            RegistrationLoad(
                command: command, configuration: configuration, phones: phones, rate: rate,
                total: Int(rate * duration), atOnce: atOnce, began: now, last: now))
    }

    private init(
        command: CommandID, configuration: UserEquipment.Configuration, phones: [Phone], rate: Double, total: Int,
        atOnce: Int, began: Instant, last: Instant
    ) {
        self.command = command
        self.configuration = configuration
        self.phones = phones
        self.rate = rate
        self.total = total
        self.atOnce = atOnce
        self.began = began
        self.last = last
    }

    var nextDeadline: Instant? {
        guard started + skipped < total, attempts.count < atOnce else { return nil }
        return began + .nanoseconds(Int64(Double(started + skipped) / rate * 1e9))
    }

    /// The result, when the last attempt has ended.
    var report: Report? {
        guard started + skipped >= total, attempts.isEmpty else { return nil }
        let seconds = max((last - began).milliseconds / 1_000, 0.001)
        return [
            "registrations": .integer(succeeded),
            "failures": .integer(failures.values.reduce(0, +)),
            "failure-reasons": .record(failures.sorted { $0.key < $1.key }.map { .init($0.key, .integer($0.value)) }),
            "resynchronised": .integer(resynchronised),
            "skipped-because-still-busy": .integer(skipped),
            "seconds": .number(seconds),
            "per-second": .number(Double(succeeded) / seconds),
            "latency-ms": latencies.report,
        ]
    }

    /// Starts what is due; at most a burst at a time, so that answers are read in between.
    mutating func fire(at now: Instant, _ lastTransaction: inout UInt64, _ entropy: inout Entropy) -> [PhoneAction] {
        var actions: [PhoneAction] = []
        while let due = nextDeadline, due <= now, actions.count < 64 {
            let index = (started + skipped) % phones.count
            guard busy.insert(index).inserted else {
                skipped += 1
                continue
            }
            started += 1
            var registration = Registration(
                contact: configuration.contact, callID: Hex.encode(entropy.octets(12)),
                fromTag: Hex.encode(entropy.octets(8)))
            let request = registration.start(.register, phones[index], transport: configuration.proxy.transport)
            lastTransaction += 1
            let transaction = ClientTransactionID(rawValue: lastTransaction)
            attempts[transaction] = Attempt(index: index, registration: registration, began: now)
            actions.append(.forward(request, to: configuration.proxy, transaction))
        }
        return actions
    }

    /// nil when the transaction is none of ours.
    mutating func received(
        _ response: SIPMessage, _ transaction: ClientTransactionID, _ lastTransaction: inout UInt64, at now: Instant
    ) -> [PhoneAction]? {
        guard var attempt = attempts[transaction] else { return nil }
        guard response.status?.isFinal ?? false else { return [] }
        attempts[transaction] = nil
        let step = attempt.registration.received(
            response, &phones[attempt.index], transport: configuration.proxy.transport)
        switch step {
        case .send(let request)?:
            lastTransaction += 1
            let next = ClientTransactionID(rawValue: lastTransaction)
            attempts[next] = attempt
            return [.forward(request, to: configuration.proxy, next)]
        case .ended(let outcome)?: end(attempt, outcome, at: now)
        case .agree?: break  // these phones make no security agreement
        case nil: break
        }
        return []
    }

    mutating func failed(_ transaction: ClientTransactionID, at now: Instant) -> [PhoneAction]? {
        guard let attempt = attempts.removeValue(forKey: transaction) else { return nil }
        end(attempt, .refused(.requestTimeout, reason: "no answer"), at: now)
        return []
    }

    private mutating func end(_ attempt: Attempt, _ outcome: Registration.Outcome, at now: Instant) {
        if attempt.registration.challenges.contains(.synchronisationFailure) { resynchronised += 1 }
        busy.remove(attempt.index)
        last = now
        switch outcome {
        case .registered, .deregistered:
            succeeded += 1
            latencies.record(now - attempt.began)
        case .refused(let status, let reason): failures["\(status.rawValue) \(reason)", default: 0] += 1
        case .unusable(let sentence): failures[sentence, default: 0] += 1
        }
    }
}
