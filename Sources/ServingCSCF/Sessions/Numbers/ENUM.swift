import Octets
import SIP
import ServiceTriggers

/// From a number to a SIP URI by NAPTR records, RFC 6116.
enum ENUM {
    enum Outcome: Equatable, Sendable {
        case uri(OctetSlice)
        /// §5.2.1: a record that is not terminal leads to another name.
        case next(DNSQuery)
        case none
    }

    /// §3.2: the digits backwards, a dot behind each, then the suffix.
    ///
    /// - Parameter number: with `+`.
    static func query(_ number: String, suffix: String) -> DNSQuery? {
        var writer = OctetWriter(reserving: 64)
        for digit in number.utf8.dropFirst().reversed() {
            writer.write(digit)
            writer.write(UInt8(ascii: "."))
        }
        writer.write(suffix)
        return DNSName(OctetSlice(writer.octets)).map { DNSQuery(.naptr, $0) }
    }

    /// The first record by order and preference that we can use (§5.2): one for SIP (RFC 3764) whose rule gives a SIP
    /// URI. Records that cannot be read are passed over.
    static func outcome(of answer: DNSAnswer, number: String) -> Outcome {
        guard case .found(.pointers(let records), _) = answer else { return .none }
        for record in records.sorted(by: { ($0.order, $0.preference) < ($1.order, $1.preference) }) {
            if record.flags.isEmpty {
                guard let replacement = record.replacement else { continue }
                return .next(DNSQuery(.naptr, replacement))
            }
            guard record.flags.equalsIgnoringCase("u"), isForSIP(record.service) else { continue }
            do {
                let rule = try Substitution(parsing: record.regexp)
                guard let text = rule.apply(to: OctetSlice(number)), case .sip = try URI(parsing: text) else {
                    continue
                }
                return .uri(text)
            } catch {
                continue
            }
        }
        return .none
    }

    /// §3.4.3: `E2U` and one service or more behind plus signs, each perhaps with subtypes behind colons.
    private static func isForSIP(_ service: OctetSlice) -> Bool {
        guard service.count > 4, service[service.start..<service.start + 4].equalsIgnoringCase("e2u+") else {
            return false
        }
        var start = service.start + 4
        while start < service.end {
            let end = service.firstIndex(of: UInt8(ascii: "+"), from: start) ?? service.end
            let name = service[start..<end]
            let colon = name.firstIndex(of: UInt8(ascii: ":")) ?? name.end
            if name[name.start..<colon].equalsIgnoringCase("sip") { return true }
            start = end + 1
        }
        return false
    }
}
