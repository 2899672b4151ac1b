import CAllocations
import CPeers

/// One task by each library in turn, often enough for the machine's drift to meet all alike.
struct Comparison {
    typealias Work = (UnsafeBufferPointer<UInt8>, Int) -> UInt64

    struct Cost {
        /// Median over the turns.
        let nanoseconds: Double
        let allocations: Double
    }

    static let names = ["ours", "osip2", "sofia-sip"]

    let name: String
    let costs: [Cost]
    /// Whether all three have come to the same sum. Of what is written it is enough that each wrote: the two others put
    /// blanks behind the commas of lists.
    let isSame: Bool

    /// Of our time and the faster one's.
    var ratio: Double { costs[0].nanoseconds / max(min(costs[1].nanoseconds, costs[2].nanoseconds), 1e-9) }

    init(_ task: peer_task, _ verb: String, _ message: PeerMessage, rounds: Int, turns: Int, ours: Work? = nil) {
        name = "\(verb) \(message.name) (\(message.octets.count) octets)"
        let works: [Work] = [
            ours ?? { OurWork.perform(task, $0, rounds: $1) },
            { text, rounds in Self.chars(text) { osip2_perform(task, $0, text.count, rounds) } },
            { text, rounds in Self.chars(text) { sofia_perform(task, $0, text.count, rounds) } },
        ]
        // With a zero behind: osip2 reads a session description up to it.
        let text = message.octets + [0]
        var times: [[Double]] = [[], [], []]
        var allocations: [Double] = [0, 0, 0]
        var sums: [UInt64] = [0, 0, 0]
        text.withUnsafeBufferPointer { buffer in
            let octets = UnsafeBufferPointer(rebasing: buffer.dropLast())
            for turn in 0...turns {
                for (index, work) in works.enumerated() {
                    let before = allocations_of_thread()
                    let began = ContinuousClock.now
                    sums[index] = work(octets, rounds)
                    let time = ContinuousClock.now - began
                    guard turn > 0 else { continue }  // The first fills caches and tables.
                    let (seconds, attoseconds) = time.components
                    times[index].append((Double(seconds) * 1e9 + Double(attoseconds) / 1e9) / Double(rounds))
                    allocations[index] = Double(allocations_of_thread() - before) / Double(rounds)
                }
            }
        }
        costs = zip(times, allocations).map { Cost(nanoseconds: $0.sorted()[turns / 2], allocations: $1) }
        let isWritten = task == PEER_SERIALISE || task == PEER_PASS_ON
        isSame = !sums.contains(0) && (isWritten || sums.allSatisfy { $0 == sums[0] })
    }

    private static func chars(
        _ text: UnsafeBufferPointer<UInt8>, _ body: (UnsafePointer<CChar>) -> UInt64
    ) -> UInt64 {
        text.withMemoryRebound(to: CChar.self) { $0.baseAddress.map(body) ?? 0 }
    }
}
