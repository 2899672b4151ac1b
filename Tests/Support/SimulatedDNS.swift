import Octets
import SIP

/// The domain name system of a simulated network: one zone as a value, which tests change as time passes.
package struct SimulatedDNS: Sendable {
    package private(set) var zone: [DNSQuery: DNSAnswer] = [:]
    /// How long an answer takes.
    package var delay: Duration = .milliseconds(5)
    /// Nobody answers at all.
    package var isSilent = false
    /// All that was asked, in order, as `SRV _sip._udp.example.com`.
    package private(set) var asked: [String] = []

    package init() {}

    package mutating func set(_ kind: DNSQuery.Kind, _ name: String, _ answer: DNSAnswer) {
        guard let name = DNSName(name) else { preconditionFailure("no name: \(name)") }
        zone[DNSQuery(kind, name)] = answer
    }

    package mutating func address(_ name: String, _ addresses: [IPAddress], ttl: Duration = .seconds(60)) {
        set(.a, name, .found(.addresses(addresses), ttl: ttl))
    }

    /// - Parameter targets: priority, weight, port and host.
    package mutating func services(
        _ name: String, _ targets: [(UInt16, UInt16, UInt16, String)], ttl: Duration = .seconds(60)
    ) {
        let records = targets.map { SRVRecord(priority: $0.0, weight: $0.1, port: $0.2, target: DNSName($0.3)) }
        set(.srv, name, .found(.services(records), ttl: ttl))
    }

    /// nil when nobody answers.
    mutating func answer(_ query: DNSQuery) -> DNSAnswer? {
        asked.append(query.description)
        return isSilent ? nil : zone[query] ?? .absent(ttl: nil)
    }
}
