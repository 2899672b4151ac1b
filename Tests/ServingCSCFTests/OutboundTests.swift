import IMS
import Octets
import SIP
import ServingCSCF
import Testing

@Suite("RFC 5626 §6: several flows of one device")
struct OutboundTests {
    private static let instance = ";+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-000a95a0e128>\""

    private func message(
        _ flow: Int?, host: String, cseq: Int = 1, callID: String, supports: Bool = true, keepsFlows: Bool = true
    ) -> Message {
        var message = Message()
        message.cseq = cseq
        message.callID = callID
        message.contacts = ["<sip:a@\(host)>" + Self.instance + (flow.map { ";reg-id=\($0)" } ?? "")]
        if supports { message.more = ["Supported: path, outbound"] }
        if keepsFlows { message.path = "<sip:edge@other.example;lr>, <sip:token@pcscf.ims.example:5060;lr;ob>" }
        return message
    }

    private func refresh(_ laboratory: inout Laboratory, _ message: Message) throws -> SIPMessage {
        var message = message
        message.authorization = .response(.one)
        message.protection = "yes"
        return try #require(try laboratory.send(message).response)
    }

    private func hosts(_ response: SIPMessage) throws -> [String] {
        try response.all(Contact.self).map { $0.address.uri.string }
    }

    @Test("Each reg-id has a binding of its own; the same one again replaces it, wherever the phone is")
    func flows() throws {
        var laboratory = Laboratory()
        let first = try #require(
            try laboratory.register(message(1, host: "10.0.0.1", callID: "c1")).response)
        #expect(first.texts(.require) == ["outbound"])
        #expect(try hosts(refresh(&laboratory, message(2, host: "10.0.0.2", callID: "c2"))).count == 2)
        let third = try refresh(&laboratory, message(1, host: "10.0.0.3", callID: "c3"))
        #expect(try hosts(third).sorted() == ["sip:a@10.0.0.2", "sip:a@10.0.0.3"])
    }

    @Test("A phone that knows of flows behind a first hop that does not: 439")
    func firstHop() throws {
        var laboratory = Laboratory()
        let refused = try laboratory.send(message(1, host: "10.0.0.1", callID: "c1", keepsFlows: false))
        #expect(refused.response?.status == .firstHopLacksOutboundSupport)
        #expect(refused.refusal?.code == "FIRST_HOP_LACKS_OUTBOUND")
    }

    @Test("Without support, or without an instance-id, reg-id is ignored; nothing is required of the phone")
    func ignored() throws {
        var laboratory = Laboratory()
        let response = try #require(
            try laboratory.register(
                message(1, host: "10.0.0.1", callID: "c1", supports: false, keepsFlows: false)
            ).response)
        #expect(response.texts(.require) == [])
        let second = try refresh(
            &laboratory, message(2, host: "10.0.0.2", callID: "c2", supports: false, keepsFlows: false))
        #expect(try hosts(second) == ["sip:a@10.0.0.2"], "the same device, and no flows to tell apart")
        var bare = message(nil, host: "10.0.0.3", callID: "c3")
        bare.contacts = ["<sip:a@10.0.0.3>;reg-id=1"]
        #expect(try refresh(&laboratory, bare).texts(.require) == [])
    }

    @Test("Two contacts, one of them with reg-id: 400")
    func several() throws {
        var laboratory = Laboratory()
        var message = message(1, host: "10.0.0.1", callID: "c1")
        message.contacts.append("<sip:b@10.0.0.1>")
        #expect(try laboratory.send(message).refusal?.code == "MALFORMED_REGISTER")
    }
}
