/// A binary heap of deadlines with their keys.
///
/// Nothing is removed before it is due: whoever armed a timer keeps its current deadline and ignores a key that comes
/// out at another time. That makes re-arming O(log n) without search.
package struct DeadlineQueue<Key: Sendable>: Sendable {
    private struct Entry: Sendable {
        var deadline: Instant
        var order: UInt64
        var key: Key
    }

    private var heap: [Entry] = []
    private var order: UInt64 = 0

    package init() {}

    package var count: Int { heap.count }

    /// The earliest deadline, stale entries included.
    package var next: Instant? { heap.first?.deadline }

    package mutating func schedule(_ key: Key, at deadline: Instant) {
        order &+= 1
        heap.append(Entry(deadline: deadline, order: order, key: key))
        siftUp(from: heap.count - 1)
    }

    /// Takes out the earliest key whose deadline is not after `now`; equal deadlines leave in the order they came.
    package mutating func popDue(at now: Instant) -> (key: Key, deadline: Instant)? {
        guard let top = heap.first, top.deadline <= now else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            siftDown()
        }
        return (top.key, top.deadline)
    }

    private func precedes(_ left: Int, _ right: Int) -> Bool {
        (heap[left].deadline, heap[left].order) < (heap[right].deadline, heap[right].order)
    }

    private mutating func siftUp(from position: Int) {
        var child = position
        while child > 0 {
            let parent = (child - 1) / 2
            guard precedes(child, parent) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func siftDown() {
        var parent = 0
        while true {
            var least = parent
            let left = 2 * parent + 1
            if left < heap.count, precedes(left, least) { least = left }
            if left + 1 < heap.count, precedes(left + 1, least) { least = left + 1 }
            guard least != parent else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
