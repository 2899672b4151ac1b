/// Equal values kept once: thousands of subscribers have the same filter criteria and charging addresses.
///
/// Counts its users, so that a value nobody has any more is forgotten.
struct SharedValues<Value: Hashable & Sendable>: Sendable {
    private var entries: [Value: (value: Value, users: Int)] = [:]

    var count: Int { entries.count }

    /// The one copy of `value`, with one user more.
    mutating func share(_ value: Value) -> Value {
        let entry = entries[value] ?? (value, 0)
        entries[entry.value] = (entry.value, entry.users + 1)
        return entry.value
    }

    /// One user less.
    mutating func release(_ value: Value) {
        guard let entry = entries[value] else { return }
        entries[value] = entry.users > 1 ? (entry.value, entry.users - 1) : nil
    }
}
