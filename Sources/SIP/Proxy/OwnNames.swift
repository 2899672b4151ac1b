import Octets

/// The addresses and names under which a node may be written in a Route, Record-Route or Request-URI.
package struct OwnNames: Sendable, Equatable {
    private struct Entry: Sendable, Equatable {
        var host: OctetSlice
        var port: UInt16
    }

    private var entries: [Entry] = []

    package init(listeners: some Sequence<SIPListener>) {
        for listener in listeners {
            insert(host: listener.sentByHost, port: listener.sentByPort)
            let address = listener.local.address
            insert(host: address.isV6 ? "[\(address)]" : "\(address)", port: listener.local.port)
        }
    }

    package mutating func insert(host: String, port: UInt16) {
        let entry = Entry(host: OctetSlice(host), port: port)
        if !entries.contains(entry) { entries.append(entry) }
    }

    /// A URI without a port means its transport's default (RFC 3261 §19.1.2).
    package func contains(_ uri: SIPURI) -> Bool {
        contains(host: uri.host, port: uri.port ?? (uri.isSecure ? 5061 : 5060))
    }

    /// A sent-by of ours.
    package func contains(host: OctetSlice, port: UInt16?) -> Bool {
        let port = port ?? 5060
        return entries.contains { $0.port == port && $0.host.equalsIgnoringCase(host) }
    }
}
