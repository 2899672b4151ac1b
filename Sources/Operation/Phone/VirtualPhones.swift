import IMS
import NIOCore
import NIOPosix
import NodeIO
import Octets
import SIP
import UserEquipment

/// What a phone checks of a P-CSCF over TLS.
package struct SecureServer: Sendable {
    /// PEM files with roots; none for the system's.
    package var trust: [String]
    /// nil for the address.
    package var name: String?

    package init(trust: [String], name: String?) {
        self.trust = trust
        self.name = name
    }

    var domain: OctetSlice? { name.map { OctetSlice($0) } }
}

/// Virtual phones in this process, on sockets of their own towards the P-CSCF; with `security` on protected ones too.
package final class VirtualPhones {
    private let loop: any EventLoop
    private let node: NIOLoopBound<Node<UserEquipment>>
    /// Where the kernel holds security associations of theirs.
    private let protected: [Endpoint]
    /// For phones behind a NAT: while it is there, so is its port at the NAT.
    private let keepAlive: RepeatedTask?

    /// RFC 3948 §4.
    private static let keepAliveInterval = TimeAmount.seconds(20)

    /// - Parameters:
    ///   - security: whether the phones may make security agreements, and of what kind.
    ///   - protecting: how many of them have one at once.
    ///   - server: over TLS, whom the P-CSCF's certificate must name and which roots are trusted.
    ///   - traced: how many messages the phones' trace keeps.
    package init(
        proxy: Endpoint, transport: Transport, server: SecureServer? = nil, security: PhoneIPsec.Use = .none,
        protecting phones: Int = 4, timers: TransactionTimers, traced: Int
    ) throws(OperationFailure) {
        guard let address = LocalAddress.towards(proxy) else {
            throw OperationFailure(.unavailable, "no route leads from here to the P-CSCF at \(proxy)")
        }
        var ports: [UInt16] = []
        var taken: Set<UInt16> = []
        while ports.count < (security == .none ? 1 : 1 + PhoneIPsec.ports(phones)) {
            let port = try Self.freePort(address)
            if taken.insert(port).inserted { ports.append(port) }
        }
        let local = Endpoint(address, ports.removeFirst())
        let listener = ListenerID(rawValue: 0)
        var settings = NodeSettings(name: "virtual phones")
        settings.listeners = [listener: SIPListener(transport, local, timers: timers)]
        if transport != .udp {
            var options = SIPSocketOptions()
            options.isForCalling = true
            settings.listenerOptions = [listener: options]
        }
        var configuration = UserEquipment.Configuration(
            proxy: Hop(transport, listener, proxy, domain: server?.domain), contact: "\(local)", timers: timers)
        var encapsulation: EncapsulationSocket?
        if security != .none {
            let ground = try PhoneIPsec.prepare(security, &settings, at: address, ports, timers: timers)
            configuration.protected = ground.sockets
            encapsulation = ground.encapsulation
        }
        protected = configuration.protected?.endpoints ?? []
        settings.tls.trust = server?.trust ?? []
        settings.sipSCTP.sctp.encapsulationPort = 0
        settings.drainTime = .milliseconds(100)
        let listeners = settings.listeners
        var entropy = Entropy.fromSystem()
        let role = UserEquipment(configuration, entropy: entropy.fork())
        let core = NodeCore(
            NodeIdentity(.ue, name: "virtual phones"), role,
            sip: SIPStack(listeners: listeners, entropy: entropy.fork()), traced: traced)
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        self.loop = loop
        let finalSettings = settings
        keepAlive = encapsulation.map { socket in
            loop.scheduleRepeatedTask(initialDelay: .zero, delay: Self.keepAliveInterval) { _ in
                socket.keepAlive(to: Endpoint(proxy.address, UDPEncapsulation.port))
            }
        }
        do {
            node = try loop.submit {
                let log = ObservationLog(role: "ue", level: .error)
                let kernel = KernelSecurity()
                let node = Node(core, settings: finalSettings, log: log, on: loop) { $0.map(kernel.perform) }
                return NIOLoopBound(node, eventLoop: loop)
            }.wait()
            let node = node
            try loop.flatSubmit { node.value.start() }.wait()
        } catch {
            KernelSecurity().release(protected)
            throw OperationFailure(.unavailable, "the virtual phone cannot start: \(error)")
        }
    }

    /// What the phones answer; nil when they did not in time.
    package func ask(_ command: Command, within span: Duration = .seconds(140)) throws(OperationFailure) -> Report? {
        let loop = loop
        let node = node
        let report: Report?
        do {
            report = try loop.flatSubmit {
                let promise = loop.makePromise(of: Report?.self)
                let isOpen = NIOLoopBoundBox(true, eventLoop: loop)
                let timer = loop.scheduleTask(in: .nanoseconds(span.wholeNanoseconds)) {
                    guard isOpen.value else { return }
                    isOpen.value = false
                    promise.succeed(nil)
                }
                node.value.command(command) { report in
                    guard isOpen.value else { return }
                    isOpen.value = false
                    timer.cancel()
                    promise.succeed(report)
                }
                return promise.futureResult
            }.wait()
        } catch {
            throw OperationFailure(.failed, "the virtual phone does not answer: \(error)")
        }
        if let sentence = report?["error"]?.text { throw OperationFailure(.failed, "the virtual phone: \(sentence)") }
        return report
    }

    package func shutDown() {
        keepAlive?.cancel()
        let node = node
        try? loop.flatSubmit {
            node.value.stop()
            return node.value.whenStopped
        }.wait()
        if !protected.isEmpty { KernelSecurity().release(protected) }
    }

    /// A port that is free for UDP and TCP now.
    private static func freePort(_ address: IPAddress) throws(OperationFailure) -> UInt16 {
        guard let port = LocalPort.free(isV6: address.isV6) else {
            throw OperationFailure(.unavailable, "no port is free for the virtual phone")
        }
        return port
    }
}
