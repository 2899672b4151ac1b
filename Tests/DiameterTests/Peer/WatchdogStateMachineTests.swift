import Diameter
import Testing

@Suite("Watchdog, RFC 3539 §3.4.1")
struct WatchdogStateMachineTests {
    typealias State = WatchdogStateMachine.State
    typealias Event = WatchdogStateMachine.Event
    typealias Action = WatchdogStateMachine.Action

    /// A state with its variables: Pending and NumDWA.
    struct Situation: Hashable, CustomStringConvertible {
        var state: State
        var isPending = false
        var answers = 0

        init(_ state: State, pending: Bool = false, answers: Int = 0) {
            self.state = state
            isPending = pending
            self.answers = answers
        }

        init(_ machine: WatchdogStateMachine) {
            self.init(machine.state, pending: machine.isPending, answers: machine.answers)
        }

        var machine: WatchdogStateMachine {
            WatchdogStateMachine(in: state, isPending: isPending, answers: answers)
        }

        var description: String { "\(state.rawValue) pending=\(isPending) NumDWA=\(answers)" }
    }

    struct Arrow: Sendable {
        var from: Situation
        var event: Event
        var actions: [Action]
        var to: Situation
    }

    /// The table of the RFC, a line for each value of its variables that matters.
    static let table: [Arrow] = [
        .init(from: .init(.initial), event: .timerExpired, actions: [.attemptOpen, .setWatchdog], to: .init(.initial)),
        .init(from: .init(.initial), event: .connectionUp, actions: [.setWatchdog, .openConnection], to: .init(.okay)),

        .init(from: .init(.okay), event: .receivedDWA, actions: [.setWatchdog], to: .init(.okay)),
        .init(from: .init(.okay, pending: true), event: .receivedDWA, actions: [.setWatchdog], to: .init(.okay)),
        .init(from: .init(.okay), event: .receivedOther, actions: [.setWatchdog], to: .init(.okay)),
        .init(
            from: .init(.okay, pending: true), event: .receivedOther, actions: [.setWatchdog],
            to: .init(.okay, pending: true)),
        .init(
            from: .init(.okay), event: .timerExpired, actions: [.sendWatchdog, .setWatchdog],
            to: .init(.okay, pending: true)),
        .init(
            from: .init(.okay, pending: true), event: .timerExpired, actions: [.failover, .setWatchdog],
            to: .init(.suspect, pending: true)),
        .init(
            from: .init(.okay), event: .connectionDown, actions: [.closeConnection, .failover, .setWatchdog],
            to: .init(.down)),
        .init(
            from: .init(.okay, pending: true), event: .connectionDown,
            actions: [.closeConnection, .failover, .setWatchdog], to: .init(.down, pending: true)),

        .init(
            from: .init(.suspect, pending: true), event: .receivedDWA, actions: [.failback, .setWatchdog],
            to: .init(.okay)),
        .init(
            from: .init(.suspect, pending: true), event: .receivedOther, actions: [.failback, .setWatchdog],
            to: .init(.okay, pending: true)),
        .init(
            from: .init(.suspect, pending: true), event: .timerExpired, actions: [.closeConnection, .setWatchdog],
            to: .init(.down, pending: true)),
        .init(
            from: .init(.suspect, pending: true), event: .connectionDown, actions: [.closeConnection, .setWatchdog],
            to: .init(.down, pending: true)),

        .init(
            from: .init(.down, pending: true), event: .timerExpired, actions: [.attemptOpen, .setWatchdog],
            to: .init(.down, pending: true)),
        .init(
            from: .init(.down), event: .connectionUp, actions: [.sendWatchdog, .setWatchdog],
            to: .init(.reopen, pending: true)),
        .init(
            from: .init(.down, pending: true, answers: -1), event: .connectionUp,
            actions: [.sendWatchdog, .setWatchdog], to: .init(.reopen, pending: true)),

        .init(from: .init(.reopen, pending: true), event: .receivedDWA, actions: [], to: .init(.reopen, answers: 1)),
        .init(
            from: .init(.reopen, pending: true, answers: 1), event: .receivedDWA, actions: [],
            to: .init(.reopen, answers: 2)),
        .init(
            from: .init(.reopen, pending: true, answers: 2), event: .receivedDWA, actions: [.failback],
            to: .init(.okay, answers: 3)),
        .init(
            from: .init(.reopen, pending: true, answers: -1), event: .receivedDWA, actions: [], to: .init(.reopen)),
        .init(
            from: .init(.reopen, pending: true), event: .receivedOther, actions: [.throwaway],
            to: .init(.reopen, pending: true)),
        .init(
            from: .init(.reopen, answers: 1), event: .timerExpired, actions: [.sendWatchdog, .setWatchdog],
            to: .init(.reopen, pending: true, answers: 1)),
        .init(
            from: .init(.reopen, pending: true, answers: 1), event: .timerExpired, actions: [.setWatchdog],
            to: .init(.reopen, pending: true, answers: -1)),
        .init(
            from: .init(.reopen, pending: true, answers: -1), event: .timerExpired,
            actions: [.closeConnection, .setWatchdog], to: .init(.down, pending: true, answers: -1)),
        .init(
            from: .init(.reopen, pending: true), event: .connectionDown, actions: [.closeConnection, .setWatchdog],
            to: .init(.down, pending: true)),
    ]

    @Test("every line of the table", arguments: table)
    func line(arrow: Arrow) {
        var machine = arrow.from.machine
        #expect(machine.handle(arrow.event) == arrow.actions, "\(arrow.from) \(arrow.event)")
        #expect(Situation(machine) == arrow.to, "\(arrow.from) \(arrow.event)")
    }

    @Test("every state × event pair outside the table does nothing")
    func others() {
        var covered = 0
        for state in State.allCases {
            for event in Event.allCases {
                if Self.table.contains(where: { $0.from.state == state && $0.event == event }) {
                    covered += 1
                    continue
                }
                for isPending in [false, true] {
                    let before = WatchdogStateMachine(in: state, isPending: isPending)
                    var machine = before
                    #expect(machine.handle(event) == [], "\(state) \(event)")
                    #expect(machine == before, "\(state) \(event)")
                }
            }
        }
        #expect(covered == 16)
    }
}
