import Octets

/// Reads a name server's reply, RFC 1035, into the answer to a query: the chain of aliases followed, the least TTL of all
/// records on the way, and for what does not exist the time its zone gives (RFC 2308).
///
/// Whatever the octets are, reading ends: names are at most 255 octets and follow at most 32 pointers, each of which must
/// lead backwards; no more than 512 records are looked at.
package enum DNSReply {
    package static func read(_ octets: [UInt8], to query: DNSQuery) -> DNSAnswer {
        var reader = Reader(octets: octets)
        do throws(Malformed) {
            return try read(&reader, query)
        } catch {
            return .failed(.malformed)
        }
    }

    struct Malformed: Error {}

    private struct Record {
        var owner: DNSName?
        var kind: UInt16
        var ttl: Duration
        /// Of the octets that follow in the message; names inside may point out of it.
        var data: Range<Int>
    }

    private static let cname: UInt16 = 5
    private static let soa: UInt16 = 6
    private static let internet: UInt16 = 1
    private static let limit = 512

    private static func read(_ reader: inout Reader, _ query: DNSQuery) throws(Malformed) -> DNSAnswer {
        _ = try reader.number16()
        let flags = try reader.number16()
        let questions = try reader.number16()
        let answers = try reader.number16()
        let authorities = try reader.number16()
        _ = try reader.number16()
        guard flags & 0x8000 != 0 else { throw Malformed() }
        let code = flags & 0x000F
        guard code == 0 || code == 3 else { return .failed(.server) }
        for _ in 0..<questions {
            _ = try reader.name()
            _ = try reader.number32()
        }
        let records = try records(answers, &reader)
        var ttl = Duration.seconds(Int64(Int32.max))
        let owner = try canonical(query.name, records, &ttl, reader)
        let wanted = records.filter { $0.kind == query.kind.rawValue && $0.owner == owner }
        guard !wanted.isEmpty else {
            return .absent(ttl: try absence(try self.records(authorities, &reader), reader))
        }
        for record in wanted { ttl = min(ttl, record.ttl) }
        return .found(try values(of: wanted, query.kind, reader), ttl: ttl)
    }

    private static func records(_ count: UInt16, _ reader: inout Reader) throws(Malformed) -> [Record] {
        var records: [Record] = []
        for _ in 0..<min(Int(count), limit) {
            let owner = try reader.name()
            let kind = try reader.number16()
            let family = try reader.number16()
            // A TTL with the top bit set is none.
            let seconds = Int64(Int32(bitPattern: try reader.number32()))
            let length = Int(try reader.number16())
            let data = reader.position..<reader.position + length
            try reader.skip(length)
            guard family == internet else { continue }
            records.append(Record(owner: owner, kind: kind, ttl: .seconds(max(0, seconds)), data: data))
        }
        return records
    }

    /// The name that the aliases in a reply lead to; a ring of them ends somewhere on it.
    private static func canonical(
        _ name: DNSName, _ records: [Record], _ ttl: inout Duration, _ reader: Reader
    ) throws(Malformed) -> DNSName? {
        var name: DNSName? = name
        for _ in 0..<8 {
            guard let alias = records.first(where: { $0.kind == cname && $0.owner == name }) else { break }
            var inside = reader.at(alias.data)
            name = try inside.name()
            ttl = min(ttl, alias.ttl)
        }
        return name
    }

    private static func values(
        of records: [Record], _ kind: DNSQuery.Kind, _ reader: Reader
    ) throws(Malformed) -> DNSRecords {
        switch kind {
        case .a, .aaaa:
            var addresses: [IPAddress] = []
            for record in records { addresses.append(try address(record, kind, reader)) }
            return .addresses(addresses)
        case .srv:
            var services: [SRVRecord] = []
            for record in records {
                var data = reader.at(record.data)
                services.append(
                    SRVRecord(
                        priority: try data.number16(), weight: try data.number16(), port: try data.number16(),
                        target: try data.name()))
            }
            return .services(services)
        case .naptr:
            var pointers: [NAPTRRecord] = []
            for record in records {
                var data = reader.at(record.data)
                pointers.append(
                    NAPTRRecord(
                        order: try data.number16(), preference: try data.number16(), flags: try data.text(),
                        service: try data.text(), regexp: try data.text(), replacement: try data.name()))
            }
            return .pointers(pointers)
        }
    }

    private static func address(
        _ record: Record, _ kind: DNSQuery.Kind, _ reader: Reader
    ) throws(Malformed) -> IPAddress {
        var data = reader.at(record.data)
        switch (kind, record.data.count) {
        case (.a, 4): return .v4(try data.number32())
        case (.aaaa, 16):
            var words: [UInt64] = []
            for _ in 0..<4 { words.append(UInt64(try data.number32())) }
            return .v6(words[0] << 32 | words[1], words[2] << 32 | words[3])
        default: throw Malformed()
        }
    }

    /// RFC 2308: the lesser of the SOA record's own TTL and its last field.
    private static func absence(_ records: [Record], _ reader: Reader) throws(Malformed) -> Duration? {
        guard let record = records.first(where: { $0.kind == soa }) else { return nil }
        var data = reader.at(record.data)
        _ = try data.name()
        _ = try data.name()
        for _ in 0..<4 { _ = try data.number32() }
        return min(record.ttl, .seconds(Int64(try data.number32())))
    }

    /// Reads from the whole message, up to an end of its own.
    private struct Reader {
        let octets: [UInt8]
        var position = 0
        var end: Int

        init(octets: [UInt8]) {
            self.octets = octets
            end = octets.count
        }

        func at(_ range: Range<Int>) -> Reader {
            var reader = self
            reader.position = range.lowerBound
            reader.end = range.upperBound
            return reader
        }

        mutating func skip(_ count: Int) throws(Malformed) {
            guard count <= end - position else { throw Malformed() }
            position += count
        }

        mutating func number8() throws(Malformed) -> UInt8 {
            guard position < end else { throw Malformed() }
            defer { position += 1 }
            return octets[position]
        }

        mutating func number16() throws(Malformed) -> UInt16 { UInt16(try number8()) << 8 | UInt16(try number8()) }
        mutating func number32() throws(Malformed) -> UInt32 { UInt32(try number16()) << 16 | UInt32(try number16()) }

        /// `<character-string>`: a length and so many octets.
        mutating func text() throws(Malformed) -> OctetSlice {
            let length = Int(try number8())
            let start = position
            try skip(length)
            return OctetSlice(octets, start..<position)
        }

        /// nil for the root. A name that no query of ours could be about is malformed.
        mutating func name() throws(Malformed) -> DNSName? {
            var text: [UInt8] = []
            var cursor = position
            var limit = end
            var jumps = 0
            while true {
                guard cursor < limit else { throw Malformed() }
                let length = Int(octets[cursor])
                if length >= 0xC0 {
                    guard cursor + 1 < limit else { throw Malformed() }
                    let target = (length & 0x3F) << 8 | Int(octets[cursor + 1])
                    if jumps == 0 { position = cursor + 2 }
                    jumps += 1
                    guard jumps <= 32, target < cursor else { throw Malformed() }
                    limit = octets.count
                    cursor = target
                    continue
                }
                guard length < 64, length < limit - cursor else { throw Malformed() }
                cursor += 1
                if length == 0 { break }
                let label = octets[cursor..<cursor + length]
                guard !label.contains(UInt8(ascii: ".")), text.count + length <= 254 else { throw Malformed() }
                text.append(contentsOf: label)
                text.append(UInt8(ascii: "."))
                cursor += length
            }
            if jumps == 0 { position = cursor }
            guard !text.isEmpty else { return nil }
            guard let name = DNSName(OctetSlice(text)) else { throw Malformed() }
            return name
        }
    }
}
