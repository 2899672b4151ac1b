/// Which transaction a deadline belongs to, in one word: the queue moves many of these.
struct TimerKey: Sendable {
    private let rawValue: UInt64

    /// A slot number leaves the top bit free: generations stay below it.
    private static let serverBit: UInt64 = 1 << 63

    static func client(_ slot: SlotID) -> TimerKey { TimerKey(rawValue: slot.rawValue) }
    static func server(_ slot: SlotID) -> TimerKey { TimerKey(rawValue: slot.rawValue | serverBit) }

    var isServer: Bool { rawValue & Self.serverBit != 0 }
    var slot: SlotID { SlotID(rawValue: rawValue & ~Self.serverBit) }
}
