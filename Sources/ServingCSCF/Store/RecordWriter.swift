import Octets

/// Writes the fields of a stored record.
struct RecordWriter {
    private var writer: OctetWriter

    init(reserving capacity: Int) { writer = OctetWriter(reserving: capacity) }

    var octets: [UInt8] { writer.octets }

    mutating func write(_ octet: UInt8) { writer.write(octet) }

    mutating func write(number: UInt64) { writer.write64(number) }

    /// A number from 0; larger ones than 32 bits hold are cut to their largest.
    mutating func write(count: Int) { writer.write32(UInt32(clamping: count)) }

    mutating func write(_ slice: OctetSlice) {
        write(count: slice.count)
        writer.write(slice)
    }

    mutating func write(text: String) {
        write(count: text.utf8.count)
        writer.write(text)
    }
}

/// Reads them; every member is nil when the record ends before its field does.
struct RecordReader {
    private let octets: [UInt8]
    private var position = 0

    init(_ octets: [UInt8]) { self.octets = octets }

    private mutating func take(_ count: Int) -> Range<Int>? {
        guard count >= 0, count <= octets.count - position else { return nil }
        defer { position += count }
        return position..<position + count
    }

    mutating func octet() -> UInt8? { take(1).map { octets[$0.lowerBound] } }

    mutating func number() -> UInt64? {
        take(8).map { octets[$0].reduce(0) { $0 << 8 | UInt64($1) } }
    }

    mutating func count(limit: Int) -> Int? {
        guard let range = take(4) else { return nil }
        let count = octets[range].reduce(0) { $0 << 8 | Int($1) }
        return count <= limit ? count : nil
    }

    /// A copy that holds nothing else of the record.
    mutating func slice() -> OctetSlice? {
        guard let count = count(limit: octets.count), let range = take(count) else { return nil }
        return OctetSlice(Array(octets[range]))
    }

    mutating func text() -> String? { slice()?.string }
}
