import Cx
import Diameter
import IMS
import Octets
import ProxyCSCF
import Rx
import SIP
import Testing

@Suite("TS 29.214 §4.4.5, TS 23.228 §5.10.3.0: the way of a phone's signalling")
struct SignallingPathTests {
    private static let watching: @Sendable (inout PolicyControlSettings) -> Void = { $0.watchesSignalling = true }

    private func registered(keeps: Bool = false) throws -> (PolicyEdge, [Action<ProxyWork>]) {
        var edge = try PolicyEdge(keeps: keeps, Self.watching, register: false)
        let actions = try edge.edge.register()
        return (edge, actions)
    }

    @Test("a registration begins a session without media; its end ends it")
    func lifetime() throws {
        var (edge, actions) = try registered()
        #expect(actions.response?.status == .ok)
        let request = try edge.request(actions)
        #expect(request.mediaComponents.count == 1)
        #expect(request.mediaComponents.first?.number == 0)
        #expect(request.mediaComponents.first?.subComponents.first?.flowUsage == .afSignalling)
        #expect(request.mediaComponents.first?.subComponents.first?.signallingProtocol == .sip)
        #expect(request.specificActions == [.indicationOfLossOfBearer, .indicationOfReleaseOfBearer])
        #expect(request.framedIPAddress == OctetSlice([10, 11, 12, 13]))
        #expect(try edge.grant(actions).isEmpty)
        #expect(edge.asked(try edge.edge.register()).isEmpty)
        let ended = try edge.edge.register(Request(expires: 0), bound: [])
        #expect(try edge.end(ended).session == request.session)
    }

    @Test("the end of the time of a registration ends it as well")
    func expiry() throws {
        var (edge, actions) = try registered()
        _ = try edge.grant(actions)
        edge.edge.now += .seconds(600)
        #expect(edge.asked(edge.edge.handle(.deadline)).map(\.message.commandCode) == [.sessionTermination])
    }

    @Test(
        "lost: sessions are released, calls for the phone get 430 until it registers again", arguments: [true, false])
    func lost(_ byAbort: Bool) throws {
        var (edge, actions) = try registered()
        let session = try edge.request(actions).session
        _ = try edge.grant(actions)
        try edge.talk()
        let after =
            byAbort
            ? edge.receive(AbortSessionRequest(session: session, abortCause: .bearerReleased))
            : edge.receive(ReAuthRequest(session: session, specificActions: [.indicationOfLossOfBearer]))
        #expect(after.diameterAnswer?[.resultCode] == .success)
        #expect(after.allForwarded.map(\.method) == [.bye])
        #expect(after.forwarded?.0.requestURI.string == "sip:bob@192.0.2.9")
        #expect(
            edge.asked(after).map(\.message.commandCode) == [.sessionTermination, .sessionTermination])
        let path = try edge.edge.path()
        let call = try edge.edge.send(lines: TerminatingTests.invite(path), from: AccessEdge.core)
        #expect(call.response?.status == .flowFailed)
        let back = try edge.edge.register()
        #expect(try edge.request(back).requestType == .initial)
        #expect(
            try edge.edge.send(lines: TerminatingTests.invite(path), from: AccessEdge.core).forwarded != nil)
    }

    @Test("a PCRF that refuses to watch refuses nobody", arguments: [PolicyControlSettings.Failure.allow, .deny])
    func refused(_ failure: PolicyControlSettings.Failure) throws {
        var edge = try PolicyEdge(
            {
                $0.watchesSignalling = true
                $0.failure = failure
            }, register: false)
        let actions = try edge.edge.register()
        let after = try edge.answer(actions, AAAnswer(.experimental(.ipCANSessionNotAvailable)))
        #expect(after.shape == ["observe warning"])
        #expect(try edge.edge.isRegistered())
    }

    @Test("F2: after a crash the session is the same, and ends with the registration")
    func crash() throws {
        var (edge, actions) = try registered(keeps: true)
        let session = try edge.request(actions).session
        _ = try edge.grant(actions)
        edge.edge.crash()
        #expect(edge.asked(try edge.edge.register()).isEmpty)
        #expect(try edge.session() == session)
        #expect(try edge.end(try edge.edge.register(Request(expires: 0), bound: [])).session == session)
    }
}
