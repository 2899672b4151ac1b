import ApplicationServer
import IMS
import Octets
import SIP
import Testing

@Suite("TS 22.030 §6.5.2: service codes")
struct ServiceCodeTests {
    let domain = SCSCFSide.domain

    @Test(
        "what is dialled and what it means",
        arguments: [
            ("*21*+4930123#", ServiceCode(.activate, [.unconditional], number: "+4930123")),
            ("**21*030123#", ServiceCode(.activate, [.unconditional], number: "030123")),
            ("*21#", ServiceCode(.activate, [.unconditional])),
            ("#21#", ServiceCode(.deactivate, [.unconditional])),
            ("##21#", ServiceCode(.erase, [.unconditional])),
            ("*#21#", ServiceCode(.interrogate, [.unconditional])),
            ("*67*030123#", ServiceCode(.activate, [.busy], number: "030123")),
            ("*62*030123#", ServiceCode(.activate, [.notReachable], number: "030123")),
            ("*61*030123#", ServiceCode(.activate, [.noReply], number: "030123")),
            ("*61*030123*11*25#", ServiceCode(.activate, [.noReply], number: "030123", seconds: 25)),
            ("*61*030123**30#", ServiceCode(.activate, [.noReply], number: "030123", seconds: 30)),
            ("##002#", ServiceCode(.erase, [.unconditional, .busy, .noReply, .notReachable])),
            ("*004*1#", ServiceCode(.activate, [.busy, .noReply, .notReachable], number: "1")),
            ("*72030123", ServiceCode(.activate, [.unconditional], number: "030123")),
            ("*73", ServiceCode(.deactivate, [.unconditional])),
            ("*90123", ServiceCode(.activate, [.busy], number: "123")),
            ("*93", ServiceCode(.deactivate, [.noReply])),
        ])
    func codes(dialled: String, code: ServiceCode) { #expect(ServiceCode.read(dialled) == .code(code)) }

    @Test(
        "what is no code of ours",
        arguments: [
            "*", "#", "*#", "**#", "*21*12a#", "*61*1**3#", "*61*1**999#", "*21*1**20#", "*99#", "*731", "*21*1*2*3*4#",
        ])
    func unknown(dialled: String) { #expect(ServiceCode.read(dialled) == .unknown) }

    @Test("a number is no code", arguments: ["+4930123", "112", "", "2#1"])
    func numbers(dialled: String) { #expect(ServiceCode.read(dialled) == .none) }

    @Test("a change is stored, told by a call that is answered and ended with its Reason, and holds")
    func activate() throws {
        var side = try SCSCFSide()
        let actions = side.send(try dial("*21*+4930123%23"))
        #expect(actions.forwarded.isEmpty)
        let answer = try #require(actions.responses.first)
        #expect(answer.status == .ok)
        // RFC 3264 §6: as many streams as were offered, the audio inactive, the others rejected.
        let description = answer.body.string
        #expect(description.contains("m=audio 9 RTP/AVP 8 0 101\r\na=inactive\r\n"))
        #expect(description.contains("m=video 0 RTP/AVP 99\r\n"))
        #expect(answer.values(.recordRoute).map(\.string) == ["<sip:scscf.\(domain):5080;lr>"])
        #expect(side.records.map(\.name) == ["sip:alice@\(domain)"])
        #expect(side.records.map { OctetSlice($0.octets).string } == ["forward.unconditional tel:+4930123\n"])

        let ended = side.handle(.acknowledgement(try acknowledgement(of: answer), from: SCSCFSide.scscf))
        let bye = try #require(ended.forwarded.first).request
        #expect(bye.method == .bye)
        #expect(bye.requestURI.string == "sip:alice@192.0.2.1:5060")
        #expect(try bye.first(Reason.self)?.explanation?.string == "Call forwarding unconditional to tel:+4930123")
        #expect(bye.values(.route).map(\.string) == ["<sip:scscf.\(domain):5080;lr>"])

        let called = try SCSCFSide.invite(
            "sip:alice@\(domain)", served: "<sip:alice@\(domain)>;sescase=term;regstate=reg")
        #expect(
            side.send(called).forwarded.first?.request.requestURI.string
                == "sip:+4930123@\(domain);user=phone;cause=302")
    }

    @Test("the 200 is repeated until its ACK comes; without one the call ends all the same, RFC 3261 §13.3.1.4")
    func noAcknowledgement() throws {
        var side = try SCSCFSide()
        _ = side.send(try dial("*21*1%23"))
        let first = side.pass(.milliseconds(500))
        #expect(first.statuses == [200])
        #expect(side.pass(.milliseconds(31_500)).forwarded.last?.request.method == .bye)
        #expect(side.pass(.seconds(100)).isEmpty)
    }

    @Test("the caller hangs up first, RFC 3261 §15.1.2")
    func callerHangsUp() throws {
        var side = try SCSCFSide()
        let answer = try #require(side.send(try dial("*21*1%23")).responses.first)
        var bye = try acknowledgement(of: answer, method: .bye, sequence: 2)
        bye.set(.via, "SIP/2.0/UDP scscf.\(domain):5080;branch=z9hG4bK9")
        #expect(side.send(bye).statuses == [200])
        #expect(side.pass(.seconds(100)).isEmpty)
    }

    @Test("off and on again keeps the number; erasing does not")
    func offAndOn() throws {
        var side = try SCSCFSide()
        side.set("sip:alice@\(domain)", "forward.busy tel:+491")
        for (code, record) in [
            ("%2367%23", "forward.busy off tel:+491\n"), ("*67%23", "forward.busy tel:+491\n"), ("%23%2367%23", ""),
        ] {
            #expect(side.send(try dial(code)).statuses == [200])
            #expect(side.records.map { OctetSlice($0.octets).string } == [record])
        }
        let refused = side.send(try dial("*67%23"))
        #expect(refused.statuses == [484])
    }

    @Test("interrogation: answered when active, 480 when not, with a sentence either way")
    func interrogate() throws {
        var side = try SCSCFSide()
        let inactive = try #require(side.send(try dial("*%2321%23")).responses.first)
        #expect(inactive.status == .temporarilyUnavailable)
        #expect(inactive.reason.string == "Call forwarding unconditional is not active")
        side.set("sip:alice@\(domain)", "forward.unconditional tel:+491")
        let answer = try #require(side.send(try dial("*%2321%23")).responses.first)
        #expect(answer.status == .ok)
        let bye = side.handle(.acknowledgement(try acknowledgement(of: answer), from: SCSCFSide.scscf)).forwarded.first
        #expect(
            try bye?.request.first(Reason.self)?.explanation?.string == "Call forwarding unconditional to tel:+491")
    }

    @Test("a code that is none of ours is 404; with codes switched off all of them go on")
    func unknownCode() throws {
        var side = try SCSCFSide()
        #expect(side.send(try dial("*99%23")).statuses == [404])
        side = try SCSCFSide { $0.takesCodes = false }
        #expect(side.send(try dial("*21*1%23")).forwarded.count == 1)
    }

    @Test("what the store refuses is 500")
    func storeFails() throws {
        var side = try SCSCFSide()
        side.storeWorks = false
        #expect(side.send(try dial("*21*1%23")).statuses == [500])
    }

    // MARK: Steps

    private func dial(_ code: String) throws -> SIPMessage {
        try SCSCFSide.invite(
            "sip:\(code);phone-context=\(domain)@\(domain);user=phone",
            served: "<sip:alice@\(domain)>;sescase=orig;regstate=reg", body: SCSCFSide.offer)
    }

    private func acknowledgement(
        of answer: SIPMessage, method: Method = .ack, sequence: Int = 1
    ) throws -> SIPMessage {
        var request = SIPMessage(method, uri: SCSCFSide.own)
        request.append(.via, "SIP/2.0/UDP scscf.\(domain):5080;branch=z9hG4bK2")
        request.append(.maxForwards, "70")
        for name: HeaderName in [.from, .to, .callID] { request.append(name, try #require(answer.firstValue(name))) }
        request.append(.cseq, "\(sequence) \(method.text)")
        return request
    }
}
