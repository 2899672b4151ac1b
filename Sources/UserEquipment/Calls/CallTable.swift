import IMS
import Octets
import SIP

/// A command that waits for a call to come so far.
struct Wait: Sendable {
    enum Goal: Equatable, Sendable {
        case state(Call.State)
        /// A hold, resume or refresh has ended.
        case changed
    }

    let goal: Goal
    let command: CommandID

    func isOver(_ call: Call) -> Bool {
        guard call.state != .ended else { return true }
        switch goal {
        case .state(let state): return call.state >= state
        case .changed: return !call.isChanging
        }
    }
}

/// The calls of all phones of a node, and what leads to them.
struct CallTable: Sendable {
    private struct Key: Hashable, Sendable {
        let callID: OctetSlice
        /// Ours.
        let tag: OctetSlice
    }

    struct Entry: Sendable {
        var call: Call
        var waits: [Wait] = []
        /// When its alarm is set for.
        var armed: Instant?
        /// The transaction of the INVITE that began it, at the caller.
        var invite: ClientTransactionID?
        /// Of our last INVITE within the dialog.
        var reInvite: ClientTransactionID?
        var servers: [ServerTransactionID] = []
    }

    private(set) var entries: [Int: Entry] = [:]
    private var keys: [Key: Int] = [:]
    private var servers: [ServerTransactionID: Int] = [:]
    private var last = 0

    var count: Int { entries.count }

    mutating func nextNumber() -> Int {
        last += 1
        return last
    }

    mutating func insert(_ call: Call) {
        entries[call.number] = Entry(call: call)
        keys[Key(callID: call.callID, tag: call.localTag)] = call.number
    }

    mutating func remove(_ number: Int) -> Entry? {
        guard let entry = entries.removeValue(forKey: number) else { return nil }
        keys[Key(callID: entry.call.callID, tag: entry.call.localTag)] = nil
        for server in entry.servers { servers[server] = nil }
        return entry
    }

    /// The call of a dialog that a received request names.
    func number(_ callID: OctetSlice?, _ tag: OctetSlice) -> Int? {
        callID.flatMap { keys[Key(callID: $0, tag: tag)] }
    }

    func number(_ server: ServerTransactionID) -> Int? { servers[server] }

    subscript(number: Int) -> Call? { entries[number]?.call }

    mutating func note(_ server: ServerTransactionID, of number: Int) {
        servers[server] = number
        entries[number]?.servers.append(server)
    }

    mutating func update(_ number: Int, _ body: (inout Entry) -> Void) {
        guard let index = entries.index(forKey: number) else { return }
        body(&entries.values[index])
    }
}
