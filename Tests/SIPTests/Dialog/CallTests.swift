import Octets
import SIP
import Testing

/// Whole calls between phones over real stacks in virtual time.
@Suite("Whole calls: RFC 3261 §13 to §15, RFC 3262, RFC 3311, RFC 4028")
struct CallTests {
    static func network(seed: UInt64 = 1, policy: SessionTimerPolicy? = nil, callees: Int = 1) -> PhoneNetwork {
        var phones = [Phone("alice", host: 1, seed: seed, policy: policy)]
        let names = ["bob", "carol", "dave"]
        for index in 0..<callees {
            phones.append(Phone(names[index], host: UInt32(index + 2), seed: seed + 10 + UInt64(index), policy: policy))
        }
        return PhoneNetwork(phones, seed: seed)
    }

    static func call(_ network: inout PhoneNetwork) {
        let target = network.phones.count > 2 ? PhoneNetwork.forkAddress : network.phones[1].address
        network.order(0) { $0.call(target, at: $1, into: &$2) }
    }

    /// A call that is answered and talks.
    static func talking(seed: UInt64 = 1, policy: SessionTimerPolicy? = nil) -> PhoneNetwork {
        var network = network(seed: seed, policy: policy)
        call(&network)
        network.run(.seconds(3))
        return network
    }

    static func states(_ network: PhoneNetwork) -> [Dialog.State?] { network.phones.map { $0.session?.dialog.state } }

    @Test("RFC 3262, RFC 3311: INVITE, 183, PRACK, 200, ACK, UPDATE, re-INVITE, BYE")
    func everything() {
        var network = Self.talking()
        #expect(Self.states(network) == [.confirmed, .confirmed])
        network.order(0) { $0.modify(.update, at: $1, into: &$2) }
        network.run(.seconds(1))
        network.order(1) { $0.modify(.invite, at: $1, into: &$2) }
        network.run(.seconds(1))
        network.order(0) { $0.hangUp(at: $1, into: &$2) }
        network.run(.seconds(300))
        #expect(
            network.phones[0].log == [
                "183 to INVITE", "early tag-bob", "200 to PRACK", "200 to INVITE", "talks to tag-bob", "200 to UPDATE",
                "got INVITE", "got ACK", "200 to BYE",
            ])
        #expect(
            network.phones[1].log == [
                "got INVITE", "got PRACK", "got ACK", "got UPDATE", "200 to INVITE", "got BYE",
            ])
        #expect(Self.states(network) == [.terminated, .terminated])
        #expect(network.phones.allSatisfy { $0.stack.liveTransactions == 0 })
        #expect(network.phones.allSatisfy { $0.session?.violation == nil })
        #expect(network.phones.allSatisfy { $0.nextDeadline == nil }, "nothing is left to wait for")
    }

    @Test("RFC 3261 §13.2.2.4: lost ACKs: the 2xx comes again, the ACK too", arguments: [1, 3])
    func lostACK(times: Int) {
        var network = Self.network()
        network.lost = [("ACK", "1 ACK", times)]
        Self.call(&network)
        network.run(.seconds(12))
        #expect(network.phones[0].log.filter { $0 == "ACK again" }.count == times)
        #expect(network.phones[1].log.last == "got ACK")
        #expect(Self.states(network) == [.confirmed, .confirmed])
    }

    @Test("RFC 3261 §13.3.1.4: no ACK at all: BYE after 64·T1")
    func noACK() {
        var network = Self.network()
        network.lost = [("ACK", "1 ACK", 100)]
        Self.call(&network)
        network.run(.seconds(80))
        #expect(Array(network.phones[1].log.suffix(2)) == ["no ACK", "200 to BYE"])
        #expect(Self.states(network) == [.terminated, .terminated])
    }

    @Test("RFC 3262 §3: lost PRACKs: the transaction repeats them, the 183 that comes again needs no second PRACK")
    func lostPRACK() {
        var network = Self.network()
        network.lost = [("PRACK", "2 PRACK", 2)]
        Self.call(&network)
        network.run(.seconds(6))
        #expect(network.phones[0].log.filter { $0 == "200 to PRACK" }.count == 1)
        #expect(Self.states(network) == [.confirmed, .confirmed])
    }

    @Test("RFC 3262 §3: no PRACK at all: the 2xx stays back and the INVITE gets a 504")
    func noPRACK() {
        var network = Self.network()
        network.lost = [("PRACK", "2 PRACK", 100)]
        Self.call(&network)
        network.run(.seconds(80))
        #expect(network.phones[1].log == ["got INVITE", "no PRACK"])
        #expect(network.phones[0].log.contains("rejected 504"))
        #expect(network.phones[0].session == nil)
        #expect(network.phones[1].session?.dialog.state == .terminated)
    }

    @Test("RFC 3261 §9: CANCEL while it rings")
    func cancel() {
        var network = Self.network()
        network.phones[1].answersAfter = nil
        Self.call(&network)
        network.run(.seconds(2))
        network.order(0) { $0.cancel(at: $1, into: &$2) }
        network.run(.seconds(40))
        #expect(network.phones[1].log.last == "cancelled")
        #expect(Array(network.phones[0].log.suffix(3)) == ["487 to INVITE", "over tag-bob", "rejected 487"])
        #expect(network.phones.allSatisfy { $0.stack.liveTransactions == 0 })
    }

    @Test("RFC 3261 §13.2.2.4: three phones ring, two answer: one talks, the other gets ACK and BYE, the third is over")
    func forking() {
        var network = Self.network(callees: 3)
        network.phones[2].answersAfter = .milliseconds(1200)
        network.phones[3].answersAfter = nil
        Self.call(&network)
        network.run(.seconds(40))
        let alice = network.phones[0].log
        #expect(alice.filter { $0.hasPrefix("early") } == ["early tag-bob", "early tag-carol", "early tag-dave"])
        #expect(alice.filter { $0 == "200 to PRACK" }.count == 3)
        #expect(alice.contains("talks to tag-bob"))
        #expect(alice.contains("ends tag-carol"))
        #expect(alice.contains("over tag-dave"))
        #expect(network.phones[2].log.suffix(2) == ["got ACK", "got BYE"])
        #expect(network.phones[0].session?.dialog.state == .confirmed)
        #expect(network.phones[1].session?.dialog.state == .confirmed)
        #expect(network.phones[2].session?.dialog.state == .terminated)
    }

    @Test(
        "RFC 3261 §14.1: crossing re-INVITEs: 491 for both, each tries again after its own time",
        arguments: [
            Method.invite, .update,
        ])
    func glare(method: Method) {
        var network = Self.talking()
        network.order(0) { $0.modify(method, at: $1, into: &$2) }
        network.order(1) { $0.modify(method, at: $1, into: &$2) }
        network.run(.milliseconds(500))
        #expect(network.phones.allSatisfy { $0.log.contains("491 to \(method)") })
        network.run(.seconds(10))
        #expect(network.phones.allSatisfy { $0.log.contains("200 to \(method)") })
        #expect(network.phones.allSatisfy { $0.session?.modification.mayInvite == true })
        #expect(network.phones.allSatisfy { $0.session?.offers.state == .stable })
    }

    @Test("RFC 4028 §10: refreshed at half the interval for as long as the call lasts")
    func refresh() {
        var network = Self.talking(policy: SessionTimerPolicy(interval: 120))
        network.run(.seconds(600))
        #expect(Self.states(network) == [.confirmed, .confirmed])
        #expect(network.phones[0].log.filter { $0 == "refresh" }.count == 10)
        #expect(network.phones[0].log.filter { $0 == "200 to UPDATE" }.count == 10)
    }

    @Test("RFC 4028 §10: the refresher's network is gone: both sides end the session, the other before its time is up")
    func expiry() {
        var network = Self.talking(policy: SessionTimerPolicy(interval: 120))
        network.lost = [("UPDATE", "", 1000), ("BYE", "", 1000)]
        network.run(.seconds(200))
        #expect(network.phones[0].log.contains("UPDATE timeout"))
        #expect(network.phones[0].log.contains("lost"))
        #expect(network.phones[1].log.contains("session expired"))
        #expect(Self.states(network) == [.terminated, .terminated])
    }

    @Test("RFC 3261 §12.2.2: a request in a dialog that is over gets 481")
    func unknownDialog() {
        var network = Self.talking()
        network.order(0) { $0.hangUp(at: $1, into: &$2) }
        network.run(.seconds(1))
        let before = Self.talking().phones[1].session
        network.order(1) { phone, now, output in
            phone.session = before
            phone.modify(.update, at: now, into: &output)
        }
        network.run(.seconds(1))
        #expect(network.phones[0].log.contains("refused 481"))
        #expect(network.phones[1].log.contains("481 to UPDATE"))
        #expect(network.phones[1].session?.dialog.state == .terminated)
    }

    @Test(
        "Half of everything lost or less: every call comes to an end, and one seed gives the same octets",
        arguments: 1...20 as ClosedRange<UInt64>)
    func lossy(seed: UInt64) {
        func run() -> PhoneNetwork {
            var network = Self.network(seed: seed, policy: SessionTimerPolicy(interval: 120))
            network.loss = 2 + UInt32(seed % 5)
            Self.call(&network)
            network.run(.seconds(20))
            network.order(0) { $0.modify(.update, at: $1, into: &$2) }
            network.run(.seconds(10))
            network.order(1) { $0.modify(.invite, at: $1, into: &$2) }
            network.run(.seconds(60))
            network.order(0) { $0.hangUp(at: $1, into: &$2) }
            network.order(1) { $0.hangUp(at: $1, into: &$2) }
            network.run(.seconds(400))
            return network
        }
        let network = run()
        #expect(network.phones.allSatisfy { $0.stack.liveTransactions == 0 })
        #expect(network.phones.allSatisfy { $0.session.map { $0.dialog.state == .terminated } ?? true })
        #expect(network.phones.allSatisfy { $0.nextDeadline == nil })
        let again = run()
        #expect(network.wire == again.wire)
        #expect(network.phones.map(\.log) == again.phones.map(\.log))
    }
}
