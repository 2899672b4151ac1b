import IMS
import Octets
import ProxyCSCF
import SIP
import Testing

@Suite("TS 24.229 §5.2.6.3: requests from a phone")
struct OriginatingTests {
    private static let tel = "tel:+15550001"

    private func invite(_ more: [String] = [], route: [String] = [AccessEdge.serviceRoute]) -> Request {
        var request = Request(method: "INVITE", uri: "sip:bob@other.example", to: "<sip:bob@other.example>")
        request.expires = nil
        request.authorization = nil
        request.more = (["<sip:pcscf.visited.example:5060;lr>"] + route).map { "Route: \($0)" } + more
        return request
    }

    private func forwarded(
        _ request: Request, _ adjust: (inout ProxyCSCFConfiguration) -> Void = { _ in }
    ) throws -> SIPMessage {
        var edge = AccessEdge(adjust)
        try edge.register()
        return try #require(try edge.send(request).forwarded).0.received()
    }

    @Test("an INVITE goes to the S-CSCF of the Service-Route, with what the network adds")
    func goesOn() throws {
        var edge = AccessEdge()
        try edge.register()
        let actions = try edge.send(invite())
        #expect(actions.shape == ["forward INVITE to \(AccessEdge.core.remote)"])
        let message = try #require(actions.forwarded).0.received()
        #expect(message.requestURI.string == "sip:bob@other.example")
        #expect(message.texts(.route) == [AccessEdge.serviceRoute])
        #expect(message.texts(.pAssertedIdentity) == ["<\(AccessEdge.publicIdentity)>"])
        #expect(message.maxForwards == 69)
        let entries = try message.all(RecordRoute.self)
        #expect(entries.count == 1)
        #expect(entries.first?.address.uri.string.hasPrefix("sip:pcscf.visited.example:5060;lr;seal=") == true)
        let vector = try #require(try message.first(PChargingVector.self))
        #expect(vector.icid.count == 32)
        #expect(vector.generatedAt?.string == "192.0.2.1")
        #expect(vector.originatingOperator?.string == "visited.example")
        #expect(vector.terminatingOperator == nil)
    }

    @Test("RFC 7315 §4.6: every request has an ICID of its own")
    func chargingIdentity() throws {
        var edge = AccessEdge()
        try edge.register()
        let first = try #require(try edge.send(invite()).forwarded).0
        let second = try #require(try edge.send(invite()).forwarded).0
        #expect(first.texts(.pChargingVector) != second.texts(.pChargingVector))
    }

    @Test(
        "RFC 3325 §6, A1: a preferred identity is asserted when it is registered, else the default one",
        arguments: [
            ("<\(tel)>", "<\(tel)>"), ("\"Boss\" <\(AccessEdge.publicIdentity)>", "<\(AccessEdge.publicIdentity)>"),
            ("<sip:boss@\(AccessEdge.domain)>", "<\(AccessEdge.publicIdentity)>"),
            ("<sip:boss@\(AccessEdge.domain)>, <\(tel)>", "<\(tel)>"), ("<tel:+1-555-0001>", "<\(tel)>"),
            ("<urn:service:sos>", "<\(AccessEdge.publicIdentity)>"), ("<<<", "<\(AccessEdge.publicIdentity)>"),
        ])
    func preferredIdentity(_ preferred: String, _ asserted: String) throws {
        let message = try forwarded(invite(["P-Preferred-Identity: \(preferred)"]))
        #expect(message.texts(.pAssertedIdentity) == [asserted])
        #expect(!message.contains(.pPreferredIdentity))
    }

    @Test("A2: From decides nothing; in strict mode another's identity is 403, nobody's is not")
    func fromOfAnother() throws {
        var request = invite()
        request.from = "<sip:boss@\(AccessEdge.domain)>;tag=f1"
        #expect(try forwarded(request).texts(.pAssertedIdentity) == ["<\(AccessEdge.publicIdentity)>"])
        var edge = AccessEdge { $0.identityMismatch = .refuse }
        try edge.register()
        #expect(
            try edge.send(request).shape
                == ["respond 403", "observe IDENTITY_NOT_REGISTERED", "count requestRefused"])
        request.from = "\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=f1"
        #expect(try edge.send(request).forwarded != nil)
        #expect(try edge.send(invite(["P-Preferred-Identity: <sip:boss@x>"])).response?.status == .forbidden)
        #expect(try edge.send(invite(["P-Preferred-Identity: <\(Self.tel)>"])).forwarded != nil)
    }

    @Test("S7, A1, A3: nothing that only the network may say goes on", arguments: ForwardingTests.smuggled)
    func stripped(_ line: String) throws {
        let message = try forwarded(invite([line]))
        #expect(!message.text.lowercased().contains("evil"), "\(message.text)")
        #expect(message.texts(.pAssertedIdentity).count == 1)
        #expect(message.texts(.pChargingVector).count == 1)
        #expect(message.texts(.recordRoute).count == 1)
        #expect(message.texts(.route) == [AccessEdge.serviceRoute])
    }

    @Test("what the phone may say goes on as it came, the body too")
    func kept() throws {
        let lines = [
            "P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=0010100010000001", "Require: precondition",
            "Supported: 100rel, timer", "Resource-Priority: ets.0", "P-Preferred-Service: urn:urn-7:3gpp-service.x",
            "Accept-Contact: *;+g.3gpp.icsi-ref=\"x\"", "Privacy: id",
        ]
        let message = try forwarded(invite(lines))
        for line in lines { #expect(message.text.contains(line), "\(line)") }
    }

    static let wrongRoutes: [[String]] = [
        [], ["<sip:evil@203.0.113.9;lr>"], [AccessEdge.serviceRoute, "<sip:evil@203.0.113.9;lr>"],
        ["<sip:evil@203.0.113.9;lr>", AccessEdge.serviceRoute], ["<sip:scscf.\(AccessEdge.domain):5080;lr>"],
    ]

    @Test("§5.2.6.3.3 step 2: a Route that is not the Service-Route is replaced by it", arguments: wrongRoutes)
    func routeReplaced(_ route: [String]) throws {
        #expect(try forwarded(invite(route: route)).texts(.route) == [AccessEdge.serviceRoute])
    }

    @Test("§5.2.6.3.3 step 2: or it is 400", arguments: wrongRoutes)
    func routeRefused(_ route: [String]) throws {
        var edge = AccessEdge { $0.routeMismatch = .refuse }
        try edge.register()
        #expect(
            try edge.send(invite(route: route)).shape
                == ["respond 400", "observe ROUTE_NOT_SERVICE_ROUTE", "count requestRefused"])
        #expect(try edge.send(invite()).forwarded != nil)
        let other = "<sip:orig@SCSCF.\(AccessEdge.domain):5080;lr>"  // RFC 3261 §19.1.4
        #expect(try edge.send(invite(route: [other])).forwarded != nil)
    }

    @Test("a phone that registered without a Service-Route reaches its home network's entry point")
    func noServiceRoute() throws {
        var edge = AccessEdge()
        let registered = try edge.send(Request())
        _ = try edge.answer(registered, .ok, [(.contact, "<sip:001010000000001@10.11.12.13:5060>;expires=600")])
        let (message, hop, _) = try #require(try edge.send(invite(route: [])).forwarded)
        #expect(hop == AccessEdge.home)
        #expect(message.texts(.pAssertedIdentity) == ["<\(AccessEdge.publicIdentity)>"])
    }

    @Test(
        "RFC 3261 §12, RFC 6665, RFC 3515: only requests that begin a dialog are given a Record-Route",
        arguments: [
            ("INVITE", 1), ("SUBSCRIBE", 1), ("REFER", 1), ("MESSAGE", 0), ("OPTIONS", 0), ("PUBLISH", 0),
        ])
    func recordRoute(_ method: String, _ count: Int) throws {
        var request = invite()
        request.method = method
        #expect(try forwarded(request).texts(.recordRoute).count == count)
    }

    @Test("RFC 3261 §16.3: what cannot be forwarded is refused")
    func faults() throws {
        var edge = AccessEdge()
        try edge.register()
        var request = invite()
        request.maxForwards = "0"
        #expect(try edge.send(request).response?.status == .tooManyHops)
        request = invite(["Proxy-Require: foo"])
        #expect(try edge.send(request).response?.texts(.unsupported) == ["foo"])
        request = invite()
        request.uri = "urn:isbn:0"
        #expect(try edge.send(request).response?.status == .unsupportedURIScheme)
        request.uri = Self.tel
        #expect(try edge.send(request).forwarded != nil)
        #expect(try edge.send(invite(route: ["sip:x"])).forwarded != nil)
        request.more = ["Route: <<"]
        #expect(
            try edge.send(request).shape == ["respond 400", "observe MALFORMED_ROUTE", "count requestRefused"])
    }

    @Test("A13: a request inside a dialog that has no Record-Route of ours is 481")
    func unknownDialog() throws {
        var edge = AccessEdge()
        try edge.register()
        for method in ["INVITE", "UPDATE", "PRACK", "BYE", "INFO", "NOTIFY"] {
            var request = invite()
            request.method = method
            request.to += ";tag=t1"
            #expect(
                try edge.send(request).shape
                    == ["respond 481", "observe DIALOG_UNKNOWN", "count requestRefused"], "\(method)")
        }
    }

    @Test("the answer reaches the phone without charging data; a caller's wish for privacy is heard")
    func answer() throws {
        var edge = AccessEdge()
        try edge.register()
        let sent = try edge.send(invite())
        let fields: [(HeaderName, String)] = [
            (.pChargingVector, "icid-value=1"), (.pChargingFunctionAddresses, "ccf=1"),
            (.pAccessNetworkInfo, "3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=1"), (.pAssertedIdentity, "<tel:+1555>"),
        ]
        let ringing = try #require(try edge.answer(sent, .ringing, fields).response)
        for (name, _) in fields.dropLast() { #expect(!ringing.contains(name)) }
        #expect(ringing.texts(.pAssertedIdentity) == ["<tel:+1555>"])
        let ok = try #require(try edge.answer(sent, .ok, fields + [(.privacy, "id")]).response)
        #expect(!ok.contains(.pAssertedIdentity))
        #expect(ok.texts(.via) == ["SIP/2.0/UDP 10.11.12.13:5060;branch=z9hG4bKp"])
    }

    @Test("RFC 3261 §16.10: CANCEL follows its INVITE")
    func cancel() throws {
        var edge = AccessEdge()
        try edge.register()
        let sent = try edge.send(invite())
        #expect(edge.handle(.cancelled(edge.lastServer)).shape == ["cancel"])
        #expect(try edge.answer(sent, .requestTerminated).shape == ["respond 487"])
        #expect(edge.handle(.cancelled(edge.lastServer)).isEmpty)
    }

    @Test("more requests than there may be at once: 503 with Retry-After")
    func limit() throws {
        var edge = AccessEdge { $0.requestLimit = 1 }
        try edge.register()
        #expect(try edge.send(invite()).forwarded != nil)
        let actions = try edge.send(invite())
        #expect(actions.shape == ["respond 503", "observe TOO_MANY_REQUESTS", "count requestRefused"])
        #expect(actions.response?.texts(.retryAfter) == ["5"])
    }

    @Test("users behind one socket: Contact, preferred identity or From tell them apart; nothing does: 403")
    func sharedFlow() throws {
        var edge = AccessEdge()
        try edge.register()
        let second = "sip:second@\(AccessEdge.domain)"
        var other = Request(to: "<\(second)>", contacts: ["<sip:second@10.11.12.13:5060>"])
        other.authorization = "Digest username=\"second@\(AccessEdge.domain)\",realm=\"r\",nonce=\"\""
        _ = try edge.answer(
            try edge.send(other), .ok,
            [
                (.contact, "<sip:second@10.11.12.13:5060>;expires=600"), (.pAssociatedURI, "<\(second)>"),
                (.serviceRoute, AccessEdge.serviceRoute),
            ])
        func asserted(_ request: Request) throws -> [String]? {
            try edge.send(request).forwarded?.0.texts(.pAssertedIdentity)
        }
        #expect(try asserted(invite()) == ["<\(AccessEdge.publicIdentity)>"])
        var request = invite()
        request.contacts = ["<sip:second@10.11.12.13:5060>"]
        #expect(try asserted(request) == ["<\(second)>"])
        request.contacts = []
        request.method = "MESSAGE"
        #expect(try asserted(request) == ["<\(AccessEdge.publicIdentity)>"])
        request.from = "<\(second)>;tag=f1"
        #expect(try asserted(request) == ["<\(second)>"])
        request.from = "<sip:anonymous@anonymous.invalid>;tag=f1"
        #expect(try edge.send(request).shape.contains("observe SENDER_UNKNOWN"))
        request.more.append("P-Preferred-Identity: <\(second)>")
        #expect(try asserted(request) == ["<\(second)>"])
    }
}
