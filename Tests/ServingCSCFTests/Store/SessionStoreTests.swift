import Cx
import Diameter
import IMS
import Octets
import SIP
import ServingCSCF
import Testing

@MainActor
@Suite("TS 24.229 §5.4.3, RFC 4028 §8: sessions outlive kill -9")
struct SessionStoreTests {
    private nonisolated static let socket = SIPListener(
        .udp, Endpoint(.loopback, 5080), sentBy: "scscf.\(Laboratory.domain)", port: 5080)

    /// alice has answered a call of bob's.
    private struct Call {
        var stored: StoredLaboratory
        let route: String

        init(timer: Int? = nil) throws {
            stored = StoredLaboratory { configuration in
                let listeners = [ListenerID(rawValue: 0): SessionStoreTests.socket]
                configuration.sessions.listeners = listeners
                configuration.sessions.sealKey = [UInt8](1...16)
                configuration.sessions.sessionTimer = SessionTimerPolicy(interval: timer)
                configuration.locator = StaticLocator(
                    hosts: Exchange.hosts.mapValues { .init(Endpoint(.loopback, $0)) }, listeners: listeners)
            }
            try stored.register(profile: Profile.profile([(Exchange.alice, false)]))
            var request = Request.terminating()
            request.more.append("Supported: timer")
            let sent = try #require(stored.settle(try stored.laboratory.deliver(request.text)).sent.first)
            var response = SIPMessage.response(.ok, to: sent.message, toTag: "callee")
            for value in sent.message.values(.recordRoute) { response.append(.recordRoute, value) }
            response.append(.contact, "<\(Exchange.contact)>")
            #expect(stored.settle(stored.laboratory.handle(.response(response, sent.client))).responses == [200])
            route = try #require(sent.text(.recordRoute))
        }

        mutating func wait(_ span: Duration) -> [ServingCSCF.Order] {
            stored.settle(stored.laboratory.wait(span))
        }

        mutating func send(_ method: String, cseq: Int = 2) throws -> [ServingCSCF.Order] {
            let request = Request(
                method: method, uri: Exchange.contact, routes: [route, "<sip:pcscf.ims.example;lr>"],
                from: "<sip:bob@other.example>;tag=caller", to: "<\(Exchange.alice)>;tag=callee", cseq: cseq, more: [])
            return stored.settle(try stored.laboratory.deliver(request.text))
        }

        mutating func answer(_ sent: Sent, _ headers: [(HeaderName, OctetSlice)] = []) -> [ServingCSCF.Order] {
            var response = SIPMessage.response(.ok, to: sent.message, toTag: nil)
            for (name, value) in headers { response.append(name, value) }
            return stored.settle(stored.laboratory.handle(.response(response, sent.client)))
        }

        var sessions: Int { stored.disk.keys.count { $0.first == UInt8(ascii: "d") } }
    }

    @Test("the 200 does not wait; a tenth of a second later the session is written, in one write with others")
    func written() throws {
        var call = try Call()
        let writes = call.stored.writes
        #expect(call.sessions == 0)
        #expect(call.stored.laboratory.role.nextDeadline == call.stored.laboratory.now + .milliseconds(100))
        #expect(call.wait(.milliseconds(100)).isEmpty)
        #expect(call.sessions == 1 && call.stored.writes == writes + 1)
    }

    @Test("one that is over before it is written costs the store nothing; one that was is taken out")
    func over() throws {
        var short = try Call()
        let writes = short.stored.writes
        _ = short.answer(try #require(try short.send("BYE").sent.first))
        _ = short.wait(.seconds(1))
        #expect(short.stored.writes == writes)
        var long = try Call()
        _ = long.wait(.seconds(1))
        _ = long.answer(try #require(try long.send("BYE").sent.first))
        _ = long.wait(.seconds(1))
        #expect(long.sessions == 0)
    }

    @Test("after the crash `sessions` shows it as before, and its requests are routed; the BYE ends it")
    func sessionsReport() throws {
        var call = try Call()
        _ = call.wait(.seconds(7))
        let before = try call.stored.laboratory.command("sessions")
        call.stored.crash(after: .zero)
        #expect(try call.stored.laboratory.command("sessions") == before)
        #expect(before["sessions"]?.list?.first?["seconds"]?.integer == 7)
        let bye = try #require(try call.send("BYE").sent.first)
        #expect(bye.port == 5060 && bye.routes == ["<sip:pcscf.ims.example;lr>"])
        #expect(call.answer(bye).responses == [200])
        #expect(try call.stored.laboratory.stat("sessions") == 0)
        _ = call.wait(.seconds(1))
        #expect(call.sessions == 0)
    }

    @Test("RFC 4028 §8.3: the session timer goes on, and is refreshed; unrefreshed it ends the session")
    func timer() throws {
        var call = try Call(timer: 300)
        _ = call.wait(.seconds(100))
        call.stored.crash(after: .seconds(50))
        _ = call.wait(.seconds(100))
        let update = try #require(try call.send("UPDATE").sent.first)
        _ = call.answer(update, [(.sessionExpires, "300;refresher=uac")])
        _ = call.wait(.seconds(100))
        call.stored.crash(after: .seconds(0))
        #expect(try call.stored.laboratory.stat("sessions") == 1)
        _ = call.wait(.seconds(199))
        #expect(try call.stored.laboratory.stat("sessions") == 1)
        _ = call.wait(.seconds(2))
        #expect(try call.stored.laboratory.stat("sessions") == 0)
    }

    @Test("one whose timer ran out while nobody was there is gone at once")
    func expiredMeanwhile() throws {
        var call = try Call(timer: 90)
        _ = call.wait(.seconds(1))
        call.stored.crash(after: .seconds(400))
        _ = call.wait(.zero)
        #expect(try call.stored.laboratory.stat("sessions") == 0)
        _ = call.wait(.seconds(1))
        #expect(call.sessions == 0)
    }

    @Test(
        "§5.4.5.1: released with the registration after the crash, by BYEs whose numbers go beyond those of the phones")
    func release() throws {
        var call = try Call()
        _ = call.wait(.seconds(1))
        call.stored.crash()
        let (_, actions) = try call.stored.laboratory.order("deregister", ["identity": Exchange.alice])
        let byes = call.stored.settle(actions).sent.map(\.message).filter { $0.method == .bye }
        #expect(byes.map { $0.requestURI.string } == ["sip:phone@10.0.0.9:5060", Exchange.contact])
        #expect(byes.allSatisfy { ($0.cseq?.number ?? 0) > 1 << 16 })
        #expect(
            byes.map { $0.firstValue(.to)?.string }
                == ["<sip:bob@other.example>;tag=caller", "<\(Exchange.alice)>;tag=callee"])
    }

    @Test("a record cut short or scrambled is passed over")
    func damaged() throws {
        var call = try Call()
        _ = call.wait(.seconds(1))
        let whole = call
        let key = try #require(call.stored.disk.keys.first { $0.first == UInt8(ascii: "d") })
        let length = try #require(call.stored.disk[key]).count
        for end in 0..<length {
            call = whole
            call.stored.damage(key) { $0.removeSubrange(end...) }
            call.stored.crash()
            #expect(try call.stored.laboratory.stat("sessions") == 0)
            #expect(try call.stored.laboratory.stat("registrations") == 1)
        }
        for index in 0..<length {
            call = whole
            call.stored.damage(key) { $0[index] = ~$0[index] }
            call.stored.crash()
            #expect(try call.stored.laboratory.stat("registrations") == 1)
        }
    }
}
