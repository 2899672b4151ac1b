import Hummingbird
import HummingbirdCore
import IMS
import Logging
import NIOCore
import NIOPosix
import NodeIO
import Octets
import Provisioning
import SubscriberStore
import Synchronization

/// The provisioning API of a running HSS: an HTTP server on an event loop of its own, so that the one that speaks
/// Diameter is never held up.
package final class ProvisioningServer: Sendable {
    private let database: DatabaseThread
    private let token: AccessToken
    private let listen: Endpoint
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let task = Mutex<Task<Void, Never>?>(nil)

    /// Connections at a time; more wait to be accepted.
    private static let connectionLimit = 256

    package init(_ store: sending SubscriberStore, domain: String, token: AccessToken, listen: Endpoint) {
        database = DatabaseThread(store, domain: domain)
        self.token = token
        self.listen = listen
    }

    /// Returns when it listens.
    package func start(_ effects: ProvisioningResponder.Effects) throws(StartFailure) {
        let running = group.next().makePromise(of: Void.self)
        let host = listen.address.description
        let application = Application(
            responder: ProvisioningResponder(database, token: token, effects: effects),
            server: .http1(configuration: .init(idleTimeout: .seconds(60))),
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: Int(listen.port)),
                availableConnectionsDelegate: MaximumAvailableConnections(Self.connectionLimit)),
            onServerRunning: { _ in running.succeed() }, eventLoopGroupProvider: .shared(group),
            logger: Logger(label: "api") { _ in SwiftLogNoOpLogHandler() })
        task.withLock { task in
            task = Task {
                do {
                    try await application.run()
                    running.fail(ChannelError.eof)
                } catch {
                    running.fail(error)
                }
            }
        }
        do { try running.futureResult.wait() } catch {
            throw StartFailure("hss.api.listen", BindFailure("HTTP", listen, error))
        }
        effects.observed(Observation(.info, "provisioning API at http://\(listen)"))
        if !host.hasPrefix("127."), host != "::1" {
            effects.observed(
                Observation(
                    .warning,
                    "the provisioning API listens on \(listen), not on loopback: it speaks HTTP without TLS, so its token and keys can be read on the way"
                ))
        }
    }

    /// Ends it and closes its database; waits.
    package func stop() {
        if let task = task.withLock({ $0 }) {
            task.cancel()
            let ended = group.next().makePromise(of: Void.self)
            ended.completeWithTask { await task.value }
            try? ended.futureResult.wait()
        }
        database.close()
        try? group.syncShutdownGracefully()
    }
}
