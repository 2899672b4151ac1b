import Octets

/// A remote address over a transport: the unit that a transport error speaks of.
struct Remote: Hashable, Sendable {
    let transport: Transport
    let endpoint: Endpoint

    init(_ hop: Hop) {
        transport = hop.transport
        endpoint = hop.remote
    }
}

/// The neighbours of a client transaction among those that wait for the same remote.
struct PendingLink: Sendable {
    var previous: SlotID?
    var next: SlotID?
}

/// The client transactions without a final response, by remote: lists threaded through the records, so that a lost
/// connection finds its transactions and everyone else pays nothing.
struct PendingList: Sendable {
    private var heads: [Remote: SlotID] = [:]

    func first(_ remote: Remote) -> SlotID? { heads[remote] }

    mutating func insert(_ slot: SlotID, in table: inout SlotTable<ClientRecord>) {
        let remote = Remote(table[slot].hop)
        let next = heads.updateValue(slot, forKey: remote)
        table.change(slot) { $0.link = PendingLink(previous: nil, next: next) }
        if let next { table.change(next) { $0.link?.previous = slot } }
    }

    mutating func remove(_ slot: SlotID, in table: inout SlotTable<ClientRecord>) {
        guard let link = table[slot].link else { return }
        table.change(slot) { $0.link = nil }
        if let next = link.next { table.change(next) { $0.link?.previous = link.previous } }
        if let previous = link.previous {
            table.change(previous) { $0.link?.next = link.next }
        } else {
            heads[Remote(table[slot].hop)] = link.next
        }
    }
}
