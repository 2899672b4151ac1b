import Octets
import SIP
import Testing

@Suite("RFC 3261 §17.1.2: non-INVITE client transaction")
struct NonInviteClientTransactionTests {
    typealias Machine = NonInviteClientTransaction
    let now = matrixNow

    @Test("§17.1.2.2: the request goes out, timers E and F run; E only over an unreliable transport")
    func start() {
        #expect(
            Machine.start(at: now, unreliable).1
                == [.transmit, .arm(.e, at: now + .milliseconds(500)), .arm(.f, at: now + .seconds(32))])
        #expect(Machine.start(at: now, reliable).1 == [.transmit, .arm(.f, at: now + .seconds(32))])
    }

    @Test("§17.1.2.2: timer E doubles up to T2: 0.5, 1, 2, 4, 4 … seconds")
    func timerE() {
        var (machine, _) = Machine.start(at: now, unreliable)
        for interval in [1, 2, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4] {
            #expect(
                machine.fire(.e, at: now, unreliable) == [.transmit, .arm(.e, at: now + .seconds(interval))])
        }
    }

    @Test("§17.1.2.2: in Proceeding timer E is T2 from the first time on")
    func timerEInProceeding() {
        var (machine, _) = Machine.start(at: now, unreliable)
        #expect(machine.receive(.trying, at: now, unreliable) == [.deliver])
        #expect(machine.fire(.e, at: now, unreliable) == [.transmit, .arm(.e, at: now + .seconds(4))])
    }

    @Test("§17.1.2.2: the final response is passed on once", arguments: [200, 302, 401, 503, 603] as [UInt16])
    func finalResponse(code: UInt16) throws {
        let status = try #require(Status(rawValue: code))
        var (machine, _) = Machine.start(at: now, unreliable)
        #expect(
            machine.receive(status, at: now, unreliable)
                == [.deliver, .disarm(.e), .disarm(.f), .arm(.k, at: now + .seconds(5))])
        #expect(machine.receive(status, at: now, unreliable) == [])
    }

    @Test("Every state × every event over an unreliable transport")
    func matrix() {
        MatrixTable(
            """
            trying
              100, 183               | deliver > proceeding
              200, 401, 503          | deliver; disarm e; disarm f; arm k 5 > completed
              transport failed       | fail transport; terminate > terminated
              fire e                 | transmit; arm e 1
              fire f                 | fail timeout; terminate > terminated
              fire k                 | -
            proceeding
              100, 183               | deliver
              200, 401, 503          | deliver; disarm e; disarm f; arm k 5 > completed
              transport failed       | fail transport; terminate > terminated
              fire e                 | transmit; arm e 4
              fire f                 | fail timeout; terminate > terminated
              fire k                 | -
            completed
              fire k                 | terminate > terminated
              100, 183, 200, 401, 503, transport failed, fire e, fire f | -
            terminated
              100, 183, 200, 401, 503, transport failed, fire e, fire f, fire k | -
            """
        ).check(states: ["trying", "proceeding", "completed", "terminated"], events: Self.events) {
            run($0, $1, unreliable)
        }
    }

    @Test("Every state × every event over a reliable transport")
    func reliableMatrix() {
        MatrixTable(
            """
            trying
              100, 183               | deliver > proceeding
              200, 401, 503          | deliver; terminate > terminated
              transport failed       | fail transport; terminate > terminated
              fire e                 | transmit; arm e 1
              fire f                 | fail timeout; terminate > terminated
              fire k                 | -
            proceeding
              100, 183               | deliver
              200, 401, 503          | deliver; terminate > terminated
              transport failed       | fail transport; terminate > terminated
              fire e                 | transmit; arm e 4
              fire f                 | fail timeout; terminate > terminated
              fire k                 | -
            terminated
              100, 183, 200, 401, 503, transport failed, fire e, fire f, fire k | -
            """
        ).check(states: ["trying", "proceeding", "terminated"], events: Self.events) { run($0, $1, reliable) }
    }

    private static let events =
        ["100", "183", "200", "401", "503", "transport failed"] + Machine.Timer.allCases.map { "fire \($0)" }

    private func run(_ state: String, _ event: String, _ timing: TransactionTiming) -> MatrixTable.Cell {
        var (machine, _) = Machine.start(at: .zero, timing)
        switch state {
        case "proceeding": _ = machine.receive(.trying, at: .zero, timing)
        case "completed": _ = machine.receive(.ok, at: .zero, timing)
        case "terminated": _ = machine.fire(.f, at: .zero, timing)
        default: break
        }
        #expect("\(machine.state)" == state)
        let actions: ActionList<Machine.Action>
        if let code = UInt16(event), let status = Status(rawValue: code) {
            actions = machine.receive(status, at: now, timing)
        } else if event == "transport failed" {
            actions = machine.transportFailed()
        } else if let timer = Machine.Timer.allCases.first(where: { "fire \($0)" == event }) {
            actions = machine.fire(timer, at: now, timing)
        } else {
            Issue.record("unknown event \(event)")
            actions = []
        }
        return MatrixTable.Cell(actions: actions.map(text), next: "\(machine.state)")
    }

    private func text(_ action: Machine.Action) -> String {
        switch action {
        case .arm(let timer, let deadline): "arm \(timer) \(seconds(until: deadline))"
        case .disarm(let timer): "disarm \(timer)"
        case .fail(let failure): "fail \(failure)"
        case .transmit, .deliver, .terminate: "\(action)"
        }
    }
}
