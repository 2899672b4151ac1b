import IMS
import Octets
import ProxyCSCF
import SIP
import Testing

@Suite("RFC 5626 §5.4: Flow-Timer for phones that keep flows")
struct FlowTimerTests {
    private static let stream = Hop(
        .tcp, ListenerID(rawValue: 1), Endpoint(.v4(0x0A0B_0C0D), 5060), connection: ConnectionID(rawValue: 7))
    private static let flow = "<sip:001010000000001@10.11.12.13:5060>;+sip.instance=\"<urn:uuid:1>\";reg-id=1"

    private func timer(
        from hop: Hop, contact: String = flow, require: String? = "outbound", status: Status = .ok,
        _ adjust: (inout ProxyCSCFConfiguration) -> Void = { _ in }
    ) throws -> [String] {
        var edge = AccessEdge(adjust)
        let sent = try edge.send(Request(contacts: [contact]), from: hop)
        var fields = [(HeaderName.contact, "\(contact);expires=600"), (.flowTimer, "7")]
        if let require { fields.append((.require, require)) }
        return try #require(try edge.answer(sent, status, fields).response).texts(.flowTimer)
    }

    @Test("over a stream as long as the operator says, over UDP as long as a translator's binding may live")
    func sent() throws {
        #expect(try timer(from: Self.stream) == ["120"])
        #expect(try timer(from: Self.stream) { $0.flowTimer = 300 } == ["300"])
        #expect(try timer(from: AccessEdge.phone) == ["25"])
        #expect(try timer(from: AccessEdge.phone) { $0.keepAlive = 28 } == ["28"])
    }

    @Test("no other phone gets one: not without reg-id, without the registrar's Require: outbound, or when it is off")
    func notSent() throws {
        #expect(try timer(from: Self.stream, contact: "<sip:001010000000001@10.11.12.13:5060>").isEmpty)
        #expect(try timer(from: Self.stream, require: nil).isEmpty)
        #expect(try timer(from: Self.stream, require: "path").isEmpty)
        #expect(try timer(from: Self.stream) { $0.flowTimer = 0 }.isEmpty)
        #expect(try timer(from: AccessEdge.phone) { $0.keepAlive = 0 }.isEmpty)
    }
}
