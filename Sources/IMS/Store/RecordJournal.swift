/// What goes to a role's store with the event at hand, and the responses that wait for it.
///
/// A response that promises something leaves when it is written: a phone that has its 200 is known after kill -9. The
/// writes of many events are one transaction of the store, whose thread they reach together.
package struct RecordJournal<Work: Sendable>: Sendable {
    package private(set) var records: [StoredRecord] = []
    private var held: [WorkID: [Action<Work>]] = [:]

    package init() {}

    /// Writes that the store has not confirmed.
    package var waiting: Int { held.count }

    package mutating func write(_ record: StoredRecord) { records.append(record) }

    /// Puts the records in a write of their own, and keeps the responses back until it is done.
    ///
    /// - Parameters:
    ///   - id: of this write; not used when there is nothing to write.
    ///   - work: the order that the role's node carries out.
    package mutating func commit(
        _ actions: inout [Action<Work>], as id: WorkID, _ work: ([StoredRecord]) -> Work
    ) {
        guard !records.isEmpty else { return }
        var kept: [Action<Work>] = []
        var others = 0
        for index in actions.indices {
            if case .respond = actions[index] {
                kept.append(actions[index])
            } else {
                if others < index { actions[others] = actions[index] }
                others += 1
            }
        }
        actions.removeSubrange(others...)
        held[id] = kept
        actions.append(.perform(work(records), id))
        records = []
    }

    /// The store has done a write, or failed: what waited for it.
    package mutating func release(_ id: WorkID) -> [Action<Work>] { held.removeValue(forKey: id) ?? [] }
}
