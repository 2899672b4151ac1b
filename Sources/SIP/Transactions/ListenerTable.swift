import Octets

/// The listeners as the transaction layer needs them: the constant text of our Via and the timers, by number.
struct ListenerTable: Sendable {
    struct Entry: Sendable {
        let transport: Transport
        let timing: TransactionTiming
        /// Of the requests that leave here.
        let clientTiming: TransactionTiming
        let sentByHost: OctetSlice
        let sentByPort: UInt16
        /// `SIP/2.0/UDP host:port;branch=`.
        let viaPrefix: [UInt8]
        let offersFeedback: Bool
        let asksForPort: Bool
        /// RFC 3261 §18.1.1: a request of more octets leaves from `stream` instead.
        let datagramLimit: Int
        /// The TCP listener of the same address family; of the same address where there are several. A protected one is
        /// paired with that of the same port alone.
        let stream: ListenerID?
    }

    private var entries: [Entry?] = []
    private static let fallback = TransactionTiming(.core, isReliable: false)

    /// - Parameter offersFeedback: whether our Via says that we know RFC 7339 (§4.1 there).
    init(_ listeners: [ListenerID: SIPListener], offersFeedback: Bool = false) {
        for (id, listener) in listeners {
            let index = Int(id.rawValue)
            if index >= entries.count {
                entries.append(contentsOf: repeatElement(nil, count: index + 1 - entries.count))
            }
            var prefix = OctetWriter()
            prefix.write("SIP/2.0/")
            prefix.write(listener.transport.token)
            prefix.write(UInt8(ascii: " "))
            prefix.write(listener.sentByHost)
            prefix.write(UInt8(ascii: ":"))
            prefix.write(decimal: UInt64(listener.sentByPort))
            prefix.write(";branch=")
            entries[index] = Entry(
                transport: listener.transport,
                timing: TransactionTiming(listener.timers, isReliable: listener.transport.isReliable),
                clientTiming: TransactionTiming(listener.clientTimers, isReliable: listener.transport.isReliable),
                sentByHost: OctetSlice(listener.sentByHost), sentByPort: listener.sentByPort,
                viaPrefix: prefix.octets, offersFeedback: offersFeedback,
                asksForPort: !listener.transport.isReliable && !listener.isProtected,
                datagramLimit: listener.datagramLimit ?? .max,
                stream: listener.transport == .udp ? Self.stream(for: listener, in: listeners) : nil)
        }
    }

    private static func stream(for datagrams: SIPListener, in listeners: [ListenerID: SIPListener]) -> ListenerID? {
        let address = datagrams.local.address
        let streams = listeners.filter {
            $0.value.transport == .tcp && $0.value.local.address.isV6 == address.isV6
                && $0.value.isProtected == datagrams.isProtected
                && (!datagrams.isProtected || $0.value.local == datagrams.local)
        }
        let twins = streams.filter { $0.value.local.address == address }
        return (twins.isEmpty ? streams : twins).keys.min { $0.rawValue < $1.rawValue }
    }

    subscript(id: ListenerID) -> Entry? {
        let index = Int(id.rawValue)
        return index < entries.count ? entries[index] : nil
    }

    func timing(_ id: ListenerID) -> TransactionTiming { self[id]?.timing ?? Self.fallback }

    /// Of a request to a hop: TS 24.229 §7.7 has longer timers for phones, which are reached over the flows they opened.
    func clientTiming(_ hop: Hop) -> TransactionTiming {
        guard let entry = self[hop.listener] else { return Self.fallback }
        return hop.isFlow ? entry.timing : entry.clientTiming
    }

    /// Whether a Via carries the sent-by of one of our listeners.
    func isOurs(_ via: Via) -> Bool {
        entries.contains { entry in
            guard let entry else { return false }
            return via.host.equalsIgnoringCase(entry.sentByHost)
                && (via.port ?? entry.transport.defaultPort) == entry.sentByPort
        }
    }
}

extension ListenerTable.Entry {
    /// Our Via for a request of this branch; RFC 3581 §3 for datagrams.
    func write(_ branch: ClientBranch, to writer: inout OctetWriter) {
        writer.write(viaPrefix)
        branch.write(to: &writer)
        if asksForPort { writer.write(";rport") }
        // RFC 5923 §8.1: we take requests over the connections that we open.
        if transport == .tls { writer.write(";alias") }
        if offersFeedback { writer.write(OverloadFeedback.offer) }
    }
}
