import Octets
import SIP
import Testing

@Suite("RFC 3261 §14, RFC 3311 §5.2: crossing and overlapping changes")
struct ModificationGuardTests {
    static func guarded(_ state: String) -> ModificationGuard {
        var machine = ModificationGuard()
        switch state {
        case "own INVITE": machine.sent(.invite)
        case "peer INVITE": _ = machine.receive(.invite)
        case "2xx without ACK":
            _ = machine.receive(.invite)
            machine.answered(.invite, .ok)
        case "own UPDATE": machine.sent(.update)
        case "peer UPDATE": _ = machine.receive(.update)
        default: break
        }
        return machine
    }

    @Test("Every state × every request of either side")
    func matrix() {
        let table = MatrixTable(
            """
            idle
                INVITE, UPDATE, INFO | accept
                we INVITE, we UPDATE | yes
            own INVITE
                INVITE               | 491
                UPDATE, INFO         | accept
                we INVITE            | no
                we UPDATE            | yes
            peer INVITE
                INVITE               | 500
                UPDATE, INFO         | accept
                we INVITE            | no
                we UPDATE            | yes
            2xx without ACK
                INVITE, UPDATE, INFO | accept
                we INVITE            | no
                we UPDATE            | yes
            own UPDATE
                INVITE, UPDATE, INFO | accept
                we INVITE            | yes
                we UPDATE            | no
            peer UPDATE
                UPDATE               | 500
                INVITE, INFO         | accept
                we INVITE, we UPDATE | yes
            """)
        table.check(
            states: ["idle", "own INVITE", "peer INVITE", "2xx without ACK", "own UPDATE", "peer UPDATE"],
            events: ["INVITE", "UPDATE", "INFO", "we INVITE", "we UPDATE"]
        ) { state, event in
            var machine = Self.guarded(state)
            let action: String
            switch event {
            case "we INVITE": action = machine.mayInvite ? "yes" : "no"
            case "we UPDATE": action = machine.mayUpdate ? "yes" : "no"
            default:
                switch machine.receive(Method(event)) {
                case .accept: action = "accept"
                case .requestPending: action = "491"
                case .overlapping: action = "500"
                }
            }
            return MatrixTable.Cell(actions: [action], next: state)
        }
    }

    @Test("RFC 3261 §14.1: a new INVITE may follow when the old one is confirmed or has failed")
    func release() {
        var machine = Self.guarded("2xx without ACK")
        machine.acknowledged()
        #expect(machine.mayInvite)
        machine = Self.guarded("peer INVITE")
        machine.answered(.invite, .ringing)
        #expect(!machine.mayInvite)
        machine.answered(.invite, .busyHere)
        #expect(machine.mayInvite)
        machine = Self.guarded("own INVITE")
        machine.finished(.invite)
        #expect(machine.mayInvite)
    }

    @Test(
        "RFC 3261 §14.1: after a 491 the owner of the Call-ID waits 2.1 to 4 s, the other 0 to 2 s, in steps of 10 ms")
    func retryDelay() {
        var entropy = Entropy(number: 1)
        var seen: Set<Duration> = []
        for _ in 0..<2000 {
            let owner = ModificationGuard.retryDelay(ownsCallID: true, entropy: &entropy)
            #expect(owner >= .milliseconds(2100) && owner <= .seconds(4))
            #expect(owner.wholeNanoseconds % 10_000_000 == 0)
            let other = ModificationGuard.retryDelay(ownsCallID: false, entropy: &entropy)
            #expect(other >= .zero && other <= .seconds(2))
            seen.insert(other)
            #expect((0...10).contains(ModificationGuard.retryAfter(entropy: &entropy)))
        }
        #expect(seen.count > 150)
    }
}
