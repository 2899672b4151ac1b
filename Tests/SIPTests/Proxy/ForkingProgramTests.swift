import Octets
import SIP
import Testing

/// Contexts under random responses, failures and CANCELs, by seed.
@Suite("RFC 3261 §16.7: random programs for a response context")
struct ForkingProgramTests {
    private static let codes: [UInt16] = [
        100, 180, 183, 199, 200, 202, 301, 302, 401, 404, 407, 408, 440, 480, 482, 486, 487, 500, 503, 600, 603,
    ]

    @Test(
        "One refusal or 2xx only; no provisional after it; no branch after a 6xx or CANCEL; breadth kept; an end",
        arguments: UInt64(0)..<300)
    func program(seed: UInt64) throws {
        var dice = Entropy(number: seed)
        var policy = ForkingPolicy()
        policy.order = [.byPreference, .parallel, .sequential][Int(dice.next32() % 3)]
        policy.redirections = Int(dice.next32() % 6)
        policy.groupTime = dice.next32() % 2 == 0 ? .seconds(15) : nil
        let method: Method = dice.next32() % 3 == 0 ? .message : .invite
        let targets = (0..<(1 + dice.next32() % 9)).map { "sip:\($0)@a.com \(dice.next32() % 3 * 400)" }
        let width = Int(1 + dice.next32() % 8)
        var headers: [(HeaderName, String)] = [(.maxBreadth, "\(width)")]
        if dice.next32() % 2 == 0 { headers.append((.supported, "199")) }
        var bench = try ForkingBench(method, to: targets, policy: policy, headers: headers)
        var open = Set(bench.forwarded.indices.map { $0 + 1 })
        var isClosed = false
        var log = bench.happened()
        for _ in 0..<400 where !log.contains("done") {
            let before = bench.forwarded.count
            var happened: [String] = []
            var closes = false
            let branch = 1 + Int(dice.next32()) % max(bench.forwarded.count, 1)
            switch dice.next32() % 10 {
            case 0:
                closes = true
                happened = bench.cancel()
            case 1: happened = bench.advance(.seconds(Int64(dice.next32() % 20)))
            case 2:
                open.remove(branch)
                happened = bench.fail(branch, dice.next32() % 2 == 0 ? .timeout : .transport)
            default:
                let code = Self.codes[Int(dice.next32()) % Self.codes.count]
                closes = code >= 600 && open.contains(branch)
                if code >= 200 { open.remove(branch) }
                let contact = "<sip:r\(dice.next32() % 20)@b.com>;q=0.\(dice.next32() % 10)"
                happened = try bench.receive(
                    code, from: branch, tag: "b\(branch)",
                    headers: code < 400 && code > 299 ? [(.contact, contact)] : [])
            }
            isClosed = isClosed || closes
            if isClosed { #expect(bench.forwarded.count == before, "no new branches: \(happened)") }
            for number in before..<bench.forwarded.count { open.insert(number + 1) }
            let breadth = open.reduce(0) {
                $0 + Int(bench.forwarded[$1 - 1].request.firstValue(.maxBreadth)?.decimal ?? 0)
            }
            #expect(breadth <= width, "RFC 5393 §5.3.3")
            log += happened
        }
        // Whoever has not answered never will.
        for branch in open.sorted() { log += bench.fail(branch, .timeout) }
        for branch in 1...bench.forwarded.count { log += bench.fail(branch, .timeout) }
        log += bench.advance(.seconds(60))
        for branch in 1...bench.forwarded.count { log += bench.fail(branch, .timeout) }
        log += bench.advance(.seconds(60))
        #expect(log.last == "done" && log.count { $0 == "done" } == 1, "\(log)")
        #expect(bench.context.nextDeadline == nil && bench.context.pending.isEmpty)
        let finals = bench.responses.compactMap(\.status).filter(\.isFinal)
        let successes = finals.count(where: \.isSuccess)
        #expect(finals.count - successes + min(successes, 1) == 1, "\(finals)")
        #expect(method == .invite || successes <= 1)
        let statuses = bench.responses.compactMap(\.status)
        if let first = statuses.firstIndex(where: \.isFinal) { #expect(statuses[first...].allSatisfy { $0.isFinal }) }
        #expect(!statuses.contains(.trying) && !statuses.contains(.serviceUnavailable))
        #expect(log.count { $0.hasPrefix("cancel") } <= bench.forwarded.count, "each branch at most once")
        #expect(bench.forwarded.count <= targets.count + policy.redirections)
    }
}
