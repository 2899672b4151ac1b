import IMS
import Octets
import SIP

/// What has become of a call at one of its ends, for whoever asked for it.
struct CallRecord: Sendable {
    /// How a call ended.
    enum Ending: Equatable, Sendable {
        case hungUp, hungUpByPeer
        /// The caller gave up: CANCEL.
        case cancelled
        case refused(Status, reason: String)
        /// The callee's own word.
        case declined(Status)
        /// Nobody answers any more, or an answer cannot be gone on with.
        case lost(String)

        var word: String {
            switch self {
            case .hungUp: "hung up"
            case .hungUpByPeer: "hung up by the peer"
            case .cancelled: "cancelled"
            case .refused: "refused"
            case .declined: "declined"
            case .lost: "lost"
            }
        }
    }

    struct Event: Equatable, Sendable {
        let at: Instant
        let what: String
    }

    let began: Instant
    private(set) var events: [Event] = []
    private(set) var findings: [Finding] = []
    var ending: Ending?
    /// Whom the network says that the caller is; nil when it keeps it secret.
    var asserted: String?
    /// First sign of ringing, and the call's answer: at the caller the 180 and 200, at the callee what it sent.
    var rang: Instant?
    var answered: Instant?
    var ended: Instant?

    /// A call that goes on for days must not fill the memory.
    private static let limit = 200

    init(at now: Instant) { began = now }

    mutating func note(_ what: String, at now: Instant) {
        if events.count < Self.limit { events.append(Event(at: now, what: what)) }
    }

    mutating func expect(_ holds: Bool, _ clause: String, _ sentence: String) {
        guard !holds, findings.count < Self.limit else { return }
        let finding = Finding(clause: clause, sentence: sentence)
        if !findings.contains(finding) { findings.append(finding) }
    }

    func milliseconds(_ instant: Instant?) -> Report { instant.map { .number(($0 - began).milliseconds) } ?? .null }
}

extension Call {
    var report: Report {
        var members: [Report.Member] = [
            .init("call", .integer(number)), .init("phone", .text(phone)),
            .init("direction", .text(direction.rawValue)), .init("state", .text(state.word)),
            .init("call-id", .text(callID.string)), .init("peer", .text(peer)),
        ]
        func add(_ name: String, _ value: Report) { members.append(.init(name, value)) }
        if let ending = record.ending {
            add("ending", .text(ending.word))
            switch ending {
            case .refused(let status, let reason):
                add("status", .integer(Int(status.rawValue)))
                add("reason", .text(reason))
            case .declined(let status): add("status", .integer(Int(status.rawValue)))
            case .lost(let sentence): add("reason", .text(sentence))
            case .hungUp, .hungUpByPeer, .cancelled: break
            }
        }
        if direction == .incoming { add("asserted", record.asserted.map { .text($0) } ?? .null) }
        add("rang-ms", record.milliseconds(record.rang))
        add("answered-ms", record.milliseconds(record.answered))
        add("ended-ms", record.milliseconds(record.ended))
        add("events", .list(record.events.map { ["ms": record.milliseconds($0.at), "event": .text($0.what)] }))
        add("findings", .list(record.findings.map { ["clause": .text($0.clause), "sentence": .text($0.sentence)] }))
        if let stream { add("media", stream.report) }
        return .record(members)
    }
}

extension CallMedia {
    var report: Report {
        [
            "direction": .text("\(direction.token)"),
            "remote": remote.map { .text($0.description) } ?? .null,
            "payload-type": format.map { .integer(Int($0.payloadType)) } ?? .null,
            "codec": format.map { .text("\($0.codec.name.string)/\($0.codec.clockRate)") } ?? .null,
            "on-hold": .boolean(isOnHold), "held-by-peer": .boolean(isHeldByPeer),
            "preconditions": .text(!preconditions.isInUse ? "not used" : preconditions.areMet ? "met" : "not met"),
        ]
    }
}
