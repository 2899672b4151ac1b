import IMS
import NIOCore
import NodeIO
import Synchronization
import Testing

@Suite("Work executor", .timeLimit(.minutes(1)))
struct WorkExecutorTests {
    @Test("What waits while a batch is performed becomes the next batch; results come in order")
    func batches() async throws {
        let fixture = LoopFixture<UInt64>()
        let loop = fixture.loop
        let sink = fixture.sink
        let recorder = BatchRecorder()
        let executor = try await fixture.make {
            WorkExecutor<Int, Int>(
                on: loop, perform: { recorder.perform($0) },
                deliver: { id, result in
                    #expect(result == Int(id.rawValue) * 2)
                    sink.yield(id.rawValue)
                }, batchEnded: {})
        }
        try await fixture.run {
            executor.value.submit(1, WorkID(rawValue: 1))
            executor.value.flush()
            for number in 2...100 {
                executor.value.submit(number, WorkID(rawValue: UInt64(number)))
                executor.value.flush()
            }
        }
        for number in 1...100 { #expect(await fixture.next() == UInt64(number)) }
        #expect(recorder.sizes == [1, 99])
        try await fixture.run { executor.value.shutDown() }
    }
}

/// Performs by doubling, and remembers how large its batches were.
private final class BatchRecorder: Sendable {
    private let recorded = Mutex<[Int]>([])

    var sizes: [Int] { recorded.withLock { $0 } }

    func perform(_ batch: [Int]) -> [Int] {
        recorded.withLock { $0.append(batch.count) }
        return batch.map { $0 * 2 }
    }
}
