import Octets
import SIP
import Testing

/// A zone as a value, and a locator that asks it.
struct NameServer {
    static let udp = ListenerID(rawValue: 0)
    static let tcp = ListenerID(rawValue: 1)
    static let tls = ListenerID(rawValue: 2)

    var locator: Locator
    var zone: [DNSQuery: DNSAnswer] = [:]
    var now = Instant.zero + .seconds(1)
    /// All that was asked, in order.
    private(set) var asked: [String] = []
    private var lastLocation: UInt64 = 0

    static func listeners(_ transports: [Transport], v6: Bool = false) -> [ListenerID: SIPListener] {
        var listeners: [ListenerID: SIPListener] = [:]
        for transport in transports {
            let id = ListenerID(rawValue: UInt16(transport.rawValue))
            listeners[id] = SIPListener(transport, Endpoint(.loopback, 5060))
            if v6 {
                listeners[ListenerID(rawValue: 100 + id.rawValue)] = SIPListener(
                    transport, Endpoint(.v6(0, 1), 5060))
            }
        }
        return listeners
    }

    init(
        _ transports: [Transport] = [.udp, .tcp, .tls], v6: Bool = false, hosts: [String: StaticLocator.Target] = [:],
        settings: LocatorSettings = LocatorSettings(), seed: UInt64 = 1
    ) {
        let listeners = Self.listeners(transports, v6: v6)
        locator = Locator(
            fixed: StaticLocator(hosts: hosts, listeners: listeners), listeners: listeners, settings: settings,
            entropy: Entropy(number: seed))
    }

    mutating func naptr(
        _ name: String, ttl: Duration = .seconds(60), _ records: [(UInt16, UInt16, String, String, String)]
    ) throws {
        zone[DNSQuery(.naptr, try #require(DNSName(name)))] = .found(
            .pointers(
                records.map {
                    NAPTRRecord(
                        order: $0.0, preference: $0.1, flags: OctetSlice($0.2), service: OctetSlice($0.3),
                        replacement: DNSName($0.4))
                }), ttl: ttl)
    }

    mutating func srv(_ name: String, ttl: Duration = .seconds(60), _ records: [(UInt16, UInt16, UInt16, String)])
        throws
    {
        zone[DNSQuery(.srv, try #require(DNSName(name)))] = .found(
            .services(
                records.map { SRVRecord(priority: $0.0, weight: $0.1, port: $0.2, target: DNSName($0.3)) }), ttl: ttl)
    }

    mutating func address(_ name: String, ttl: Duration = .seconds(60), _ addresses: String...) throws {
        let parsed = try addresses.map { try #require(IPAddress($0)) }
        for isV6 in [false, true] {
            let kind = parsed.filter { $0.isV6 == isV6 }
            guard !kind.isEmpty else { continue }
            zone[DNSQuery(isV6 ? .aaaa : .a, try #require(DNSName(name)))] = .found(.addresses(kind), ttl: ttl)
        }
    }

    /// Locates and answers every query from the zone; what is not there does not exist.
    mutating func locate(_ text: String) throws -> Locator.Output {
        try settle { locator, id, now, output in
            locator.locate(try URI(parsing: text), as: id, at: now, into: &output)
        }
    }

    mutating func locate(_ question: LocationQuestion) throws -> Locator.Output {
        try settle { locator, id, now, output in locator.locate(question, as: id, at: now, into: &output) }
    }

    private mutating func settle(
        _ begin: (inout Locator, LocationID, Instant, inout [Locator.Output]) throws -> Void
    ) throws -> Locator.Output {
        lastLocation += 1
        var output: [Locator.Output] = []
        try begin(&locator, LocationID(rawValue: lastLocation), now, &output)
        var next = 0
        while next < output.count {
            if case .ask(let query) = output[next] {
                asked.append(query.description)
                locator.answer(query, zone[query] ?? .absent(ttl: nil), at: now, into: &output)
            } else {
                return output[next]
            }
            next += 1
        }
        throw NothingFound()
    }

    struct NothingFound: Error {}

    /// The targets as `transport/address:port`.
    mutating func targets(_ text: String) throws -> [String] {
        guard case .located(_, let hops) = try locate(text) else { return [] }
        return hops.map(\.description)
    }

    mutating func forgetQuestions() { asked = [] }
}
