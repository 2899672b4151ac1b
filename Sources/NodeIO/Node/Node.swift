import Diameter
import IMS
import NIOCore
import NIOPosix
import Octets
import SIP

/// Drives one `NodeCore` on one event loop: sockets, one timer, the admin socket, work and the log around it.
///
/// Made and used on its loop only; the loop is what keeps its state whole, so there is no lock.
package final class Node<F: NetworkFunction> {
    package let settings: NodeSettings
    package let log: ObservationLog
    let loop: any EventLoop
    package private(set) var core: NodeCore<F>

    private var sip: SIPTransports?
    /// nil when the node has nothing to do with TLS.
    package private(set) var tls: TLSCredentials?
    var associations: Associations?
    private var work: WorkExecutor<F.Work, F.WorkResult>?
    private var admin: AdminServer?

    private var outputs: [NodeOutput<F.Work>] = []
    private var waitingInputs: [NodeInput<F.WorkResult>] = []
    private var isHandling = false

    private var timer: Scheduled<Void>?
    private var timerDeadline: Instant?

    private let charging: ChargingOutlets

    private var replies: [CommandID: (Report) -> Void] = [:]
    private var lastCommand: UInt64 = 0
    /// Made when a name is first asked for.
    var resolver: DNSResolver?

    private enum Phase { case starting, running, draining, stopped }
    private var phase = Phase.starting
    private let stopped: EventLoopPromise<Void>

    /// Timers are rounded up to this, so that many of them cost one wake-up.
    private static var timerGrain: Int64 { 5_000_000 }

    /// - Parameter perform: does the role's work on a thread of its own, see `WorkExecutor`; nil when `Work` is `Never`.
    /// - Parameter performAtOnce: does on the loop what of it needs no thread; nil for the rest.
    package init(
        _ core: NodeCore<F>, settings: NodeSettings, log: ObservationLog, on loop: any EventLoop,
        charging: ChargingOutlets = ChargingOutlets(),
        perform: (@Sendable ([F.Work]) -> [F.WorkResult])? = nil,
        performAtOnce: (@Sendable (F.Work) -> F.WorkResult?)? = nil
    ) {
        loop.preconditionInEventLoop()
        self.core = core
        self.settings = settings
        self.log = log
        self.loop = loop
        self.charging = charging
        stopped = loop.makePromise()
        if let perform {
            work = WorkExecutor(
                on: loop, perform: perform, performAtOnce: performAtOnce,
                deliver: { [unowned self] in self.handle(.performed($0, $1)) },
                batchEnded: { [unowned self] in self.flush() })
        }
    }

    /// A node that was never stopped keeps nobody waiting either. One that was needs its loop no more.
    deinit {
        resolver?.shutDown()
        if case .stopped = phase { return }
        stopped.succeed()
    }

    /// Fulfilled when everything is closed.
    package var whenStopped: EventLoopFuture<Void> { stopped.futureResult }

    // MARK: Start and stop

    /// Binds everything, then starts the core. Fails with a `StartFailure`; what was bound is closed again.
    package func start() -> EventLoopFuture<Void> {
        do throws(StartFailure) {
            tls = try loadCredentials()
        } catch {
            stop()
            return loop.makeFailedFuture(error)
        }
        let sip = SIPTransports(on: loop, settings: settings, tls: tls) { [unowned self] in self.receive($0) }
        self.sip = sip
        var bindings = sip.listen()
        let associations = Associations(on: loop, settings: settings, tls: tls, log: log) { [unowned self] in
            self.receive($0)
        }
        self.associations = associations
        for local in settings.diameterListen {
            bindings.append(
                associations.listen(on: local)
                    .flatMapErrorThrowing { error in
                        throw error as? StartFailure
                            ?? StartFailure("diameter.listen", BindFailure("Diameter", local, error))
                    })
        }
        for local in settings.diameterListenTLS {
            bindings.append(
                associations.listen(on: local, over: .tls)
                    .flatMapErrorThrowing { error in
                        throw error as? StartFailure
                            ?? StartFailure("diameter.listen-tls", BindFailure("TLS", local, error))
                    })
        }
        if let path = settings.adminSocket {
            let admin = AdminServer(on: loop) { [unowned self] in self.command($0, reply: $1) }
            self.admin = admin
            bindings.append(admin.listen(at: path))
        }
        let node = NIOLoopBound(self, eventLoop: loop)
        let all = bindings
        return EventLoopFuture.andAllComplete(all, on: loop)
            .flatMap { EventLoopFuture.andAllSucceed(all, on: node.value.loop) }
            .map {
                let node = node.value
                node.phase = .running
                node.announce()
                node.handle(.start)
                node.flush()
            }
            .flatMapErrorThrowing { error in
                node.value.stop()
                throw error
            }
    }

    /// For a node with a certificate, roots of its own or a listener that needs them.
    private func loadCredentials() throws(StartFailure) -> TLSCredentials? {
        let isWanted = settings.tls != TLSSettings() || settings.listeners.values.contains { $0.transport.isSecure }
        return isWanted ? try TLSCredentials(settings.tls) : nil
    }

    private func announce() {
        for notice in settings.notices + (tls?.notices ?? []) { log.write(Observation(.warning, notice)) }
        for (_, listener) in settings.listeners.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            log.write(Observation(.info, "SIP over \(listener.transport.token) on \(listener.local)"))
        }
        if let path = settings.adminSocket { log.write(Observation(.info, "admin socket \(path)")) }
        log.write(Observation(.notice, "\(settings.name) is up"))
        log.flush()
    }

    /// Takes leave of the peers, finishes what runs, then stops; at the latest after `NodeSettings.drainTime`.
    package func drain() {
        guard case .running = phase else { return stop() }
        phase = .draining
        log.write(Observation(.notice, "\(settings.name) stops: taking leave of the peers"))
        loop.assumeIsolated().scheduleTask(in: TimeAmount(settings.drainTime)) { self.stop() }
        handle(.drain)
        flush()
    }

    /// Closes everything now.
    package func stop() {
        if case .stopped = phase { return }
        phase = .stopped
        flush()
        timer?.cancel()
        sip?.shutDown()
        associations?.shutDown()
        work?.shutDown()
        admin?.shutDown()
        replies.removeAll()
        resolver?.shutDown()
        log.write(Observation(.notice, "\(settings.name) has stopped"))
        log.flush()
        // The sockets close in this turn of the loop or the next; sockets that linger do not hold us up.
        loop.assumeIsolated().scheduleTask(in: .milliseconds(20)) { self.stopped.succeed() }
    }

    /// Reads the certificates' files again, for connections to come; what is wrong with them is logged and changes
    /// nothing.
    package func reloadCredentials() {
        guard let tls else { return log.write(Observation(.notice, "no certificates to load again")) }
        do throws(StartFailure) {
            try tls.reload()
            log.write(Observation(.notice, "certificates loaded again"))
            for notice in tls.notices { log.write(Observation(.warning, notice)) }
        } catch {
            log.write(Observation(.error, "certificates not loaded again, the old ones stay: \(error)"))
        }
        log.flush()
    }

    // MARK: The core

    /// Hands an input to the core and carries out what comes of it. Inputs that arrive meanwhile wait their turn.
    package func handle(_ input: NodeInput<F.WorkResult>) {
        guard !isHandling else {
            waitingInputs.append(input)
            return
        }
        isHandling = true
        defer { isHandling = false }
        step(input)
        var next = 0
        while next < waitingInputs.count {
            step(waitingInputs[next])
            next += 1
        }
        if next > 0 { waitingInputs.removeAll(keepingCapacity: true) }
        armTimer()
    }

    private func step(_ input: NodeInput<F.WorkResult>) {
        if case .stopped = phase { return }
        core.handle(input, at: .now, into: &outputs)
        var next = 0
        while next < outputs.count {  // carrying out an order never adds to `outputs`: inputs wait, see `handle`
            carryOut(outputs[next])
            next += 1
        }
        if next > 0 { outputs.removeAll(keepingCapacity: true) }
    }

    private func carryOut(_ order: NodeOutput<F.Work>) {
        switch order {
        case .transmit(let octets, let hop): sip?.transmit(octets, to: hop)
        case .closeConnection(let connection): sip?.close(connection)
        case .alias(let connection, let port): sip?.alias(connection, port: port)
        case .connect(let peer): associations?.connect(peer)
        case .send(let octets, let association): associations?.send(octets, on: association)
        case .closeAssociation(let association): associations?.close(association)
        case .perform(let piece, let id):
            guard let work else { preconditionFailure("a role with work needs a closure that performs it") }
            work.submit(piece, id)
        case .reply(let report, let command): replies.removeValue(forKey: command)?(report)
        case .observe(let observation): log.write(observation)
        case .charge(let record): charging.write(record, to: log)
        case .keepRecord(let number, let octets): charging.keep(number, octets, log)
        case .resolve(let query): resolve(query)
        case .drained: if case .draining = phase { loop.assumeIsolated().execute { self.stop() } }
        }
    }

    /// What has been written leaves, at the end of a burst of inputs.
    package func flush() {
        sip?.flush()
        work?.flush()
        log.flush()
    }

    // MARK: What arrives

    private func receive(_ event: SIPTransportEvent) {
        switch event {
        case .datagram(let octets, let hop): handle(.datagram(octets, from: hop))
        case .stream(let octets, let hop): handle(.stream(octets, from: hop))
        case .closed(let connection): handle(.connectionClosed(connection))
        case .sendFailed(let hop): handle(.sendFailed(hop))
        case .waited(let delay): handle(.waited(delay))
        case .burstEnded: flush()
        case .noticed(let message, let peer):
            log.write(Observation(.warning, message, about: Subject(peer: peer.description)))
        }
    }

    private func receive(_ event: Associations.Event) {
        switch event {
        case .peerConnected(let peer, let association, let detail):
            handle(.peerConnected(peer, association, detail: detail))
        case .peerConnectFailed(let peer, let reason): handle(.peerConnectFailed(peer, reason: reason))
        case .accepted(let association, let remote, let detail):
            handle(.associationAccepted(association, from: remote, detail: detail))
        case .received(let octets, let association): handle(.association(octets, association))
        case .closed(let association, let reason): handle(.associationClosed(association, reason: reason))
        case .noticed(let association, let notice): handle(.associationNoticed(association, notice))
        }
        planFlush()
    }

    /// Diameter transports report no end of a burst: one flush for what this turn of the loop brings.
    private func planFlush() {
        guard !flushIsPlanned else { return }
        if case .stopped = phase { return }  // the loop may be gone already
        flushIsPlanned = true
        loop.assumeIsolated().execute {
            self.flushIsPlanned = false
            self.flush()
        }
    }
    private var flushIsPlanned = false

    /// An operator's command. `reply` is called once, on the loop.
    package func command(_ command: Command, reply: @escaping (Report) -> Void) {
        guard case .running = phase else { return reply(.error("\(settings.name) is stopping")) }
        lastCommand += 1
        let id = CommandID(rawValue: lastCommand)
        replies[id] = reply
        handle(.command(command, id))
        flush()
    }

    // MARK: Time

    /// Arms the one timer when the core's deadline is earlier than the armed one; a later one is found out on firing.
    private func armTimer() {
        guard let deadline = core.nextDeadline, deadline != .distantFuture else { return }
        if let armed = timerDeadline, armed <= deadline { return }
        if case .stopped = phase { return }
        timer?.cancel()
        let grains = max(0, deadline.nanoseconds) / Self.timerGrain
        let (rounded, overflow) = (grains + 1).multipliedReportingOverflow(by: Self.timerGrain)
        let instant = overflow ? deadline : Instant(nanoseconds: rounded)
        timerDeadline = instant
        timer = loop.assumeIsolated().scheduleTask(deadline: NIODeadline(instant)) { [weak self] in self?.timerFired() }
    }

    private func timerFired() {
        timer = nil
        timerDeadline = nil
        if let deadline = core.nextDeadline, deadline <= .now {
            handle(.deadline)
            flush()
        } else {
            armTimer()
        }
    }
}
