import IMS
import Octets
import ProxyCSCF
import SIP
import Testing

@Suite("RFC 6223 §4.4: keep-alives of phones")
struct KeepAliveTests {
    private func request(_ method: String, _ parameter: String) throws -> SIPMessage {
        let text = Request(method: method, uri: method == "REGISTER" ? "sip:\(AccessEdge.domain)" : "sip:bob@192.0.2.9")
            .text.replacing("branch=z9hG4bKp", with: "branch=z9hG4bKp\(parameter)")
        return try SIPMessage(parsing: Array(text.utf8))
    }

    private func via(_ method: String, _ parameter: String, status: Status = .ok) throws -> String? {
        var edge = AccessEdge()
        try edge.register()
        let server = ServerTransactionID(rawValue: 99)
        let sent = edge.handle(.request(try request(method, parameter), server, from: AccessEdge.phone))
        return try edge.answer(sent, status).response?.texts(.via).first
    }

    @Test("who offers them is told how often", arguments: ["REGISTER", "INVITE", "SUBSCRIBE"])
    func taken(_ method: String) throws {
        #expect(try via(method, ";keep;rport") == "SIP/2.0/UDP 10.11.12.13:5060;branch=z9hG4bKp;keep=25;rport")
    }

    @Test(
        "who does not offer them, has said a value or begins neither registration nor dialog, is told nothing",
        arguments: [("REGISTER", ""), ("REGISTER", ";keep=30"), ("MESSAGE", ";keep"), ("OPTIONS", ";keep")])
    func untouched(_ method: String, _ parameter: String) throws {
        #expect(try via(method, parameter) == "SIP/2.0/UDP 10.11.12.13:5060;branch=z9hG4bKp\(parameter)")
    }

    @Test("nor who is refused")
    func refused() throws {
        #expect(try via("REGISTER", ";keep", status: .forbidden)?.hasSuffix(";keep") == true)
        #expect(try via("INVITE", ";keep", status: .busyHere)?.hasSuffix(";keep") == true)
    }
}

@Suite("RFC 3486, RFC 5049: SigComp is not spoken")
struct SigCompTests {
    @Test("no URI of ours offers compression, and a phone that does gets everything plain")
    func notOffered() throws {
        var edge = AccessEdge()
        let contact = "<sip:001010000000001@10.11.12.13:5060;comp=sigcomp>"
        let register = try edge.send(Request(contacts: [contact], more: ["Supported: path"]))
        let message = try #require(register.forwarded).0
        #expect(message.texts(.path).first?.contains("comp=") == false)
        #expect(message.texts(.contact) == [contact])
        _ = try edge.answer(
            register, .ok,
            [(.contact, "\(contact);expires=600"), (.serviceRoute, AccessEdge.serviceRoute)])
        let route = "Route: <sip:pcscf.visited.example:5060;lr;comp=sigcomp>, \(AccessEdge.serviceRoute)"
        let invite = try #require(
            try edge.send(Request(method: "INVITE", uri: "sip:bob@192.0.2.9", more: [route])).forwarded
        ).0
        #expect(invite.texts(.route) == [AccessEdge.serviceRoute])
        #expect(invite.texts(.recordRoute).first?.contains("comp=") == false)
    }
}
