/// Whom a node asks about names, and how patiently.
package struct DNSSettings: Sendable, Equatable {
    /// `address:port`, in order of preference; those of /etc/resolv.conf when empty.
    package var servers: [String] = []
    /// For the first try; c-ares doubles it with each round over the servers.
    package var timeout: Duration = .seconds(1)
    package var tries = 2

    package init() {}
}
