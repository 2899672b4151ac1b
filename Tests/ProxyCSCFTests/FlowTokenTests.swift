import Octets
import ProxyCSCF
import SIP
import Testing

@Suite("Flow tokens, RFC 5626 §5.2")
struct FlowTokenTests {
    private static let token = FlowToken(key: AccessEdge.key)
    private static let v4 = Endpoint(.v4(0xC000_0201), 5060)
    private static let v6 = Endpoint(.v6(0x2001_0DB8_0000_0000, 1), 65_535)

    static let hops = [
        Hop(.udp, ListenerID(rawValue: 0), v4), Hop(.udp, ListenerID(rawValue: 65_535), v6),
        Hop(.tcp, ListenerID(rawValue: 1), v4, connection: ConnectionID(rawValue: 1)),
        Hop(.tls, ListenerID(rawValue: 1), v6, connection: ConnectionID(rawValue: .max)),
        Hop(.tcp, ListenerID(rawValue: 1), v6),
    ]

    @Test("what goes in comes out", arguments: hops)
    func roundTrip(_ hop: Hop) {
        // What comes back is a flow: RFC 5626 §5.3 leaves a proxy no other way to the phone.
        var flow = hop
        flow.isFlow = true
        #expect(Self.token.decode(OctetSlice(Self.token.encode(hop))) == flow)
    }

    @Test("a token is a URI's user part: digits and letters only", arguments: hops)
    func characters(_ hop: Hop) throws {
        let text = Self.token.encode(hop)
        guard case .sip(let uri) = try URI(parsing: OctetSlice("sip:\(text)@p.example;lr")) else { return }
        #expect(uri.user?.string == text)
    }

    @Test("any octet changed: not ours", arguments: hops)
    func forged(_ hop: Hop) {
        let text = Array(Self.token.encode(hop).utf8)
        for index in text.indices {
            var changed = text
            changed[index] = changed[index] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
            #expect(Self.token.decode(OctetSlice(changed)) == nil)
        }
    }

    @Test("cut anywhere, or longer: not ours", arguments: hops)
    func truncated(_ hop: Hop) {
        let text = Array(Self.token.encode(hop).utf8)
        for count in 0..<text.count { #expect(Self.token.decode(OctetSlice(Array(text.prefix(count)))) == nil) }
        #expect(Self.token.decode(OctetSlice(text + text)) == nil)
    }

    @Test(
        "what is no token at all",
        arguments: ["", "0", "zz", String(repeating: "0", count: 38), String(repeating: "f", count: 100_000), "é"])
    func nonsense(_ text: String) {
        #expect(Self.token.decode(OctetSlice(text)) == nil)
    }

    @Test("a P-CSCF with another key makes other tokens")
    func otherKey() {
        let other = FlowToken(key: [UInt8](repeating: 9, count: 32))
        for hop in Self.hops { #expect(Self.token.decode(OctetSlice(other.encode(hop))) == nil) }
    }

    @Test("the phone's flow is in the Path that the S-CSCF stores")
    func path() throws {
        var edge = AccessEdge()
        let (forwarded, _, _) = try #require(try edge.send(Request()).forwarded)
        let path = try #require(try forwarded.first(Path.self))
        guard case .sip(let uri) = try path.address.parsedURI() else { return }
        #expect(uri.isLooseRouter)
        #expect(uri.host.string == "pcscf.visited.example")
        #expect(Self.token.decode(uri.user ?? OctetSlice())?.remote == AccessEdge.phone.remote)
    }

    @Test(
        "RFC 5626 §5.1: ob only from the first hop of a phone with a reg-id",
        arguments: [
            (";reg-id=1;+sip.instance=\"<urn:uuid:1>\"", [], true), ("", [], false),
            (";reg-id=1", ["Via: SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKfirst"], false),
        ])
    func outbound(parameters: String, more: [String], isMarked: Bool) throws {
        var edge = AccessEdge()
        var request = Request(more: more)
        request.contacts[0] += parameters
        let path = try #require(try edge.send(request).forwarded?.0.first(Path.self))
        #expect(path.address.uri.string.hasSuffix(";ob") == isMarked)
    }
}
