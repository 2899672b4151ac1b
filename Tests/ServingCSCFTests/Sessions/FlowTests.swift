import IMS
import Octets
import SIP
import ServingCSCF
import Testing

@Suite("RFC 5626 §7: a phone with several flows")
struct FlowTests {
    /// Two flows of alice's phone, by two edge proxies, the second one later.
    private func registered() throws -> Exchange {
        var exchange = Exchange { $0.reauthentication = .unprotected }
        for (flow, seconds) in [(1, 600), (2, 700)] {
            var message = Message()
            message.callID = "flow-\(flow)"
            message.cseq = 1
            message.expires = seconds
            message.path = "<sip:flow\(flow)@pcscf.ims.example:5060;lr;ob>"
            message.contacts = [
                "<sip:alice@10.0.0.1:506\(flow)>;+sip.instance=\"<urn:gsma:imei:35-1>\";reg-id=\(flow)"
            ]
            message.more = ["Supported: path, outbound"]
            try exchange.laboratory.register(
                message, vector: flow == 1 ? .one : .two, profile: Profile.profile([(Exchange.alice, false)]))
        }
        #expect(try exchange.laboratory.stat("contacts") == 2)
        return exchange
    }

    @Test("one flow at a time; 430 of it, or nobody there: the other takes its place", arguments: [430, 0])
    func failed(_ status: Int) throws {
        var exchange = try registered()
        let first = try exchange.send(.terminating()).sent
        #expect(first.map(\.routes) == [["<sip:flow2@pcscf.ims.example:5060;lr;ob>"]])
        let sent = try #require(first.first)
        let actions = status > 0 ? try exchange.answer(sent, status) : exchange.fail(sent, .transport)
        #expect(actions.responses.isEmpty)
        let second = try #require(actions.sent.first)
        #expect(second.routes == ["<sip:flow1@pcscf.ims.example:5060;lr;ob>"])
        #expect(second.message.requestURI == "sip:alice@10.0.0.1:5061")
        #expect(
            try exchange.answer(second, 200, tag: "callee", ["Contact: <sip:alice@10.0.0.1:5061>"]).responses == [200])
    }

    @Test("both have failed: 480 or 430 to the caller, and nothing more is tried")
    func bothFailed() throws {
        var exchange = try registered()
        let first = try #require(try exchange.send(.terminating()).sent.first)
        let second = try #require(try exchange.answer(first, 430).sent.first)
        let actions = try exchange.answer(second, 430)
        #expect(actions.sent.isEmpty)
        #expect(actions.responses.count == 1)
    }

    @Test("what the phone itself says is its answer: no other flow", arguments: [404, 480, 486, 603])
    func answered(_ status: Int) throws {
        var exchange = try registered()
        let first = try #require(try exchange.send(.terminating()).sent.first)
        let actions = try exchange.answer(first, status)
        #expect(actions.sent.isEmpty)
        #expect(actions.responses == [status])
    }
}
