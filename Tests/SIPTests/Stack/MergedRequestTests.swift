import Octets
import SIP
import Testing

@Suite("RFC 3261 §8.2.2.2: merged requests")
struct MergedRequestTests {
    private func bench(_ endpoint: EndpointMethods) -> StackBench {
        var bench = StackBench()
        bench.stack = SIPStack(
            listeners: [StackBench.udp: SIPListener(.udp, Endpoint(.v4(0xC633_6401), 5060))], endpoint: endpoint,
            entropy: Entropy(number: 1))
        return bench
    }

    @Test("The second copy of a request, by another way, gets a 482 and never reaches the user")
    func merged() throws {
        var bench = bench(.all)
        let (message, id) = try #require(bench.receive(request("INVITE")).requests.first)
        let copy = bench.receive(request("INVITE", branch: "z9hG4bKother"))
        #expect(copy.requests.isEmpty)
        #expect(copy.refusals == [.merged])
        let answer = try #require(copy.transmitted.first)
        #expect(answer.message.status == .loopDetected)
        #expect(answer.message.toTag != nil)
        // In a transaction of its own: repeated for the retransmission, ended by the ACK.
        #expect(bench.receive(request("INVITE", branch: "z9hG4bKother")).transmitted.first?.octets == answer.octets)
        let tag = try #require(answer.message.toTag).string
        #expect(bench.receive(request("ACK", branch: "z9hG4bKother", toTag: tag)) == [])
        #expect(bench.respond(.ok, to: message, id).transmitted.first?.message.status == .ok)
    }

    @Test("From tag, Call-ID and CSeq all have to be the same, and the first still be worked on")
    func different() throws {
        var bench = bench(.all)
        let (message, id) = try #require(bench.receive(request()).requests.first)
        #expect(bench.receive(request(branch: "z9hG4bK2", fromTag: "other")).requests.count == 1)
        #expect(bench.receive(request(branch: "z9hG4bK3", callID: "other")).requests.count == 1)
        #expect(bench.receive(request(branch: "z9hG4bK4", cseq: 2)).requests.count == 1)
        #expect(bench.receive(request("MESSAGE", branch: "z9hG4bK5")).requests.count == 1)
        _ = bench.respond(.ok, to: message, id)
        _ = bench.advance(.seconds(140))
        #expect(bench.receive(request(branch: "z9hG4bK6")).requests.count == 1)
    }

    @Test("Inside a dialog there is nothing to merge")
    func insideDialog() {
        var bench = bench(.all)
        #expect(bench.receive(request(toTag: "t")).requests.count == 1)
        #expect(bench.receive(request(branch: "z9hG4bK2", toTag: "t")).requests.count == 1)
    }

    @Test("§16.3: a proxy must not treat merged requests as an error; a registrar does its own method's")
    func proxy() {
        for endpoint in [EndpointMethods.none, .some([.register])] {
            var bench = bench(endpoint)
            #expect(bench.receive(request("INVITE")).requests.count == 1)
            #expect(bench.receive(request("INVITE", branch: "z9hG4bK2")).requests.count == 1)
        }
        var registrar = bench(.some([.register]))
        #expect(registrar.receive(request("REGISTER")).requests.count == 1)
        #expect(registrar.receive(request("REGISTER", branch: "z9hG4bK2")).refusals == [.merged])
    }
}
