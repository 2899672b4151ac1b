import Octets
import SIP
import Testing

@Suite("RFC 3261 §17.2.2, RFC 4320 §4: non-INVITE server transaction")
struct NonInviteServerTransactionTests {
    typealias Machine = NonInviteServerTransaction
    let now = matrixNow

    @Test("RFC 4320 §4.1: a 100 is due when the client's timer E reaches T2, 3.5 s after the request")
    func start() {
        #expect(
            Machine.start(at: now, unreliable).1
                == [.arm(.trying, at: now + .milliseconds(3500)), .arm(.abandon, at: now + .seconds(133))])
    }

    @Test("RFC 4320 §4.1 with TS 24.229 §7.7: towards a phone 14 s")
    func startTowardsPhone() {
        let timing = TransactionTiming(.userEquipment, isReliable: false)
        #expect(
            Machine.start(at: now, timing).1
                == [.arm(.trying, at: now + .seconds(14)), .arm(.abandon, at: now + .seconds(145))])
    }

    @Test("§17.2.2: a final response arms timer J", arguments: [200, 404, 603] as [UInt16])
    func finalResponse(code: UInt16) throws {
        let status = try #require(Status(rawValue: code))
        var (machine, _) = Machine.start(at: now, unreliable)
        #expect(
            machine.respond(status, at: now, unreliable)
                == [.send, .disarm(.trying), .disarm(.abandon), .arm(.j, at: now + .seconds(32))])
    }

    @Test("Every state × every event over an unreliable transport")
    func matrix() {
        MatrixTable(
            """
            trying
              request, 100, 183      | -
              200, 404, 603          | send; disarm trying; disarm abandon; arm j 32 > completed
              408                    | disarm trying; disarm abandon; arm j 32 > completed, silent
              fire trying            | sendTrying > proceeding
              fire abandon           | terminate > terminated
              fire j                 | -
            proceeding
              request                | retransmit
              100                    | send; disarm trying
              183                    | -
              200, 404, 603          | send; disarm trying; disarm abandon; arm j 32 > completed
              408                    | disarm trying; disarm abandon; arm j 32 > completed, silent
              fire abandon           | terminate > terminated
              fire trying, fire j    | -
            completed
              request                | retransmit
              fire j                 | terminate > terminated
              100, 183, 200, 404, 408, 603, fire trying, fire abandon | -
            completed, silent
              fire j                 | terminate > terminated
              request, 100, 183, 200, 404, 408, 603, fire trying, fire abandon | -
            terminated
              request, 100, 183, 200, 404, 408, 603, fire trying, fire abandon, fire j | -
            """
        ).check(
            states: ["trying", "proceeding", "completed", "completed, silent", "terminated"], events: Self.events
        ) { run($0, $1, unreliable) }
    }

    @Test("Every state × every event over a reliable transport: timer J is zero")
    func reliableMatrix() {
        MatrixTable(
            """
            trying
              request, 183           | -
              100                    | send; disarm trying > proceeding
              200, 404, 603          | send; terminate > terminated
              408                    | terminate > terminated
              fire trying            | sendTrying > proceeding
              fire abandon           | terminate > terminated
              fire j                 | -
            proceeding
              request                | retransmit
              100                    | send; disarm trying
              183                    | -
              200, 404, 603          | send; terminate > terminated
              408                    | terminate > terminated
              fire abandon           | terminate > terminated
              fire trying, fire j    | -
            terminated
              request, 100, 183, 200, 404, 408, 603, fire trying, fire abandon, fire j | -
            """
        ).check(states: ["trying", "proceeding", "terminated"], events: Self.events) { run($0, $1, reliable) }
    }

    private static let events =
        ["request", "100", "183", "200", "404", "408", "603"] + Machine.Timer.allCases.map { "fire \($0)" }

    private func run(_ state: String, _ event: String, _ timing: TransactionTiming) -> MatrixTable.Cell {
        var (machine, _) = Machine.start(at: .zero, timing)
        switch state {
        case "proceeding": _ = machine.fire(.trying, at: .zero, timing)
        case "completed": _ = machine.respond(.ok, at: .zero, timing)
        case "completed, silent": _ = machine.respond(.requestTimeout, at: .zero, timing)
        case "terminated": _ = machine.fire(.abandon, at: .zero, timing)
        default: break
        }
        let actions: ActionList<Machine.Action>
        if let code = UInt16(event), let status = Status(rawValue: code) {
            actions = machine.respond(status, at: now, timing)
        } else if event == "request" {
            actions = machine.receiveRequest()
        } else if let timer = Machine.Timer.allCases.first(where: { "fire \($0)" == event }) {
            actions = machine.fire(timer, at: now, timing)
        } else {
            Issue.record("unknown event \(event)")
            actions = []
        }
        return MatrixTable.Cell(actions: actions.map(text), next: name(of: machine))
    }

    /// Whether Completed has a response to repeat shows in what it does with a retransmission.
    private func name(of machine: Machine) -> String {
        var probe = machine
        let isSilent = machine.state == .completed && probe.receiveRequest().isEmpty
        return isSilent ? "completed, silent" : "\(machine.state)"
    }

    private func text(_ action: Machine.Action) -> String {
        switch action {
        case .arm(let timer, let deadline): "arm \(timer) \(seconds(until: deadline))"
        case .disarm(let timer): "disarm \(timer)"
        case .send, .retransmit, .sendTrying, .terminate: "\(action)"
        }
    }
}
