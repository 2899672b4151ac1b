import Octets
import SIP

/// The protected sockets of the phones on a node, TS 33.203 §7.1: each phone has one server port for as long as it is
/// registered, and a client port for each of its sets of security associations.
package struct ProtectedSockets: Sendable, Equatable {
    /// UDP and TCP at one port.
    package struct Socket: Sendable, Hashable {
        package var port: UInt16
        package var datagrams: ListenerID
        package var streams: ListenerID

        package init(port: UInt16, datagrams: ListenerID, streams: ListenerID) {
            self.port = port
            self.datagrams = datagrams
            self.streams = streams
        }

        func listener(_ transport: Transport) -> ListenerID { transport == .udp ? datagrams : streams }
    }

    /// Those of one phone. The sent-by of its client sockets is its server port.
    package struct Phone: Sendable, Equatable {
        package var server: Socket
        package var clients: [Socket]

        package init(server: Socket, clients: [Socket]) {
            self.server = server
            self.clients = clients
        }
    }

    package var address: IPAddress
    package var phones: [Phone]
    /// UDP port for ESP through a NAT (RFC 3948); nil for phones that know no such thing.
    package var encapsulationPort: UInt16?

    package init(address: IPAddress, phones: [Phone]) {
        self.address = address
        self.phones = phones
    }

    package var endpoints: [Endpoint] {
        phones.flatMap { [$0.server] + $0.clients }.map { Endpoint(address, $0.port) }
    }

    /// What a node must listen at for such phones, with numbers from `first` on.
    package static func make(
        at address: IPAddress, ports: [(server: UInt16, clients: [UInt16])], timers: TransactionTimers,
        from first: UInt16
    ) -> (sockets: ProtectedSockets, listeners: [ListenerID: SIPListener]) {
        var listeners: [ListenerID: SIPListener] = [:]
        var next = first
        func socket(_ port: UInt16, sentBy server: UInt16) -> Socket {
            let ids = [Transport.udp, .tcp].map { transport in
                let id = ListenerID(rawValue: next)
                next += 1
                var listener = SIPListener(transport, Endpoint(address, port), port: server, timers: timers)
                listener.isProtected = true
                listeners[id] = listener
                return id
            }
            return Socket(port: port, datagrams: ids[0], streams: ids[1])
        }
        let phones = ports.map { server, clients in
            Phone(server: socket(server, sentBy: server), clients: clients.map { socket($0, sentBy: server) })
        }
        return (ProtectedSockets(address: address, phones: phones), listeners)
    }
}
