import Octets

/// Reads the fields of a stored record; every member is nil when the record ends before its field does.
package struct RecordReader {
    private let octets: [UInt8]
    private var position = 0

    package init(_ octets: [UInt8]) { self.octets = octets }

    private mutating func take(_ count: Int) -> Range<Int>? {
        guard count >= 0, count <= octets.count - position else { return nil }
        defer { position += count }
        return position..<position + count
    }

    package mutating func octet() -> UInt8? { take(1).map { octets[$0.lowerBound] } }

    package mutating func number() -> UInt64? {
        take(8).map { octets[$0].reduce(0) { $0 << 8 | UInt64($1) } }
    }

    package mutating func count(limit: Int) -> Int? {
        guard let range = take(4) else { return nil }
        let count = octets[range].reduce(0) { $0 << 8 | Int($1) }
        return count <= limit ? count : nil
    }

    /// A copy that holds nothing else of the record.
    package mutating func slice() -> OctetSlice? {
        guard let count = count(limit: octets.count), let range = take(count) else { return nil }
        return OctetSlice(Array(octets[range]))
    }

    package mutating func text() -> String? { slice()?.string }
}
