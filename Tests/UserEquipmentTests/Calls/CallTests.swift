import IMS
import Octets
import SIP
import Simulation
import Testing
import UserEquipment

@Suite("TS 24.229 §5.1.3, §5.1.4: two phones call each other")
struct CallTests {
    @Test("call, ring, answer, talk; the caller hangs up")
    func callerHangsUp() throws {
        let world = CallWorld()
        let caller = try world.talk()
        #expect(caller.findings == [])
        #expect(caller["media"]?["codec"]?.text == "AMR-WB/16000")
        #expect(caller["media"]?["direction"]?.text == "sendrecv")
        #expect(caller["media"]?["remote"]?.text == "127.0.0.1:5093")
        #expect(caller["media"]?["preconditions"]?.text == "met")
        let ended = try #require(world.ask(world.alice, "hang-up"))
        #expect(ended["ending"]?.text == "hung up")
        let callee = try #require(world.call(world.bob))
        #expect(callee["ending"]?.text == "hung up by the peer")
        #expect(callee.findings == [])
        #expect(callee["peer"]?.text == "sip:alice@example.com")
    }

    @Test("RFC 3262, RFC 3311, RFC 3312 §13.1: 183 and PRACK, UPDATE when the resources are there, then 180")
    func preconditions() throws {
        let world = CallWorld()
        _ = try world.talk()
        let sequence = world.switchboard.passed.drop { $0 != "INVITE" }.filter { $0 != "100" }
        #expect(
            Array(sequence) == [
                "INVITE", "183", "PRACK", "200 PRACK", "UPDATE", "200 UPDATE", "180", "PRACK", "200 PRACK", "200",
                "ACK",
            ])
    }

    @Test("a phone without preconditions or reliable responses gets its call all the same")
    func plain() throws {
        for manner in [["preconditions": "no"], ["preconditions": "no", "reliable": "no"]] {
            let callee = CallWorld(bob: manner)
            #expect(try callee.talk()["media"]?["preconditions"]?.text == "not used")
            #expect(callee.switchboard.passed.contains("PRACK") == (manner.count == 1))
            let caller = CallWorld(alice: manner)
            #expect(try caller.talk()["media"]?["preconditions"]?.text == "not used")
            #expect(!caller.switchboard.passed.contains("UPDATE"))
        }
    }

    @Test("the callee hangs up, and after its own time by itself")
    func calleeHangsUp() throws {
        let world = CallWorld()
        _ = try world.talk()
        #expect(world.ask(world.bob, "hang-up")?["ending"]?.text == "hung up")
        #expect(world.call(world.alice)?["ending"]?.text == "hung up by the peer")

        let timed = CallWorld(bob: ["answer-after": "100", "talk-for": "3000"])
        let caller = try #require(timed.ask(timed.alice, "call", ["to": "sip:bob@example.com"]))
        #expect(caller["state"]?.text == "talking")
        let ended = try #require(timed.ask(timed.alice, "wait", ["until": "ended"]))
        #expect(ended["ending"]?.text == "hung up by the peer")
    }

    @Test("RFC 3261 §9: the caller gives up while it rings")
    func cancelled() throws {
        let world = CallWorld()
        _ = world.ask(world.alice, "call", ["to": "sip:bob@example.com", "until": "ringing"])
        #expect(world.ask(world.alice, "hang-up")?["ending"]?.text == "cancelled")
        #expect(world.call(world.bob)?["ending"]?.text == "cancelled")
        #expect(world.switchboard.passed.suffix(5).contains("487"))
    }

    @Test("RFC 3261 §9.1: given up before anything came back, the CANCEL waits for a provisional response")
    func cancelledEarly() throws {
        let world = CallWorld()
        world.order(world.alice, "call", ["to": "sip:bob@example.com"])
        #expect(world.ask(world.alice, "hang-up")?["ending"]?.text == "cancelled")
        let sequence = world.switchboard.passed.drop { $0 != "INVITE" }
        let cancel = try #require(sequence.firstIndex(of: "CANCEL"))
        #expect(sequence[..<cancel].contains { $0 == "100" || $0 == "183" })
    }

    @Test(
        "refused at once, and after ringing",
        arguments: [("486", nil), ("603", nil), ("480", "500"), ("600", "10")] as [(String, String?)])
    func refused(_ status: String, _ after: String?) throws {
        let world = CallWorld(bob: ["refuse": status, "refuse-after": after].compactMapValues { $0 })
        let report = try #require(world.ask(world.alice, "call", ["to": "sip:bob@example.com"]))
        #expect(report["ending"]?.text == "refused")
        #expect(report["status"]?.integer == Int(status))
        #expect((report["rang-ms"] == .null) == (after == nil))
        #expect(world.call(world.bob)?["ending"]?.text == "declined")
    }

    @Test("refused by the user, 486; nobody there, 404")
    func refusedByUser() throws {
        let world = CallWorld()
        let call = world.order(world.alice, "call", ["to": "sip:bob@example.com"])
        _ = world.ask(world.bob, "wait", ["until": "ringing"])
        #expect(world.ask(world.bob, "refuse")?["ending"]?.text == "declined")
        #expect(world.answer(world.alice, call)?["status"]?.integer == 486)
        #expect(world.ask(world.alice, "call", ["to": "sip:carol@example.com"])?["status"]?.integer == 404)
    }

    @Test("a second call is busy, or taken by who takes two")
    func second() throws {
        let world = CallWorld()
        _ = try world.talk()
        #expect(world.ask(world.alice, "call", ["to": "sip:bob@example.com"])?["status"]?.integer == 486)
        let open = CallWorld(bob: ["second-call": "yes"])
        _ = try open.talk()
        let other = open.ask(open.alice, "call", ["to": "sip:bob@example.com", "until": "ringing"])
        #expect(other?["state"]?.text == "ringing")
    }

    @Test("RFC 3264 §8.4: hold and resume; both hold")
    func hold() throws {
        let world = CallWorld()
        _ = try world.talk()
        func media(_ node: SimulatedCore<UserEquipment>) -> Report? { world.call(node)?["media"] }
        #expect(world.ask(world.alice, "hold")?["media"]?["direction"]?.text == "sendonly")
        world.pass(.milliseconds(50))
        #expect(media(world.bob)?["direction"]?.text == "recvonly")
        #expect(media(world.bob)?["held-by-peer"] == true)
        #expect(world.ask(world.bob, "hold")?["media"]?["direction"]?.text == "inactive")
        #expect(world.ask(world.alice, "resume")?["media"]?["direction"]?.text == "recvonly")
        #expect(world.ask(world.bob, "resume")?["media"]?["direction"]?.text == "sendrecv")
        world.pass(.milliseconds(50))
        #expect(media(world.alice)?["direction"]?.text == "sendrecv")
        #expect(world.call(world.alice)?.findings == [])
        #expect(world.call(world.bob)?.findings == [])
        #expect(world.call(world.bob)?.events.contains("held by the peer") == true)
        #expect(world.call(world.bob)?.events.contains("resumed by the peer") == true)
    }

    @Test("RFC 3261 §14.1: both hold at the same time: 491 on both sides, and both try again")
    func glare() throws {
        let world = CallWorld()
        _ = try world.talk()
        let one = world.order(world.alice, "hold")
        let two = world.order(world.bob, "hold")
        #expect(world.answer(world.alice, one)?["media"]?["on-hold"] == true)
        #expect(world.answer(world.bob, two)?["media"]?["on-hold"] == true)
        world.pass(.seconds(10))
        #expect(world.switchboard.passed.filter { $0 == "491" }.count == 2)
        #expect(world.call(world.alice)?["media"]?["direction"]?.text == "inactive")
        #expect(world.call(world.bob)?["media"]?["direction"]?.text == "inactive")
    }

    @Test("RFC 4028: a call outlives its session interval by refreshes, and ends when the peer has vanished")
    func sessionTimer() throws {
        let world = CallWorld()
        _ = try world.talk()
        world.pass(.seconds(4_000))
        #expect(world.call(world.alice)?["state"]?.text == "talking")
        #expect(world.switchboard.passed.filter { $0 == "UPDATE" }.count >= 4)
        world.network.silence(world.bob)
        world.pass(.seconds(1_900))
        #expect(world.call(world.alice)?["state"]?.text == "ended")
        #expect(world.call(world.bob)?["state"]?.text == "ended")
    }

    @Test("RFC 3428: a message comes as it was sent")
    func message() throws {
        let world = CallWorld()
        let sent = world.ask(world.alice, "message", ["to": "sip:bob@example.com", "text": "grüß dich"])
        #expect(sent?["outcome"]?.text == "accepted")
        let inbox = world.ask(world.bob, "messages")?["messages"]?.list
        #expect(inbox?.count == 1)
        #expect(inbox?.first?["text"]?.text == "grüß dich")
        #expect(inbox?.first?["from"]?.text == "<sip:alice@example.com>")
        #expect(world.ask(world.bob, "messages")?["messages"]?.list == [])
        #expect(
            world.ask(world.alice, "message", ["to": "sip:carol@example.com", "text": "?"])?["status"]?.integer == 404)
    }

    @Test("a manner changes as a whole: one that refused answers again")
    func manner() throws {
        let world = CallWorld(bob: ["refuse": "486"])
        _ = world.ask(world.bob, "manner", ["refuse": "never", "answer-after": "100"])
        #expect(world.ask(world.alice, "call", ["to": "sip:bob@example.com"])?["state"]?.text == "talking")
    }

    @Test("commands that cannot be carried out are refused in a sentence")
    func mistakes() throws {
        let world = CallWorld()
        for (name, arguments) in [
            ("call", ["to": "nobody at all"]), ("call", [:]),
            ("call", ["to": "sip:bob@example.com", "until": "friday"]),
            ("answer", [:]), ("refuse", [:]), ("refuse", ["status": "200"]), ("hang-up", [:]), ("hold", [:]),
            ("wait", [:]), ("manner", ["refuse": "200"]), ("manner", ["answer-after": "-1"]),
            ("manner", ["codecs": "mp3"]), ("manner", ["session-expires": "10"]), ("manner", ["media": "here"]),
            ("message", ["to": "x y"]), ("message", ["to": "sip:bob@example.com", "hex": "0"]), ("unsubscribe", [:]),
            ("events", [:]), ("call", ["phone": "nobody", "to": "sip:bob@example.com"]),
        ] as [(String, [String: String])] {
            let report = world.ask(world.alice, name, arguments, within: .seconds(1))
            #expect(report?["error"]?.text?.isEmpty == false, "\(name) \(arguments)")
        }
    }
}
