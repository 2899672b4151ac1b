/// A heap of deadlines with their keys, four children to a node.
///
/// Nothing is removed before it is due: whoever armed a timer keeps its current deadline and ignores a key that comes
/// out at another time. That makes re-arming O(log n) without search. Public and inlinable, because unspecialised
/// generic code spends its time looking up metadata.
public struct DeadlineQueue<Key: Sendable>: Sendable {
    @usableFromInline
    struct Entry: Sendable {
        @usableFromInline var deadline: Instant
        @usableFromInline var order: UInt64
        @usableFromInline var key: Key

        @inlinable
        init(deadline: Instant, order: UInt64, key: Key) {
            self.deadline = deadline
            self.order = order
            self.key = key
        }

        @inlinable
        func precedes(_ other: Entry) -> Bool {
            deadline.nanoseconds != other.deadline.nanoseconds
                ? deadline.nanoseconds < other.deadline.nanoseconds : order < other.order
        }
    }

    @usableFromInline var heap: [Entry] = []
    @usableFromInline var order: UInt64 = 0

    @inlinable
    public init() {}

    @inlinable public var count: Int { heap.count }

    /// The earliest deadline, stale entries included.
    @inlinable public var next: Instant? { heap.isEmpty ? nil : heap[0].deadline }

    @inlinable
    public mutating func schedule(_ key: Key, at deadline: Instant) {
        order &+= 1
        let entry = Entry(deadline: deadline, order: order, key: key)
        var child = heap.count
        heap.append(entry)
        while child > 0 {
            let parent = (child - 1) / 4
            guard entry.precedes(heap[parent]) else { break }
            heap[child] = heap[parent]
            child = parent
        }
        heap[child] = entry
    }

    /// Takes out the earliest key whose deadline is not after `now`; equal deadlines leave in the order they came.
    @inlinable
    public mutating func popDue(at now: Instant) -> (key: Key, deadline: Instant)? {
        guard let top = heap.first, top.deadline.nanoseconds <= now.nanoseconds else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty { siftDown(last) }
        return (top.key, top.deadline)
    }

    /// Moves the hole at the top down to where `entry` belongs.
    @inlinable
    mutating func siftDown(_ entry: Entry) {
        var hole = 0
        while true {
            let first = 4 * hole + 1
            guard first < heap.count else { break }
            var least = first
            var child = first + 1
            while child < min(first + 4, heap.count) {
                if heap[child].precedes(heap[least]) { least = child }
                child += 1
            }
            guard heap[least].precedes(entry) else { break }
            heap[hole] = heap[least]
            hole = least
        }
        heap[hole] = entry
    }
}
