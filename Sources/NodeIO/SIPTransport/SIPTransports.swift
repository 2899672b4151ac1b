import NIOCore
import Octets
import SIP

/// All SIP sockets of a node, whatever runs over them.
final class SIPTransports {
    private let settings: NodeSettings
    private let datagrams: DatagramSockets
    private let streams: StreamConnections
    private let associations: SIPAssociations

    init(
        on loop: any EventLoop, settings: NodeSettings, tls: TLSCredentials?,
        deliver: @escaping (SIPTransportEvent) -> Void
    ) {
        self.settings = settings
        let numbers = ConnectionNumbers(from: settings.firstConnection)
        let limits = settings.sipLimits.withinProcessLimits
        datagrams = DatagramSockets(on: loop, limits: limits, deliver: deliver)
        streams = StreamConnections(on: loop, limits: limits, numbers: numbers, tls: tls, deliver: deliver)
        associations = SIPAssociations(
            on: loop, settings: settings.sipSCTP, limits: limits, numbers: numbers, deliver: deliver)
    }

    /// Binds all listeners of the settings; each future fails with a `StartFailure`.
    func listen() -> [EventLoopFuture<Void>] {
        settings.listeners.sorted { $0.key.rawValue < $1.key.rawValue }.map { id, listener in
            let options = settings.listenerOptions[id] ?? SIPSocketOptions()
            let socket = SIPSocket(listener.transport, listener.local, options)
            return carrier(of: listener.transport).listen(id, at: socket)
                .flatMapErrorThrowing { error in
                    if error is StartFailure { throw error }
                    throw StartFailure("sip.listen", BindFailure("\(socket.transport.token)", socket.local, error))
                }
        }
    }

    func transmit(_ octets: [UInt8], to hop: Hop) { carrier(of: hop.transport).transmit(octets, to: hop) }

    func flush() {
        datagrams.flush()
        streams.flush()
        associations.flush()
    }

    func close(_ connection: ConnectionID) {
        streams.close(connection)
        associations.close(connection)
    }

    /// RFC 5923 §8.2: see `StreamConnections.alias`.
    func alias(_ connection: ConnectionID, port: UInt16) { streams.alias(connection, port: port) }

    func shutDown() {
        datagrams.shutDown()
        streams.shutDown()
        associations.shutDown()
    }

    private func carrier(of transport: Transport) -> any SIPTransport {
        switch transport {
        case .udp: datagrams
        case .tcp, .tls, .ws, .wss: streams
        case .sctp: associations
        }
    }
}
