import Octets

/// A peer as the operator configures it.
package struct PeerConfiguration: Hashable, Sendable {
    /// The Origin-Host that it must say.
    package var identity: DiameterIdentity
    package var realm: DiameterIdentity
    /// Where to connect to; nil for a peer that only connects to us.
    package var remote: Endpoint?
    /// Further addresses of it, at the same port: paths of one SCTP association, or other ways to try.
    package var otherAddresses: [IPAddress] = []
    package var transport: DiameterTransport
    /// Whether we connect, and connect again.
    package var initiates: Bool
    /// Lower is asked first: the others stand by until it cannot take a request.
    package var priority: Int
    /// Its share of the requests among peers of the same priority; at least 1.
    package var weight: Int
    /// Addresses it may connect from; empty: any.
    package var addresses: Set<IPAddress>
    /// It is a relay or proxy: it may bring requests of others, whose way Route-Record shows.
    package var isAgent: Bool
    /// The requests that it may send; nil: all that we serve.
    package var requests: Set<CommandCode>?

    package init(
        identity: DiameterIdentity, realm: DiameterIdentity, remote: Endpoint? = nil,
        transport: DiameterTransport = .auto, initiates: Bool = true, priority: Int = 0,
        weight: Int = 1, addresses: Set<IPAddress> = [], isAgent: Bool = false, requests: Set<CommandCode>? = nil
    ) {
        self.identity = identity
        self.realm = realm
        self.remote = remote
        self.transport = transport
        self.initiates = initiates
        self.priority = priority
        self.weight = max(1, weight)
        self.addresses = addresses
        self.isAgent = isAgent
        self.requests = requests
    }

    var connects: Bool { initiates && remote != nil }
}
