import Octets

/// Runs the machines of a peer and does what they order.
extension DiameterStack {
    typealias Outputs = [DiameterStackOutput]

    mutating func apply(
        _ event: PeerStateMachine.Event, to index: Int, at now: Instant, into outputs: inout Outputs
    ) {
        let before = table[index].machine.state
        let actions = table[index].machine.handle(event)
        let after = table[index].machine.state
        if before != after { moved(index, from: before, to: after, at: now, into: &outputs) }
        for action in actions { perform(action, of: index, at: now, into: &outputs) }
        if before != after { settled(index, from: before, to: after, at: now, into: &outputs) }
    }

    private mutating func perform(
        _ action: PeerStateMachine.Action, of index: Int, at now: Instant, into outputs: inout Outputs
    ) {
        switch action {
        case .connect: outputs.append(.connect(table[index].configuration))
        case .accept: acceptCandidate(index)
        case .reject: rejectCandidate(index, at: now, into: &outputs)
        case .sendCER:
            sendOwn(CapabilitiesExchangeRequest(local.capabilities).message(), index, .initiator, into: &outputs)
        case .sendCEA:
            guard let request = table[index].request, let association = table[index].responder else { return }
            table[index].request = nil
            let answer = CapabilitiesExchangeAnswer(.success, local.capabilities).message(answering: request)
            outputs.append(.send(answer.octets, on: association))
        case .elect: elect(index, at: now, into: &outputs)
        case .cleanup, .error:
            disconnect(index, .initiator, into: &outputs)
            disconnect(index, .responder, into: &outputs)
        case .disconnect(let side): disconnect(index, side, into: &outputs)
        case .sendDPR(let side):
            let cause = table[index].disconnectCause ?? .rebooting
            sendOwn(
                DisconnectPeerRequest(origin: local.origin, cause: cause).message(), index, side, into: &outputs)
        case .processCER, .processCEA, .processDWR, .processDWA, .send, .process, .sendDWA, .sendDPA:
            // Done by whoever gave the event: it holds the message.
            break
        }
    }

    /// What follows from the new state before the actions are done.
    private mutating func moved(
        _ index: Int, from before: PeerStateMachine.State, to after: PeerStateMachine.State, at now: Instant,
        into outputs: inout Outputs
    ) {
        switch after {
        case .closed, .iOpen, .rOpen: table[index].stateDeadline = nil
        case .waitConnAck: table[index].stateDeadline = now + settings.connectTimeout
        case .waitICEA, .waitConnAckElect, .waitReturns:
            table[index].stateDeadline = now + settings.capabilitiesTimeout
        case .closing: table[index].stateDeadline = now + settings.disconnectTimeout
        }
        if before == .closed || before.isOpen { table[index].watchdogDeadline = nil }
    }

    /// What follows from the new state after the actions have been done.
    private mutating func settled(
        _ index: Int, from before: PeerStateMachine.State, to after: PeerStateMachine.State, at now: Instant,
        into outputs: inout Outputs
    ) {
        // An election may have gone further already.
        guard table[index].machine.state == after else { return }
        if after.isOpen {
            table[index].lastError = nil
            table[index].isDoubted = false
            table[index].circuit.abandoned()
            table[index].disconnectCause = nil
            table[index].downReason = .connectionLost
            outputs.append(.peerUp(table[index].identity))
            watch(index, .connectionUp, at: now, into: &outputs)
        }
        if before.isOpen { outputs.append(.peerDown(table[index].identity, table[index].downReason)) }
        guard after == .closed else { return }
        redirects.remove(table[index].identity)
        failOver(from: index, isLost: true, at: now, into: &outputs)
        watch(index, .connectionDown, at: now, into: &outputs)
        forgetServed(of: index)
        table[index].request = nil
        table[index].watchdogSent = nil
        scheduleReconnect(index, at: now)
    }

    private mutating func scheduleReconnect(_ index: Int, at now: Instant) {
        guard table[index].configuration.connects, !isStopping else { return }
        var pause = table[index].pause.next(
            first: settings.firstReconnect, longest: settings.longestReconnect, entropy: &entropy)
        if case .peerDisconnected(let cause) = table[index].downReason, !cause.allowsReconnect {
            pause = max(pause, settings.unwantedReconnect)
        }
        table[index].downReason = .connectionLost
        table[index].watchdogDeadline = now + pause
    }

    mutating func stateTimedOut(_ index: Int, at now: Instant, into outputs: inout Outputs) {
        switch table[index].machine.state {
        case .waitConnAck, .waitConnAckElect: table[index].lastError = "no connection in time"
        case .waitICEA, .waitReturns: table[index].lastError = "no CEA in time"
        case .closing, .closed, .iOpen, .rOpen: break
        }
        apply(.timeout, to: index, at: now, into: &outputs)
    }

    // MARK: Watchdog

    mutating func watch(
        _ index: Int, _ event: WatchdogStateMachine.Event, at now: Instant, into outputs: inout Outputs
    ) {
        let before = table[index].watchdog
        let actions = table[index].watchdog.handle(event)
        let after = table[index].watchdog
        switch (before.state, after.state) {
        case (.okay, .suspect): outputs.append(.noticed(table[index].identity, .suspect))
        case (.suspect, .okay): outputs.append(.noticed(table[index].identity, .trusted))
        case (.reopen, .reopen) where before.answers >= 0 && after.answers < 0:
            // RFC 3539 has nothing under way in REOPEN; we do, while no other peer is there.
            outputs.append(.noticed(table[index].identity, .suspect))
            failOver(from: index, isLost: false, at: now, into: &outputs)
        case (.reopen, .reopen) where before.answers < 0 && after.answers >= 0:
            outputs.append(.noticed(table[index].identity, .trusted))
        default: break  // Told as peerUp and peerDown, or nobody's business.
        }
        for action in actions {
            switch action {
            case .attemptOpen: apply(.start, to: index, at: now, into: &outputs)
            case .setWatchdog: setWatchdog(index, at: now)
            case .sendWatchdog:
                guard let association = table[index].association else { continue }
                var request = DeviceWatchdogRequest(origin: local.origin, originStateID: local.originStateID).message()
                request.hopByHop = makeHopByHop()
                request.endToEnd = makeEndToEnd()
                table[index].watchdogSent = (request.hopByHop, now)
                outputs.append(.send(request.octets, on: association))
            case .failover: failOver(from: index, isLost: false, at: now, into: &outputs)
            case .closeConnection:
                guard table[index].machine.state.isOpen else { continue }
                table[index].downReason = .silent
                table[index].lastError = PeerDownReason.silent.description
                let side: PeerStateMachine.Side = table[index].machine.state == .iOpen ? .initiator : .responder
                apply(.disconnected(side), to: index, at: now, into: &outputs)
            case .openConnection, .failback: table[index].pause.reset()
            case .throwaway:
                // RFC 3539 drops what comes in REOPEN. We serve requests and take answers: they prove more than a DWA.
                break
            }
        }
    }

    /// In place of Tw when the peer connects again although its connection stands. It lost the old one and we have not
    /// noticed; §5.6 rejects the new one until we do, and three times Tw would be long.
    private static let doubtfulWatchdog = Duration.seconds(2)

    /// Tw with a jitter of ±2 s (RFC 3539 §3.4.1). While there is no connection the pause before the next attempt takes
    /// its place, set by `scheduleReconnect`.
    private mutating func setWatchdog(_ index: Int, at now: Instant) {
        guard table[index].machine.state.isOpen else { return }
        guard !table[index].isDoubted else {
            table[index].watchdogDeadline = now + Self.doubtfulWatchdog
            return
        }
        let jitter = Int64(entropy.next64() % 4_000_000_001) - 2_000_000_000
        table[index].watchdogDeadline = now + settings.watchdog + .nanoseconds(jitter)
    }

    // MARK: Steps

    private mutating func acceptCandidate(_ index: Int) {
        guard let candidate = table[index].candidate else { return }
        table[index].candidate = nil
        table[index].responder = candidate.association
        table[index].request = candidate.request
        associations[candidate.association]?.owner = .peer(index, .responder)
        table[index].transport = associations[candidate.association]?.transport
        table[index].remote = associations[candidate.association]?.remote
    }

    private mutating func rejectCandidate(_ index: Int, at now: Instant, into outputs: inout Outputs) {
        guard let candidate = table[index].candidate else { return }
        table[index].candidate = nil
        let remote = associations[candidate.association]?.remote
        close(candidate.association, into: &outputs)
        if table[index].machine.state.isOpen, !table[index].isDoubted {
            table[index].isDoubted = true
            table[index].watchdogDeadline = now
        }
        outputs.append(
            .refused(
                DiameterRefusal(
                    .duplicateConnection, peer: table[index].identity, remote: remote,
                    "\(table[index].identity) connected again while it is \(table[index].machine.state.rawValue).")))
    }

    /// RFC 6733 §5.6.4: the node with the higher Origin-Host keeps the connection that it accepted.
    private mutating func elect(_ index: Int, at now: Instant, into outputs: inout Outputs) {
        if table[index].identity.name.utf8.lexicographicallyPrecedes(local.originHost.name.utf8) {
            apply(.wonElection, to: index, at: now, into: &outputs)
        }
    }

    private mutating func disconnect(
        _ index: Int, _ side: PeerStateMachine.Side, into outputs: inout Outputs
    ) {
        guard let association = table[index].association(side) else { return }
        switch side {
        case .initiator: table[index].initiator = nil
        case .responder:
            table[index].responder = nil
            table[index].request = nil
        }
        close(association, into: &outputs)
    }

    /// Sends a request of the base protocol; its answer is known by its command.
    private mutating func sendOwn(
        _ message: DiameterMessage, _ index: Int, _ side: PeerStateMachine.Side, into outputs: inout Outputs
    ) {
        guard let association = table[index].association(side) else { return }
        var message = message
        message.hopByHop = makeHopByHop()
        message.endToEnd = makeEndToEnd()
        outputs.append(.send(message.octets, on: association))
    }
}
