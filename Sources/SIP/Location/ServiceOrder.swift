import Octets

extension SRVRecord {
    /// The order in which to try records, RFC 2782 "Usage rules": by priority, within one at random by weight, those of
    /// weight 0 with a small chance of coming early.
    package static func ordered(_ records: [SRVRecord], entropy: inout Entropy) -> [SRVRecord] {
        var result: [SRVRecord] = []
        result.reserveCapacity(records.count)
        for priority in Set(records.map(\.priority)).sorted() {
            let group = records.filter { $0.priority == priority }
            var left = group.filter { $0.weight == 0 } + group.filter { $0.weight != 0 }
            while !left.isEmpty {
                let sum = left.reduce(UInt64(0)) { $0 + UInt64($1.weight) }
                let drawn = entropy.next64() % (sum + 1)
                var running: UInt64 = 0
                let index = left.firstIndex {
                    running += UInt64($0.weight)
                    return running >= drawn
                }
                result.append(left.remove(at: index ?? 0))
            }
        }
        return result
    }
}

/// A service of SIP in the domain name system: a transport with its names.
struct SIPService: Equatable {
    let transport: Transport

    /// The NAPTR service field: RFC 3263 §4.1, RFC 7118 §5.5 (WebSocket). TLS over SCTP
    /// (RFC 4168 §6, "SIPS+D2S") is not among our transports.
    init?(naptrService field: OctetSlice) {
        let known: [(StaticString, Transport)] = [
            ("SIP+D2U", .udp), ("SIP+D2T", .tcp), ("SIPS+D2T", .tls), ("SIP+D2S", .sctp), ("SIP+D2W", .ws),
            ("SIPS+D2W", .wss),
        ]
        guard let transport = known.first(where: { field.equalsIgnoringCase($0.0) })?.1 else { return nil }
        self.transport = transport
    }

    init(_ transport: Transport) { self.transport = transport }

    /// The labels before the domain in an SRV query, RFC 3263 §4.2. RFC 7118 names none for WebSocket; its
    /// `transport=ws` leads there by the same rule.
    var prefix: StaticString {
        switch transport {
        case .udp: "_sip._udp"
        case .tcp: "_sip._tcp"
        case .tls: "_sips._tcp"
        case .sctp: "_sip._sctp"
        case .ws: "_sip._ws"
        case .wss: "_sips._ws"
        }
    }

    /// The services that NAPTR records of a domain offer us, most preferred first: of the least order that holds a usable
    /// one (RFC 3403 §4.1), by preference.
    ///
    /// RFC 3263 §4.1: terminal records (flag "s"), an empty regular expression, "SIPS" alone for a sips URI.
    static func offered(
        by records: [NAPTRRecord], secureOnly: Bool, supported: (Transport) -> Bool
    ) -> [(transport: Transport, name: DNSName)] {
        var usable: [(record: NAPTRRecord, transport: Transport, name: DNSName)] = []
        for record in records where record.flags.equalsIgnoringCase("s") && record.regexp.isEmpty {
            guard let service = SIPService(naptrService: record.service), let name = record.replacement,
                supported(service.transport), !secureOnly || service.transport == .tls || service.transport == .wss
            else { continue }
            usable.append((record, service.transport, name))
        }
        guard let order = usable.map(\.record.order).min() else { return [] }
        let chosen = usable.filter { $0.record.order == order }.sorted { $0.record.preference < $1.record.preference }
        return chosen.map { ($0.transport, $0.name) }
    }
}
