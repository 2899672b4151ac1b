import IMS
import Octets
import ProxyCSCF
import SIP
import Testing

@Suite("TS 23.380 §4.4, TS 24.229 §5.2.6.3.2A: the S-CSCF of the Service-Route is lost")
struct DetourTests {
    private static let home = "<sip:\(AccessEdge.domain);lr;orig>"
    private static let restoration = "<type>restoration</type>"

    private func request(_ method: String = "INVITE") -> Request {
        var request = Request(method: method, uri: "sip:bob@other.example", to: "<sip:bob@other.example>")
        request.expires = nil
        request.authorization = nil
        request.more = ["<sip:pcscf.visited.example:5060;lr>", AccessEdge.serviceRoute].map { "Route: \($0)" }
        return request
    }

    private func registered() throws -> AccessEdge {
        var edge = AccessEdge { $0.servingCSCFPatience = .seconds(8) }
        try edge.register()
        return edge
    }

    @Test(
        "cannot be reached: at once by the I-CSCF, with `orig`; the answer goes back", arguments: ["INVITE", "MESSAGE"])
    func unreachable(_ method: String) throws {
        var edge = try registered()
        let sent = try #require(try edge.send(request(method)).forwarded)
        #expect(sent.1.remote == AccessEdge.core.remote)
        let detour = edge.handle(.transactionFailed(sent.2, .transport))
        #expect(
            detour.shape == [
                "observe warning", "count servingCSCFRetried", "forward \(method) to \(AccessEdge.home.remote)",
            ])
        let other = try #require(detour.forwarded).0.received()
        #expect(other.texts(.route) == [Self.home])
        #expect(other.texts(.pAssertedIdentity) == ["<\(AccessEdge.publicIdentity)>"])
        #expect(other.requestURI == "sip:bob@other.example")
        #expect(other.maxForwards == 69)
        #expect(other.count(.recordRoute) == (method == "INVITE" ? 1 : 0))
        #expect(try edge.answer(detour, .ok).shape.first == "respond 200")
    }

    @Test("silent: after eight seconds, with a CANCEL should it wake up; for a minute nobody waits for it again")
    func silent() throws {
        var edge = try registered()
        let first = try edge.send(request())
        #expect(edge.role.nextDeadline == edge.now + .seconds(8))
        edge.now += .seconds(8)
        let detour = edge.handle(.deadline)
        #expect(detour.shape.first == "cancel")
        #expect(detour.forwarded?.1.remote == AccessEdge.home.remote)
        // What it says now comes too late.
        #expect(try edge.answer(first, .ok).isEmpty)
        let next = try edge.send(request())
        #expect(next.forwarded?.0.texts(.route) == [Self.home])
        edge.now += .seconds(61)
        #expect(try edge.send(request()).forwarded?.1.remote == AccessEdge.core.remote)
    }

    @Test("one that says anything at all has the request: a later silence is the callee's")
    func alive() throws {
        var edge = try registered()
        let sent = try edge.send(request())
        _ = try edge.answer(sent, .trying)
        edge.now += .seconds(60)
        #expect(edge.handle(.deadline).isEmpty)
        let (_, _, client) = try #require(sent.forwarded)
        #expect(edge.handle(.transactionFailed(client, .timeout)).shape.first == "respond 408")
    }

    @Test("nobody serves the user any more: 504 that sends the phone to register", arguments: [true, false])
    func lost(_ isSaid: Bool) throws {
        var edge = try registered()
        let (_, _, client) = try #require(try edge.send(request()).forwarded)
        let detour = edge.handle(.transactionFailed(client, .transport))
        let (_, _, second) = try #require(detour.forwarded)
        let actions =
            isSaid
            ? try edge.answer(detour, .serverTimeout) : edge.handle(.transactionFailed(second, .timeout))
        let response = try #require(actions.response)
        #expect(response.status == .serverTimeout)
        #expect(response.texts(.pAssertedIdentity) == ["<sip:pcscf.visited.example:5060>"])
        #expect(response.firstValue(.contentType) == "application/3gpp-ims+xml")
        #expect(response.body.string.contains(Self.restoration))
        #expect(response.body.string.contains("<action>initial-registration</action>"))
    }

    @Test("what the other S-CSCF says goes to the phone as it is", arguments: [408, 480, 486, 500, 503])
    func relayed(_ code: UInt16) throws {
        var edge = try registered()
        let (_, _, client) = try #require(try edge.send(request()).forwarded)
        let detour = edge.handle(.transactionFailed(client, .transport))
        let status = try #require(Status(rawValue: code))
        let response = try #require(try edge.answer(detour, status).response)
        #expect(response.status?.rawValue == (code == 503 ? 500 : code))
        #expect(response.body.isEmpty)
    }

    @Test("given up while nobody answers: nobody else is asked")
    func cancelled() throws {
        var edge = try registered()
        let (_, _, client) = try #require(try edge.send(request()).forwarded)
        #expect(edge.handle(.cancelled(edge.lastServer)).shape == ["cancel"])
        edge.now += .seconds(8)
        #expect(!edge.handle(.deadline).shape.contains { $0.hasPrefix("forward") })
        #expect(edge.handle(.transactionFailed(client, .timeout)).forwarded == nil)
    }
}
