import Octets

/// Where a request (RFC 3263 §4) or a response (§5) is to go, as far as the message says it.
package struct LocationQuestion: Hashable, Sendable {
    /// §4.1 TARGET: `maddr` when there is one, else the host.
    package var host: OctetSlice
    package var port: UInt16?
    /// The transport that the message asks for; TLS for `transport=tcp` of a sips URI.
    package var transport: Transport?
    package var isSecure: Bool

    package init(host: OctetSlice, port: UInt16? = nil, transport: Transport? = nil, isSecure: Bool = false) {
        self.host = host
        self.port = port
        self.transport = transport
        self.isSecure = isSecure
    }

    package init(_ uri: SIPURI) throws(LocationFailure) {
        host = uri.parameters["maddr"] ?? uri.host
        port = uri.port
        isSecure = uri.isSecure
        guard let token = uri.parameters["transport"] else { return }
        guard let asked = Transport(token: token) else { throw .unknownTransport(token) }
        transport = uri.isSecure ? try asked.secured() : asked
    }

    /// §5: of a response that cannot go back over its connection; the top Via says where to, with the transport given, so
    /// that NAPTR is never asked.
    package init(respondingTo via: Via) throws(LocationFailure) {
        guard let transport = Transport(token: via.transport) else { throw .unknownTransport(via.transport) }
        host = via.maddr ?? via.host
        port = via.port
        self.transport = transport
        isSecure = transport == .tls || transport == .wss
    }
}

extension Transport {
    /// RFC 3261 §26.2.2: what a sips URI makes of its transport parameter.
    func secured() throws(LocationFailure) -> Transport {
        switch self {
        case .tcp, .tls: .tls
        case .ws, .wss: .wss
        case .udp, .sctp: throw .insecureTransport
        }
    }
}

/// RFC 3263 §4.1 and §4.2 over the answers known so far: either what must still be asked, or the targets in the order of
/// trying them. Run again whenever an answer has come; the dice are rolled once, when all are there.
struct LocationProcedure {
    enum Outcome: Equatable {
        case needs([DNSQuery])
        case found([Hop])
        case failed(LocationFailure)
    }

    let question: LocationQuestion
    let sockets: OutgoingSockets
    let limit: Int
    let answer: (DNSQuery) -> DNSAnswer?

    func run(entropy: inout Entropy) -> Outcome {
        if let address = IPAddress(question.host) {
            let transport = question.transport ?? fallback
            return conclude([(transport, .address(address), question.port ?? transport.defaultPort)])
        }
        guard let name = DNSName(question.host) else { return .failed(.unknownHost(question.host)) }
        // §4.1: a port keeps NAPTR and SRV out of it, §4.2: the addresses decide.
        if let port = question.port { return conclude([(question.transport ?? fallback, .name(name), port)]) }
        switch services(of: name) {
        case .needs(let queries): return .needs(queries)
        case .services(let services): return select(services, name, entropy: &entropy)
        }
    }

    private enum Services {
        case needs([DNSQuery])
        case services([(transport: Transport, name: DNSName)])
    }

    /// §4.1: the transports of a domain in order of preference, each with the name of its SRV records.
    private func services(of name: DNSName) -> Services {
        if let transport = question.transport { return .services(named([transport], name)) }
        let pointers = DNSQuery(.naptr, name)
        guard let answer = answer(pointers) else { return .needs([pointers]) }
        if case .found(.pointers(let records), _) = answer {
            let offered = SIPService.offered(by: records, secureOnly: question.isSecure) { sockets.supports($0) }
            if !offered.isEmpty { return .services(offered) }
        }
        // No NAPTR records, or a server that does not know them: an SRV query for each transport of ours, "_sip" for
        // a sip URI and "_sips" for a sips URI.
        let ours = sockets.transports.filter { question.isSecure ? $0 == .tls : $0 != .tls && !$0.isOfBrowsers }
        return .services(named(ours, name))
    }

    private func named(_ transports: [Transport], _ name: DNSName) -> [(transport: Transport, name: DNSName)] {
        transports.compactMap { transport in
            name.with(prefix: SIPService(transport).prefix).map { (transport, $0) }
        }
    }

    /// §4.2: SRV records of the services, else the addresses of the domain itself at the default port.
    private func select(
        _ services: [(transport: Transport, name: DNSName)], _ name: DNSName, entropy: inout Entropy
    ) -> Outcome {
        let missing = services.map { DNSQuery(.srv, $0.name) }.filter { answer($0) == nil }
        guard missing.isEmpty else { return .needs(missing) }
        var found: [(transport: Transport, records: [SRVRecord])] = []
        var exists = false
        for service in services {
            guard case .found(.services(let records), _) = answer(DNSQuery(.srv, service.name)) else { continue }
            exists = true
            found.append((service.transport, Array(records.sorted { $0.priority < $1.priority }.prefix(limit))))
        }
        // RFC 2782: a lone "." says that the service is decidedly not there, which is not the same as no records.
        guard exists else {
            let transport = question.transport ?? fallback
            return conclude([(transport, .name(name), transport.defaultPort)])
        }
        let unknown = found.flatMap { service in
            service.records.flatMap { queries($0.target, service.transport) }
        }
        guard unknown.allSatisfy({ answer($0) != nil }) else {
            return .needs(unknown.filter { answer($0) == nil })
        }
        var candidates: [Candidate] = []
        for service in found {
            for record in SRVRecord.ordered(service.records, entropy: &entropy) {
                if let target = record.target { candidates.append((service.transport, .name(target), record.port)) }
            }
        }
        return conclude(candidates)
    }

    private enum Host {
        case address(IPAddress)
        case name(DNSName)
    }
    private typealias Candidate = (transport: Transport, host: Host, port: UInt16)

    /// Addresses for names, and a socket of ours for each; what we have no socket for is left out.
    private func conclude(_ candidates: [Candidate]) -> Outcome {
        var missing: [DNSQuery] = []
        var hops: [Hop] = []
        var failure: LocationFailure?
        for candidate in candidates {
            switch candidate.host {
            case .address(let address):
                add(candidate.transport, address, candidate.port, to: &hops)
                if hops.isEmpty { failure = .noListener(candidate.transport) }
            case .name(let name):
                let queries = queries(name, candidate.transport)
                if queries.isEmpty { failure = failure ?? .noListener(candidate.transport) }
                for query in queries {
                    switch answer(query) {
                    case nil: missing.append(query)
                    case .found(.addresses(let addresses), _):
                        for address in addresses { add(candidate.transport, address, candidate.port, to: &hops) }
                    case .failed(let reason): failure = .resolution(question.host, reason)
                    case .found, .absent: break
                    }
                }
            }
        }
        guard missing.isEmpty else { return .needs(missing) }
        guard hops.isEmpty else { return .found(Array(hops.prefix(limit))) }
        return .failed(failure ?? .unknownHost(question.host))
    }

    private func queries(_ name: DNSName?, _ transport: Transport) -> [DNSQuery] {
        guard let name else { return [] }
        return sockets.families(of: transport).map { DNSQuery($0 ? .aaaa : .a, name) }
    }

    private func add(_ transport: Transport, _ address: IPAddress, _ port: UInt16, to hops: inout [Hop]) {
        guard port != 0, let listener = sockets.listener(transport, isV6: address.isV6) else { return }
        // RFC 5922: over TLS the certificate must be for the name that was asked for, wherever DNS leads.
        let domain = transport.isSecure ? question.host : nil
        let hop = Hop(transport, listener, Endpoint(address, port), domain: domain)
        if !hops.contains(hop) { hops.append(hop) }
    }

    /// §4.1: UDP for a sip URI, TLS over TCP for a sips URI; when we do not speak UDP, what we do speak.
    private var fallback: Transport {
        if question.isSecure { return .tls }
        return sockets.supports(.udp) ? .udp : sockets.transports.first { $0 != .tls && !$0.isOfBrowsers } ?? .udp
    }
}

extension Transport {
    /// RFC 7118: spoken by browsers, which call us; named in SRV records by nobody unless asked for.
    fileprivate var isOfBrowsers: Bool { self == .ws || self == .wss }
}

/// Our sockets as location sees them: which transports and address families we can send with.
struct OutgoingSockets: Sendable {
    private var listeners: [(id: ListenerID, transport: Transport, isV6: Bool)]
    /// Each once, in the order of the configuration.
    let transports: [Transport]

    init(_ listeners: [ListenerID: SIPListener]) {
        self.listeners = listeners.map { ($0.key, $0.value.transport, $0.value.local.address.isV6) }
            .sorted { $0.0.rawValue < $1.0.rawValue }
        var transports: [Transport] = []
        for listener in self.listeners where !transports.contains(listener.transport) {
            transports.append(listener.transport)
        }
        self.transports = transports
    }

    func supports(_ transport: Transport) -> Bool { transports.contains(transport) }

    func listener(_ transport: Transport, isV6: Bool) -> ListenerID? {
        listeners.first { $0.transport == transport && $0.isV6 == isV6 }?.id
    }

    /// Whether IPv6, IPv4 or both, those of the earlier socket first.
    func families(of transport: Transport) -> [Bool] {
        var families: [Bool] = []
        for listener in listeners where listener.transport == transport && !families.contains(listener.isV6) {
            families.append(listener.isV6)
        }
        return families
    }
}
