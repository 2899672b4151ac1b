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

/// Virtual phones in this process, on a socket of their own towards the P-CSCF.
package final class VirtualPhones {
    private let loop: any EventLoop
    private let node: NIOLoopBound<Node<UserEquipment>>

    /// - Parameters:
    ///   - server: over TLS, whom the P-CSCF's certificate must name and which roots are trusted.
    ///   - traced: how many messages the phones' trace keeps.
    package init(
        proxy: Endpoint, transport: Transport, server: SecureServer? = nil, timers: TransactionTimers, traced: Int
    ) throws(OperationFailure) {
        let local = Endpoint(proxy.address.isV6 ? .v6(0, 1) : .loopback, try Self.freePort(proxy.address.isV6))
        let listener = ListenerID(rawValue: 0)
        var settings = NodeSettings(name: "virtual phones")
        settings.listeners = [listener: SIPListener(transport, local, timers: timers)]
        if transport != .udp {
            var options = SIPSocketOptions()
            options.isForCalling = true
            settings.listenerOptions = [listener: options]
        }
        settings.tls.trust = server?.trust ?? []
        settings.sipSCTP.sctp.encapsulationPort = 0
        settings.drainTime = .milliseconds(100)
        let listeners = settings.listeners
        var entropy = Entropy.fromSystem()
        let role = UserEquipment(
            .init(
                proxy: Hop(transport, listener, proxy, domain: server?.domain), contact: "\(local)", timers: timers),
            entropy: entropy.fork())
        let core = NodeCore(
            NodeIdentity(.ue, name: "virtual phones"), role,
            sip: SIPStack(listeners: listeners, entropy: entropy.fork()), traced: traced)
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        self.loop = loop
        let finalSettings = settings
        do {
            node = try loop.submit {
                let log = ObservationLog(role: "ue", level: .error)
                return NIOLoopBound(Node(core, settings: finalSettings, log: log, on: loop), eventLoop: loop)
            }.wait()
            let node = node
            try loop.flatSubmit { node.value.start() }.wait()
        } catch {
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
        let node = node
        try? loop.flatSubmit {
            node.value.stop()
            return node.value.whenStopped
        }.wait()
    }

    /// A port that is free for UDP and TCP now.
    private static func freePort(_ isV6: Bool) throws(OperationFailure) -> UInt16 {
        guard let port = LocalPort.free(isV6: isV6) else {
            throw OperationFailure(.unavailable, "no port is free for the virtual phone")
        }
        return port
    }
}
