import Cx
import IMS
import Octets
import SIP
import ServingCSCF
import Testing

@Suite("TS 24.229 §5.4.3: application servers by the filter criteria")
struct ServiceTests {
    private static let first = "sip:as1.example.org"
    private static let second = "sip:as2.example.org;lr"
    private static let bob = "sip:bob@\(Exchange.domain)"

    private func chain(
        _ sessionCase: Int? = nil, terminates: Bool = false,
        _ adjust: (inout ServingCSCFConfiguration) -> Void = { _ in }
    ) throws -> Exchange {
        try Exchange.registered(
            criteria: Criteria.one(10, Self.first, sessionCase: sessionCase, terminates: terminates)
                + Criteria.one(20, Self.second, sessionCase: sessionCase), adjust)
    }

    @Test("RFC 5502: the server, then ourselves with the original dialog identifier; the served user and his state")
    func invocation() throws {
        var exchange = try chain(0)
        let sent = try #require(try exchange.send(.originating(to: Self.bob)).sent.first)
        #expect(sent.port == 6001)
        #expect(sent.message.requestURI.string == Self.bob)
        #expect(sent.routes.count == 2)
        #expect(sent.routes[0] == "<sip:as1.example.org;lr>")
        #expect(sent.routes[1].hasPrefix("<sip:scscf.\(Exchange.domain):5080;lr;odi="))
        #expect(sent.text(.pServedUser) == "<\(Exchange.alice)>;sescase=orig;regstate=reg")
        #expect(sent.text(.pAccessNetworkInfo) != nil)
    }

    @Test("one server after the other, then to the contact")
    func wholeChain() throws {
        var exchange = try chain(1)
        let one = try #require(try exchange.send(.terminating()).sent.first)
        #expect(one.port == 6001)
        #expect(one.text(.pServedUser) == "<\(Exchange.alice)>;sescase=term;regstate=reg")
        let two = try #require(try exchange.sendBack(one).sent.first)
        #expect(two.port == 6002)
        #expect(two.routes[1] != one.routes[1])
        let phone = try #require(try exchange.sendBack(two).sent.first)
        #expect(phone.port == 5060)
        #expect(phone.message.requestURI.string == Exchange.contact)
        #expect(phone.text(.pServedUser) == nil)
        #expect(phone.message.count(.recordRoute) == 3)
        // The answer of the phone goes back through all of them; one session is followed, not three.
        #expect(try exchange.answer(phone, 200, tag: "c", ["Contact: <\(Exchange.contact)>"]).responses == [200])
        #expect(try exchange.answer(two, 200, tag: "c", ["Contact: <\(Exchange.contact)>"]).responses == [200])
        #expect(try exchange.answer(one, 200, tag: "c", ["Contact: <\(Exchange.contact)>"]).responses == [200])
        #expect(try exchange.laboratory.stat("sessions") == 1)
    }

    @Test("what a server has changed counts for the criteria behind it")
    func changedByServer() throws {
        var exchange = try Exchange.registered(
            criteria: Criteria.one(10, Self.first, sessionCase: 0)
                + Criteria.one(20, Self.second, sessionCase: 0, method: "MESSAGE"))
        let one = try #require(try exchange.send(.originating(to: Self.bob)).sent.first)
        #expect(try #require(try exchange.sendBack(one).sent.first).port == 5071)
    }

    @Test("a server that acts as B2BUA: another Call-ID under the same identifier goes on in the chain")
    func backToBack() throws {
        var exchange = try chain(1)
        let one = try #require(try exchange.send(.terminating()).sent.first)
        let two = try #require(
            try exchange.sendBack(one) {
                $0.set(.callID, "b2bua")
                $0.set(.from, "<sip:bob@other.example>;tag=new")
            }.sent.first)
        #expect(two.port == 6002)
        #expect(two.message.callID == "b2bua")
    }

    @Test("a server that answers, or redirects", arguments: [200, 302, 404, 486, 603])
    func answering(status: Int) throws {
        var exchange = try chain(1)
        let one = try #require(try exchange.send(.terminating()).sent.first)
        let actions = try exchange.answer(one, status, tag: "as", ["Contact: <sip:as@as1.example.org>"])
        #expect(actions.responses == [status])
        #expect(actions.sent.isEmpty)
    }

    // MARK: Diversion

    @Test("§5.4.3.3: another Request-URI ends the terminating criteria; those after diversion have their turn")
    func diversion() throws {
        var exchange = try Exchange.registered(
            criteria: Criteria.one(10, Self.first, sessionCase: 1)
                + Criteria.one(15, "sip:never.example", sessionCase: 1)
                + Criteria.one(5, Self.second, sessionCase: 4))
        let one = try #require(try exchange.send(.terminating()).sent.first)
        #expect(one.port == 6001)
        let diverted = try #require(try exchange.sendBack(one) { $0.setRequestURI(Self.bob) }.sent.first)
        #expect(diverted.port == 6002)
        #expect(diverted.text(.pServedUser) == "<\(Exchange.alice)>;orig-cdiv")
        let onward = try #require(try exchange.sendBack(diverted).sent.first)
        #expect(onward.port == 5071)
        #expect(onward.message.requestURI.string == Self.bob)
        #expect(onward.text(.pCalledPartyID) == nil)
    }

    @Test(
        "RFC 8498: a server that diverts by a call of its own says orig-cdiv; the criteria after diversion have their turn",
        arguments: [("orig@", "", ";orig-cdiv"), ("", ";orig-cdiv", ";sescase=orig"), ("", ";orig", ";orig-cdiv")])
    func diversionByServer(user: String, route: String, served: String) throws {
        var exchange = try Exchange.registered(
            criteria: Criteria.one(10, "sip:never.example", sessionCase: 0)
                + Criteria.one(15, Self.second, sessionCase: 4))
        let request = Request.originating(to: Self.bob).with {
            $0.routes = ["<sip:\(user)\(Request.scscf);lr\(route)>"]
            $0.more = [
                "P-Asserted-Identity: <sip:caller@other.example>", "P-Served-User: <\(Exchange.alice)>\(served)",
            ]
        }
        let sent = try #require(try exchange.send(request).sent.first)
        #expect(sent.port == 6002)
        #expect(sent.text(.pServedUser) == "<\(Exchange.alice)>;orig-cdiv")
        let onward = try #require(try exchange.sendBack(sent).sent.first)
        #expect(onward.port == 5071)
        #expect(onward.text(.pServedUser) == nil)
    }

    @Test("RFC 8498: a phone cannot say so")
    func diversionByPhone() throws {
        let phone = Hop(.udp, ListenerID(rawValue: 0), Endpoint(.v4(0xC000_0201), 5060))
        var exchange = try Exchange.registered(
            criteria: Criteria.one(10, Self.first, sessionCase: 0) + Criteria.one(15, Self.second, sessionCase: 4)
        ) { $0.trustedPeers = [.v4(0xC000_0201)] }
        let request = Request.originating(to: Self.bob).with {
            $0.routes = ["<sip:orig@\(Request.scscf);lr;orig-cdiv>"]
            $0.more.append("P-Served-User: <\(Exchange.alice)>;orig-cdiv")
        }
        #expect(try exchange.send(request, from: phone).sent.first?.port == 6001)
    }

    @Test("another name of the same user is no diversion")
    func aliasIsNoDiversion() throws {
        var exchange = try chain(1)
        let one = try #require(try exchange.send(.terminating()).sent.first)
        let two = try #require(try exchange.sendBack(one) { $0.setRequestURI(Exchange.number) }.sent.first)
        #expect(two.port == 6002)
        #expect(two.text(.pServedUser) == "<\(Exchange.alice)>;sescase=term;regstate=reg")
    }

    // MARK: Down and slow

    @Test("F18: a silent server costs its patience, once; then it is passed over", arguments: [false, true])
    func silent(terminates: Bool) throws {
        var exchange = try chain(0, terminates: terminates)
        let one = try #require(try exchange.send(.originating(to: Self.bob)).sent.first)
        #expect(exchange.laboratory.role.nextDeadline == .zero + .seconds(2))
        let late = exchange.laboratory.wait(.seconds(2))
        #expect(late.cancelled == [one.client])
        if terminates {
            #expect(late.responses == [408])
            #expect(late.refusal?.code == "APPLICATION_SERVER_FAILED")
            let again = try exchange.send(.originating(to: Self.bob).with { $0.callID = "2" })
            #expect(again.responses == [504])
        } else {
            #expect(late.sent.map(\.port) == [6002])
            #expect(late.observations.contains { $0.contains(Self.first) && $0.contains("goes on without it") })
            // What it says now concerns nobody.
            #expect(try exchange.answer(one, 200).isEmpty)
            let again = try exchange.send(.originating(to: Self.bob).with { $0.callID = "2" })
            #expect(again.sent.map(\.port) == [6002])
            #expect(try exchange.laboratory.command("sessions")["silentServers"]?.list == [.text(Self.first)])
        }
        // After its rest it is asked again.
        exchange.laboratory.now += .seconds(11)
        #expect(try exchange.send(.originating(to: Self.bob).with { $0.callID = "3" }).sent.map(\.port) == [6001])
    }

    @Test("a server that says more than 100 in time is waited for")
    func slowButAlive() throws {
        var exchange = try chain(0)
        let one = try #require(try exchange.send(.originating(to: Self.bob)).sent.first)
        _ = try exchange.answer(one, 100)
        #expect(exchange.laboratory.wait(.seconds(9)).isEmpty)
        #expect(try exchange.answer(one, 180).responses == [180])
        #expect(exchange.laboratory.wait(.seconds(60)).isEmpty)
    }

    @Test("F18: a server that says 100 and hangs costs its time to decide, not timer C", arguments: [false, true])
    func hanging(terminates: Bool) throws {
        var exchange = try chain(0, terminates: terminates)
        let one = try #require(try exchange.send(.originating(to: Self.bob)).sent.first)
        exchange.laboratory.now += .seconds(1)
        _ = try exchange.answer(one, 100)
        #expect(exchange.laboratory.wait(.milliseconds(9_999)).isEmpty)
        let late = exchange.laboratory.wait(.milliseconds(1))
        #expect(late.cancelled == [one.client])
        if terminates {
            #expect(late.responses == [408])
            // It ends there: nothing is asked again by itself.
            #expect(exchange.laboratory.wait(.seconds(600)).sent.isEmpty)
        } else {
            #expect(late.sent.map(\.port) == [6002])
        }
        // One that sends the request on may take its time with the rest.
        var passing = try chain(0)
        let passed = try #require(try passing.send(.originating(to: Self.bob)).sent.first)
        _ = try passing.answer(passed, 100)
        _ = try passing.sendBack(passed)
        #expect(!passing.laboratory.wait(.seconds(60)).cancelled.contains(passed.client))
    }

    @Test("408 and 5xx of a server are its failure, unless the request had come back", arguments: [408, 500, 503, 504])
    func failing(status: Int) throws {
        var exchange = try chain(0)
        let one = try #require(try exchange.send(.originating(to: Self.bob)).sent.first)
        #expect(try exchange.answer(one, status).sent.map(\.port) == [6002])

        exchange = try chain(0, terminates: true)
        let strict = try #require(try exchange.send(.originating(to: Self.bob)).sent.first)
        #expect(try exchange.answer(strict, status).responses == [status])

        exchange = try chain(0)
        let alive = try #require(try exchange.send(.originating(to: Self.bob)).sent.first)
        #expect(try exchange.sendBack(alive).sent.count == 1)
        let passedOn = try exchange.answer(alive, status)
        #expect(passedOn.sent.isEmpty)
        #expect(passedOn.responses.count == 1)
    }

    @Test("a server that cannot be reached, or whose name leads nowhere")
    func unreachable() throws {
        var exchange = try chain(0)
        let one = try #require(try exchange.send(.originating(to: Self.bob)).sent.first)
        #expect(exchange.fail(one, .transport).sent.map(\.port) == [6002])
        for name in ["sip:nowhere.example", "tel:+1", "nonsense"] {
            exchange = try Exchange.registered(criteria: Criteria.one(1, name, sessionCase: 0))
            #expect(try exchange.send(.originating(to: Self.bob)).sent.map(\.port) == [5071], "\(name)")
            exchange = try Exchange.registered(criteria: Criteria.one(1, name, sessionCase: 0, terminates: true))
            #expect(try exchange.send(.originating(to: Self.bob)).responses == [502], "\(name)")
        }
    }

    // MARK: Attacks

    @Test("A15: an identifier that is made up or too old")
    func forgedIdentifier() throws {
        var exchange = try chain(0)
        let one = try #require(try exchange.send(.originating(to: Self.bob)).sent.first)
        for odi in ["0123456789abcdef", "", "x", "ffffffffffffffffffff"] {
            let request = Request.originating(to: Self.bob).with {
                $0.routes = ["<sip:\(Request.scscf);lr;odi=\(odi)>"]
                $0.callID = "forged\(odi)"
            }
            let actions = try exchange.send(request)
            #expect(actions.responses == [403])
            #expect(actions.refusal?.code == "DIALOG_IDENTIFIER_UNKNOWN")
        }
        _ = try exchange.answer(one, 486)
        _ = exchange.laboratory.wait(.seconds(33))
        #expect(try exchange.sendBack(one).refusal?.code == "DIALOG_IDENTIFIER_UNKNOWN")
        #expect(try exchange.laboratory.command("sessions")["chains"]?.integer == 0)
    }

    @Test("A15: a Route to a stranger is not followed; a request that goes round ends")
    func carriedAway() throws {
        var exchange = try Exchange.registered(criteria: Criteria.one(1, Self.first, sessionCase: 0))
        let one = try #require(try exchange.send(.originating(to: Self.bob)).sent.first)
        let away = try exchange.sendBack(one) { $0.append(.route, "<sip:attacker.example;lr>") }
        #expect(away.refusal?.code == "ROUTE_FOREIGN")
        var many = try Exchange.registered(
            criteria: (1...5).map { Criteria.one($0, Self.first, sessionCase: 0) }.joined()
        ) { $0.sessions.maximumInvocations = 3 }
        var sent = try many.send(.originating(to: Self.bob)).sent
        for _ in 1...2 { sent = try many.sendBack(try #require(sent.first)).sent }
        #expect(try many.sendBack(try #require(sent.first)).refusal?.code == "SERVICE_LOOP")
    }

    @Test("A15: a server that answers with 64,000 octets of headers ends nothing but its own call")
    func bulkyAnswer() throws {
        var exchange = try chain(0)
        let one = try #require(try exchange.send(.originating(to: Self.bob)).sent.first)
        let bulk = (0..<1_000).map { "X-Bulk-\($0): \(String(repeating: "x", count: 50))" }
        let actions = try exchange.answer(one, 200, tag: "as", ["Contact: <sip:as@as1.example.org>"] + bulk)
        #expect(actions.responses == [200])
        #expect(try exchange.laboratory.command("sessions")["chains"]?.integer == 1)
        let next = try exchange.send(.originating(to: Self.bob).with { $0.callID = "2" })
        #expect(next.sent.map(\.port) == [6001])
    }

    @Test("A17: criteria that cost too much end by their default handling", arguments: [false, true])
    func budget(terminates: Bool) throws {
        var exchange = try Exchange.registered(
            criteria: (1...50).map { Criteria.one($0, Self.first, sessionCase: 1, terminates: terminates) }.joined()
        ) { $0.sessions.evaluationBudget = 20 }
        let actions = try exchange.send(.originating(to: Self.bob))
        if terminates {
            #expect(actions.refusal?.code == "CRITERIA_TOO_COSTLY")
            #expect(actions.responses == [500])
        } else {
            #expect(actions.sent.map(\.port) == [5071])
            #expect(actions.observations.contains { $0.contains("20 steps") })
        }
    }

    // MARK: On behalf of a user

    private func onBehalf(of user: String, from address: IPAddress = .loopback) -> (Request, Hop) {
        let request = Request.originating(to: Self.bob).with {
            $0.more = ["P-Asserted-Identity: <sip:service@as1.example.org>", "P-Served-User: <\(user)>;sescase=orig"]
        }
        return (request, Hop(.udp, ListenerID(rawValue: 0), Endpoint(address, 6001)))
    }

    @Test("RFC 5502 §4.4: a server originates for a registered user")
    func originatingForUser() throws {
        var exchange = try chain(0)
        let (request, hop) = onBehalf(of: Exchange.alice)
        let one = try #require(try exchange.send(request, from: hop).sent.first)
        #expect(one.port == 6001)
        #expect(one.text(.pServedUser) == "<\(Exchange.alice)>;sescase=orig;regstate=reg")
    }

    @Test("and for one who is not: his profile is fetched, session case 3")
    func originatingForUnregisteredUser() throws {
        var exchange = Exchange()
        let (request, hop) = onBehalf(of: Exchange.alice)
        let asked = try exchange.send(request, from: hop)
        #expect(asked.shape == ["ask SAR unregisteredUser"])
        let sent = try exchange.giveProfile(
            asked, of: Exchange.alice,
            criteria: Criteria.one(1, Self.first, sessionCase: 0) + Criteria.one(2, Self.second, sessionCase: 3)
        ).sent
        #expect(sent.map(\.port) == [6002])
        #expect(sent.first?.text(.pServedUser) == "<\(Exchange.alice)>;sescase=orig;regstate=unreg")
    }

    @Test("nobody but an application server may: its P-Served-User means nothing")
    func impostor() throws {
        let address = IPAddress.v4(0x0A00_0001)
        var exchange = try Exchange.registered { $0.trustedPeers = [address] }
        let (request, hop) = onBehalf(of: Exchange.alice, from: address)
        #expect(try exchange.send(request, from: hop).refusal?.code == "NOT_REGISTERED")
        var open = try Exchange.registered { $0.sessions.applicationServers = [address] }
        #expect(try open.send(request, from: hop).sent.map(\.port) == [5071])
        let (foreign, _) = onBehalf(of: "sip:eve@other.example")
        #expect(try open.send(foreign, from: hop).refusal?.code == "DOMAIN_NOT_SERVED")
    }

    @Test("terminating unregistered: a server answers for the user who is away")
    func voicemail() throws {
        var exchange = Exchange()
        let sent = try exchange.giveProfile(
            try exchange.send(.terminating()), of: Exchange.alice,
            criteria: Criteria.one(1, Self.first, sessionCase: 1) + Criteria.one(2, Self.second, sessionCase: 2)
        ).sent
        #expect(sent.map(\.port) == [6002])
        let server = try #require(sent.first)
        #expect(server.text(.pServedUser) == "<\(Exchange.alice)>;sescase=term;regstate=unreg")
        #expect(try exchange.answer(server, 200, tag: "vm", ["Contact: <sip:vm@as2.example.org>"]).responses == [200])
        // One that sends it back has nobody to send it to.
        let again = try #require(try exchange.send(.terminating().with { $0.callID = "2" }).sent.first)
        #expect(try exchange.sendBack(again).refusal?.code == "USER_NOT_REGISTERED")
    }

    @Test("TS 29.228 Annex B: shared sets come from the configuration")
    func sharedSets() throws {
        let shared = InitialFilterCriteria(
            priority: 3, applicationServer: ApplicationServer(serverName: Self.second))
        var exchange = try Exchange.registered(
            criteria: "<Extension><SharedIFCSetID>7</SharedIFCSetID></Extension>"
        ) { $0.sessions.sharedCriteria = [7: [shared]] }
        #expect(try exchange.send(.originating(to: Self.bob)).sent.map(\.port) == [6002])
    }
}
