import Cx
import Diameter
import HomeSubscriberServer
import IMS
import Octets
import Testing

@Suite("The HSS as a network function")
struct RoleTests {
    private func request(_ drop: AVPName? = nil, command: CommandCode? = nil) -> DiameterMessage {
        let whole = UserAuthorizationRequest(
            userName: Home.user, publicIdentity: Home.identity, visitedNetworkIdentifier: "visited.net"
        ).message(session: "s;1;2", origin: Home.peer, destinationRealm: DiameterIdentity(Home.domain))
        var message = DiameterMessage(
            command ?? whole.commandCode, application: whole.applicationID, flags: [.request, .proxiable])
        message.hopByHop = HopByHopID(rawValue: 7)
        message.endToEnd = EndToEndID(rawValue: 9)
        for avp in whole.avps where avp.name != drop { message.append(avp) }
        return message
    }

    @Test("A request that lacks an AVP is answered with 5005 and Failed-AVP, without touching the database")
    func missing() throws {
        var home = try Home(.dictionary)
        for name in [AVPKey<String>.userName.name, AVPKey<String>.publicIdentity.name] {
            let answer = try home.ask(request(name))
            #expect(answer[.resultCode] == .missingAVP)
            #expect(answer.contains(.failedAVP))
            #expect(answer.hopByHop == HopByHopID(rawValue: 7))
            #expect(answer.endToEnd == EndToEndID(rawValue: 9))
            #expect(home.refusals == ["REQUEST_MALFORMED"])
            #expect(home.counters == [.cxRequestReceived, .cxRequestRefused])
        }
    }

    @Test("Commands that are not an HSS's are answered with 3001 and the E bit")
    func unsupported() throws {
        var home = try Home(.dictionary)
        for command: CommandCode in [.registrationTermination, .pushProfile, CommandCode(rawValue: 999)] {
            let answer = try home.ask(request(command: command))
            #expect(answer[.resultCode] == .commandUnsupported)
            #expect(answer.isError)
            #expect(home.refusals == ["COMMAND_UNSUPPORTED"])
        }
    }

    @Test("Beyond the limit of waiting requests: 3004")
    func busy() throws {
        var role = HomeSubscriberServer(
            HomeSubscriberServer.Configuration(
                origin: LocalOrigin(host: "hss.example.org", realm: "example.org"), pendingLimit: 2))
        var answers: [DiameterMessage] = []
        for token in 1...3 {
            let event = RoleEvent<HomeSubscriberServer.WorkResult>.asked(
                request(), RequestToken(rawValue: UInt64(token)), from: Home.peer.host)
            for case .answer(let answer, _) in role.handle(event, at: .zero) { answers.append(answer) }
        }
        #expect(answers.count == 1)
        #expect(answers.first?[.resultCode] == .tooBusy)
    }

    @Test("The answer waits for the work")
    func order() throws {
        var role = try Home(.dictionary).role
        let actions = role.handle(
            .asked(request(), RequestToken(rawValue: 1), from: Home.peer.host), at: .zero)
        #expect(actions.count == 2)
        guard case .count(.cxRequestReceived) = actions[0], case .perform(let work, _) = actions[1] else {
            Issue.record("\(actions)")
            return
        }
        #expect(!work.writes)
        #expect(role.nextDeadline == nil)
    }

    @Test("An identity that is empty or no UTF-8 gets an answer, whatever it is")
    func strangeIdentities() throws {
        var home = try Home(.sqlite)
        for octets: [UInt8] in [[], [0], [0xFF, 0xFE], [UInt8](repeating: 0x41, count: 65_536)] {
            var message = request(AVPKey<String>.userName.name)
            message.append(AVPKey<OctetSlice>(1), OctetSlice(octets))
            let answer = try home.ask(message)
            #expect(answer.contains(.resultCode) || answer.contains(.experimentalResult))
            #expect(try home.authorise().result == .firstRegistration, "the HSS lives")
        }
    }

    private func reply(_ home: inout Home, _ command: Command) -> Report? {
        for case .reply(let report, _) in home.handle(.command(command, CommandID(rawValue: 1))) { return report }
        return nil
    }

    @Test("registrations, subscriber, stats", arguments: Home.Kind.allCases)
    func commands(kind: Home.Kind) throws {
        var home = try Home(kind)
        #expect(reply(&home, Command("registrations"))?["registrations"]?.list == [])
        try home.bring(to: .registered)
        let lines = try #require(reply(&home, Command("registrations"))?["registrations"]?.list)
        #expect(lines.compactMap { $0["identity"]?.text } == [Home.identity, Home.tel, Home.temporary])
        #expect(lines.allSatisfy { $0["state"]?.text == "registered" && $0["scscf"]?.text == Home.server })
        #expect(reply(&home, Command("stats"))?["registered"]?.integer == 1)
        for identity in [Home.user, Home.identity] {
            let report = try #require(reply(&home, Command("subscriber", ["identity": identity])))
            #expect(report["scscf"]?.text == Home.server)
            #expect(!report.json.contains(Home.key) && !report.json.contains(Home.opc))
        }
        for command in [
            Command("subscriber"), Command("subscriber", ["identity": "x@y"]), Command("frobnicate"),
            Command("registrations", ["limit": "0"]), Command("registrations", ["after": "x"]),
        ] {
            #expect(reply(&home, command)?["error"]?.text != nil)
        }
    }

    @Test("Keys come out of a report only when asked for")
    func secrets() throws {
        let subscription = Subscription(try Home.record(), id: SubscriptionID(rawValue: 1))
        #expect(subscription.report(withSecrets: true).json.contains(Home.key))
        #expect(!subscription.report().json.contains(Home.key))
        var shown = "\(subscription)"
        dump(subscription, to: &shown)
        dump(try Home.record(), to: &shown)
        #expect(!shown.contains(Home.key) && !shown.contains(Home.opc))
    }
}
