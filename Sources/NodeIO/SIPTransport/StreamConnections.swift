import Glibc
import NIOCore
import NIOPosix
import Octets
import SIP

/// SIP over TCP, TLS and WebSocket: listeners, connections by number and by remote address. RFC 3261 §18, RFC 5922,
/// RFC 5923, RFC 7118. Their limits are in `StreamConnections+Limits`, their channels in `StreamConnections+Channels`.
package final class StreamConnections: SIPTransport {
    private struct Remote: Hashable {
        var listener: ListenerID
        var endpoint: Endpoint
    }

    package let limits: SIPTransportLimits
    private let sink: (SIPTransportEvent) -> Void
    let loop: any EventLoop
    let tls: TLSCredentials?
    private let numbers: ConnectionNumbers

    private var listeners: [ListenerID: SIPSocket] = [:]
    private var serverChannels: [any Channel] = []
    private(set) var byID: [ConnectionID: StreamConnection] = [:]
    private var byRemote: [Remote: ConnectionID] = [:]
    private var acceptedFrom: [IPAddress: Int] = [:]
    private var unflushed: [StreamConnection] = []
    var sweep: RepeatedTask?
    package private(set) var refused = 0
    private var lastRefusalTold = NIODeadline.uptimeNanoseconds(0)
    private(set) var isShutDown = false

    package init(
        on loop: any EventLoop, limits: SIPTransportLimits, numbers: ConnectionNumbers = ConnectionNumbers(),
        tls: TLSCredentials? = nil, deliver: @escaping (SIPTransportEvent) -> Void
    ) {
        self.loop = loop
        self.limits = limits
        self.numbers = numbers
        self.tls = tls
        sink = deliver
    }

    /// Channels may outlive `shutDown` by the time that TLS takes to say goodbye; whom they would tell may be gone by then.
    func deliver(_ event: SIPTransportEvent) {
        guard !isShutDown else { return }
        sink(event)
    }

    package var count: Int { byID.count }

    // MARK: Orders

    package func listen(_ listener: ListenerID, at socket: SIPSocket) -> EventLoopFuture<Void> {
        listeners[listener] = socket
        guard !socket.options.isForCalling else { return loop.makeSucceededVoidFuture() }
        if socket.transport.isSecure, tls?.canServe != true {
            return loop.makeFailedFuture(
                StartFailure(
                    key: "tls.certificate",
                    sentence: "\(socket.transport.token) on \(socket.local) needs a certificate",
                    hint: "name the PEM files of a certificate and its key: tls.certificate and tls.key"))
        }
        let table = NIOLoopBound(self, eventLoop: loop)
        startSweeping()
        var bootstrap = ServerBootstrap(group: loop, childGroup: loop)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        if socket.options.callsFromPort { bootstrap = bootstrap.serverChannelOption(Self.sharedPort, value: 1) }
        return
            bootstrap
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.writeBufferWaterMark, value: waterMark)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try table.value.accept(channel, by: listener, at: socket) }
            }
            .bind(to: socket.local.nioAddress)
            .map { table.value.serverChannels.append($0) }
    }

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

    /// RFC 5923 §8.2: a request over this connection asked by `alias` that others to its client take it too.
    /// - Parameter port: of the top Via's sent-by. Nothing happens unless the client has shown a good certificate.
    package func alias(_ id: ConnectionID, port: UInt16) {
        guard let connection = byID[id], connection.transport == .tls, connection.isAccepted,
            connection.identities != nil, connection.alias == nil
        else { return }
        let endpoint = Endpoint(connection.remote.address, port)
        connection.alias = endpoint
        byRemote[Remote(listener: connection.listener, endpoint: endpoint)] = id
    }

    package func shutDown() {
        isShutDown = true
        sweep?.cancel()
        for channel in serverChannels { channel.close(promise: nil) }
        for connection in Array(byID.values) { connection.close() }
    }

    // MARK: Choosing a connection

    /// RFC 3261 §18.2.2: the connection of the request, else §18.1.1: one that is open to the same place, and over TLS
    /// to the same domain.
    private func connection(for hop: Hop) -> StreamConnection? {
        if let id = hop.connection, let connection = byID[id] { return connection }
        guard let id = byRemote[Remote(listener: hop.listener, endpoint: hop.remote)], let connection = byID[id],
            connection.serves(Self.peerName(of: hop))
        else { return nil }
        return connection
    }

    private static func peerName(of hop: Hop) -> TLSPeerName {
        hop.domain.map { TLSPeerName(host: $0.string) } ?? .address(hop.remote.address)
    }

    private func open(to hop: Hop) -> StreamConnection? {
        guard !isShutDown, let socket = listeners[hop.listener], hop.remote.port != 0,
            socket.local.address.isV6 == hop.remote.address.isV6
        else { return nil }
        let local = socket.local
        guard byID.count < limits.connections else {
            refuse(hop.remote, "no connection opened: \(limits.connections) are open already")
            return nil
        }
        let expected = hop.transport.isSecure ? Self.peerName(of: hop) : nil
        let connection = add(hop.transport, hop.listener, hop.remote, isAccepted: false, expected: expected)
        let bound = NIOLoopBound((table: self, connection: connection), eventLoop: loop)
        var bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(TimeAmount(limits.connectTimeout))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelOption(.writeBufferWaterMark, value: waterMark)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try bound.value.table.furnish(channel, for: bound.value.connection)
                }
            }
        if socket.options.callsFromPort {
            bootstrap = bootstrap.channelOption(.socketOption(.so_reuseaddr), value: 1)
                .channelOption(Self.sharedPort, value: 1).bind(to: local.nioAddress)
        } else if !local.address.isUnspecified {
            bootstrap = bootstrap.bind(to: Endpoint(local.address, 0).nioAddress)
        }
        bootstrap.connect(to: hop.remote.nioAddress).assumeIsolated().whenFailure { error in
            if SystemError.code(error) == 0 { connection.reason = connection.reason ?? SystemError.sentence(error) }
            connection.ended()
        }
        return connection
    }

    private func accept(_ channel: any Channel, by listener: ListenerID, at socket: SIPSocket) throws {
        guard let address = channel.remoteAddress, let remote = Endpoint(address), !isShutDown else {
            throw ChannelError.eof
        }
        guard byID.count < limits.connections else {
            refuse(remote, "connection refused: \(limits.connections) are open already")
            throw ChannelError.eof
        }
        guard acceptedFrom[remote.address, default: 0] < limits.connectionsPerAddress else {
            refuse(remote, "connection refused: \(limits.connectionsPerAddress) from this address are open already")
            throw ChannelError.eof
        }
        let connection = add(socket.transport, listener, remote, isAccepted: true, expected: nil)
        try furnish(channel, for: connection, accepting: socket.options)
    }

    /// One line a second at most, however many knock.
    private func refuse(_ remote: Endpoint, _ message: String) {
        refused += 1
        let now = NIODeadline.now()
        guard now - lastRefusalTold > .seconds(1) else { return }
        lastRefusalTold = now
        deliver(.noticed(message, peer: remote))
    }

    private func add(
        _ transport: Transport, _ listener: ListenerID, _ remote: Endpoint, isAccepted: Bool, expected: TLSPeerName?
    ) -> StreamConnection {
        let connection = StreamConnection(
            id: numbers.next(), transport: transport, listener: listener, remote: remote, isAccepted: isAccepted,
            expected: expected, table: self)
        byID[connection.id] = connection
        byRemote[Remote(listener: listener, endpoint: remote)] = connection.id
        if isAccepted { acceptedFrom[remote.address, default: 0] += 1 }
        startSweeping()
        return connection
    }

    /// A listening socket and the connections that leave from its port all must have it.
    private static var sharedPort: ChannelOptions.Types.SocketOption { .socketOption(.init(rawValue: SO_REUSEPORT)) }

    private var waterMark: ChannelOptions.Types.WriteBufferWaterMark {
        ChannelOptions.Types.WriteBufferWaterMark(low: limits.unreadOctets / 2, high: limits.unreadOctets)
    }

    // MARK: What connections report

    func failed(_ connection: StreamConnection, unsent: [Hop]) {
        remove(connection)
        guard !isShutDown else { return }
        if let reason = connection.reason { deliver(.noticed("no connection: \(reason)", peer: connection.remote)) }
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
        for endpoint in [connection.remote, connection.alias].compactMap({ $0 }) {
            let remote = Remote(listener: connection.listener, endpoint: endpoint)
            if byRemote[remote] == connection.id { byRemote[remote] = nil }
        }
        guard connection.isAccepted, let count = acceptedFrom[connection.remote.address] else { return }
        acceptedFrom[connection.remote.address] = count > 1 ? count - 1 : nil
    }
}
