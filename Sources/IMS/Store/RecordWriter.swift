import Octets

/// Writes the fields of a stored record.
package struct RecordWriter {
    private var writer: OctetWriter

    package init(reserving capacity: Int) { writer = OctetWriter(reserving: capacity) }

    package var octets: [UInt8] { writer.octets }

    package mutating func write(_ octet: UInt8) { writer.write(octet) }

    package mutating func write(number: UInt64) { writer.write64(number) }

    /// A number from 0; larger ones than 32 bits hold are cut to their largest.
    package mutating func write(count: Int) { writer.write32(UInt32(clamping: count)) }

    package mutating func write(_ slice: OctetSlice) {
        write(count: slice.count)
        writer.write(slice)
    }

    package mutating func write(text: String) {
        write(count: text.utf8.count)
        writer.write(text)
    }
}
