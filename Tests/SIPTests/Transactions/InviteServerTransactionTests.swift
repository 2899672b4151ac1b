import Octets
import SIP
import Testing

@Suite("RFC 3261 §17.2.1, RFC 6026 §8.5 to §8.7: INVITE server transaction")
struct InviteServerTransactionTests {
    typealias Machine = InviteServerTransaction
    let now = matrixNow

    @Test("§17.2.1: a 100 is due in 200 ms; a silent TU is given up after timer C and 64·T1")
    func start() {
        #expect(
            Machine.start(at: now, unreliable).1
                == [.arm(.trying, at: now + .milliseconds(200)), .arm(.abandon, at: now + .seconds(213))])
    }

    @Test("§17.2.1: timer G doubles up to T2: 0.5, 1, 2, 4, 4 … seconds")
    func timerG() {
        var (machine, _) = Machine.start(at: now, unreliable)
        #expect(
            machine.respond(.busyHere, at: now, unreliable)
                == [
                    .send, .disarm(.trying), .disarm(.abandon), .arm(.g, at: now + .milliseconds(500)),
                    .arm(.h, at: now + .seconds(32)),
                ])
        for interval in [1, 2, 4, 4, 4] {
            #expect(
                machine.fire(.g, at: now, unreliable) == [.retransmit, .arm(.g, at: now + .seconds(interval))])
        }
    }

    @Test("§17.2.1: no 100 of ours once the TU has spoken")
    func tryingAfterProvisional() {
        var (machine, _) = Machine.start(at: now, unreliable)
        _ = machine.respond(.ringing, at: now, unreliable)
        #expect(machine.fire(.trying, at: now, unreliable) == [])
    }

    @Test("Every state × every event over an unreliable transport")
    func matrix() {
        MatrixTable(Self.unreliableTable).check(
            states: ["proceeding", "proceeding, responded", "completed", "confirmed", "accepted", "terminated"],
            events: Self.events
        ) { run($0, $1, unreliable) }
    }

    @Test("Every state × every event over a reliable transport: timers G and I do not exist")
    func reliableMatrix() {
        MatrixTable(Self.reliableTable).check(
            states: ["proceeding", "proceeding, responded", "completed", "accepted", "terminated"],
            events: Self.events
        ) { run($0, $1, reliable) }
    }

    private static let events =
        ["INVITE", "ACK", "100", "180", "200", "302", "486", "603"] + Machine.Timer.allCases.map { "fire \($0)" }

    private static let unreliableTable = """
        proceeding
          INVITE, ACK            | -
          100, 180               | send; disarm trying; arm abandon 213 > proceeding, responded
          200                    | send; disarm trying; disarm abandon; arm l 32 > accepted
          302, 486, 603          | send; disarm trying; disarm abandon; arm g 0.5; arm h 32 > completed
          fire trying            | sendTrying > proceeding, responded
          fire abandon           | terminate > terminated
          fire g, fire h, fire i, fire l | -
        proceeding, responded
          INVITE                 | retransmit
          ACK                    | -
          100, 180               | send; disarm trying; arm abandon 213
          200                    | send; disarm trying; disarm abandon; arm l 32 > accepted
          302, 486, 603          | send; disarm trying; disarm abandon; arm g 0.5; arm h 32 > completed
          fire trying            | -
          fire abandon           | terminate > terminated
          fire g, fire h, fire i, fire l | -
        completed
          INVITE                 | retransmit
          ACK                    | disarm g; disarm h; arm i 5 > confirmed
          fire g                 | retransmit; arm g 1
          fire h                 | terminate > terminated
          100, 180, 200, 302, 486, 603, fire i, fire l, fire trying, fire abandon | -
        confirmed
          fire i                 | terminate > terminated
          INVITE, ACK, 100, 180, 200, 302, 486, 603 | -
          fire g, fire h, fire l, fire trying, fire abandon | -
        accepted
          ACK                    | deliverAcknowledgement
          200                    | send
          fire l                 | terminate > terminated
          INVITE, 100, 180, 302, 486, 603, fire g, fire h, fire i, fire trying, fire abandon | -
        terminated
          INVITE, ACK, 100, 180, 200, 302, 486, 603 | -
          fire g, fire h, fire i, fire l, fire trying, fire abandon | -
        """

    private static let reliableTable = """
        proceeding
          INVITE, ACK            | -
          100, 180               | send; disarm trying; arm abandon 213 > proceeding, responded
          200                    | send; disarm trying; disarm abandon; arm l 32 > accepted
          302, 486, 603          | send; disarm trying; disarm abandon; arm h 32 > completed
          fire trying            | sendTrying > proceeding, responded
          fire abandon           | terminate > terminated
          fire g, fire h, fire i, fire l | -
        proceeding, responded
          INVITE                 | retransmit
          ACK                    | -
          100, 180               | send; disarm trying; arm abandon 213
          200                    | send; disarm trying; disarm abandon; arm l 32 > accepted
          302, 486, 603          | send; disarm trying; disarm abandon; arm h 32 > completed
          fire trying            | -
          fire abandon           | terminate > terminated
          fire g, fire h, fire i, fire l | -
        completed
          INVITE                 | retransmit
          ACK                    | terminate > terminated
          fire g                 | retransmit; arm g 1
          fire h                 | terminate > terminated
          100, 180, 200, 302, 486, 603, fire i, fire l, fire trying, fire abandon | -
        accepted
          ACK                    | deliverAcknowledgement
          200                    | send
          fire l                 | terminate > terminated
          INVITE, 100, 180, 302, 486, 603, fire g, fire h, fire i, fire trying, fire abandon | -
        terminated
          INVITE, ACK, 100, 180, 200, 302, 486, 603 | -
          fire g, fire h, fire i, fire l, fire trying, fire abandon | -
        """

    private func run(_ state: String, _ event: String, _ timing: TransactionTiming) -> MatrixTable.Cell {
        var (machine, _) = Machine.start(at: .zero, timing)
        switch state {
        case "proceeding, responded": _ = machine.respond(.ringing, at: .zero, timing)
        case "completed": _ = machine.respond(.busyHere, at: .zero, timing)
        case "confirmed":
            _ = machine.respond(.busyHere, at: .zero, timing)
            _ = machine.receiveAcknowledgement(at: .zero, timing)
        case "accepted": _ = machine.respond(.ok, at: .zero, timing)
        case "terminated": _ = machine.fire(.abandon, at: .zero, timing)
        default: break
        }
        let actions: ActionList<Machine.Action>
        if let code = UInt16(event), let status = Status(rawValue: code) {
            actions = machine.respond(status, at: now, timing)
        } else if event == "INVITE" {
            actions = machine.receiveInvite()
        } else if event == "ACK" {
            actions = machine.receiveAcknowledgement(at: now, timing)
        } else if let timer = Machine.Timer.allCases.first(where: { "fire \($0)" == event }) {
            actions = machine.fire(timer, at: now, timing)
        } else {
            Issue.record("unknown event \(event)")
            actions = []
        }
        return MatrixTable.Cell(actions: actions.map(text), next: name(of: machine))
    }

    /// What the machine remembers of Proceeding shows in what it does with a retransmission.
    private func name(of machine: Machine) -> String {
        var probe = machine
        let hasResponded = machine.state == .proceeding && !probe.receiveInvite().isEmpty
        return hasResponded ? "proceeding, responded" : "\(machine.state)"
    }

    private func text(_ action: Machine.Action) -> String {
        switch action {
        case .arm(let timer, let deadline): "arm \(timer) \(seconds(until: deadline))"
        case .disarm(let timer): "disarm \(timer)"
        case .send, .retransmit, .sendTrying, .deliverAcknowledgement, .terminate: "\(action)"
        }
    }
}
