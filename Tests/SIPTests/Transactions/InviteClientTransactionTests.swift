import Octets
import SIP
import Testing

@Suite("RFC 3261 §17.1.1, RFC 6026 §8.4: INVITE client transaction")
struct InviteClientTransactionTests {
    typealias Machine = InviteClientTransaction
    let now = matrixNow

    @Test("§17.1.1.2: the INVITE goes out, timers A and B run; A only over an unreliable transport")
    func start() {
        #expect(
            Machine.start(at: now, unreliable).1
                == [.transmit, .arm(.a, at: now + .milliseconds(500)), .arm(.b, at: now + .seconds(32))])
        #expect(Machine.start(at: now, reliable).1 == [.transmit, .arm(.b, at: now + .seconds(32))])
    }

    @Test("§17.1.1.2: timer A doubles with each retransmission, without a cap")
    func timerA() {
        var (machine, _) = Machine.start(at: now, unreliable)
        for interval in [1, 2, 4, 8, 16, 32] {
            #expect(
                machine.fire(.a, at: now, unreliable) == [.transmit, .arm(.a, at: now + .seconds(interval))])
        }
    }

    @Test("TS 24.229 §7.7: towards a phone T1 is 2 s, timer B and D are 128 s")
    func userEquipment() {
        let timing = TransactionTiming(.userEquipment, isReliable: false)
        var (machine, actions) = Machine.start(at: now, timing)
        #expect(actions == [.transmit, .arm(.a, at: now + .seconds(2)), .arm(.b, at: now + .seconds(128))])
        #expect(
            machine.receive(.busyHere, at: now, timing)
                == [.acknowledge, .deliver, .disarm(.a), .disarm(.b), .arm(.d, at: now + .seconds(128))])
    }

    @Test("Every state × every event over an unreliable transport")
    func matrix() {
        MatrixTable(Self.unreliableTable).check(
            states: [
                "calling", "calling, cancel pending", "proceeding", "proceeding, cancel sent", "completed",
                "accepted", "terminated",
            ],
            events: Self.events
        ) { run($0, $1, unreliable) }
    }

    @Test("Every state × every event over a reliable transport")
    func reliableMatrix() {
        MatrixTable(Self.reliableTable).check(
            states: [
                "calling", "calling, cancel pending", "proceeding", "proceeding, cancel sent", "accepted",
                "terminated",
            ],
            events: Self.events
        ) { run($0, $1, reliable) }
    }

    private static let events =
        ["100", "180", "200", "302", "486", "603", "cancel", "transport failed"]
        + Machine.Timer.allCases.map { "fire \($0)" }

    private static let unreliableTable = """
        calling
          100, 180                | deliver; disarm a; disarm b; arm c 181 > proceeding
          200                     | deliver; disarm a; disarm b; arm m 32 > accepted
          302, 486, 603           | acknowledge; deliver; disarm a; disarm b; arm d 32 > completed
          cancel                  | - > calling, cancel pending
          transport failed        | fail transport; terminate > terminated
          fire a                  | transmit; arm a 1
          fire b                  | fail timeout; terminate > terminated
          fire c, fire d, fire m, fire cancelled | -
        calling, cancel pending
          100, 180                | deliver; disarm a; disarm b; cancel; arm cancelled 32 > proceeding, cancel sent
          200                     | deliver; disarm a; disarm b; arm m 32 > accepted
          302, 486, 603           | acknowledge; deliver; disarm a; disarm b; arm d 32 > completed
          cancel                  | -
          transport failed        | fail transport; terminate > terminated
          fire a                  | transmit; arm a 1
          fire b                  | fail timeout; terminate > terminated
          fire c, fire d, fire m, fire cancelled | -
        proceeding
          100                     | deliver
          180                     | deliver; arm c 181
          200                     | deliver; disarm c; arm m 32 > accepted
          302, 486, 603           | acknowledge; deliver; disarm c; arm d 32 > completed
          cancel, fire c          | cancel; disarm c; arm cancelled 32 > proceeding, cancel sent
          fire cancelled          | fail timeout; terminate > terminated
          transport failed, fire a, fire b, fire d, fire m | -
        proceeding, cancel sent
          100, 180                | deliver
          200                     | deliver; disarm cancelled; arm m 32 > accepted
          302, 486, 603           | acknowledge; deliver; disarm cancelled; arm d 32 > completed
          fire cancelled          | fail timeout; terminate > terminated
          cancel, transport failed, fire a, fire b, fire c, fire d, fire m | -
        completed
          302, 486, 603           | acknowledge
          fire d, transport failed | terminate > terminated
          100, 180, 200, cancel, fire a, fire b, fire c, fire m, fire cancelled | -
        accepted
          200                     | deliver
          fire m                  | terminate > terminated
          100, 180, 302, 486, 603, cancel, transport failed | -
          fire a, fire b, fire c, fire d, fire cancelled | -
        terminated
          100, 180, 200, 302, 486, 603, cancel, transport failed | -
          fire a, fire b, fire c, fire d, fire m, fire cancelled | -
        """

    private static let reliableTable = """
        calling
          100, 180                | deliver; disarm a; disarm b; arm c 181 > proceeding
          200                     | deliver; disarm a; disarm b; arm m 32 > accepted
          302, 486, 603           | acknowledge; deliver; terminate > terminated
          cancel                  | - > calling, cancel pending
          transport failed        | fail transport; terminate > terminated
          fire a                  | transmit; arm a 1
          fire b                  | fail timeout; terminate > terminated
          fire c, fire d, fire m, fire cancelled | -
        calling, cancel pending
          100, 180                | deliver; disarm a; disarm b; cancel; arm cancelled 32 > proceeding, cancel sent
          200                     | deliver; disarm a; disarm b; arm m 32 > accepted
          302, 486, 603           | acknowledge; deliver; terminate > terminated
          cancel                  | -
          transport failed        | fail transport; terminate > terminated
          fire a                  | transmit; arm a 1
          fire b                  | fail timeout; terminate > terminated
          fire c, fire d, fire m, fire cancelled | -
        proceeding
          100                     | deliver
          180                     | deliver; arm c 181
          200                     | deliver; disarm c; arm m 32 > accepted
          302, 486, 603           | acknowledge; deliver; terminate > terminated
          cancel, fire c          | cancel; disarm c; arm cancelled 32 > proceeding, cancel sent
          fire cancelled          | fail timeout; terminate > terminated
          transport failed, fire a, fire b, fire d, fire m | -
        proceeding, cancel sent
          100, 180                | deliver
          200                     | deliver; disarm cancelled; arm m 32 > accepted
          302, 486, 603           | acknowledge; deliver; terminate > terminated
          fire cancelled          | fail timeout; terminate > terminated
          cancel, transport failed, fire a, fire b, fire c, fire d, fire m | -
        accepted
          200                     | deliver
          fire m                  | terminate > terminated
          100, 180, 302, 486, 603, cancel, transport failed | -
          fire a, fire b, fire c, fire d, fire cancelled | -
        terminated
          100, 180, 200, 302, 486, 603, cancel, transport failed | -
          fire a, fire b, fire c, fire d, fire m, fire cancelled | -
        """

    private func run(_ state: String, _ event: String, _ timing: TransactionTiming) -> MatrixTable.Cell {
        var (machine, _) = Machine.start(at: .zero, timing)
        switch state {
        case "calling, cancel pending": _ = machine.cancel(at: .zero, timing)
        case "proceeding": _ = machine.receive(.trying, at: .zero, timing)
        case "proceeding, cancel sent":
            _ = machine.receive(.trying, at: .zero, timing)
            _ = machine.cancel(at: .zero, timing)
        case "completed": _ = machine.receive(.busyHere, at: .zero, timing)
        case "accepted": _ = machine.receive(.ok, at: .zero, timing)
        case "terminated": _ = machine.fire(.b, at: .zero, timing)
        default: break
        }
        #expect(name(of: machine) == state)
        let actions: ActionList<Machine.Action>
        if let code = UInt16(event), let status = Status(rawValue: code) {
            actions = machine.receive(status, at: now, timing)
        } else if event == "cancel" {
            actions = machine.cancel(at: now, timing)
        } else if event == "transport failed" {
            actions = machine.transportFailed()
        } else if let timer = Machine.Timer.allCases.first(where: { "fire \($0)" == event }) {
            actions = machine.fire(timer, at: now, timing)
        } else {
            Issue.record("unknown event \(event)")
            actions = []
        }
        return MatrixTable.Cell(actions: actions.map(text), next: name(of: machine))
    }

    private func name(of machine: Machine) -> String {
        switch (machine.state, machine.cancellation) {
        case (.calling, .pending): "calling, cancel pending"
        case (.proceeding, .sent): "proceeding, cancel sent"
        default: "\(machine.state)"
        }
    }

    private func text(_ action: Machine.Action) -> String {
        switch action {
        case .arm(let timer, let deadline): "arm \(timer) \(seconds(until: deadline))"
        case .disarm(let timer): "disarm \(timer)"
        case .fail(let failure): "fail \(failure)"
        case .transmit, .deliver, .acknowledge, .cancel, .terminate: "\(action)"
        }
    }
}
