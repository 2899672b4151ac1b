import Cx
import Diameter
import IMS
import InterrogatingCSCF
import Octets
import SIP
import Testing

@Suite("TS 24.229 §5.3.1.2: what the HSS answers")
struct AnswerTests {
    @Test("a name: the REGISTER goes there, its URI changed and nothing else lost")
    func serverName() throws {
        var entry = EntryPoint()
        let asked = try entry.send(Request(more: ["Route: <sip:icscf;lr>", "X-Other: 1"]))
        let actions = try entry.answer(asked, .subsequentRegistration, name: EntryPoint.second)
        #expect(actions.shape == ["count servingCSCFSelected", "forward to \(EntryPoint.second) at 5081"])
        let message = try #require(actions.forwarded).0
        #expect(message.maxForwards == 68)
        #expect(!message.contains(.route))
        #expect(message.firstValue(.path)?.string == "<sip:t@pcscf.visited.example:5060;lr>")
        #expect(message.firstValue(HeaderName("X-Other"))?.string == "1")
        #expect(message.firstValue(.to)?.string == "<\(EntryPoint.publicIdentity)>")
    }

    @Test("no capabilities: any S-CSCF will do, the first configured")
    func anyServer() throws {
        var entry = EntryPoint()
        #expect(try entry.answer(try entry.send(Request())).target == EntryPoint.first)
    }

    @Test(
        "results that refuse",
        arguments: [
            (CxResult.userUnknown, 403, "UNKNOWN_SUBSCRIBER"), (.identitiesDontMatch, 403, "IDENTITIES_DONT_MATCH"),
            (.roamingNotAllowed, 403, "ROAMING_NOT_ALLOWED"), (.identityNotRegistered, 403, "NOT_REGISTERED"),
            (.base(.authorizationRejected), 403, "IDENTITY_BARRED"), (.authSchemeNotSupported, 403, "HSS_REFUSED"),
            (.identityAlreadyRegistered, 403, "HSS_REFUSED"), (.base(.invalidAVPValue), 403, "HSS_REFUSED"),
            (.base(.missingAVP), 403, "HSS_REFUSED"), (.featureUnsupported, 403, "HSS_REFUSED"),
            (.base(.unableToDeliver), 480, "HSS_UNAVAILABLE"), (.base(.realmNotServed), 480, "HSS_UNAVAILABLE"),
            (.base(.tooBusy), 480, "HSS_UNAVAILABLE"), (.base(.unableToComply), 480, "HSS_UNAVAILABLE"),
            (.base(.outOfSpace), 480, "HSS_UNAVAILABLE"),
        ])
    func refusals(_ result: CxResult, _ status: Int, _ code: String) throws {
        var entry = EntryPoint()
        let actions = try entry.answer(try entry.send(Request()), result)
        #expect(actions.shape == ["respond \(status)", "observe \(code)", "count registerRefused"])
        #expect(try entry.underWay() == 0)
    }

    @Test(
        "results that do not", arguments: [CxResult.success, .firstRegistration, .subsequentRegistration])
    func successes(_ result: CxResult) throws {
        var entry = EntryPoint()
        #expect(try entry.answer(try entry.send(Request()), result).target == EntryPoint.first)
    }

    @Test("no answer: 480", arguments: [AskFailure.timeout, .unableToDeliver, .tooBusy])
    func unanswered(_ failure: AskFailure) throws {
        var entry = EntryPoint()
        let (_, ask) = try #require(try entry.send(Request()).question)
        let actions = entry.handle(.askFailed(ask, failure))
        #expect(actions.shape == ["respond 480", "observe HSS_UNREACHABLE", "count registerRefused"])
        #expect(entry.handle(.askFailed(ask, failure)).isEmpty)
        #expect(try entry.underWay() == 0)
    }

    @Test("D5: an answer that cannot be read: 480, and the process goes on")
    func unreadable() throws {
        var entry = EntryPoint()
        let (question, ask) = try #require(try entry.send(Request()).question)
        let bare = question.answer(.base(.success), origin: DiameterOrigin(host: "hss.x", realm: "x"))
        let actions = entry.handle(.answer(bare, ask))
        guard actions.forwarded == nil else { return }  // all that is needed was there
        #expect(actions.shape == ["respond 480", "observe HSS_ANSWER_UNREADABLE", "count registerRefused"])
    }

    @Test("capabilities that nobody offers: 600, TS 24.229 §5.3.1.2")
    func noServer() throws {
        var entry = EntryPoint()
        let needed = ServerCapabilities(mandatory: [7])
        let actions = try entry.answer(try entry.send(Request()), capabilities: needed)
        #expect(actions.shape == ["respond 600", "observe NO_SCSCF_WITH_CAPABILITIES", "count registerRefused"])
        var empty = EntryPoint(pool: [])
        #expect(try empty.answer(try empty.send(Request())).shape.first == "respond 600")
    }

    @Test(
        "a name that leads nowhere: another S-CSCF, by capabilities",
        arguments: ["sip:unknown.example", "tel:+1", "", "\u{1}"])
    func unknownHost(_ name: String) throws {
        var entry = EntryPoint()
        let actions = try entry.answer(try entry.send(Request()), name: name.isEmpty ? "sip:" : name)
        #expect(actions.shape == ["observe warning", "ask registrationAndCapabilities"])
        #expect(try entry.answer(actions, .success).target == EntryPoint.first)
    }

    @Test("several REGISTERs of one user at once are kept apart")
    func concurrent() throws {
        var entry = EntryPoint()
        let one = try entry.send(Request())
        let two = try entry.send(Request())
        let toTwo = try entry.answer(two, name: EntryPoint.second)
        let toOne = try entry.answer(one, name: EntryPoint.third)
        #expect(toTwo.target == EntryPoint.second)
        #expect(toOne.target == EntryPoint.third)
        #expect(try entry.underWay() == 2)
        guard case .respond(_, let late)? = try entry.respond(toTwo, .unauthorized).first,
            case .respond(_, let early)? = try entry.respond(toOne, .ok).first
        else {
            Issue.record("no responses")
            return
        }
        #expect(late == ServerTransactionID(rawValue: 2))
        #expect(early == ServerTransactionID(rawValue: 1))
        #expect(try entry.underWay() == 0)
    }
}
