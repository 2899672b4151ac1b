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

    @Test("with at-once a registration that is due waits for the end of one under way")
    func loadAtOnce() throws {
        var world = PhoneWorld()
        #expect(world.command("load", Self.load.merging(["at-once": "2"]) { $1 }).isEmpty)
        var open: [(SIPMessage, ClientTransactionID)] = []
        while let deadline = world.role.nextDeadline {
            world.now = max(world.now, deadline)
            var actions = world.role.handle(.deadline, at: world.now)
            while let sent = actions.sent {
                open.append(sent)
                actions.removeFirst()
            }
        }
        #expect(open.count == 2)
        let (request, transaction) = try #require(open.first)
        world.now = world.now + .seconds(1)
        _ = world.role.handle(.response(.response(.forbidden, to: request, toTag: "s"), transaction), at: world.now)
        let deadline = try #require(world.role.nextDeadline)
        #expect(deadline <= world.now)
        #expect(world.role.handle(.deadline, at: world.now).sent != nil)
        #expect(world.role.nextDeadline == nil)
    }

    @Test(
        "a load that cannot be is refused in one sentence",
        arguments: [
            ["count": "0"], ["count": "1000001"], ["rate": "0"], ["rate": "nan"], ["duration": "-1"],
            ["rate": "0.001"], ["imsi": "18446744073709551615"], ["imsi": "x"], ["k": "1"],
            ["duration": "inf"], ["rate": "1e300"], ["at-once": "0"],
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

@Suite("A load of calls")
struct CallLoadTests {
    /// Two registered phones on one node; the second answers at once.
    private func world() throws -> PhoneWorld {
        var world = PhoneWorld()
        for (name, imsi) in [("a", "001010000000001"), ("b", "001010000000002")] {
            let manner = ["phone": name, "imsi": imsi, "preconditions": "no", "reliable": "no", "answer-after": "0"]
            _ = world.phone(manner.merging(name == "a" ? ["talk-for": "50"] : [:]) { $1 })
            _ = try world.answer(
                world.command("register", ["phone": name]), .ok, [(.pAssociatedURI, "<sip:\(imsi)@example.com>")])
        }
        return world
    }

    /// Lets time pass; the test is the network and hands everything to whom it is for.
    private func run(_ world: inout PhoneWorld) throws -> Report? {
        var servers: [UInt64: ClientTransactionID] = [:]
        var lastServer: UInt64 = 0
        for _ in 0..<2_000 {
            guard let deadline = world.role.nextDeadline else { return nil }
            world.now = max(world.now, deadline)
            var pending = world.role.handle(.deadline, at: world.now)
            while !pending.isEmpty {
                switch pending.removeFirst() {
                case .reply(let report, _): return report
                case .forward(var request, _, let client):
                    lastServer += 1
                    servers[lastServer] = client
                    if request.method == .invite, request.toTag == nil {
                        request.setRequestURI("sip:001010000000002@127.0.0.1:5090")
                    }
                    pending += world.role.handle(
                        .request(request, ServerTransactionID(rawValue: lastServer), from: PhoneWorld.proxy),
                        at: world.now)
                case .respond(let response, let server):
                    guard let client = servers[server.rawValue] else { continue }
                    pending += world.role.handle(.response(response, client), at: world.now)
                case .acknowledge(let ack, _):
                    pending += world.role.handle(.acknowledgement(ack, from: PhoneWorld.proxy), at: world.now)
                default: break
                }
            }
        }
        return nil
    }

    @Test("calls begin at their rate, are answered and ended, and are counted with their latencies")
    func load() throws {
        var world = try world()
        #expect(world.command("load-calls", ["rate": "10", "duration": "2"]).isEmpty)
        let report = try #require(try run(&world))
        #expect(report["calls"]?.integer == 20, "\(report.json)")
        #expect(report["failures"]?.integer == 0)
        #expect(report["answer-ms"]?["max"] == .number(0))
    }

    @Test("calls that stay are up when the load is over, and end when ordered")
    func stay() throws {
        var world = try world()
        _ = world.command("load-calls", ["rate": "10", "duration": "2", "stay": "yes"])
        // One pair of phones has one call.
        #expect(try run(&world)?["calls"]?.integer == 1)
        #expect(world.role.openCalls == 2)
        #expect(world.command("end-calls").reply?["calls"]?.integer == 1)
    }

    @Test(
        "a load that cannot be is refused in a sentence",
        arguments: [[:], ["rate": "0", "duration": "1"], ["rate": "1"]])
    func refused(_ arguments: [String: String]) throws {
        var world = try world()
        #expect(world.command("load-calls", arguments).reply?["error"] != nil)
        var nobody = PhoneWorld()
        #expect(nobody.command("load-calls", ["rate": "1", "duration": "1"]).reply?["error"] != nil)
    }
}
