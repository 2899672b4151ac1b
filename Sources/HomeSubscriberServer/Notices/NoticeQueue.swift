import Cx
import Diameter
import IMS
import Octets

/// A notice under way.
package struct NoticeID: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// RTRs and PPRs that wait for their answer, each sent again until it comes.
///
///     add ─▶ asked ─ answer ─▶ (done)
///              │ ▲
///      failure │ │ deadline, RTR
///              ▼ │
///            waiting ─ deadline, PPR ─▶ reading ─ read ─▶ asked, or (done) when there is nothing to say any more
///
/// A PPR is made anew from the database before it goes out again. A notice that a later one replaces, or an RTR whose
/// user has registered anew meanwhile, is dropped. The directory keeps each of them until it is done: what is not done
/// when the HSS ends, however it does, is there at the next start.
struct NoticeQueue: Sendable {
    enum Order: Equatable {
        case ask(Notice, NoticeID)
        /// The profile is to be read again; `read` takes it.
        case read(NoticeID, Notice)
        case observe(Observation)
        /// It is done: the directory need not keep it any longer.
        case forget(NoticeID)
    }

    enum State: Equatable {
        case asked
        case waiting(until: Instant)
        case reading
    }

    private struct Entry {
        var notice: Notice
        var state: State
        var attempts: Int
        var isReplaced = false
    }

    /// The first pause; each further one is twice as long, up to the longest.
    static let firstPause = Duration.seconds(1)
    static let longestPause = Duration.seconds(300)

    private let capacity: Int
    private var entries: [NoticeID: Entry] = [:]
    private var deadlines = DeadlineQueue<NoticeID>()
    /// Whether the directory may hold notices for which there was no room here.
    private var hasLeft = false

    init(capacity: Int) { self.capacity = capacity }

    var count: Int { entries.count }
    var nextDeadline: Instant? { entries.isEmpty ? nil : deadlines.next }

    /// Whether there is room again for notices that were left in the directory.
    var isBehind: Bool { hasLeft && entries.count <= capacity / 2 }

    /// Whom a notice is for; nil for one that is done.
    func server(of id: NoticeID) -> AssignedServingCSCF? { entries[id]?.notice.server }

    /// A notice of this moment.
    mutating func add(_ stored: StoredNotice) -> [Order] {
        let (notice, id) = (stored.notice, stored.id)
        let orders = drop { $0.isReplaced(by: notice) }
        guard !notice.server.host.name.isEmpty else {
            return orders + [
                .observe(Self.lost(notice, "the Diameter identity of the S-CSCF is not known")), .forget(id),
            ]
        }
        guard entries.count < capacity else {
            hasLeft = true
            return orders
        }
        entries[id] = Entry(notice: notice, state: .asked, attempts: 1)
        return orders + [.ask(notice, id)]
    }

    /// Notices from the directory, some of which may be known; the content of a PPR is read first.
    ///
    /// - Parameter isWhole: whether the directory has no others.
    mutating func load(_ stored: [StoredNotice], isWhole: Bool) -> [Order] {
        hasLeft = !isWhole
        return stored.flatMap { stored -> [Order] in
            guard entries[stored.id] == nil else { return [] }
            guard case .profile = stored.notice.content, entries.count < capacity,
                !stored.notice.server.host.name.isEmpty
            else { return add(stored) }
            entries[stored.id] = Entry(notice: stored.notice, state: .reading, attempts: 0)
            return [.read(stored.id, stored.notice)]
        }
    }

    /// The S-CSCF's answer; nil is one that cannot be read.
    mutating func answered(_ id: NoticeID, _ result: CxResult?, at now: Instant) -> [Order] {
        guard let entry = entries[id], entry.state == .asked else { return [] }
        switch result {
        case .base(.tooBusy)?, .base(.unableToDeliver)?: return failed(id, "\(result?.words ?? "")", at: now)
        case .base, .experimental, nil: break
        }
        entries[id] = nil
        let words = result?.words ?? "an answer that cannot be read"
        let notice = entry.notice
        guard result?.isDone != true else {
            return [
                .forget(id),
                .observe(
                    Observation(
                        .info, "\(notice.server.host) took the \(notice.word) for \(notice.user): \(words).",
                        about: notice.subject)),
            ]
        }
        return [.forget(id), .observe(Self.lost(notice, "the S-CSCF answers \(words)"))]
    }

    mutating func failed(_ id: NoticeID, _ failure: String, at now: Instant) -> [Order] {
        guard var entry = entries[id], entry.state == .asked else { return [] }
        guard !entry.isReplaced else {
            entries[id] = nil
            return [.forget(id)]
        }
        let pause = min(Self.longestPause, Self.firstPause * (1 << min(max(0, entry.attempts - 1), 16)))
        entry.state = .waiting(until: now + pause)
        entries[id] = entry
        deadlines.schedule(id, at: now + pause)
        guard entry.attempts == 1 else { return [] }
        return [
            .observe(
                Observation(
                    .warning,
                    "\(entry.notice.server.host) did not take the \(entry.notice.word) for \(entry.notice.user) "
                        + "(\(failure)); it is sent again until it does.",
                    about: entry.notice.subject))
        ]
    }

    mutating func due(at now: Instant) -> [Order] {
        var orders: [Order] = []
        while let (id, deadline) = deadlines.popDue(at: now) {
            guard var entry = entries[id], entry.state == .waiting(until: deadline) else { continue }
            switch entry.notice.content {
            case .termination:
                entry.state = .asked
                entry.attempts += 1
                orders.append(.ask(entry.notice, id))
            case .profile:
                entry.state = .reading
                orders.append(.read(id, entry.notice))
            }
            entries[id] = entry
        }
        return orders
    }

    /// What there is to say now; nil when the record is gone or no S-CSCF holds it.
    mutating func read(_ id: NoticeID, _ notice: Notice?) -> [Order] {
        guard var entry = entries[id], entry.state == .reading else { return [] }
        guard let notice, !entry.isReplaced else {
            entries[id] = nil
            return [.forget(id)]
        }
        entry.notice = notice
        entry.state = .asked
        entry.attempts += 1
        entries[id] = entry
        return [.ask(notice, id)]
    }

    /// The database could not be read: once more after a pause.
    mutating func unread(_ id: NoticeID, at now: Instant) {
        guard var entry = entries[id], entry.state == .reading else { return }
        entry.state = .waiting(until: now + Self.longestPause)
        entries[id] = entry
        deadlines.schedule(id, at: now + Self.longestPause)
    }

    /// The user has registered at this S-CSCF: an RTR that has not gone out would end what is new.
    mutating func registered(_ user: PrivateIdentity, at server: AssignedServingCSCF) -> [Order] {
        drop { notice in
            guard case .termination = notice.content else { return false }
            return notice.user == user && notice.server.host == server.host
        }
    }

    /// Drops what matches; what is out already waits for its answer and is not sent again.
    private mutating func drop(where matches: (Notice) -> Bool) -> [Order] {
        guard !entries.isEmpty else { return [] }
        var orders: [Order] = []
        for (id, entry) in entries where matches(entry.notice) {
            switch entry.state {
            case .asked, .reading: entries[id]?.isReplaced = true
            case .waiting:
                entries[id] = nil
                orders.append(.forget(id))
            }
        }
        return orders
    }

    private static func lost(_ notice: Notice, _ why: String) -> Observation {
        Observation(
            .error, "The \(notice.word) for \(notice.user) cannot be delivered to \(notice.server.name): \(why).",
            about: notice.subject)
    }

    var report: Report {
        .list(
            entries.sorted { $0.key.rawValue < $1.key.rawValue }.prefix(1000).map { _, entry in
                [
                    "request": .text(entry.notice.word), "private_identity": .text(entry.notice.user.text),
                    "scscf": .text(entry.notice.server.name), "attempts": .integer(entry.attempts),
                ]
            })
    }
}

extension CxResult {
    /// Whether the S-CSCF holds now what the HSS wants: it took the notice, or does not know the user.
    fileprivate var isDone: Bool { isSuccess || self == .userUnknown }
}
