import IMS
import Octets
import ProxyCSCF
import SIP
import Testing

@Suite("Attacks on the P-CSCF, by the rows of the project's reliability list")
struct AttackTests {
    private static let route = "Route: \(AccessEdge.serviceRoute)"

    @Test("A3: a phone's answer puts nobody on the path: its Record-Route is replaced by ours")
    func foreignRecordRoute() throws {
        var edge = AccessEdge()
        try edge.register()
        let path = try edge.path()
        let sent = try edge.send(lines: TerminatingTests.invite(path), from: AccessEdge.core)
        let ours = try #require(sent.forwarded).0.texts(.recordRoute)
        let actions = try edge.answer(
            sent, .ok,
            [
                (.contact, "<sip:001010000000001@10.11.12.13:5060>"), (.recordRoute, "<sip:attacker.example;lr>"),
                (.path, "<sip:attacker.example;lr>"), (.serviceRoute, "<sip:attacker.example;lr>"),
            ])
        let response = try #require(actions.response).received()
        #expect(response.texts(.recordRoute) == ours)
        #expect(!response.text.contains("attacker"))
    }

    @Test("A3: a phone's Record-Route in a request goes no further", arguments: ["INVITE", "SUBSCRIBE", "MESSAGE"])
    func recordRouteOfRequest(_ method: String) throws {
        var edge = AccessEdge()
        try edge.register()
        let request = Request(
            method: method, uri: "sip:bob@other.example",
            more: [Self.route, "Record-Route: <sip:attacker.example;lr>"])
        let message = try #require(try edge.send(request).forwarded).0.received()
        #expect(!message.text.contains("attacker"))
    }

    @Test("A13: a response to another's transaction, or one that is over, goes nowhere")
    func strayResponse() throws {
        var edge = AccessEdge()
        try edge.register()
        let sent = try edge.send(Request(method: "INVITE", uri: "sip:bob@192.0.2.9", more: [Self.route]))
        let (request, _, client) = try #require(sent.forwarded)
        let stray = SIPMessage.response(.ok, to: request, toTag: "s1")
        #expect(edge.handle(.response(stray, ClientTransactionID(rawValue: client.rawValue + 99))).isEmpty)
        _ = try edge.answer(sent, .busyHere)
        #expect(edge.handle(.response(stray, client)).isEmpty)
    }

    @Test(
        "A14: our own refusals copy what RFC 3261 §8.2.6.2 copies, and say nothing of software or machine",
        arguments: RefusalTests.methods)
    func refusal(_ method: String) throws {
        var edge = AccessEdge()
        let response = try #require(
            try edge.send(Request(method: method, uri: AccessEdge.publicIdentity)).response
        ).received()
        var names: Set<String> = []
        for line in response.text.split(separator: "\r\n").dropFirst() {
            names.insert(line.split(separator: ":")[0].lowercased())
        }
        #expect(names == ["via", "from", "to", "call-id", "cseq", "content-length"])
    }

    @Test("A14: what comes back to a phone shows no Via of the core, and no charging data")
    func topology() throws {
        var edge = AccessEdge()
        try edge.register()
        let sent = try edge.send(Request(method: "INVITE", uri: "sip:bob@192.0.2.9", more: [Self.route]))
        let response = try #require(
            try edge.answer(
                sent, .ok,
                [
                    (.contact, "<sip:bob@192.0.2.9>"), (.pChargingVector, "icid-value=1"),
                    (.pChargingFunctionAddresses, "ccf=ccf.\(AccessEdge.domain)"),
                ]
            ).response
        ).received()
        #expect(response.texts(.via) == ["SIP/2.0/UDP 10.11.12.13:5060;branch=z9hG4bKp"])
        #expect(!response.text.contains("icid") && !response.text.contains("ccf"))
    }

    @Test("RFC 3486, RFC 5049: an offer of SigComp is passed by, and nothing of ours takes it up")
    func signallingCompression() throws {
        var edge = AccessEdge()
        var request = Request()
        request.contacts = ["<sip:001010000000001@10.11.12.13:5060;comp=sigcomp>;sigcomp-id=\"urn:uuid:0\""]
        let sent = try edge.send(request)
        let message = try #require(sent.forwarded).0.received()
        #expect(message.texts(.path).first?.contains("sigcomp") == false)
        #expect(message.texts(.contact).first?.contains("comp=sigcomp") == true)
        let answered = try edge.register(
            request, bound: ["<sip:001010000000001@10.11.12.13:5060;comp=sigcomp>;expires=600"])
        #expect(answered.response?.status == .ok)
        // A call to it leaves as any other, and our entry in its route says nothing of compression.
        let path = try edge.path()
        let call = try #require(try edge.send(lines: TerminatingTests.invite(path), from: AccessEdge.core).forwarded)
        #expect(call.1.remote == AccessEdge.phone.remote)
        #expect(try call.0.received().texts(.recordRoute).allSatisfy { !$0.contains("sigcomp") })
    }

    @Test("RFC 3329 §2.2, RFC 5049: who requires SigComp of a proxy gets 420")
    func requiredCompression() throws {
        var edge = AccessEdge()
        try edge.register()
        let actions = try edge.send(
            Request(method: "INVITE", uri: "sip:bob@192.0.2.9", more: [Self.route, "Proxy-Require: sigcomp"]))
        #expect(actions.response?.status == .badExtension)
        #expect(actions.response?.texts(.unsupported) == ["sigcomp"])
    }

    @Test("RFC 4412: Resource-Priority goes on as it came, both ways")
    func resourcePriority() throws {
        var edge = AccessEdge()
        try edge.register()
        let priorities = ["mcpttp.15", "ets.0, wps.3"]
        let lines = priorities.map { "Resource-Priority: \($0)" }
        let out = try #require(
            try edge.send(Request(method: "INVITE", uri: "sip:bob@192.0.2.9", more: [Self.route] + lines)).forwarded
        ).0.received()
        #expect(out.texts(.resourcePriority) == ["mcpttp.15", "ets.0", "wps.3"])
        let path = try edge.path()
        let into = try #require(
            try edge.send(lines: TerminatingTests.invite(path, lines), from: AccessEdge.core).forwarded
        ).0.received()
        #expect(into.texts(.resourcePriority) == ["mcpttp.15", "ets.0", "wps.3"])
    }

    @Test("A4: where the operator says where the core is, nobody else sends requests to phones")
    func strangersInTheCore() throws {
        let stranger = Hop(.udp, AccessEdge.listener, Endpoint(.v4(0xC633_6409), 5060))
        for (peers, isServed) in [([], true), ([0xC633_6401], false), ([0xC633_6409], true)] as [([UInt32], Bool)] {
            let trusted = Set(peers.map(IPAddress.v4))
            var dialog = try PhoneDialog(isCaller: false, AccessEdge.phone) { $0.trustedPeers = trusted }
            let path = try dialog.edge.path()
            let call = try dialog.edge.send(lines: TerminatingTests.invite(path), from: stranger)
            #expect((call.forwarded != nil) == isServed)
            if !isServed { #expect(call.response?.status == .forbidden) }
            let update = try dialog.send("UPDATE", fromPhone: false, by: stranger)
            #expect((update.forwarded != nil) == isServed)
            if !isServed { #expect(update.response?.status == .callOrTransactionDoesNotExist) }
            #expect(try dialog.send("UPDATE", fromPhone: false).forwarded != nil)
        }
    }

    @Test("S8: what is no SIP method is treated like any other from a stranger", arguments: ["X", "ACKS", "REGISTERS"])
    func strangeMethods(_ method: String) throws {
        var edge = AccessEdge()
        #expect(try edge.send(Request(method: method)).response?.status == .forbidden)
    }
}
