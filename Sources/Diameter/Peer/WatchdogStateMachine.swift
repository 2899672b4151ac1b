/// The watchdog of a connection, RFC 3539 §3.4.1.
///
///     state    event                              actions                                   next
///     ----------------------------------------------------------------------------------------------
///     INITIAL  timer expires                      AttemptOpen, SetWatchdog                  INITIAL
///              connection up                      SetWatchdog, OpenConnection               OKAY
///     OKAY     receive DWA                        Pending = no, SetWatchdog                 OKAY
///              receive another message            SetWatchdog                               OKAY
///              timer expires, not Pending         SendWatchdog, SetWatchdog, Pending = yes  OKAY
///              timer expires, Pending             Failover, SetWatchdog                     SUSPECT
///              connection down                    CloseConnection, Failover, SetWatchdog    DOWN
///     SUSPECT  receive DWA                        Pending = no, Failback, SetWatchdog       OKAY
///              receive another message            Failback, SetWatchdog                     OKAY
///              timer expires                      CloseConnection, SetWatchdog              DOWN
///              connection down                    CloseConnection, SetWatchdog              DOWN
///     DOWN     timer expires                      AttemptOpen, SetWatchdog                  DOWN
///              connection up                      NumDWA = 0, SendWatchdog, SetWatchdog,    REOPEN
///                                                 Pending = yes
///     REOPEN   receive DWA, NumDWA < 2            Pending = no, NumDWA + 1                  REOPEN
///              receive DWA, NumDWA = 2            Pending = no, NumDWA + 1, Failback        OKAY
///              receive another message            Throwaway                                 REOPEN
///              timer expires, not Pending         SendWatchdog, SetWatchdog, Pending = yes  REOPEN
///              timer expires, Pending, NumDWA ≥ 0 NumDWA = -1, SetWatchdog                  REOPEN
///              timer expires, Pending, NumDWA < 0 CloseConnection, SetWatchdog              DOWN
///              connection down                    CloseConnection, SetWatchdog              DOWN
package struct WatchdogStateMachine: Equatable, Sendable {
    package enum State: String, Equatable, Sendable, CaseIterable {
        case initial = "INITIAL"
        case okay = "OKAY"
        case suspect = "SUSPECT"
        case down = "DOWN"
        case reopen = "REOPEN"
    }

    package enum Event: Equatable, Sendable, CaseIterable {
        case timerExpired
        case receivedDWA
        case receivedOther
        case connectionUp, connectionDown
    }

    package enum Action: Equatable, Sendable {
        case attemptOpen
        case openConnection, closeConnection
        case sendWatchdog
        /// Arms the one timer: Tw with jitter.
        case setWatchdog
        case failover, failback
        /// Of a message other than DWA in REOPEN.
        case throwaway
    }

    package private(set) var state: State
    /// A DWR has been sent and not been answered.
    package private(set) var isPending: Bool
    /// DWAs since the connection came back; -1 after one was missed.
    package private(set) var answers: Int

    package init(in state: State = .initial, isPending: Bool = false, answers: Int = 0) {
        self.state = state
        self.isPending = isPending
        self.answers = answers
    }

    package mutating func handle(_ event: Event) -> [Action] {
        switch event {
        case .timerExpired: timerExpired()
        case .receivedDWA: receivedDWA()
        case .receivedOther: receivedOther()
        case .connectionUp: connectionUp()
        case .connectionDown: connectionDown()
        }
    }

    private mutating func timerExpired() -> [Action] {
        switch (state, isPending) {
        case (.initial, _), (.down, _): return [.attemptOpen, .setWatchdog]
        case (.okay, false), (.reopen, false):
            isPending = true
            return [.sendWatchdog, .setWatchdog]
        case (.okay, true):
            state = .suspect
            return [.failover, .setWatchdog]
        case (.suspect, _):
            state = .down
            return [.closeConnection, .setWatchdog]
        case (.reopen, true) where answers >= 0:
            answers = -1
            return [.setWatchdog]
        case (.reopen, true):
            state = .down
            return [.closeConnection, .setWatchdog]
        }
    }

    private mutating func receivedDWA() -> [Action] {
        switch state {
        case .initial, .down: return []
        case .okay:
            isPending = false
            return [.setWatchdog]
        case .suspect:
            isPending = false
            state = .okay
            return [.failback, .setWatchdog]
        case .reopen:
            isPending = false
            answers += 1
            guard answers == 3 else { return [] }
            state = .okay
            return [.failback]
        }
    }

    private mutating func receivedOther() -> [Action] {
        switch state {
        case .initial, .down: return []
        case .okay: return [.setWatchdog]
        case .suspect:
            state = .okay
            return [.failback, .setWatchdog]
        case .reopen: return [.throwaway]
        }
    }

    private mutating func connectionUp() -> [Action] {
        switch state {
        case .initial:
            state = .okay
            isPending = false
            return [.setWatchdog, .openConnection]
        case .down:
            state = .reopen
            answers = 0
            isPending = true
            return [.sendWatchdog, .setWatchdog]
        case .okay, .suspect, .reopen: return []
        }
    }

    private mutating func connectionDown() -> [Action] {
        switch state {
        case .initial, .down: return []
        case .okay:
            state = .down
            return [.closeConnection, .failover, .setWatchdog]
        case .suspect, .reopen:
            state = .down
            return [.closeConnection, .setWatchdog]
        }
    }
}
