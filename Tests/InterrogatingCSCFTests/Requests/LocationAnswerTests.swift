import Cx
import Diameter
import IMS
import InterrogatingCSCF
import Octets
import SIP
import Testing

@Suite("TS 24.229 §5.3.2: what the HSS answers about a callee")
struct LocationAnswerTests {
    static let refusals: [(CxResult, Int, String)] = [
        (.userUnknown, 404, "UNKNOWN_SUBSCRIBER"), (.identityNotRegistered, 480, "NOT_REGISTERED"),
        (.base(.authorizationRejected), 404, "IDENTITY_BARRED"),
        (.base(.unableToDeliver), 480, "HSS_UNAVAILABLE"), (.base(.realmNotServed), 480, "HSS_UNAVAILABLE"),
        (.base(.tooBusy), 480, "HSS_UNAVAILABLE"), (.base(.unableToComply), 480, "HSS_UNAVAILABLE"),
        (.base(.outOfSpace), 480, "HSS_UNAVAILABLE"), (.base(.resourcesExceeded), 480, "HSS_UNAVAILABLE"),
        (.base(.invalidAVPValue), 404, "HSS_REFUSED"), (.base(.missingAVP), 404, "HSS_REFUSED"),
        (.identitiesDontMatch, 404, "HSS_REFUSED"), (.roamingNotAllowed, 404, "HSS_REFUSED"),
        (.identityAlreadyRegistered, 404, "HSS_REFUSED"), (.authSchemeNotSupported, 404, "HSS_REFUSED"),
        (.inAssignmentType, 404, "HSS_REFUSED"), (.tooMuchData, 404, "HSS_REFUSED"),
        (.featureUnsupported, 404, "HSS_REFUSED"), (.servingNodeFeatureUnsupported, 404, "HSS_REFUSED"),
    ]

    @Test("results that refuse", arguments: refusals)
    func refused(_ result: CxResult, _ status: Int, _ code: String) throws {
        for method in ["INVITE", "MESSAGE"] {
            var entry = EntryPoint()
            let actions = try entry.locate(try entry.send(.request(method)), LocationInfoAnswer(result))
            #expect(actions.shape == ["respond \(status)", "observe \(code)", "count requestRefused"])
            #expect(try entry.requests() == [0, 0])
        }
    }

    @Test(
        "results that do not: with capabilities an S-CSCF is chosen",
        arguments: [CxResult.success, .unregisteredService, .subsequentRegistration])
    func chosen(_ result: CxResult) throws {
        var entry = EntryPoint(pool: [.init(EntryPoint.first), .init(EntryPoint.second, capabilities: [7])])
        let needed = LocationInfoAnswer(result, serverCapabilities: ServerCapabilities(mandatory: [7]))
        let actions = try entry.locate(try entry.send(.invite), needed)
        #expect(actions.shape == ["count requestForwarded", "forward to \(Request.callee) at 5081"])
        #expect(actions.routes == ["<\(EntryPoint.second);lr>"])
        #expect(
            try entry.locate(try entry.send(.invite), LocationInfoAnswer(result)).routes == ["<\(EntryPoint.first);lr>"]
        )
    }

    @Test("capabilities that nobody offers: 600, TS 24.229 §5.3.2.2")
    func noneFits() throws {
        let needed = LocationInfoAnswer(
            .unregisteredService, serverCapabilities: ServerCapabilities(mandatory: [9]))
        for pool in [EntryPoint.pool, []] {
            var entry = EntryPoint(pool: pool)
            #expect(
                try entry.locate(try entry.send(.invite), needed).shape
                    == ["respond 600", "observe NO_SCSCF_WITH_CAPABILITIES", "count requestRefused"])
        }
    }

    @Test("no answer: 480", arguments: [AskFailure.timeout, .unableToDeliver, .tooBusy])
    func unanswered(_ failure: AskFailure) throws {
        var entry = EntryPoint()
        let (_, ask) = try #require(try entry.send(.invite).question)
        #expect(
            entry.handle(.askFailed(ask, failure)).shape
                == ["respond 480", "observe HSS_UNREACHABLE", "count requestRefused"])
        #expect(entry.handle(.askFailed(ask, failure)).isEmpty)
        #expect(try entry.requests() == [0, 0])
    }

    @Test("D5: an answer without a result: 480")
    func unreadable() throws {
        var entry = EntryPoint()
        let (question, ask) = try #require(try entry.send(.invite).question)
        #expect(
            entry.handle(.answer(question.bareAnswer(), ask)).shape
                == ["respond 480", "observe HSS_ANSWER_UNREADABLE", "count requestRefused"])
    }

    @Test(
        "a name that leads nowhere: another S-CSCF, by capabilities; for a service 504",
        arguments: ["sip:unknown.example", "tel:+1", "sip:", "\u{1}", "x>\r\nA: b"])
    func unknownHost(_ name: String) throws {
        var entry = EntryPoint()
        let again = try entry.call(servedBy: name)
        #expect(again.shape == ["observe warning", "ask about \(Request.callee) registrationAndCapabilities"])
        let other = LocationInfoAnswer(.success, serverCapabilities: ServerCapabilities())
        #expect(try entry.locate(again, other).routes == ["<\(EntryPoint.first);lr>"])
        let service = LocationInfoAnswer(.success, serverName: name, flags: .publicServiceIdentityDirectRouting)
        #expect(
            try entry.locate(try entry.send(.invite), service).shape
                == ["respond 504", "observe AS_UNKNOWN_HOST", "count requestRefused"])
        #expect(try entry.requests() == [0, 1])
    }

    @Test("a name beyond the table of hosts is looked up, RFC 3263, when DNS may be asked")
    func lookedUp() throws {
        var entry = EntryPoint { $0.usesDNS = true }
        #expect(
            try entry.call(servedBy: "sip:scscf.example.org").shape
                == ["count requestForwarded", "send INVITE toward scscf.example.org"])
        let asked = try entry.send(Request())
        #expect(
            try entry.answer(asked, name: "sip:scscf.example.org").shape
                == ["count servingCSCFSelected", "send REGISTER toward scscf.example.org"])
    }

    @Test("a Server-Name with parameters keeps them, and gets lr once")
    func parameters() throws {
        var entry = EntryPoint()
        #expect(
            try entry.call(servedBy: "\(EntryPoint.first);lr;transport=udp").routes
                == ["<\(EntryPoint.first);lr;transport=udp>"])
    }

    @Test("a service of its own server: LIA-Flags say that no S-CSCF is meant")
    func directService() throws {
        var entry = EntryPoint()
        let answer = LocationInfoAnswer(
            .success, serverName: EntryPoint.service, flags: .publicServiceIdentityDirectRouting)
        let actions = try entry.locate(try entry.send(.invite), answer)
        #expect(actions.shape == ["count requestForwarded", "forward to \(Request.callee) at 5090"])
        #expect(actions.routes == ["<\(EntryPoint.service);lr>"])
        // It is down: there is no other.
        #expect(
            try entry.fail(actions, .transport).shape == [
                "respond 504", "observe AS_UNREACHABLE", "count requestRefused",
            ])
    }

    @Test("RFC 5002: the wildcard by which a service was found goes along in P-Profile-Key")
    func profileKey() throws {
        var entry = EntryPoint()
        let wildcard = "sip:chat-!.*!@\(EntryPoint.domain)"
        let found = LocationInfoAnswer(.success, serverName: EntryPoint.first, wildcardedPublicIdentity: wildcard)
        let actions = try entry.locate(try entry.send(.invite), found)
        #expect(try #require(actions.forwarded).0.firstValue(.pProfileKey)?.string == "<\(wildcard)>")
        let odd = LocationInfoAnswer(
            .success, serverName: EntryPoint.first, wildcardedPublicIdentity: "sip:![0-9]{3}!>\r\nX: y@a")
        let escaped = try entry.locate(try entry.send(.invite), odd)
        #expect(
            try #require(escaped.forwarded).0.firstValue(.pProfileKey)?.string
                == "<sip:!%5B0-9%5D%7B3%7D!%3E%0D%0AX:%20y@a>")
    }

    @Test("a subdomain of services that the configuration knows: no HSS is asked")
    func serviceDomain() throws {
        var entry = EntryPoint { $0.serviceDomains = ["conf.\(EntryPoint.domain)": EntryPoint.service] }
        let actions = try entry.send(.request("INVITE", to: "sip:room7@CONF.\(EntryPoint.domain)"))
        #expect(
            actions.shape == ["count requestForwarded", "forward to sip:room7@CONF.\(EntryPoint.domain) at 5090"])
        #expect(actions.routes == ["<\(EntryPoint.service);lr>"])
        #expect(try entry.respond(actions, .busyHere).shape == ["respond 486"])
        var lost = EntryPoint { $0.serviceDomains = ["conf.x": "sip:nowhere.example"] }
        #expect(
            try lost.send(.request("INVITE", to: "sip:a@conf.x")).shape
                == ["respond 504", "observe AS_UNKNOWN_HOST", "count requestRefused"])
    }
}
