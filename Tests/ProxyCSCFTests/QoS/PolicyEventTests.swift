import Cx
import Diameter
import IMS
import Octets
import ProxyCSCF
import Rx
import SIP
import Testing

@Suite("TS 29.214 §4.4.6, TS 24.229 §5.2.8.1: what the PCRF tells of bearers")
struct PolicyEventTests {
    private static func result(_ actions: [Action<ProxyWork>]) -> ResultCode? { actions.diameterAnswer?[.resultCode] }

    @Test("ASR: ASA, a BYE to both sides with Reason, STR", arguments: [true, false])
    func aborted(_ isCaller: Bool) throws {
        var edge = try PolicyEdge()
        try edge.talk(isCaller: isCaller)
        let session = try edge.session()
        let after = edge.receive(AbortSessionRequest(session: session, abortCause: .bearerReleased))
        #expect(Self.result(after) == .success)
        #expect(after.diameterAnswer?[.sessionID] == session)
        #expect(after.allForwarded.map(\.method) == [.bye, .bye])
        for bye in after.allForwarded {
            #expect(bye.texts(.reason) == ["SIP;cause=503;text=\"the bearer is released\""])
        }
        let end = try edge.end(after)
        #expect(end.session == session)
        #expect(end.terminationCause == .linkBroken)
        #expect(edge.sessions()?.isEmpty == true)
    }

    @Test("ASR before the call is answered: CANCEL, 503, STR")
    func abortedEarly() throws {
        var edge = try PolicyEdge()
        _ = try edge.grant(try edge.call())
        _ = try edge.answer(.ringing)
        let after = edge.receive(
            AbortSessionRequest(session: try edge.session(), abortCause: .insufficientBearerResources))
        #expect(after.shape == ["answer", "ask", "cancel", "observe POLICY_ENDED", "respond 503"])
        #expect(
            after.response?.texts(.warning)
                == ["399 pcscf.visited.example \"there are no resources for the bearer\""])
        // What the callee says to the CANCEL is nobody's.
        #expect(try edge.answer(.requestTerminated).isEmpty)
    }

    @Test("ASR while the offer still waits: 503, and nothing goes on")
    func abortedWaiting() throws {
        var edge = try PolicyEdge()
        let offered = try edge.call()
        let after = edge.receive(AbortSessionRequest(session: try edge.session(), abortCause: .bearerReleased))
        #expect(after.response?.status == .serviceUnavailable)
        #expect(try edge.grant(offered).isEmpty)
    }

    @Test("§5.5, RFC 6733 §7.1.5: a session that is not known is 5002, for RAR and ASR")
    func unknown() throws {
        var edge = try PolicyEdge()
        #expect(
            Self.result(edge.receive(AbortSessionRequest(session: "x", abortCause: .bearerReleased)))
                == .unknownSessionID)
        #expect(
            Self.result(
                edge.receive(ReAuthRequest(session: "x", specificActions: [.indicationOfReleaseOfBearer])))
                == .unknownSessionID)
    }

    @Test("a request that lacks what it must have is 5005, and ends nothing")
    func malformed() throws {
        var edge = try PolicyEdge()
        try edge.talk()
        var message = DiameterMessage(.abortSession, application: RxDictionary.application)
        message.append(.sessionID, try edge.session())
        #expect(Self.result(edge.receive(message)) == .missingAVP)
        #expect(edge.sessions()?.count == 1)
    }

    @Test(
        "RAR: all bearers gone ends the call",
        arguments: [
            SpecificAction.indicationOfLossOfBearer, .indicationOfReleaseOfBearer,
            .indicationOfFailedResourcesAllocation, .indicationOfOutOfCredit,
        ])
    func lost(_ action: SpecificAction) throws {
        var edge = try PolicyEdge()
        try edge.talk()
        let after = edge.receive(ReAuthRequest(session: try edge.session(), specificActions: [action]))
        #expect(Self.result(after) == .success)
        #expect(after.allForwarded.map(\.method) == [.bye, .bye])
        #expect(edge.asked(after).map(\.message.commandCode) == [.sessionTermination])
    }

    @Test("RAR: a call of two streams goes on with one, ends with none, and recovers")
    func partly() throws {
        var edge = try PolicyEdge()
        let streams = ["m=audio 40000 RTP/AVP 0", "m=video 40002 RTP/AVP 31"]
        _ = try edge.grant(try edge.call(PolicyEdge.description("10.11.12.13", streams)))
        _ = try edge.grant(try edge.answer(.ok, PolicyEdge.description("192.0.2.9", streams)))
        let session = try edge.session()
        func tell(_ action: SpecificAction, _ stream: UInt32) -> [Action<ProxyWork>] {
            edge.receive(
                ReAuthRequest(
                    session: session, specificActions: [action],
                    flows: [Flows(mediaComponentNumber: stream, flowNumbers: [1])]))
        }
        #expect(tell(.indicationOfReleaseOfBearer, 2).shape == ["answer", "observe notice"])
        #expect(tell(.indicationOfRecoveryOfBearer, 2).shape == ["answer"])
        #expect(tell(.indicationOfLossOfBearer, 1).shape == ["answer", "observe notice"])
        #expect(tell(.indicationOfLossOfBearer, 2).allForwarded.map(\.method) == [.bye, .bye])
    }

    @Test("RAR: what was not asked for is answered, and changes nothing")
    func unasked() throws {
        var edge = try PolicyEdge()
        try edge.talk()
        let request = ReAuthRequest(
            session: try edge.session(), specificActions: [.ipCANChange, .accessNetworkInfoReport])
        #expect(edge.receive(request).shape == ["answer"])
    }

    @Test("sessions that end for another reason end at the PCRF too")
    func connectionLost() throws {
        var edge = try PolicyEdge(
            { _ in }, { $0.flowGrace = .seconds(10) }, register: false)
        try edge.edge.register(from: PhoneDialog.tcpPhone)
        _ = try edge.grant(try edge.call(from: PhoneDialog.tcpPhone))
        _ = try edge.grant(try edge.answer(.ok, PolicyEdge.theirs))
        _ = edge.edge.handle(.connectionClosed(try #require(PhoneDialog.tcpPhone.connection)))
        edge.edge.now += .seconds(10)
        let after = edge.edge.handle(.deadline)
        #expect(after.allForwarded.map(\.method) == [.bye])
        #expect(edge.asked(after).map(\.message.commandCode) == [.sessionTermination])
    }
}
