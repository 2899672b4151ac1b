import Octets
import Testing

@Suite("Deadline queue")
struct DeadlineQueueTests {
    @Test("Keys leave by deadline, equal deadlines in the order they came", arguments: UInt64(1)...20)
    func order(seed: UInt64) {
        var dice = Entropy(number: seed)
        var queue = DeadlineQueue<Int>()
        var expected: [(deadline: Int64, key: Int)] = []
        var found: [(deadline: Int64, key: Int)] = []
        for key in 0..<500 {
            let deadline = Int64(dice.next32() % 100)
            queue.schedule(key, at: Instant(nanoseconds: deadline))
            expected.append((deadline, key))
            guard dice.next32().isMultiple(of: 3), let next = queue.popDue(at: .distantFuture) else { continue }
            let least = expected.indices.min {
                (expected[$0].deadline, expected[$0].key) < (expected[$1].deadline, expected[$1].key)
            }
            if let least {
                #expect(expected[least].key == next.key && expected[least].deadline == next.deadline.nanoseconds)
                expected.remove(at: least)
            }
        }
        while let next = queue.popDue(at: .distantFuture) { found.append((next.deadline.nanoseconds, next.key)) }
        expected.sort { ($0.deadline, $0.key) < ($1.deadline, $1.key) }
        #expect(found.map(\.key) == expected.map(\.key))
        #expect(queue.count == 0)
        #expect(queue.next == nil)
    }

    @Test("Nothing leaves before it is due")
    func due() {
        var queue = DeadlineQueue<Int>()
        queue.schedule(1, at: Instant(nanoseconds: 5))
        #expect(queue.popDue(at: Instant(nanoseconds: 4)) == nil)
        #expect(queue.next == Instant(nanoseconds: 5))
        #expect(queue.popDue(at: Instant(nanoseconds: 5))?.key == 1)
    }
}
