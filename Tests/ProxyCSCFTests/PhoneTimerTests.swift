import Octets
import SIP
import Testing

@Suite("TS 24.229 §7.7: SIP timers towards a phone")
struct PhoneTimerTests {
    @Test(
        "a request over a phone's flow has the phone's timers, one to the core the core's, though they share a socket",
        arguments: [(true, 2_000, 128_000), (false, 500, 32_000)])
    func timers(_ isFlow: Bool, _ first: Int, _ last: Int) throws {
        var listener = SIPListener(.udp, Endpoint(.loopback, 5060), timers: .userEquipment)
        listener.clientTimers = .core
        var stack = SIPStack(listeners: [AccessEdge.listener: listener], entropy: Entropy(number: 1))
        var hop = AccessEdge.phone
        hop.isFlow = isFlow
        let message = try SIPMessage(parsing: Array(Request(method: "MESSAGE").text.utf8))
        var outputs: [SIPStackOutput] = []
        stack.send(message, as: ClientTransactionID(rawValue: 1), to: hop, at: .zero, into: &outputs)
        #expect(stack.nextDeadline == .zero + .milliseconds(first))
        var now = Instant.zero
        outputs = []
        while outputs.isEmpty || !outputs.contains(where: { if case .failed = $0 { true } else { false } }) {
            now = try #require(stack.nextDeadline)
            stack.fire(at: now, into: &outputs)
        }
        #expect(now == .zero + .milliseconds(last))  // timer F, 64·T1
    }
}
