import Octets
import SIP
import Testing

@Suite("RFC 3261 §16.3 step 3, §16.6 step 3, §20.22: Max-Forwards")
struct MaxForwardsTests {
    @Test(
        "Counted down, refused at zero, inserted when absent",
        arguments: [
            ("70", MaxForwards.remaining(69), "69"), ("1", .remaining(0), "0"), ("255", .remaining(254), "254"),
            ("0", .exhausted, "0"), ("256", .malformed, "256"), ("-1", .malformed, "-1"), ("x", .malformed, "x"),
            ("", .malformed, ""),
        ])
    func values(text: String, verdict: MaxForwards, after: String) {
        var message = SIPMessage(.options, uri: "sip:a@example.com")
        message.append(.maxForwards, text)
        #expect(message.countDownMaxForwards() == verdict)
        #expect(message.firstValue(.maxForwards)?.string == after)
    }

    @Test("§16.6 step 3: a request without it gets 70")
    func absent() {
        var message = SIPMessage(.options, uri: "sip:a@example.com")
        #expect(message.countDownMaxForwards() == .remaining(70))
        #expect(message.firstValue(.maxForwards)?.string == "70")
    }
}
