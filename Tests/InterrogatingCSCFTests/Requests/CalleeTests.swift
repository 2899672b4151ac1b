import Cx
import Diameter
import IMS
import InterrogatingCSCF
import SIP
import Testing

@Suite("TS 24.229 §5.3.2.1: about whom the HSS is asked")
struct CalleeTests {
    static let domain = EntryPoint.domain

    /// Request-URI, the identity of the LIR, the Request-URI that goes on.
    static let callees: [(String, String, String)] = [
        ("sip:bob@\(domain)", "sip:bob@\(domain)", "sip:bob@\(domain)"),
        ("sip:bob@\(domain.uppercased());method=INVITE", "sip:bob@\(domain)", "sip:bob@\(domain.uppercased())"),
        ("sip:b%6Fb@\(domain);x=1", "sip:bob@\(domain)", "sip:b%6Fb@\(domain);x=1"),
        ("sips:bob@\(domain)", "sip:bob@\(domain)", "sips:bob@\(domain)"),
        ("sip:\(domain)", "sip:\(domain)", "sip:\(domain)"),
        // Numbers, RFC 3966 and RFC 3261 §19.1.6.
        ("tel:+1-555-0100", "tel:+15550100", "tel:+1-555-0100"),
        ("sip:+1-555-0100@\(domain);user=phone", "tel:+15550100", "tel:+1-555-0100"),
        ("sip:+15550100;isub=7@\(domain);user=phone", "tel:+15550100", "tel:+15550100;isub=7"),
        (
            "tel:7042;phone-context=Example.org", "tel:7042;phone-context=example.org",
            "tel:7042;phone-context=Example.org"
        ),
        ("sip:+15550100@\(domain)", "sip:+15550100@\(domain)", "sip:+15550100@\(domain)"),
        ("sip:7042@\(domain);user=phone", "sip:7042@\(domain)", "sip:7042@\(domain);user=phone"),
        // A GRUU stays as it is, RFC 5627.
        ("sip:bob@\(domain);gr=urn:uuid:1", "sip:bob@\(domain)", "sip:bob@\(domain);gr=urn:uuid:1"),
        (
            "sip:+15550100@\(domain);user=phone;gr=1", "sip:+15550100@\(domain)",
            "sip:+15550100@\(domain);user=phone;gr=1"
        ),
        // RFC 3859, RFC 3861.
        ("pres:bob@\(domain)", "sip:bob@\(domain)", "sip:bob@\(domain)"),
        ("IM:bob@\(domain)", "sip:bob@\(domain)", "sip:bob@\(domain)"),
    ]

    @Test("RFC 5627 §3.1.2: a temporary GRUU goes to the S-CSCF that made it; the HSS is not asked")
    func temporaryGRUU() throws {
        for (name, port) in [(EntryPoint.first, 5080), (EntryPoint.third, 5082)] {
            var entry = EntryPoint()
            let mark = String(TemporaryGRUU.mark(of: name), radix: 16)
            let user = "tgruu." + String(repeating: "0", count: 4 - mark.count) + mark + "00112233445566778899"
            let uri = "sip:\(user)@\(EntryPoint.domain);gr"
            let actions = try entry.send(.request("INVITE", to: uri))
            #expect(actions.shape == ["count requestForwarded", "forward to \(uri) at \(port)"])
            #expect(actions.routes == ["<\(name);lr>"])
        }
    }

    @Test("one of an S-CSCF that nobody knows is the HSS's to refuse")
    func strangeTemporaryGRUU() throws {
        var entry = EntryPoint()
        let actions = try entry.send(.request("INVITE", to: "sip:tgruu.zzzz@\(EntryPoint.domain);gr"))
        #expect(actions.question != nil)
        let other = EntryPoint.pool.map { TemporaryGRUU.mark(of: $0.name) }.contains(0x1234) ? "1235" : "1234"
        #expect(try entry.send(.request("INVITE", to: "sip:tgruu.\(other)@\(EntryPoint.domain);gr")).question != nil)
    }

    @Test("the callee, and what becomes of the Request-URI", arguments: callees)
    func callee(_ uri: String, _ identity: String, _ forwarded: String) throws {
        var entry = EntryPoint()
        let asked = try entry.send(.request("INVITE", to: uri))
        #expect(asked.shape == ["count locationAsked", "ask about \(identity)"])
        let actions = try entry.locate(asked, LocationInfoAnswer(.success, serverName: EntryPoint.second))
        #expect(actions.shape == ["count requestForwarded", "forward to \(forwarded) at 5081"])
        #expect(actions.routes == ["<\(EntryPoint.second);lr>"])
    }

    @Test("whatever the method", arguments: ["MESSAGE", "SUBSCRIBE", "PUBLISH", "REFER", "OPTIONS", "INFO", "FOO"])
    func methods(_ method: String) throws {
        var entry = EntryPoint()
        let actions = try entry.call(.request(method))
        #expect(actions.shape == ["count requestForwarded", "forward to \(Request.callee) at 5080"])
        let message = try #require(actions.forwarded).0
        #expect(message.maxForwards == 68)
        #expect(!message.contains(.recordRoute))
    }

    @Test("our Route comes off, by address or as the entry point of the network")
    func ownRoute() throws {
        for own in ["<sip:127.0.0.1:5070;lr>", "<sip:\(Self.domain);lr>", "<sip:\(Self.domain):5070;transport=tcp;lr>"]
        {
            var entry = EntryPoint()
            let actions = try entry.call(.request("INVITE", routes: [own]))
            #expect(actions.routes == ["<\(EntryPoint.first);lr>"])
        }
    }

    @Test("other domains and schemes: nothing is relayed")
    func foreign() throws {
        var entry = EntryPoint()
        for uri in ["sip:bob@other.example", "sip:bob@192.0.2.1", "sip:bob@x.\(Self.domain)"] {
            #expect(
                try entry.send(.request("INVITE", to: uri)).shape
                    == ["respond 404", "observe DOMAIN_NOT_SERVED", "count requestRefused"])
        }
        #expect(
            try entry.send(.request("INVITE", to: "http://bob")).shape == ["respond 416", "count requestRefused"])
        #expect(try entry.requests() == [0, 0])
    }

    @Test("OPTIONS to us is answered, with a Route or without")
    func options() throws {
        var entry = EntryPoint()
        #expect(try entry.send(.request("OPTIONS", to: "sip:\(Self.domain)")).shape == ["respond 200"])
        #expect(try entry.send(.request("OPTIONS", to: "sip:127.0.0.1:5070")).shape == ["respond 200"])
        let routed = Request.request("OPTIONS", to: "sip:\(Self.domain)", routes: ["<sip:\(Self.domain);lr>"])
        #expect(try entry.send(routed).shape == ["respond 200"])
        var last = Request.request("OPTIONS")
        last.maxForwards = "0"
        #expect(try entry.send(last).shape == ["respond 200"])
    }

    /// P-Served-User goes before P-Asserted-Identity.
    static let callers: [([String], String)] = [
        (["P-Served-User: <sip:carol@\(domain)>;sescase=orig;regstate=unreg"], "sip:carol@\(domain)"),
        (["P-Served-User: <sip:carol@\(domain)>", "P-Asserted-Identity: <sip:dave@\(domain)>"], "sip:carol@\(domain)"),
        (["P-Asserted-Identity: <sip:dave@\(domain)>, <tel:+15550100>"], "sip:dave@\(domain)"),
        (["P-Asserted-Identity: <sip:+15550100@\(domain);user=phone>"], "tel:+15550100"),
    ]

    @Test("orig: an application server calls on behalf of a user", arguments: callers)
    func originating(_ headers: [String], _ identity: String) throws {
        var entry = EntryPoint()
        let request = Request.request(
            "INVITE", to: "sip:anyone@other.example", routes: ["<sip:\(Self.domain);lr;orig>"], more: headers)
        let asked = try entry.send(request)
        #expect(asked.shape == ["count locationAsked", "ask about \(identity) originating"])
        let actions = try entry.locate(asked, LocationInfoAnswer(.success, serverName: EntryPoint.second))
        #expect(actions.shape == ["count requestForwarded", "forward to sip:anyone@other.example at 5081"])
        #expect(actions.routes == ["<\(EntryPoint.second);lr;orig>"])
    }

    @Test("orig, but on whose behalf?")
    func nobody() throws {
        var entry = EntryPoint()
        let route = "<sip:\(Self.domain);lr;orig>"
        #expect(
            try entry.send(.request("INVITE", routes: [route])).shape
                == ["respond 403", "observe NO_SERVED_USER", "count requestRefused"])
        let unreadable = Request.request("INVITE", routes: [route], more: ["P-Served-User: <urn:x:1>"])
        #expect(try entry.send(unreadable).shape.first == "respond 403")
    }
}
