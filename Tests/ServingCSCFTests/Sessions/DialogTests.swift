import Cx
import Diameter
import IMS
import Octets
import SIP
import ServingCSCF
import Testing

@Suite("TS 24.229 §5.4.3: requests inside a dialog, and what is known of it")
struct DialogTests {
    /// A call to alice that was answered, with the Record-Route that both sides have now.
    private func call(
        _ headers: [String] = [], _ adjust: (inout ServingCSCFConfiguration) -> Void = { _ in }
    ) throws -> (exchange: Exchange, route: String, answer: SIPMessage) {
        var exchange = try Exchange.registered(adjust)
        let sent = try #require(try exchange.send(.terminating().with { $0.more += headers }).sent.first)
        let actions = try exchange.answer(sent, 200, tag: "callee", ["Contact: <\(Exchange.contact)>"])
        return (exchange, try #require(sent.text(.recordRoute)), try #require(actions.response))
    }

    private func inside(_ method: String, _ route: String, cseq: Int = 2) -> Request {
        Request(
            method: method, uri: Exchange.contact, routes: [route, "<sip:pcscf.ims.example;lr>"],
            from: "<sip:bob@other.example>;tag=caller", to: "<\(Exchange.alice)>;tag=callee", cseq: cseq, more: [])
    }

    private func back(_ method: String, _ route: String) -> Request {
        Request(
            method: method, uri: "sip:phone@10.0.0.9:5060", routes: [route, "<sip:\(Exchange.domain);lr>"],
            from: "<\(Exchange.alice)>;tag=callee", to: "<sip:bob@other.example>;tag=caller", cseq: 9, more: [])
    }

    @Test("by our sealed Route, from either side", arguments: ["BYE", "UPDATE", "INFO", "PRACK", "INVITE", "REFER"])
    func bothWays(method: String) throws {
        var (exchange, route, _) = try call()
        let forth = try #require(try exchange.send(inside(method, route)).sent.first)
        #expect(forth.port == 5060)
        #expect(forth.routes == ["<sip:pcscf.ims.example;lr>"])
        #expect(forth.message.requestURI.string == Exchange.contact)
        #expect(try exchange.answer(forth, 200).responses == [200])
        let back = try #require(try exchange.send(back(method, route)).sent.first)
        #expect(back.port == 5071)
        #expect(back.message.requestURI == "sip:phone@10.0.0.9:5060")
    }

    @Test("the ACK of the 2xx goes on, outside every transaction")
    func acknowledgement() throws {
        var (exchange, route, _) = try call()
        let ack = try SIPMessage(parsing: Array(inside("ACK", route, cseq: 1).text.utf8))
        let actions = exchange.laboratory.handle(.acknowledgement(ack, from: Laboratory.proxy))
        guard case .acknowledge(let sent, let hop)? = actions.first else {
            Issue.record("\(actions.shape)")
            return
        }
        #expect(hop.remote.port == 5060)
        #expect(sent.firstValue(.maxForwards)?.string == "68")
        #expect(sent.texts(.route) == ["<sip:pcscf.ims.example;lr>"])
        // To a host that DNS alone knows.
        exchange = try call { $0.usesDNS = true }.exchange
        var foreign = inside("ACK", route, cseq: 1)
        foreign.routes[1] = "<sip:ibcf.other.example;lr>"
        let away = try SIPMessage(parsing: Array(foreign.text.utf8))
        #expect(
            exchange.laboratory.handle(.acknowledgement(away, from: Laboratory.proxy)).shape
                == ["send ACK toward ibcf.other.example"])
    }

    @Test("A13: another dialog, a changed seal or no seal at all: 481")
    func forged() throws {
        var (exchange, route, _) = try call()
        let wrong = [
            inside("BYE", route).with { $0.callID = "another" },
            inside("BYE", route).with { $0.from = "<sip:bob@other.example>;tag=mallory" },
            inside("BYE", route.replacing("seal=s", with: "seal=u")),
            inside("BYE", "<sip:\(Request.scscf);lr>"),
        ]
        for request in wrong {
            let actions = try exchange.send(request)
            #expect(actions.responses == [481])
            #expect(actions.refusal?.code == "DIALOG_UNKNOWN")
        }
        #expect(try exchange.laboratory.stat("sessions") == 1)
    }

    @Test("`sessions` shows a call from the 2xx to the BYE")
    func report() throws {
        var (exchange, route, _) = try call()
        exchange.laboratory.now += .seconds(7)
        let report = try exchange.laboratory.command("sessions")
        #expect(report["total"]?.integer == 1)
        let session = try #require(report["sessions"]?.list?.first)
        #expect(session["user"]?.text == Exchange.alice)
        #expect(session["direction"]?.text == "terminating")
        #expect(session["caller"]?.text == "<sip:bob@other.example>;tag=caller")
        #expect(session["callee"]?.text == "<\(Exchange.alice)>;tag=callee")
        #expect(session["seconds"]?.integer == 7)
        #expect(try exchange.laboratory.command("sessions", ["filter": "nobody"])["total"]?.integer == 0)
        let bye = try #require(try exchange.send(inside("BYE", route)).sent.first)
        #expect(try exchange.answer(bye, 200).responses == [200])
        #expect(try exchange.laboratory.command("sessions")["total"]?.integer == 0)
    }

    @Test("a refused call leaves nothing behind")
    func refusedCall() throws {
        var exchange = try Exchange.registered()
        let sent = try #require(try exchange.send(.terminating()).sent.first)
        _ = try exchange.answer(sent, 180)
        #expect(try exchange.answer(sent, 486).responses == [486])
        #expect(try exchange.laboratory.stat("sessions") == 0)
        #expect(try exchange.laboratory.stat("requests") == 0)
    }

    @Test("RFC 4028 §8: the timer of the 2xx ends a session that nobody refreshes")
    func sessionTimer() throws {
        var (exchange, route, answer) = try call(["Supported: timer"]) {
            $0.sessions.sessionTimer = SessionTimerPolicy(interval: 300)
        }
        #expect(answer.firstValue(.sessionExpires)?.string == "300;refresher=uac")
        exchange.laboratory.now += .seconds(150)
        let update = try #require(
            try exchange.send(inside("UPDATE", route).with { $0.more = ["Supported: timer"] }).sent.first)
        _ = try exchange.answer(update, 200)
        _ = exchange.laboratory.wait(.seconds(200))
        #expect(try exchange.laboratory.stat("sessions") == 1)
        _ = exchange.laboratory.wait(.seconds(101))
        #expect(try exchange.laboratory.stat("sessions") == 0)
    }

    @Test("more sessions than may be followed go on unseen")
    func limit() throws {
        var (exchange, route, _) = try call { $0.sessions.maximumDialogs = 0 }
        #expect(try exchange.laboratory.stat("sessions") == 0)
        #expect(try exchange.send(inside("BYE", route)).sent.count == 1)
    }

    @Test("§5.4.5.1: with the registration its sessions end, by a BYE to each side, and what is on its way")
    func release() throws {
        var (exchange, route, _) = try call()
        let ringing = try #require(
            try exchange.send(.terminating().with { $0.callID = "second" }).sent.first)
        let termination = RegistrationTerminationRequest(
            userName: Laboratory.privateIdentity, deregistrationReason: DeregistrationReason(.permanentTermination))
        let message = termination.message(
            session: "s", origin: Laboratory.hss, destinationRealm: DiameterIdentity(Laboratory.domain),
            destinationHost: DiameterIdentity("scscf.\(Laboratory.domain)"))
        let actions = exchange.laboratory.handle(
            .asked(message, RequestToken(rawValue: 1), from: Laboratory.hss.host))
        #expect(actions.cancelled == [ringing.client])
        let byes = actions.sent.filter { $0.message.method == .bye }
        #expect(byes.map { $0.message.requestURI.string } == ["sip:phone@10.0.0.9:5060", Exchange.contact])
        #expect(byes.map { $0.text(.cseq) } == ["257 BYE", "258 BYE"])
        #expect(byes.map { $0.message.fromTag?.string } == ["callee", "caller"])
        #expect(byes.map { $0.message.toTag?.string } == ["caller", "callee"])
        #expect(try exchange.laboratory.stat("sessions") == 0)
        // Whoever hangs up now is still let through, and nobody hears of the answers to our own requests.
        #expect(try exchange.send(inside("BYE", route)).sent.count == 1)
        #expect(try exchange.answer(byes[0], 200).isEmpty)
        #expect(try exchange.answer(ringing, 487).responses == [487])
    }

    @Test("the key of the seals outlives a start")
    func restart() throws {
        let key = [UInt8](repeating: 7, count: 16)
        let route = try call { $0.sessions.sealKey = key }.route
        var again = try Exchange.registered { $0.sessions.sealKey = key }
        #expect(try again.send(inside("BYE", route)).sent.count == 1)
        var other = try Exchange.registered { $0.sessions.sealKey = [UInt8](repeating: 8, count: 16) }
        #expect(try other.send(inside("BYE", route)).responses == [481])
    }
}
