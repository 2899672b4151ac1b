import Octets
import SIP
import Testing

@Suite("RFC 5393 §4.2: loop detection")
struct LoopDetectionTests {
    private let own: OwnNames = {
        OwnNames(listeners: [
            SIPListener(.udp, Endpoint(.v4(0xC633_6401), 5060), sentBy: "proxy.example.com")
        ])
    }()

    /// The request as it stands after our node has forwarded it once.
    private func forwarded(_ method: Method = .invite, routes: [String] = []) throws -> SIPMessage {
        var bench = StackBench()
        var message = outgoing(method)
        message.append(.via, "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKbelow")
        for route in routes { message.append(.route, route) }
        return try #require(bench.send(message).transmitted.first).message
    }

    private func isLooping(_ message: SIPMessage) throws -> Bool {
        try LoopDetection.isLooping(message) { own.contains(host: $0, port: $1) }
    }

    @Test("A request that leaves as it left before is a loop, whoever handled it between")
    func loop() throws {
        var message = try forwarded(routes: ["<sip:next.example.com;lr>"])
        message.prepend(.via, "SIP/2.0/UDP other.example.com;branch=z9hG4bKother")
        #expect(try isLooping(message))
    }

    @Test("Another Request-URI or Route makes it a spiral")
    func spiral() throws {
        var message = try forwarded()
        message.setRequestURI("sip:retargeted@192.0.2.1:5070")
        #expect(try !isLooping(message))
        var routed = try forwarded(routes: ["<sip:next.example.com;lr>"])
        routed.removeFirstValue(.route)
        #expect(try !isLooping(routed))
    }

    @Test("A request of our own carries no mark, a branch of another node is not ours")
    func unmarked() throws {
        var bench = StackBench()
        let fresh = try #require(bench.send(outgoing()).transmitted.first).message
        #expect(try !isLooping(fresh))
        let foreign = try LoopDetection.isLooping(try forwarded()) { _, _ in false }
        #expect(!foreign)
    }

    @Test("§4.2.1: the mark does not depend on the method")
    func method() throws {
        func mark(_ message: SIPMessage) throws -> Substring? {
            try message.first(Via.self)?.branch?.string.split(separator: "-").last
        }
        #expect(try mark(try forwarded(.invite)) == mark(try forwarded(.message)))
    }
}
