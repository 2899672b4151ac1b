import AKA
import IMS
import Octets
import SIP
import Testing
import UserEquipment

@Suite("Commands of the virtual phones")
struct CommandTests {
    @Test(
        "a phone that cannot be made is refused in one sentence",
        arguments: [
            ["k": ""], ["k": "1"], ["opc": ""], ["opc": "zz"], ["imsi": "12"], ["imsi": ""], ["domain": ""],
            ["expires": "-1"], ["expires": "soon"], ["fault": "none"], ["opc": "", "op": "1"],
        ])
    func refused(_ change: [String: String]) throws {
        var world = PhoneWorld()
        let report = try #require(world.phone(change).reply)
        #expect(report["error"]?.text?.isEmpty == false, "\(report.json)")
    }

    @Test("OP instead of OPc gives the same phone, TS 35.206 §4.1")
    func operatorCode() throws {
        // TS 35.208 §4.3, test set 1: OP of the same OPc.
        var world = PhoneWorld()
        _ = world.phone(["opc": "", "op": "cdc202d5123e20f62b6d676ac72cb318"])
        let actions = try world.challenge(world.command("register", ["phone": "a"]), sqn: 32)
        #expect(actions.credentials?.response?.isEmpty == false)
    }

    @Test("commands for nobody, unknown ones and bad numbers")
    func mistakes() {
        var world = PhoneWorld()
        #expect(world.command("register").reply?["error"] != nil)
        #expect(world.command("register", ["phone": "a"]).reply?["error"] != nil)
        #expect(world.command("deregister", ["phone": "a"]).reply?["error"] != nil)
        #expect(world.command("advance", ["phone": "a", "sqn": "1"]).reply?["error"] != nil)
        #expect(world.command("advance", ["phone": "a", "sqn": "281474976710656"]).reply?["error"] != nil)
        #expect(world.command("dance", ["phone": "a"]).reply?["error"] != nil)
    }

    @Test("a phone does one thing at a time")
    func busy() {
        var world = PhoneWorld()
        _ = world.phone()
        _ = world.command("register", ["phone": "a"])
        #expect(world.command("register", ["phone": "a"]).reply?["error"] != nil)
    }

    @Test(
        "requests to no phone of ours: OPTIONS 200, INVITE and MESSAGE 404, what phones do not do 405",
        arguments: [("OPTIONS", 200), ("INVITE", 404), ("MESSAGE", 404), ("NOTIFY", 481), ("PUBLISH", 405)])
    func asked(_ method: String, _ status: UInt16) throws {
        var world = PhoneWorld()
        var request = SIPMessage(Method(method), uri: "sip:a@127.0.0.1")
        request.append(.from, "<sip:b@c>;tag=1")
        request.append(.to, "<sip:a@b>")
        request.append(.callID, "1")
        request.append(.cseq, "1 \(method)")
        let actions = world.role.handle(
            .request(request, ServerTransactionID(rawValue: 1), from: PhoneWorld.proxy), at: .zero)
        guard case .respond(let response, _)? = actions.first else {
            Issue.record("no response")
            return
        }
        #expect(response.status == Status(rawValue: status))
    }

    private static let load = [
        "imsi": "001010000000001", "count": "3", "rate": "10", "duration": "1", "domain": PhoneWorld.domain,
        "k": PhoneWorld.key, "opc": PhoneWorld.opc,
    ]

    @Test("a load begins registrations at its rate and reports when the last has ended")
    func load() throws {
        var world = PhoneWorld()
        #expect(world.command("load", Self.load).isEmpty)
        var sent = 0
        var report: Report?
        while let deadline = world.role.nextDeadline, report == nil {
            world.now = max(world.now, deadline)
            var actions = world.role.handle(.deadline, at: world.now)
            while let (request, transaction) = actions.sent {
                sent += 1
                let isFirst = try request.first(Authorization.self)?.credentials.nonce?.isEmpty ?? true
                var response = SIPMessage.response(isFirst ? .unauthorized : .ok, to: request, toTag: "s")
                if isFirst {
                    response.append(.wwwAuthenticate, try PhoneWorld.challenge(sqn: UInt64(sent) * 32))
                }
                actions = world.role.handle(.response(response, transaction), at: world.now)
            }
            report = actions.reply
        }
        #expect(sent == 20)
        #expect(report?["registrations"]?.integer == 10, "\(report?.json ?? "none")")
        #expect(report?["failures"]?.integer == 0)
        #expect(world.now == .zero + .milliseconds(900))
    }

    @Test(
        "a load that cannot be is refused in one sentence",
        arguments: [
            ["count": "0"], ["count": "1000001"], ["rate": "0"], ["rate": "nan"], ["duration": "-1"],
            ["rate": "0.001"], ["imsi": "18446744073709551615"], ["imsi": "x"], ["k": "1"],
            ["duration": "inf"], ["rate": "1e300"],
        ])
    func refusedLoad(_ change: [String: String]) {
        var world = PhoneWorld()
        #expect(world.command("load", Self.load.merging(change) { $1 }).reply?["error"] != nil)
        #expect(world.role.nextDeadline == nil)
    }

    @Test("one load at a time")
    func secondLoad() {
        var world = PhoneWorld()
        _ = world.command("load", Self.load)
        #expect(world.command("load", Self.load).reply?["error"] != nil)
    }
}
