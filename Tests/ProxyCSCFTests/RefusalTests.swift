import IMS
import Octets
import SIP
import Testing

@Suite("Refusals of the P-CSCF")
struct RefusalTests {
    private func refused(_ status: Int, _ code: String, _ counter: String = "registerRefused") -> [String] {
        ["respond \(status)", "observe \(code)", "count \(counter)"]
    }

    @Test("RFC 3261 §16.3: Max-Forwards 0 is 483, and what is no number 400; without one it starts at 70")
    func maxForwards() throws {
        var edge = AccessEdge()
        #expect(try edge.send(Request(maxForwards: "0")).shape == refused(483, "TOO_MANY_HOPS"))
        #expect(try edge.send(Request(maxForwards: "256")).shape == refused(400, "MALFORMED_MAX_FORWARDS"))
        #expect(try #require(try edge.send(Request(maxForwards: nil)).forwarded).0.maxForwards == 70)
    }

    @Test(
        "a domain that is none of our homes is 404",
        arguments: [
            "sip:other.example", "sip:203.0.113.9", "sip:[2001:db8::1]:5060", "sip:127.0.0.1:5070", "tel:+15550001",
            "urn:service:sos", "sip:\(AccessEdge.domain).other.example",
        ])
    func unknownDomain(_ uri: String) throws {
        var edge = AccessEdge()
        #expect(try edge.send(Request(uri: uri)).shape == refused(404, "DOMAIN_NOT_SERVED"))
    }

    @Test("without a list every domain that is known goes on, but no address: no open relay")
    func openHomes() throws {
        var edge = AccessEdge(homeDomains: [])
        #expect(try edge.send(Request()).forwarded != nil)
        #expect(try edge.send(Request(uri: "sip:203.0.113.9")).shape == refused(404, "DOMAIN_NOT_SERVED"))
        #expect(try edge.send(Request(uri: "sip:[::1]")).shape == refused(404, "DOMAIN_NOT_SERVED"))
        let uri = "sip:other.example;maddr=203.0.113.9"
        #expect(try edge.send(Request(uri: uri)).shape == refused(404, "DOMAIN_NOT_SERVED"))
    }

    @Test(
        "S4: an Authorization that cannot be read is 400",
        arguments: [
            "Digest", "Digest username", "Digest username=\"a", "Digest username=\"a\",username=\"b\"", "Digest ,,,,",
            "=", "Digest username=\"a\" nonce=\"b\"",
            "Digest " + (0..<100).map { "p\($0)=1" }.joined(separator: ","),
        ])
    func malformedAuthorization(_ text: String) throws {
        var edge = AccessEdge()
        #expect(
            try edge.send(Request(authorization: text)).shape == refused(400, "MALFORMED_AUTHORIZATION"))
    }

    @Test("S4: a second Authorization is read as well")
    func malformedSecondAuthorization() throws {
        var edge = AccessEdge()
        let actions = try edge.send(Request(more: ["Authorization: Digest integrity-protected=\"yes"]))
        #expect(actions.shape == refused(400, "MALFORMED_AUTHORIZATION"))
    }

    @Test("RFC 3261 §16.3 step 5: what the phone requires of a proxy and we do not have is 420")
    func proxyRequire() throws {
        var edge = AccessEdge()
        let actions = try edge.send(Request(more: ["Proxy-Require: sec-agree, privacy, foo"]))
        #expect(actions.shape == refused(420, "EXTENSION_NOT_SUPPORTED"))
        #expect(actions.response?.texts(.unsupported) == ["privacy", "foo"])
    }

    static let methods = [
        "INVITE", "BYE", "CANCEL", "OPTIONS", "PRACK", "SUBSCRIBE", "NOTIFY", "PUBLISH", "INFO", "REFER", "MESSAGE",
        "UPDATE", "FOO", "register",
    ]

    @Test("S8: nothing but REGISTER from where nobody is registered", arguments: methods)
    func unregistered(_ method: String) throws {
        var edge = AccessEdge()
        let actions = try edge.send(Request(method: method, uri: AccessEdge.publicIdentity))
        #expect(actions.shape == refused(403, "NOT_REGISTERED", "requestRefused"))
    }

    @Test("S8: the same address with another port, listener or transport is somebody else")
    func otherFlow() throws {
        var edge = AccessEdge()
        try edge.register()
        #expect(try edge.isRegistered())
        var others = [AccessEdge.phone, AccessEdge.phone, AccessEdge.phone, AccessEdge.phone]
        others[0].remote.port = 5061
        others[1].listener = ListenerID(rawValue: 1)
        others[2].transport = .tcp
        others[3].remote.address = .v4(0x0A0B_0C0E)
        for other in others { #expect(try edge.isRegistered(other) == false) }
    }

    @Test("from a registered phone every method goes on", arguments: methods)
    func registered(_ method: String) throws {
        var edge = AccessEdge()
        try edge.register()
        let actions = try edge.send(Request(method: method, uri: AccessEdge.publicIdentity))
        #expect(actions.shape.last == "forward \(method) to \(AccessEdge.core.remote)")
        #expect(actions.response == nil)
    }

    @Test("OPTIONS to the P-CSCF itself asks whether it lives")
    func liveness() throws {
        var edge = AccessEdge()
        let actions = try edge.send(Request(method: "OPTIONS", uri: "sip:pcscf.visited.example:5060"))
        #expect(actions.shape == ["respond 200"])
    }
}
