import NIOCore
import NIOPosix
import NodeIO
import Octets
import SIP

/// Where a P-CSCF is that a phone knows by name: RFC 3263 §4 by the name servers, as TS 24.229 §5.1.1 lets a phone find it.
package enum ProxyName {
    /// The first of its targets that the transport leads to: by NAPTR and SRV, or by SRV where the transport has none, and A
    /// or AAAA; with a port by A or AAAA alone.
    ///
    /// - Parameter servers: `address:port` of name servers; those of /etc/resolv.conf when empty.
    package static func locate(
        _ host: String, port: UInt16?, over transport: Transport, servers: [String] = []
    ) throws(OperationFailure) -> Endpoint {
        var question = LocationQuestion(host: OctetSlice(host.lowercased()), port: port)
        question.isSecure = transport.isSecure
        // RFC 3263 §4.1: NAPTR leaves the transport open, and there are none for WebSocket and, by name and port, for any.
        if transport.isWebSocket || transport == .tls || port != nil { question.transport = transport }
        let asked = question
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let outcome: Result<Endpoint, OperationFailure>
        do {
            outcome = try loop.flatSubmit {
                let search = ProxySearch(asked, over: transport, servers: servers, on: loop)
                return search.run()
            }.wait()
        } catch {
            throw OperationFailure(.unavailable, "\(host) cannot be looked up: \(error)")
        }
        return try outcome.get()
    }
}

/// One look-up, on its loop.
private final class ProxySearch {
    private static let id = LocationID(rawValue: 1)
    private static let patience = TimeAmount.seconds(15)

    private let question: LocationQuestion
    private let loop: any EventLoop
    private let promise: EventLoopPromise<Result<Endpoint, OperationFailure>>
    private var settings = DNSSettings()
    private var locator: Locator
    private var resolver: DNSResolver?
    private var isOver = false

    init(_ question: LocationQuestion, over transport: Transport, servers: [String], on loop: any EventLoop) {
        self.question = question
        self.loop = loop
        promise = loop.makePromise()
        settings.servers = servers
        // A socket of each family: which addresses there are is the network's to say.
        let sockets = [
            ListenerID(rawValue: 0): SIPListener(transport, Endpoint(.any, 0)),
            ListenerID(rawValue: 1): SIPListener(transport, Endpoint(.v6(0, 0), 0)),
        ]
        locator = Locator(
            fixed: StaticLocator(hosts: [:], listeners: sockets), listeners: sockets, entropy: .fromSystem())
    }

    func run() -> EventLoopFuture<Result<Endpoint, OperationFailure>> {
        do throws(DNSResolverFailure) {
            // The search lives until it is over: the resolver holds it, and is taken away at the end.
            resolver = try DNSResolver(on: loop, settings: settings) { query, answer in
                var output: [Locator.Output] = []
                self.locator.answer(query, answer, at: .now, into: &output)
                self.carryOut(output)
            }
        } catch {
            end(.failure(OperationFailure(.unavailable, "no names can be looked up: \(error)")))
            return promise.futureResult
        }
        let own = NIOLoopBound(self, eventLoop: loop)
        loop.scheduleTask(in: Self.patience) {
            own.value.end(.failure(own.value.failure("no name server answers")))
        }
        var output: [Locator.Output] = []
        locator.locate(question, as: Self.id, at: .now, into: &output)
        carryOut(output)
        return promise.futureResult
    }

    private func carryOut(_ output: [Locator.Output]) {
        for order in output {
            switch order {
            case .ask(let query): resolver?.ask(query)
            case .located(_, let hops):
                if let hop = hops.first { end(.success(hop.remote)) }
            case .failed(_, let why): end(.failure(failure("\(why)")))
            case .answered: break
            }
        }
    }

    private func failure(_ why: String) -> OperationFailure {
        OperationFailure(.unavailable, "the P-CSCF \(question.host) cannot be found: \(why)")
    }

    private func end(_ result: Result<Endpoint, OperationFailure>) {
        guard !isOver else { return }
        isOver = true
        promise.succeed(result)
        // Not while it calls back.
        let own = NIOLoopBound(self, eventLoop: loop)
        loop.execute {
            own.value.resolver?.shutDown()
            own.value.resolver = nil
        }
    }
}
