import Cx
import Diameter
import IMS
import InterrogatingCSCF
import Octets
import SIP
import Testing

@Suite("TS 24.229 §5.3.2.2: another S-CSCF for a callee")
struct ReselectionTests {
    private static let again = "ask about \(Request.callee) registrationAndCapabilities"
    private static let capabilities = LocationInfoAnswer(.success, serverCapabilities: ServerCapabilities())

    @Test(
        "an S-CSCF that cannot be reached is left, and the user restored elsewhere", arguments: ["INVITE", "MESSAGE"])
    func unreachable(_ method: String) throws {
        var entry = EntryPoint()
        let again = try entry.fail(try entry.call(.request(method)), .transport)
        #expect(again.shape == [Self.again])
        let retried = try entry.locate(again, Self.capabilities)
        #expect(retried.shape == ["count servingCSCFRetried", "forward to \(Request.callee) at 5081"])
        #expect(retried.routes == ["<\(EntryPoint.second);lr>"])
        #expect(try #require(retried.forwarded).0.maxForwards == 68)
        #expect(try entry.respond(retried, .ok).shape == ["respond 200"])
    }

    @Test("never the same twice; at the end 504")
    func untilNoneIsLeft() throws {
        var entry = EntryPoint()
        var asked = try entry.send(.invite)
        var tried: [String] = []
        for _ in 0..<3 {
            let forwarded = try entry.locate(asked, Self.capabilities)
            tried += try #require(forwarded.routes)
            asked = try entry.fail(forwarded, .transport)
            #expect(asked.shape == [Self.again])
        }
        #expect(tried == [EntryPoint.first, EntryPoint.second, EntryPoint.third].map { "<\($0);lr>" })
        #expect(
            try entry.locate(asked, Self.capabilities).shape
                == ["respond 504", "observe SCSCF_UNREACHABLE", "count requestRefused"])
        #expect(try entry.requests() == [0, 0])
    }

    @Test("an HSS that names ever new S-CSCFs does not keep a caller for ever")
    func bounded() throws {
        var entry = EntryPoint()
        var actions = try entry.send(.invite)
        var count = 0
        while actions.question != nil, count < 20 {
            count += 1
            let name = "sip:scscf.\(EntryPoint.domain):\(6_000 + count)"
            actions = try entry.locate(actions, LocationInfoAnswer(.success, serverName: name))
            if actions.forwarded != nil { actions = try entry.fail(actions, .transport) }
        }
        #expect(count == 6)
        #expect(actions.shape.first == "respond 504")
    }

    @Test("silence: after 8 seconds another one, and a CANCEL for the first should it wake up")
    func silence() throws {
        var entry = EntryPoint()
        let forwarded = try entry.call()
        #expect(entry.role.nextDeadline == .zero + .seconds(8))
        entry.now = .zero + .milliseconds(7_999)
        #expect(entry.handle(.deadline).isEmpty)
        entry.now = .zero + .seconds(8)
        let again = entry.handle(.deadline)
        #expect(again.shape == ["cancel \(try #require(forwarded.forwarded).2.rawValue)", Self.again])
        let retried = try entry.locate(again, Self.capabilities)
        #expect(retried.routes == ["<\(EntryPoint.second);lr>"])
        // What the first says now comes too late.
        #expect(try entry.respond(forwarded, .ok).isEmpty)
        #expect(try entry.fail(forwarded, .timeout).isEmpty)
        #expect(try entry.requests() == [0, 1])
        // And for a minute the HSS need not name it.
        let next = try entry.call()
        #expect(next.shape == [Self.again])
        #expect(try entry.locate(next, Self.capabilities).routes == ["<\(EntryPoint.second);lr>"])
    }

    @Test(
        "RFC 4320 §4.1: 100 is a sign of life, also of a request that is no INVITE", arguments: ["INVITE", "MESSAGE"])
    func signOfLife(_ method: String) throws {
        var entry = EntryPoint()
        let forwarded = try entry.call(.request(method))
        #expect(try entry.respond(forwarded, .trying).isEmpty)
        entry.now = .zero + .seconds(9)
        #expect(entry.handle(.deadline).isEmpty)
        // From now on a time-out is the callee's.
        #expect(try entry.fail(forwarded, .timeout).shape == ["respond 408"])
        #expect(try entry.call().routes == ["<\(EntryPoint.first);lr>"])
    }

    @Test(
        "whatever an S-CSCF says whom the HSS names goes to the caller", arguments: [302, 305, 404, 408, 480, 486, 600])
    func relayed(_ code: UInt16) throws {
        var entry = EntryPoint()
        let forwarded = try entry.call()
        #expect(try entry.respond(forwarded, try #require(Status(rawValue: code))).shape == ["respond \(code)"])
        #expect(try entry.requests() == [0, 0])
    }

    @Test("RFC 3261 §16.7 step 6: its 503 is a 500 to the caller")
    func overloaded() throws {
        var entry = EntryPoint()
        #expect(try entry.respond(try entry.call(), .serviceUnavailable).shape == ["respond 500"])
    }

    @Test("one that we chose ourselves and that will not have the user is left", arguments: [305, 503])
    func unwilling(_ code: UInt16) throws {
        let status = try #require(Status(rawValue: code))
        var entry = EntryPoint()
        let forwarded = try entry.locate(try entry.send(.invite), LocationInfoAnswer(.unregisteredService))
        let again = try entry.respond(forwarded, status)
        #expect(again.shape == [Self.again])
        #expect(try entry.locate(again, Self.capabilities).routes == ["<\(EntryPoint.second);lr>"])
        // Not one that has begun to serve.
        let ringing = try entry.locate(try entry.send(.invite), LocationInfoAnswer(.unregisteredService))
        #expect(try entry.respond(ringing, .ringing).shape == ["respond 180"])
        #expect(try entry.respond(ringing, status).shape == ["respond \(code == 503 ? 500 : 305)"])
    }

    @Test("all are silent: the named one is the last resort")
    func lastResort() throws {
        var entry = EntryPoint(pool: [.init(EntryPoint.first)])
        _ = try entry.fail(try entry.call(), .transport)
        let named = try entry.call()
        #expect(named.shape == [Self.again])
        #expect(try entry.locate(named, Self.capabilities).routes == ["<\(EntryPoint.first);lr>"])
    }

    @Test("the HSS falls silent, or changes its mind, before the second question")
    func secondQuestion() throws {
        var entry = EntryPoint()
        let again = try entry.fail(try entry.call(), .transport)
        let (_, ask) = try #require(again.question)
        #expect(entry.handle(.askFailed(ask, .timeout)).shape.first == "respond 480")
        let other = try entry.fail(try entry.call(servedBy: EntryPoint.second), .transport)
        #expect(try entry.locate(other, LocationInfoAnswer(.userUnknown)).shape.first == "respond 404")
        #expect(try entry.requests() == [0, 0])
    }
}
