import IMS
import Octets
import ProxyCSCF
import SIP
import Testing

@Suite("F1, F2: what a P-CSCF knows outlives kill -9")
struct KeepingTests {
    /// 2026-01-01 at the origin of the time line.
    private static let calendar = WallClock(nanoseconds: 1_767_225_600_000_000_000, at: .zero)
    private static let kept: @Sendable (inout ProxyCSCFConfiguration) -> Void = {
        $0.clock = calendar
        $0.flowGrace = .seconds(10)
    }
    private static let contact = "sip:001010000000001@10.11.12.13:5060"

    private func sessions(_ edge: inout AccessEdge) throws -> Int {
        let actions = edge.handle(.command(Command("sessions"), CommandID(rawValue: 1)))
        for case .reply(let report, _) in actions { return try #require(report["total"]?.integer) }
        return -1
    }

    @Test("F1: the 200 of a REGISTER leaves when the registration is written, and not before")
    func writtenFirst() throws {
        var edge = AccessEdge(Self.kept)
        let sent = try #require(try edge.send(Request()).forwarded)
        var response = SIPMessage.response(.ok, to: sent.0, toTag: "s1")
        response.append(.contact, "<\(Self.contact)>;expires=600")
        let actions = edge.role.handle(.response(response, sent.2), at: edge.now)
        #expect(actions.shape == ["count registerSucceeded", "perform"])
        guard case .perform(.keep, let id)? = actions.last else { return }
        #expect(edge.role.handle(.performed(id, .keep(.written)), at: edge.now).shape == ["respond 200"])
        #expect(edge.role.handle(.performed(id, .keep(.written)), at: edge.now).isEmpty)
    }

    @Test("a store that fails delays nobody and is an error in the log")
    func failing() throws {
        var edge = AccessEdge(Self.kept)
        let sent = try #require(try edge.send(Request()).forwarded)
        var response = SIPMessage.response(.ok, to: sent.0, toTag: "s1")
        response.append(.contact, "<\(Self.contact)>;expires=600")
        guard case .perform(_, let id)? = edge.role.handle(.response(response, sent.2), at: edge.now).last else {
            Issue.record("nothing is written")
            return
        }
        let after = edge.role.handle(.performed(id, .keep(.failed("the disk is full"))), at: edge.now)
        #expect(after.shape == ["observe error", "respond 200"])
    }

    @Test("without a store nothing is written")
    func nothingKept() throws {
        var edge = AccessEdge()
        #expect(try edge.register().shape == ["respond 200", "count registerSucceeded"])
        #expect(edge.disk.isEmpty)
    }

    @Test("F2: a phone is known after the restart: what it sends has its identity, what it gets finds it")
    func registered() throws {
        var edge = AccessEdge(Self.kept)
        try edge.register()
        let path = try edge.path()
        edge.crash()
        let message = try #require(
            try edge.send(Request(method: "MESSAGE", more: ["P-Preferred-Identity: <tel:+15550001>"])).forwarded
        ).0
        #expect(message.texts(.pAssertedIdentity) == ["<tel:+15550001>"])
        #expect(message.texts(.route) == [AccessEdge.serviceRoute])
        let call = try edge.send(lines: TerminatingTests.invite(path), from: AccessEdge.core)
        #expect(call.shape == ["forward INVITE to \(AccessEdge.phone.remote)"])
        let answer = try edge.answer(call, .ok, [(.contact, "<\(Self.contact)>")])
        #expect(answer.response?.texts(.pAssertedIdentity) == ["<tel:+15550001>"])
        #expect(try edge.registrations() == 1)
    }

    @Test("a registration ends when it would have ended, whether we were away or not")
    func expiry() throws {
        var edge = AccessEdge(Self.kept)
        try edge.register()
        edge.crash(after: .seconds(100))
        edge.now = .zero + .seconds(5 + 499)
        #expect(try edge.isRegistered())
        edge.crash(after: .seconds(2))
        #expect(edge.handle(.deadline).contains(.count(.registrationExpired)))
        #expect(try edge.isRegistered() == false)
        #expect(edge.disk.isEmpty)
    }

    @Test("what is de-registered stays de-registered")
    func deregistered() throws {
        var edge = AccessEdge(Self.kept)
        try edge.register()
        #expect(edge.disk.count == 1)
        try edge.register(Request(expires: 0), bound: [])
        #expect(edge.disk.isEmpty)
        edge.crash()
        #expect(try edge.isRegistered() == false)
    }

    @Test("F2: requests inside a dialog go on after the restart, both ways, with their ICID", arguments: [true, false])
    func insideDialog(_ isCaller: Bool) throws {
        var dialog = try PhoneDialog(isCaller: isCaller, AccessEdge.phone, [], Self.kept)
        dialog.edge.crash()
        #expect(try sessions(&dialog.edge) == 1)
        let update = try #require(try dialog.send("UPDATE", fromPhone: true).forwarded).0
        #expect(
            update.texts(.pChargingVector) == [
                isCaller ? try #require(dialog.icid) : "icid-value=i2;orig-ioi=other.example"
            ])
        let bye = try dialog.send("BYE", fromPhone: false)
        #expect(bye.forwarded?.1.remote == AccessEdge.phone.remote)
        _ = try dialog.edge.answer(bye, .ok)
        #expect(try sessions(&dialog.edge) == 0)
        dialog.edge.crash()
        #expect(try sessions(&dialog.edge) == 0)
    }

    @Test("RFC 4028 §8.3: the session timer goes on, and its refresh counts")
    func sessionTimer() throws {
        var dialog = try PhoneDialog(
            isCaller: true, AccessEdge.phone, [(.sessionExpires, "300;refresher=uac"), (.require, "timer")], Self.kept)
        dialog.edge.now = .zero + .seconds(150)
        let update = try dialog.send("UPDATE", fromPhone: true, ["Session-Expires: 300", "Supported: timer"])
        _ = try dialog.edge.answer(update, .ok, [(.sessionExpires, "300;refresher=uac"), (.require, "timer")])
        dialog.edge.crash(after: .seconds(100))
        dialog.edge.now = .zero + .seconds(5 + 199)
        _ = dialog.edge.handle(.deadline)
        #expect(try sessions(&dialog.edge) == 1)
        dialog.edge.now = .zero + .seconds(5 + 200)
        _ = dialog.edge.handle(.deadline)
        #expect(try sessions(&dialog.edge) == 0)
    }

    @Test("RFC 5626 §5.3.1: a connection of the former run is known to be gone: 430, until the phone registers again")
    func connections() throws {
        var dialog = try PhoneDialog(isCaller: false, PhoneDialog.tcpPhone, [], Self.kept)
        let path = try dialog.edge.path(from: PhoneDialog.tcpPhone)
        dialog.edge.crash()
        let call = try dialog.edge.send(lines: TerminatingTests.invite(path), from: AccessEdge.core)
        #expect(call.shape.prefix(2) == ["respond 430", "observe FLOW_FAILED"])
        #expect(try dialog.send("UPDATE", fromPhone: false).response?.status == .flowFailed)
        var back = PhoneDialog.tcpPhone
        back.connection = ConnectionID(rawValue: 1_001)
        try dialog.edge.register(from: back)
        let update = try #require(try dialog.send("UPDATE", fromPhone: false).forwarded)
        #expect(update.1.connection == back.connection)
        #expect(try dialog.send("BYE", fromPhone: true, by: back).forwarded != nil)
    }

    @Test("§5.2.8.1.2: a phone whose connection is gone and that does not come back: BYE to the other side")
    func lostPhone() throws {
        var dialog = try PhoneDialog(isCaller: false, PhoneDialog.tcpPhone, [], Self.kept)
        dialog.edge.crash()
        dialog.edge.now += .seconds(10)
        let actions = dialog.edge.handle(.deadline)
        let bye = try #require(actions.forwarded).0.received()
        #expect(bye.method == .bye)
        #expect(bye.requestURI.string == "sip:bob@192.0.2.9")
        #expect(bye.texts(.from) == ["<tel:+15550001>;tag=s1"])
        #expect(bye.texts(.to) == ["<sip:bob@other.example>;tag=f2"])
        #expect(bye.cseq?.number ?? 0 > 1)
        #expect(try sessions(&dialog.edge) == 0)
    }

    @Test("RFC 6665: a subscription to the registration state goes on; it asks for what was missed, and is heard")
    func watching() throws {
        var watch = try WatchingEdge(Self.kept)
        let active = "state=\"active\" event=\"registered\""
        _ = try watch.notify(WatchingEdge.body(0, "full", [(Self.contact, active)]))
        watch.edge.crash()
        #expect(watch.edge.handle(.deadline).shape == ["observe notice"])
        watch.edge.now += .seconds(2)
        let refresh = try #require(watch.edge.handle(.deadline).forwarded).0.received()
        #expect(refresh.method == .subscribe)
        #expect(refresh.callID == watch.subscribe.callID)
        #expect(refresh.fromTag == watch.subscribe.fromTag)
        #expect(refresh.toTag?.string == "n1")
        #expect(refresh.cseq?.number ?? 0 > 1)
        let gone = "state=\"terminated\" event=\"rejected\""
        let body = WatchingEdge.body(7, "full", "terminated", [(Self.contact, gone)])
        #expect(try watch.notify(body).shape == ["observe notice", "count deregistered", "respond 200"])
        #expect(try watch.edge.isRegistered() == false)
        #expect(watch.edge.disk.count == 1)
    }

    @Test("a record that cannot be read is passed over, and no other with it", arguments: ["r", "s", "w"])
    func damaged(_ kind: String) throws {
        var watch = try WatchingEdge(Self.kept)
        let active = "state=\"active\" event=\"registered\""
        _ = try watch.notify(WatchingEdge.body(0, "full", [(Self.contact, active)]))
        let disk = watch.edge.disk
        for (key, value) in disk {
            for length in 0..<value.count {
                watch.edge.disk = disk
                watch.edge.disk[key] = Array(value[..<length])
                watch.edge.crash(after: .zero)
                #expect(watch.edge.handle(.deadline).shape.first == "observe warning")
            }
        }
        watch.edge.disk = [Array(kind.utf8): [1], Array((kind + "ab").utf8): [], Array("r\0".utf8): [2, 0]]
        watch.edge.crash(after: .zero)
        #expect(watch.edge.handle(.deadline).shape == ["observe warning"])
    }
}
