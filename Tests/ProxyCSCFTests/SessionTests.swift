import IMS
import Octets
import ProxyCSCF
import SIP
import Testing

@Suite("TS 24.229 §5.2.8, RFC 4028 §8: sessions at the P-CSCF")
struct SessionTests {
    private func sessions(_ edge: inout AccessEdge, _ arguments: [String: String] = [:]) throws -> Report {
        let actions = edge.handle(.command(Command("sessions", arguments), CommandID(rawValue: 1)))
        guard case .reply(let report, _) = try #require(actions.first) else { return .null }
        return report
    }

    @Test("from the 2xx to the BYE's answer a session is listed", arguments: [true, false])
    func listed(_ isCaller: Bool) throws {
        var dialog = try PhoneDialog(isCaller: isCaller)
        dialog.edge.now = .zero + .seconds(5)
        let report = try sessions(&dialog.edge)
        #expect(report["total"]?.integer == 1)
        let session = try #require(report["sessions"]?.list?.first)
        #expect(session["direction"]?.text == (isCaller ? "originating" : "terminating"))
        #expect(session["user"]?.text == AccessEdge.privateIdentity)
        #expect(session["callee"]?.text?.hasSuffix(";tag=s1") == true)
        #expect(session["seconds"]?.integer == 5)
        #expect(try sessions(&dialog.edge, ["filter": "nobody"])["total"]?.integer == 0)
        #expect(try sessions(&dialog.edge, ["filter": "tag=s1"])["total"]?.integer == 1)
        #expect(try sessions(&dialog.edge, ["offset": "1"])["sessions"]?.list?.isEmpty == true)
        #expect(try sessions(&dialog.edge, ["limit": "x"])["error"] != nil)
        let bye = try dialog.send("BYE", fromPhone: true)
        _ = try dialog.edge.answer(bye, .ok)
        #expect(try sessions(&dialog.edge)["total"]?.integer == 0)
    }

    @Test("a session that is not established is none")
    func refusedCall() throws {
        var edge = AccessEdge()
        try edge.register()
        let sent = try edge.send(Request(method: "INVITE", uri: "sip:bob@192.0.2.9"))
        _ = try edge.answer(sent, .ringing)
        _ = try edge.answer(sent, .busyHere)
        #expect(try sessions(&edge)["total"]?.integer == 0)
    }

    @Test("above the limit sessions are carried, but not listed")
    func limit() throws {
        var dialog = try PhoneDialog(isCaller: true) { $0.sessionLimit = 0 }
        #expect(try sessions(&dialog.edge)["total"]?.integer == 0)
        #expect(try dialog.send("BYE", fromPhone: true).forwarded != nil)
    }

    @Test("RFC 7315 §4.6: requests inside the session have its ICID")
    func chargingVector() throws {
        var dialog = try PhoneDialog(isCaller: true)
        let update = try #require(try dialog.send("UPDATE", fromPhone: true).forwarded).0
        #expect(update.texts(.pChargingVector) == [try #require(dialog.icid)])
        var called = try PhoneDialog(isCaller: false)
        let bye = try #require(try called.send("BYE", fromPhone: true).forwarded).0
        #expect(bye.texts(.pChargingVector) == ["icid-value=i2;orig-ioi=other.example"])
    }

    @Test("RFC 4028 §8.1: a session timer is asked for where the operator wants one; too short an interval is 422")
    func sessionTimer() throws {
        var edge = AccessEdge { $0.sessionTimer = SessionTimerPolicy(interval: 1800, minimum: 600) }
        try edge.register()
        let route = "Route: \(AccessEdge.serviceRoute)"
        var request = Request(method: "INVITE", uri: "sip:bob@192.0.2.9", more: [route, "Supported: timer"])
        #expect(try edge.send(request).forwarded?.0.texts(.sessionExpires) == ["1800"])
        request.more.append("Session-Expires: 100")
        let actions = try edge.send(request)
        #expect(actions.shape == ["respond 422", "observe SESSION_INTERVAL_TOO_SMALL", "count requestRefused"])
        #expect(actions.response?.texts(.minSE) == ["600"])
        edge = AccessEdge()
        try edge.register()
        #expect(try edge.send(request).forwarded?.0.texts(.sessionExpires) == ["100"])
        request.more = ["Supported: timer"]
        #expect(try edge.send(request).forwarded?.0.contains(.sessionExpires) == false)
    }

    @Test("RFC 4028 §8.3: a session that nobody refreshes is forgotten, and nobody gets a BYE")
    func expiry() throws {
        var dialog = try PhoneDialog(
            isCaller: true, AccessEdge.phone, [(.sessionExpires, "300;refresher=uac"), (.require, "timer")])
        #expect(try sessions(&dialog.edge)["sessions"]?.list?.first?["expires"]?.integer == 300)
        dialog.edge.now = .zero + .seconds(299)
        #expect(dialog.edge.handle(.deadline).isEmpty)
        dialog.edge.now = .zero + .seconds(300)
        #expect(dialog.edge.handle(.deadline).isEmpty)
        #expect(try sessions(&dialog.edge)["total"]?.integer == 0)
    }

    @Test(
        "§5.2.8.1.2: a phone that cannot be reached inside its session: BYE to the other side",
        arguments: [true, false])
    func lostPhone(_ isCaller: Bool) throws {
        var dialog = try PhoneDialog(isCaller: isCaller, PhoneDialog.tcpPhone)
        let (_, _, client) = try #require(try dialog.send("UPDATE", fromPhone: false).forwarded)
        _ = dialog.edge.handle(.connectionClosed(ConnectionID(rawValue: 7)))
        let actions = dialog.edge.handle(.transactionFailed(client, .transport))
        // The S-CSCF of the phone that calls has put no Record-Route into this answer.
        let other = isCaller ? "192.0.2.9:5060" : "\(AccessEdge.core.remote)"
        #expect(actions.shape == ["observe notice", "forward BYE to \(other)", "respond 430"])
        #expect(try sessions(&dialog.edge)["total"]?.integer == 0)
    }

    @Test("a closed connection is no end: the phone may come back; when it does not, both sides get a BYE")
    func closedConnection() throws {
        let grace: (inout ProxyCSCFConfiguration) -> Void = { $0.flowGrace = .seconds(10) }
        var dialog = try PhoneDialog(isCaller: false, PhoneDialog.tcpPhone, [], grace)
        #expect(dialog.edge.handle(.connectionClosed(ConnectionID(rawValue: 7))).isEmpty)
        #expect(dialog.edge.role.nextDeadline == .zero + .seconds(10))
        var back = PhoneDialog.tcpPhone
        back.connection = ConnectionID(rawValue: 8)
        try dialog.edge.register(from: back)
        dialog.edge.now = .zero + .seconds(10)
        #expect(dialog.edge.handle(.deadline).isEmpty)
        #expect(try sessions(&dialog.edge)["total"]?.integer == 1)

        dialog = try PhoneDialog(isCaller: false, PhoneDialog.tcpPhone, [], grace)
        _ = dialog.edge.handle(.connectionClosed(ConnectionID(rawValue: 7)))
        dialog.edge.now = .zero + .seconds(10)
        let actions = dialog.edge.handle(.deadline)
        #expect(actions.shape.first == "observe notice")
        let bye = try #require(actions.forwarded).0.received()
        #expect(bye.method == .bye)
        #expect(bye.requestURI.string == "sip:bob@192.0.2.9")
        #expect(bye.texts(.reason) == ["SIP;cause=503;text=\"the phone's connection is lost\""])
        #expect(bye.texts(.from) == ["<tel:+15550001>;tag=s1"])
        #expect(bye.texts(.to) == ["<sip:bob@other.example>;tag=f2"])
        #expect(bye.texts(.route).isEmpty || bye.texts(.route) == ["<sip:scscf.\(AccessEdge.domain):5080;lr>"])
        #expect(bye.texts(.pChargingVector) == ["icid-value=i2;orig-ioi=other.example"])
        #expect(actions.count(where: { if case .forward = $0 { true } else { false } }) == 1)
        #expect(try sessions(&dialog.edge)["total"]?.integer == 0)
    }
}
