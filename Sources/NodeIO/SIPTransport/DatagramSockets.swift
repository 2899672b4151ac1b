import NIOCore
import Octets
import SIP

/// SIP over UDP: the sockets by listener.
final class DatagramSockets: SIPTransport {
    private let loop: any EventLoop
    private let limits: SIPTransportLimits
    private let deliver: (SIPTransportEvent) -> Void
    private var sockets: [ListenerID: DatagramSocket] = [:]

    init(on loop: any EventLoop, limits: SIPTransportLimits, deliver: @escaping (SIPTransportEvent) -> Void) {
        self.loop = loop
        self.limits = limits
        self.deliver = deliver
    }

    func listen(_ listener: ListenerID, at socket: SIPSocket) -> EventLoopFuture<Void> {
        let datagrams = DatagramSocket(listener: listener, local: socket.local, deliver: deliver)
        sockets[listener] = datagrams
        return datagrams.bind(on: loop, limits: limits)
    }

    func transmit(_ octets: [UInt8], to hop: Hop) {
        guard let socket = sockets[hop.listener], socket.transmit(octets, to: hop.remote) else {
            return deliver(.sendFailed(hop))
        }
    }

    func flush() { for socket in sockets.values { socket.flush() } }

    func close(_ connection: ConnectionID) {}  // there are none

    func shutDown() { for socket in sockets.values { socket.shutDown() } }
}
