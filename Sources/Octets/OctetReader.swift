/// Reads numbers and runs from a slice, front to back. Network byte order. Past the end every read returns nil.
package struct OctetReader: Sendable {
    private let slice: OctetSlice
    package private(set) var position: Int

    package init(_ slice: OctetSlice) {
        self.slice = slice
        position = slice.start
    }

    package var remaining: Int { slice.end - position }

    package mutating func read8() -> UInt8? {
        guard remaining >= 1 else { return nil }
        defer { position += 1 }
        return slice[position]
    }

    package mutating func read16() -> UInt16? { readBigEndian(2).map(UInt16.init(truncatingIfNeeded:)) }
    package mutating func read24() -> UInt32? { readBigEndian(3).map(UInt32.init(truncatingIfNeeded:)) }
    package mutating func read32() -> UInt32? { readBigEndian(4).map(UInt32.init(truncatingIfNeeded:)) }
    package mutating func read64() -> UInt64? { readBigEndian(8) }

    package mutating func read(count: Int) -> OctetSlice? {
        guard count >= 0, count <= remaining else { return nil }
        defer { position += count }
        return slice[position..<position + count]
    }

    private mutating func readBigEndian(_ width: Int) -> UInt64? {
        guard remaining >= width else { return nil }
        var value: UInt64 = 0
        for offset in 0..<width { value = value << 8 | UInt64(slice[position + offset]) }
        position += width
        return value
    }
}
