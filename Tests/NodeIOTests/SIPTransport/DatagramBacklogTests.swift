import NodeIO
import Octets
import Testing

@Suite("How long datagrams wait to be read")
struct DatagramBacklogTests {
    private func second(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }

    @Test("an empty queue means no wait, however fast it goes")
    func empty() {
        var backlog = DatagramBacklog()
        for turn in 0..<100 as Range<Int64> {
            for _ in 0..<32 { backlog.took(payload: 1000) }
            #expect(backlog.ended(queued: 0, at: second(turn)) == .zero)
        }
    }

    @Test("Little's law: a queue of a thousand datagrams, a hundred of them in ten milliseconds: a tenth of a second")
    func standing() {
        var backlog = DatagramBacklog()
        var waited = Duration.zero
        for turn in 0..<50 as Range<Int64> {
            for _ in 0..<100 { backlog.took(payload: 1000) }
            // A datagram of 1,000 octets: 2,048 for the buffer and 256 for its head.
            waited = backlog.ended(queued: 1000 * 2304, at: second(turn * 10))
        }
        #expect(waited > .milliseconds(95) && waited < .milliseconds(105))
        #expect(backlog.ended(queued: 0, at: second(600)) == .zero)
    }

    @Test("a queue without end counts as a minute")
    func bounded() {
        var backlog = DatagramBacklog()
        _ = backlog.ended(queued: 1, at: second(0))
        backlog.took(payload: 1)
        #expect(backlog.ended(queued: .max, at: second(1_000)) <= .seconds(60))
    }
}
