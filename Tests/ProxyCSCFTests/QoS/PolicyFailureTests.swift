import Cx
import Diameter
import IMS
import Octets
import ProxyCSCF
import Rx
import SIP
import Testing

@Suite("Rx: a PCRF that refuses, is silent or away")
struct PolicyFailureTests {
    private static let denying: @Sendable (inout PolicyControlSettings) -> Void = { $0.failure = .deny }
    private static let refusal = AAAnswer(.experimental(.requestedServiceNotAuthorized))

    @Test("allow: the call goes on with a warning that says why")
    func allowed() throws {
        var edge = try PolicyEdge()
        let after = try edge.answer(try edge.call(), Self.refusal)
        #expect(after.shape == ["observe warning", "forward INVITE to \(AccessEdge.core.remote)"])
        #expect(after.warnings.first?.contains("5063 REQUESTED_SERVICE_NOT_AUTHORIZED") == true)
        let answered = try edge.answer(.ok, PolicyEdge.theirs)
        #expect(try edge.request(answered).requestType == .initial)
        #expect(try edge.answer(answered, Self.refusal).response?.status == .ok)
        // The PCRF has no session, so that there is none to end.
        let bye = try edge.send("BYE", fromPhone: true)
        #expect(edge.asked(try edge.answer(.ok, to: bye)).isEmpty)
    }

    @Test("allow: silence is waited for no longer than said, and the PCRF may have the session all the same")
    func silent() throws {
        var edge = try PolicyEdge { $0.patience = .milliseconds(500) }
        let offered = try edge.call()
        #expect(edge.edge.role.nextDeadline == edge.edge.now + .milliseconds(500))
        edge.edge.now += .milliseconds(499)
        #expect(edge.edge.handle(.deadline).isEmpty)
        edge.edge.now += .milliseconds(1)
        let after = edge.edge.handle(.deadline)
        #expect(after.shape == ["observe warning", "forward INVITE to \(AccessEdge.core.remote)"])
        #expect(after.warnings.first?.contains("does not answer") == true)
        // Its answer comes too late for anybody.
        #expect(try edge.grant(offered).isEmpty)
        let busy = try edge.answer(.busyHere, to: after)
        #expect(edge.asked(busy).map(\.message.commandCode) == [.sessionTermination])
    }

    @Test("allow: nobody there to ask delays nothing")
    func away() throws {
        var edge = try PolicyEdge()
        let ask = try #require(edge.asked(try edge.call()).first).ask
        let after = edge.edge.handle(.askFailed(ask, .unableToDeliver))
        #expect(after.shape == ["observe warning", "forward INVITE to \(AccessEdge.core.remote)"])
        #expect(after.warnings.first?.contains("cannot be reached") == true)
    }

    @Test(
        "deny: an offer is refused, with a Warning that says why",
        arguments: [
            (CxResult.experimental(.requestedServiceNotAuthorized), Status.forbidden),
            (.experimental(.unauthorizedNonEmergencySession), .forbidden),
            (.experimental(.invalidServiceInformation), .notAcceptableHere),
            (.experimental(.filterRestrictions), .notAcceptableHere),
            (.experimental(.requestedServiceTemporarilyNotAuthorized), .serviceUnavailable),
            (.experimental(.ipCANSessionNotAvailable), .serviceUnavailable), (.base(.tooBusy), .serviceUnavailable),
            (.base(.unableToComply), .serviceUnavailable), (.base(.unknownSessionID), .serviceUnavailable),
        ])
    func denied(_ result: CxResult, _ status: Status) throws {
        var edge = try PolicyEdge(Self.denying)
        let after = try edge.answer(try edge.call(), AAAnswer(result, retryInterval: 30))
        #expect(after.shape == ["respond \(status.rawValue)", "observe POLICY_DENIED", "count requestRefused"])
        let response = try #require(after.response).received()
        #expect(response.texts(.warning) == ["399 pcscf.visited.example \"the PCRF refuses: \(result)\""])
        #expect(response.texts(.retryAfter) == (status == .serviceUnavailable ? ["30"] : []))
        #expect(edge.sessions()?.isEmpty == true)
    }

    @Test("deny: silence and absence are 503")
    func deniedInSilence() throws {
        var edge = try PolicyEdge(Self.denying)
        _ = try edge.call()
        edge.edge.now += .seconds(2)
        let after = edge.edge.handle(.deadline)
        #expect(after.response?.status == .serviceUnavailable)
        #expect(after.response?.texts(.warning) == ["399 pcscf.visited.example \"the PCRF does not answer\""])
        // It may have heard us.
        #expect(edge.asked(after).map(\.message.commandCode) == [.sessionTermination])
        let ask = try #require(edge.asked(try edge.call()).first).ask
        #expect(edge.edge.handle(.askFailed(ask, .unableToDeliver)).response?.status == .serviceUnavailable)
    }

    @Test("deny: an early answer cancels the call: CANCEL to the callee, an error to the caller, STR")
    func deniedEarly() throws {
        var edge = try PolicyEdge(Self.denying)
        _ = try edge.grant(try edge.call())
        let early = try edge.answer(.sessionProgress, PolicyEdge.theirs)
        let after = try edge.answer(early, Self.refusal)
        #expect(after.shape == ["ask", "cancel", "observe POLICY_ENDED", "respond 403"])
        #expect(try edge.end(after).terminationCause == .administrative)
        #expect(try edge.answer(.requestTerminated).isEmpty)
    }

    @Test("deny: an answer in the 2xx ends the call with its ACK: BYE to both sides, with Reason")
    func deniedLate() throws {
        var edge = try PolicyEdge(Self.denying)
        _ = try edge.grant(try edge.call())
        let answered = try edge.answer(.ok, PolicyEdge.theirs)
        #expect(try edge.answer(answered, Self.refusal).shape == ["respond 200"])
        let after = try edge.send("ACK", fromPhone: true)
        #expect(after.shape.first == "acknowledge to \(AccessEdge.core.remote)")
        let byes = after.allForwarded.filter { $0.method == .bye }
        #expect(byes.count == 2)
        for bye in byes {
            #expect(
                bye.texts(.reason) == [
                    "SIP;cause=503;text=\"the PCRF refuses: 5063 REQUESTED_SERVICE_NOT_AUTHORIZED\""
                ])
        }
        #expect(try edge.end(after).session == "pcscf.visited.example;7;0")
    }

    @Test("deny: without an ACK the call ends all the same")
    func withoutAcknowledgement() throws {
        var edge = try PolicyEdge(Self.denying)
        _ = try edge.grant(try edge.call())
        _ = try edge.answer(try edge.answer(.ok, PolicyEdge.theirs), Self.refusal)
        edge.edge.now += .seconds(32)
        #expect(edge.edge.handle(.deadline).allForwarded.map(\.method) == [.bye, .bye])
    }

    @Test("deny: a change that is refused is refused, and the session goes on as it was")
    func deniedChange() throws {
        var edge = try PolicyEdge(Self.denying)
        try edge.talk()
        let video = PolicyEdge.description("10.11.12.13", ["m=audio 40000 RTP/AVP 0", "m=video 40002 RTP/AVP 31"])
        let change = try edge.send("UPDATE", fromPhone: true, video)
        #expect(try edge.answer(change, Self.refusal).response?.status == .forbidden)
        #expect(edge.sessions()?.first?["granted"] == .boolean(true))
        let bye = try edge.send("BYE", fromPhone: true)
        #expect(try edge.end(try edge.answer(.ok, to: bye)).terminationCause == .logout)
    }

    @Test("deny: calls for help go on")
    func help() throws {
        var edge = try PolicyEdge(
            Self.denying,
            { $0.emergency = EmergencyService(destination: try? SIPURI(parsing: "sip:psap@127.0.0.1:5099")) }
        )
        let after = try edge.answer(try edge.call(to: "urn:service:sos"), Self.refusal)
        #expect(after.shape == ["observe warning", "forward INVITE to 127.0.0.1:5099"])
    }

    @Test("RFC 6733 §8.3: a PCRF that has forgotten the session gets it as a new one")
    func forgotten() throws {
        var edge = try PolicyEdge(Self.denying)
        try edge.talk()
        let change = try edge.send(
            "UPDATE", fromPhone: true, PolicyEdge.description("10.11.12.13", ["m=audio 40000 RTP/AVP 8"]))
        let again = try edge.answer(change, AAAnswer(.base(.unknownSessionID)))
        let request = try edge.request(again)
        #expect(request.session == "pcscf.visited.example;7;1")
        #expect(request.requestType == .initial)
        #expect(try edge.grant(again).forwarded?.0.method == .update)
        #expect(try edge.session() == "pcscf.visited.example;7;1")
    }
}
