import IMS
import Octets
import SIP
import Testing

@Suite("Refusals of the I-CSCF before any question")
struct RequestRefusalTests {
    private func refused(_ status: Int, _ code: String, _ counter: String = "registerRefused") -> [String] {
        ["respond \(status)", "observe \(code)", "count \(counter)"]
    }

    @Test("A4: nobody but our own proxies")
    func untrusted() throws {
        let proxy = IPAddress.v4(0xC000_0201)
        let hop = Hop(.udp, EntryPoint.listener, Endpoint(proxy, 5060))
        var entry = EntryPoint()
        #expect(try entry.send(Request(), from: hop).shape == refused(403, "NOT_TRUSTED"))
        let v6 = Hop(.udp, EntryPoint.listener, Endpoint(.v6(0, 1), 5060))
        #expect(try entry.send(Request(), from: v6).question != nil)
        var trusting = EntryPoint(trusted: [proxy])
        #expect(try trusting.send(Request(), from: hop).question != nil)
        #expect(try trusting.send(Request()).question != nil)
        let other = Hop(.udp, EntryPoint.listener, Endpoint(.v4(0xC000_0202), 5060))
        let options = try trusting.send(Request(method: "OPTIONS"), from: other)
        #expect(options.shape == refused(403, "NOT_TRUSTED", "requestRefused"))
    }

    @Test(
        "a domain that we do not serve",
        arguments: ["sip:other.example", "sip:192.0.2.1", "tel:+1", "sip:x.\(EntryPoint.domain)"])
    func domain(_ uri: String) throws {
        var entry = EntryPoint()
        #expect(try entry.send(Request(uri: uri)).shape == refused(404, "DOMAIN_NOT_SERVED"))
    }

    @Test("D3: To without an identity", arguments: ["<urn:service:sos>", "<http://example.com>"])
    func identity(_ to: String) throws {
        var entry = EntryPoint()
        #expect(try entry.send(Request(to: to)).shape == refused(400, "NO_PUBLIC_IDENTITY"))
    }

    @Test("RFC 3261 §16.3: Max-Forwards")
    func maxForwards() throws {
        var entry = EntryPoint()
        let exhausted = try entry.send(Request(maxForwards: "0"))
        #expect(try entry.answer(exhausted).shape == refused(483, "TOO_MANY_HOPS"))
        let malformed = try entry.send(Request(maxForwards: "x"))
        #expect(try entry.answer(malformed).shape == refused(400, "MALFORMED_MAX_FORWARDS"))
        #expect(try entry.underWay() == 0)
    }
}
