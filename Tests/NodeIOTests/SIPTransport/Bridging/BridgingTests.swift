import IMS
import NIOCore
import NodeIO
import Octets
import SIP
import Testing

@Suite("RFC 3261 §16.6 step 4, RFC 4168, RFC 7118: a proxy between any two transports", .timeLimit(.minutes(2)))
struct BridgingTests {
    /// In this order in both nodes: every transport over IPv4, then over IPv6.
    private static let kinds: [(transport: Transport, address: IPAddress)] =
        [.loopback, .v6(0, 1)].flatMap { address in Transport.allCases.map { ($0, address) } }

    private static func listeners() async throws -> [ListenerID: SIPListener] {
        var listeners: [ListenerID: SIPListener] = [:]
        for (index, kind) in kinds.enumerated() {
            let port = try await kind.transport == .udp ? FreePort.udp(kind.address) : FreePort.tcp(kind.address)
            let local = Endpoint(kind.address, port)
            listeners[ListenerID(rawValue: UInt16(index))] = SIPListener(kind.transport, local)
        }
        return listeners
    }

    private static func node<F: NetworkFunction>(
        _ name: String, _ role: F, _ listeners: [ListenerID: SIPListener], encapsulation: UInt16, remote: UInt16
    ) async throws -> NIOLoopBound<Node<F>> {
        var settings = NodeSettings(name: name)
        settings.listeners = listeners
        settings.tls = TestCertificates.settings("host")
        settings.sipSCTP.implementation = .usrsctp
        settings.sipSCTP.sctp.encapsulationPort = encapsulation
        settings.sipSCTP.sctp.remoteEncapsulationPort = remote
        settings.sipSCTP.sctp.encapsulationAddress = .loopback
        let final = settings
        let node = try await sctpLoop.submit {
            let core = NodeCore(
                NodeIdentity(.proxy, name: name), role,
                sip: SIPStack(listeners: final.listeners, entropy: Entropy(number: UInt64(encapsulation))))
            let log = ObservationLog(role: name, level: .error)
            return NIOLoopBound(Node(core, settings: final, log: log, on: sctpLoop), eventLoop: sctpLoop)
        }.get()
        try await sctpLoop.flatSubmit { node.value.start() }.get()
        return node
    }

    @Test("Calls between all of udp, tcp, tls, ws, wss and sctp over IPv4 and IPv6, with requests both ways in each")
    func everyPair() async throws {
        let outside = try await Self.listeners()
        let inside = try await Self.listeners()
        let (first, second) = (try await FreePort.udp(), try await FreePort.udp())
        let proxy = try await Self.node(
            "proxy", BridgingProxy(outside), outside, encapsulation: first, remote: second)
        let phones = try await Self.node(
            "phones", BridgingPhones(inside, proxies: outside), inside, encapsulation: second, remote: first)
        for (from, caller) in Self.kinds.enumerated() {
            for (to, callee) in Self.kinds.enumerated() {
                let command = Command("call", ["from": "\(from)", "to": "\(to)"])
                let report = try await sctpLoop.flatSubmit {
                    let promise = sctpLoop.makePromise(of: Report.self)
                    phones.value.command(command) { promise.succeed($0) }
                    return promise.futureResult
                }.get()
                // The response has the entries as the request brought them, the callee's side first.
                let sockets = from == to ? [caller] : [callee, caller]
                let routes = sockets.map { kind in
                    "\(kind.transport) \(kind.address.isV6 ? "[\(kind.address)]" : "\(kind.address)")"
                }
                let requests = ["ACK \(to)", "INFO \(to)", "INFO \(from)", "BYE \(to)"]
                let expected = (["INVITE \(to)"] + routes + requests).joined(separator: ", ")
                #expect(report.text == expected, "\(caller.transport) to \(callee.transport)")
            }
        }
        try await sctpLoop.flatSubmit {
            phones.value.stop()
            proxy.value.stop()
            return proxy.value.whenStopped
        }.get()
    }
}
