/// What has changed since it was last written to the store. Nothing is noted where nothing is kept.
struct Changes<Key: Hashable & Sendable>: Sendable {
    var areKept = false
    private var keys: [Key] = []

    /// Whoever changes one thing twice within an event has it written once, as it is at the end.
    mutating func note(_ key: Key) {
        guard areKept, keys.last != key else { return }
        keys.append(key)
    }

    /// Since the last `take`.
    var noted: [Key] { keys }

    mutating func take() -> [Key] {
        defer { keys.removeAll(keepingCapacity: true) }
        return keys
    }
}
