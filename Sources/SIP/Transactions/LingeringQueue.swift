/// Answered server transactions in the order of their answers.
struct LingeringQueue: Sendable {
    private var slots: [SlotID] = []
    private var head = 0

    var count: Int { slots.count - head }
    var first: SlotID? { head < slots.count ? slots[head] : nil }

    mutating func append(_ slot: SlotID) { slots.append(slot) }

    mutating func removeFirst() {
        head += 1
        guard head > 1024, head * 2 > slots.count else { return }
        slots.removeFirst(head)
        head = 0
    }
}
