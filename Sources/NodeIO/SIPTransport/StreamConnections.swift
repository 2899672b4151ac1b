import NIOCore
import NIOPosix
import Octets
import SIP

/// The TCP side of SIP: listeners, connections by number and by remote address, and their limits. RFC 3261 §18.
package final class StreamConnections {
    private struct Remote: Hashable {
        var listener: ListenerID
        var endpoint: Endpoint
    }

    package let limits: SIPTransportLimits
    package let deliver: (SIPTransportEvent) -> Void
    private let loop: any EventLoop

    private var listeners: [ListenerID: Endpoint] = [:]
    private var serverChannels: [any Channel] = []
    private var byID: [ConnectionID: StreamConnection] = [:]
    private var byRemote: [Remote: ConnectionID] = [:]
    private var acceptedFrom: [IPAddress: Int] = [:]
    private var unflushed: [StreamConnection] = []
    private var lastID: UInt64 = 0
    private var sweep: RepeatedTask?
    package private(set) var refused = 0
    private var isShutDown = false

    package init(on loop: any EventLoop, limits: SIPTransportLimits, deliver: @escaping (SIPTransportEvent) -> Void) {
        self.loop = loop
        self.limits = limits
        self.deliver = deliver
    }

    package var count: Int { byID.count }

    // MARK: Orders

    package func listen(_ listener: ListenerID, on local: Endpoint) -> EventLoopFuture<any Channel> {
        let table = NIOLoopBound(self, eventLoop: loop)
        listeners[listener] = local
        startSweeping()
        let bound = ServerBootstrap(group: loop, childGroup: loop)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.writeBufferWaterMark, value: waterMark)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try table.value.accept(channel, by: listener) }
            }
            .bind(to: local.nioAddress)
        bound.assumeIsolated().whenSuccess { self.serverChannels.append($0) }
        return bound
    }

    /// A listener's number and address for connections that we open, without accepting any.
    package func use(_ listener: ListenerID, local: Endpoint) { listeners[listener] = local }

    package func transmit(_ octets: [UInt8], to hop: Hop) {
        let connection = connection(for: hop) ?? open(to: hop)
        guard let connection, connection.send(octets, to: hop) else {
            deliver(.sendFailed(hop))
            return
        }
        unflushed.append(connection)
    }

    package func flush() {
        guard !unflushed.isEmpty else { return }
        for connection in unflushed { connection.flush() }
        unflushed.removeAll(keepingCapacity: true)
    }

    package func close(_ id: ConnectionID) { byID[id]?.close() }

    package func shutDown() {
        isShutDown = true
        sweep?.cancel()
        for channel in serverChannels { channel.close(promise: nil) }
        for connection in Array(byID.values) { connection.close() }
    }

    // MARK: Choosing a connection

    /// RFC 3261 §18.2.2: the connection of the request, else §18.1.1: one that is open to the same place.
    private func connection(for hop: Hop) -> StreamConnection? {
        if let id = hop.connection, let connection = byID[id] { return connection }
        guard let id = byRemote[Remote(listener: hop.listener, endpoint: hop.remote)] else { return nil }
        return byID[id]
    }

    private func open(to hop: Hop) -> StreamConnection? {
        guard !isShutDown, let local = listeners[hop.listener], hop.remote.port != 0,
            local.address.isV6 == hop.remote.address.isV6
        else { return nil }
        guard byID.count < limits.connections else {
            refuse(hop.remote, "no connection opened: \(limits.connections) are open already")
            return nil
        }
        let connection = add(listener: hop.listener, remote: hop.remote, isAccepted: false)
        let handler = NIOLoopBound(connection, eventLoop: loop)
        var bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(TimeAmount(limits.connectTimeout))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelOption(.writeBufferWaterMark, value: waterMark)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(handler.value) }
            }
        if !local.address.isUnspecified { bootstrap = bootstrap.bind(to: Endpoint(local.address, 0).nioAddress) }
        bootstrap.connect(to: hop.remote.nioAddress).assumeIsolated().whenFailure { _ in connection.fail() }
        return connection
    }

    private func accept(_ channel: any Channel, by listener: ListenerID) throws {
        guard let address = channel.remoteAddress, let remote = Endpoint(address), !isShutDown else {
            throw ChannelError.eof
        }
        guard byID.count < limits.connections else {
            refuse(remote, "connection refused: \(limits.connections) are open already")
            throw ChannelError.eof
        }
        guard acceptedFrom[remote.address, default: 0] < limits.connectionsPerAddress else {
            refuse(remote, "connection refused: \(limits.connectionsPerAddress) are open from this address already")
            throw ChannelError.eof
        }
        let connection = add(listener: listener, remote: remote, isAccepted: true)
        try channel.pipeline.syncOperations.addHandler(connection)
    }

    /// One line a second at most, however many knock.
    private func refuse(_ remote: Endpoint, _ message: String) {
        refused += 1
        let now = NIODeadline.now()
        guard now - lastRefusalTold > .seconds(1) else { return }
        lastRefusalTold = now
        deliver(.noticed(message, peer: remote))
    }
    private var lastRefusalTold = NIODeadline.uptimeNanoseconds(0)

    private func add(listener: ListenerID, remote: Endpoint, isAccepted: Bool) -> StreamConnection {
        lastID += 1
        let connection = StreamConnection(
            id: ConnectionID(rawValue: lastID), listener: listener, remote: remote, isAccepted: isAccepted, table: self)
        byID[connection.id] = connection
        byRemote[Remote(listener: listener, endpoint: remote)] = connection.id
        if isAccepted { acceptedFrom[remote.address, default: 0] += 1 }
        startSweeping()
        return connection
    }

    private var waterMark: ChannelOptions.Types.WriteBufferWaterMark {
        ChannelOptions.Types.WriteBufferWaterMark(low: limits.unreadOctets / 2, high: limits.unreadOctets)
    }

    // MARK: What connections report

    func failed(_ connection: StreamConnection, unsent: [Hop]) {
        remove(connection)
        guard !isShutDown else { return }
        for hop in Set(unsent) { deliver(.sendFailed(hop)) }
        deliver(.burstEnded)
    }

    func closed(_ connection: StreamConnection) {
        remove(connection)
        guard !isShutDown else { return }
        deliver(.closed(connection.id))
        deliver(.burstEnded)
    }

    private func remove(_ connection: StreamConnection) {
        guard byID.removeValue(forKey: connection.id) != nil else { return }
        let remote = Remote(listener: connection.listener, endpoint: connection.remote)
        if byRemote[remote] == connection.id { byRemote[remote] = nil }
        guard connection.isAccepted, let count = acceptedFrom[connection.remote.address] else { return }
        acceptedFrom[connection.remote.address] = count > 1 ? count - 1 : nil
    }

    // MARK: Time limits

    /// One look a second at all connections instead of a timer for each.
    private func startSweeping() {
        guard sweep == nil, !isShutDown else { return }
        let period = TimeAmount(min(.seconds(1), limits.headerTimeout / 2))
        let table = NIOLoopBound(self, eventLoop: loop)
        sweep = loop.scheduleRepeatedTask(initialDelay: period, delay: period) { _ in table.value.closeLateOnes() }
    }

    private func closeLateOnes() {
        let now = NIODeadline.now()
        let header = TimeAmount(limits.headerTimeout)
        let idle = TimeAmount(limits.idleTimeout)
        var late: [(StreamConnection, String)] = []
        for connection in byID.values {
            guard case .open = connection.state else { continue }
            if connection.isAccepted, !connection.hasHeader, now - connection.opened > header {
                late.append((connection, "connection closed: no complete header in \(limits.headerTimeout)"))
            } else if now - connection.lastRead > idle {
                late.append((connection, "connection closed: idle for \(limits.idleTimeout)"))
            }
        }
        for (connection, reason) in late {
            deliver(.noticed(reason, peer: connection.remote))
            connection.close()
        }
        if !late.isEmpty { deliver(.burstEnded) }
    }
}
