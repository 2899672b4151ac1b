import IMS
import Octets
import SIP

/// Whether and how the P-CSCF makes security agreements, RFC 3329, TS 33.203 §7.
package struct SecurityPolicy: Sendable {
    /// What a socket asks of those who register over it.
    package enum Demand: String, Sendable, CaseIterable {
        /// Offers are taken off and not answered.
        case off
        /// Agreed on where the phone offers it and it can be done. Who demands it (`Require: sec-agree`) and cannot have
        /// it is refused, nobody else.
        case optional
        /// Who does not agree does not register: 421 and 494 of RFC 3329 §2.3.1.
        case required
    }

    /// Our protected sockets of one address.
    package struct Sockets: Sendable, Equatable {
        package struct Client: Sendable, Equatable {
            package var port: UInt16
            package var datagrams: ListenerID
            package var streams: ListenerID

            package init(port: UInt16, datagrams: ListenerID, streams: ListenerID) {
                self.port = port
                self.datagrams = datagrams
                self.streams = streams
            }
        }

        package var address: IPAddress
        /// The same for all phones, for as long as they are registered.
        package var serverPort: UInt16
        package var serverDatagrams: ListenerID
        package var serverStreams: ListenerID
        /// From here requests go to phones. A phone that agrees anew gets another one than it has: by the port the kernel
        /// tells the old associations from the new ones.
        package var clients: [Client]

        package init(
            address: IPAddress, serverPort: UInt16, serverDatagrams: ListenerID, serverStreams: ListenerID,
            clients: [Client]
        ) {
            self.address = address
            self.serverPort = serverPort
            self.serverDatagrams = serverDatagrams
            self.serverStreams = serverStreams
            self.clients = clients
        }

        /// Every local endpoint that associations of ours begin or end at.
        package var endpoints: [Endpoint] {
            [Endpoint(address, serverPort)] + clients.map { Endpoint(address, $0.port) }
        }
    }

    /// A protected socket, by its listener.
    enum Port: Sendable, Equatable {
        case server(sockets: Int)
        case client(sockets: Int, port: UInt16)
    }

    package var demands: [ListenerID: Demand] = [:]
    package var sockets: [Sockets] = [] {
        didSet { index() }
    }
    /// What we take out of a phone's list, the best first.
    package var preference: [SecurityAlgorithms] = [
        "hmac-sha-1-96/aes-cbc", "hmac-sha-1-96/null", "hmac-md5-96/aes-cbc", "hmac-md5-96/null", "null/aes-gcm",
        "aes-gmac/null",
    ].compactMap { SecurityAlgorithms($0) }
    /// UDP port of ours for the ESP of phones behind a NAT (RFC 3948); nil where these are refused.
    package var encapsulationPort: UInt16?
    /// Whether associations are crossed as well, see `SecurityTerms`.
    package var isCrossed = false
    /// How long new associations live before the phone has shown that it is who it says: reg-await-auth, TS 24.229
    /// §5.4.1.2.
    package var challengeTime = Duration.seconds(240)
    /// How long associations outlive their use: 64·T1 of TS 24.229 §7.7, so that answers under way arrive.
    package var drainTime = Duration.seconds(128)
    /// Beyond a registration, TS 33.203 §7.4 (not checked against its text).
    package var lifetimeMargin = Duration.seconds(30)
    /// Of one private identity at once; each has two associations a direction, and six are allowed (TS 33.203 §7.4).
    package var setLimit = 3
    /// At once, of all phones.
    package var agreementLimit = 200_000

    private(set) var ports: [ListenerID: Port] = [:]

    package init() {}

    /// Whether there is anything to it at all.
    package var isOff: Bool { sockets.isEmpty }

    func demand(_ listener: ListenerID) -> Demand { isOff ? .off : demands[listener] ?? .off }

    /// The sockets that protect what goes to and from an address of ours; of a socket bound to every address those of its
    /// family, when there is but one.
    func sockets(for local: IPAddress) -> Int? {
        if let index = sockets.firstIndex(where: { $0.address == local }) { return index }
        guard local.isUnspecified else { return nil }
        let family = sockets.indices.filter { sockets[$0].address.isV6 == local.isV6 }
        return family.count == 1 ? family[0] : nil
    }

    private mutating func index() {
        ports = [:]
        for (number, own) in sockets.enumerated() {
            ports[own.serverDatagrams] = .server(sockets: number)
            ports[own.serverStreams] = .server(sockets: number)
            for client in own.clients {
                ports[client.datagrams] = .client(sockets: number, port: client.port)
                ports[client.streams] = .client(sockets: number, port: client.port)
            }
        }
    }
}
