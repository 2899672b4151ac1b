import Cx
import Diameter
import IMS
import InterrogatingCSCF
import Octets
import SIP
import Testing

@Suite("Requests on their way through the I-CSCF, RFC 3261 §16")
struct PassageTests {
    @Test("every provisional but 100, the answer, and its repetitions go to the caller")
    func answered() throws {
        var entry = EntryPoint()
        let forwarded = try entry.call()
        #expect(try entry.respond(forwarded, .trying).isEmpty)
        #expect(try entry.respond(forwarded, .ringing).shape == ["respond 180"])
        #expect(try entry.respond(forwarded, .ok).shape == ["respond 200"])
        #expect(try entry.respond(forwarded, .ok).shape == ["respond 200"])
        #expect(try entry.requests() == [0, 1])
        entry.now = .zero + .seconds(32)
        #expect(entry.handle(.deadline).isEmpty)
        #expect(try entry.requests() == [0, 0])
        #expect(entry.role.nextDeadline == nil)
    }

    @Test("further Route entries are followed: the HSS is not asked")
    func routed() throws {
        var entry = EntryPoint()
        let routes = ["<sip:\(EntryPoint.domain);lr>", "<\(EntryPoint.third);lr>", "<sip:p.example;lr>"]
        let actions = try entry.send(.request("INVITE", to: "sip:x@other.example", routes: routes))
        #expect(actions.shape == ["forward to sip:x@other.example at 5082"])
        #expect(actions.routes == Array(routes.dropFirst()))
        #expect(try entry.respond(actions, .notFound).shape == ["respond 404"])
        let nowhere = try entry.send(.request("BYE", to: "sip:x@10.0.0.1", routes: ["<sip:nowhere.example;lr>"]))
        #expect(nowhere.shape == ["respond 500"])
        #expect(try entry.requests() == [0, 0])
    }

    @Test("an ACK goes where its Route says")
    func acknowledgement() throws {
        var entry = EntryPoint { $0.usesDNS = true }
        func ack(_ routes: [String]) throws -> [Action<Never>] {
            let request = try SIPMessage(
                parsing: Array(Request.request("ACK", to: "sip:bob@10.0.0.1", routes: routes).text.utf8))
            return entry.handle(.acknowledgement(request, from: EntryPoint.proxy))
        }
        let actions = try ack(["<sip:\(EntryPoint.domain);lr>", "<\(EntryPoint.second);lr>"])
        guard case .acknowledge(let sent, let hop)? = actions.first else {
            Issue.record("nothing is sent")
            return
        }
        #expect(hop.remote.port == 5081)
        #expect(sent.maxForwards == 68)
        #expect(try ack([]).isEmpty)
        #expect(try ack(["<sip:named.example;lr>"]).shape == ["send ACK toward named.example"])
        #expect(try ack(["<sip:named.example;transport=carrier-pigeon;lr>"]).isEmpty)
    }

    @Test("§16.3: Max-Forwards, Proxy-Require")
    func validation() throws {
        var entry = EntryPoint()
        var request = Request.invite
        request.maxForwards = "0"
        #expect(try entry.send(request).shape == ["respond 483", "count requestRefused"])
        request.maxForwards = "x"
        #expect(try entry.send(request).shape == ["respond 400", "count requestRefused"])
        #expect(
            try entry.send(.request("INVITE", more: ["Proxy-Require: warp"])).shape
                == ["respond 420", "count requestRefused"])
    }

    @Test("RFC 5393: a request that goes round is stopped")
    func loop() throws {
        var entry = EntryPoint()
        let forwarded = try #require(try entry.call().forwarded)
        // What the stack does when it sends: our Via, with the mark of the request in its branch.
        var stack = SIPStack(
            listeners: [EntryPoint.listener: SIPListener(.udp, Endpoint(.loopback, 5070))],
            entropy: Entropy(number: 1))
        var outputs: [SIPStackOutput] = []
        stack.send(forwarded.0, as: forwarded.2, to: forwarded.1, at: .zero, into: &outputs)
        guard case .transmit(let octets, _)? = outputs.first else {
            Issue.record("nothing is sent")
            return
        }
        var back = try SIPMessage(parsing: octets)
        back.remove(.route)
        let asked = entry.handle(.request(back, ServerTransactionID(rawValue: 77), from: EntryPoint.proxy))
        let actions = try entry.locate(asked, LocationInfoAnswer(.success, serverName: EntryPoint.first))
        #expect(actions.shape == ["count requestForwarded", "respond 482"])
    }

    @Test("more than we may have at once: 503 with Retry-After")
    func full() throws {
        var entry = EntryPoint { $0.requestLimit = 1 }
        _ = try entry.send(.invite)
        let actions = try entry.send(.invite)
        #expect(actions.shape == ["respond 503", "count requestRefused"])
        guard case .respond(let response, _)? = actions.first else { return }
        #expect(response.firstValue(.retryAfter)?.string == "5")
    }

    @Test("RFC 3325 §5: strangers are refused, or believed in nothing")
    func strangers() throws {
        let hop = Hop(.udp, EntryPoint.listener, Endpoint(.v4(0xC000_0201), 5060))
        var closed = EntryPoint()
        #expect(try closed.send(.invite, from: hop).shape.first == "respond 403")
        var open = EntryPoint { $0.acceptsStrangers = true }
        let assertions = [
            "P-Asserted-Identity: <sip:eve@x>", "P-Served-User: <sip:eve@x>", "P-Profile-Key: <sip:eve@x>",
            "P-Charging-Vector: icid-value=1", "P-Asserted-Service: urn:urn-7:3gpp-service.ims.icsi.mmtel",
            "P-Access-Network-Info: IEEE-802.11", "P-User-Database: <aaa://x>",
            "P-Charging-Function-Addresses: ccf=x", "X-Kept: 1",
        ]
        let asked = try open.send(.request("INVITE", more: assertions), from: hop)
        let actions = try open.locate(asked, LocationInfoAnswer(.success, serverName: EntryPoint.first))
        let sent = try #require(actions.forwarded).0
        for line in assertions.dropLast() {
            let name = try #require(line.split(separator: ":").first)
            #expect(sent.firstValue(HeaderName(String(name))) == nil, "\(name)")
        }
        #expect(sent.firstValue(HeaderName("X-Kept"))?.string == "1")
        let refused = ["respond 403", "observe NOT_TRUSTED", "count requestRefused"]
        let originating = Request.request("INVITE", routes: ["<sip:\(EntryPoint.domain);lr;orig>"])
        #expect(try open.send(originating, from: hop).shape == refused)
        let routed = Request.request("INVITE", routes: ["<\(EntryPoint.first);lr>"])
        #expect(try open.send(routed, from: hop).shape == refused)
        #expect(try open.send(Request(), from: hop).shape.first == "respond 403")
        let ack = try SIPMessage(parsing: Array(Request.request("ACK", routes: ["<\(EntryPoint.first);lr>"]).text.utf8))
        #expect(open.handle(.acknowledgement(ack, from: hop)).isEmpty)
    }
}

@Suite("TS 24.229 §5.3.2: every state with every event")
struct StateEventTests {
    enum State: CaseIterable { case asking, forwarded, ringing, cancelled, answered, asksAgain, ended }
    enum Event: CaseIterable { case name, unknown, askFailed, ringing, ok, busy, transport, timeout, cancel, deadline }

    /// An entry point with one INVITE in the state, and the actions that carry its last question and its last forwarding.
    private func make(_ state: State) throws -> (EntryPoint, question: [Action<Never>], sent: [Action<Never>]) {
        var entry = EntryPoint()
        let asked = try entry.send(.invite)
        guard state != .asking else { return (entry, asked, []) }
        let sent = try entry.locate(asked, LocationInfoAnswer(.success, serverName: EntryPoint.first))
        var question = asked
        switch state {
        case .asking, .forwarded: break
        case .ringing: _ = try entry.respond(sent, .ringing)
        case .cancelled:
            _ = try entry.respond(sent, .ringing)
            _ = entry.handle(.cancelled(ServerTransactionID(rawValue: 1)))
        case .answered: _ = try entry.respond(sent, .ok)
        case .asksAgain: question = try entry.fail(sent, .transport)
        case .ended: _ = try entry.respond(sent, .busyHere)
        }
        return (entry, question, sent)
    }

    private static let again = "ask about \(Request.callee) registrationAndCapabilities"
    private static let forward = ["count requestForwarded", "forward to \(Request.callee) at 5081"]

    private func expected(_ state: State, _ event: Event) -> [String] {
        switch (state, event) {
        case (.asking, .name): Self.forward
        case (.asksAgain, .name): ["count servingCSCFRetried", "forward to \(Request.callee) at 5081"]
        case (.asking, .unknown), (.asksAgain, .unknown):
            ["respond 404", "observe UNKNOWN_SUBSCRIBER", "count requestRefused"]
        case (.asking, .askFailed), (.asksAgain, .askFailed):
            ["respond 480", "observe HSS_UNREACHABLE", "count requestRefused"]
        case (.asking, .cancel), (.asksAgain, .cancel): ["respond 487"]
        case (.forwarded, .ringing), (.ringing, .ringing), (.cancelled, .ringing): ["respond 180"]
        case (.forwarded, .ok), (.ringing, .ok), (.cancelled, .ok), (.answered, .ok): ["respond 200"]
        case (.forwarded, .busy), (.ringing, .busy), (.cancelled, .busy): ["respond 486"]
        case (.forwarded, .transport), (.forwarded, .timeout): [Self.again]
        case (.forwarded, .deadline): ["cancel 1", Self.again]
        case (.ringing, .transport): ["respond 500"]
        case (.ringing, .timeout): ["respond 408"]
        case (.cancelled, .transport): ["respond 500"]
        case (.cancelled, .timeout): ["respond 487"]
        case (.forwarded, .cancel), (.ringing, .cancel): ["cancel 1"]
        case (_, .name), (_, .unknown), (_, .askFailed), (_, .ringing), (_, .ok), (_, .busy), (_, .transport),
            (_, .timeout), (_, .cancel), (_, .deadline):
            []
        }
    }

    @Test("what is done, and no trap", arguments: State.allCases, Event.allCases)
    func matrix(_ state: State, _ event: Event) throws {
        var (entry, question, sent) = try make(state)
        let server = ServerTransactionID(rawValue: 1)
        let actions: [Action<Never>] =
            switch event {
            case .name:
                try entry.locate(question, LocationInfoAnswer(.success, serverName: EntryPoint.second))
            case .unknown: try entry.locate(question, LocationInfoAnswer(.userUnknown))
            case .askFailed: entry.handle(.askFailed(try #require(question.question).1, .timeout))
            case .ringing: sent.isEmpty ? [] : try entry.respond(sent, .ringing)
            case .ok: sent.isEmpty ? [] : try entry.respond(sent, .ok)
            case .busy: sent.isEmpty ? [] : try entry.respond(sent, .busyHere)
            case .transport: sent.isEmpty ? [] : try entry.fail(sent, .transport)
            case .timeout: sent.isEmpty ? [] : try entry.fail(sent, .timeout)
            case .cancel: entry.handle(.cancelled(server))
            case .deadline:
                {
                    entry.now = .zero + .seconds(40)
                    return entry.handle(.deadline)
                }()
            }
        #expect(actions.shape == expected(state, event), "\(state) × \(event)")
    }
}
