/// Appends numbers and text to one growing array. Network byte order.
package struct OctetWriter: Sendable {
    package private(set) var octets: [UInt8] = []

    package init(reserving capacity: Int = 0) {
        if capacity > 0 { octets.reserveCapacity(capacity) }
    }

    /// Goes on at the end of an array, without copying it when nobody else holds it.
    package init(continuing octets: consuming [UInt8]) { self.octets = octets }

    package var count: Int { octets.count }

    @inline(__always)
    package mutating func write(_ octet: UInt8) { octets.append(octet) }

    package mutating func write(_ run: [UInt8]) { octets.append(contentsOf: run) }

    package mutating func write(_ slice: OctetSlice) {
        slice.base.withUnsafeBufferPointer {
            octets.append(contentsOf: UnsafeBufferPointer(rebasing: $0[slice.indices]))
        }
    }

    @inline(__always)
    package mutating func write(_ run: UnsafeBufferPointer<UInt8>) { octets.append(contentsOf: run) }

    package mutating func write(_ text: StaticString) {
        octets.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    package mutating func write(_ text: String) { octets.append(contentsOf: text.utf8) }

    package mutating func write(decimal value: Int) {
        guard value < 0 else { return write(decimal: UInt64(value)) }
        write(UInt8(ascii: "-"))
        write(decimal: UInt64(value.magnitude))
    }

    package mutating func write(decimal value: UInt64) {
        var divisor: UInt64 = 1
        while value / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            octets.append(0x30 + UInt8(value / divisor % 10))
            divisor /= 10
        }
    }

    package mutating func write(hex run: [UInt8]) {
        for octet in run {
            octets.append(Hex.digit(octet >> 4))
            octets.append(Hex.digit(octet & 15))
        }
    }

    @inline(__always)
    package mutating func write16(_ value: UInt16) {
        octets.append(UInt8(value >> 8))
        octets.append(UInt8(truncatingIfNeeded: value))
    }

    @inline(__always)
    package mutating func write24(_ value: UInt32) {
        octets.append(UInt8(truncatingIfNeeded: value >> 16))
        octets.append(UInt8(truncatingIfNeeded: value >> 8))
        octets.append(UInt8(truncatingIfNeeded: value))
    }

    @inline(__always)
    package mutating func write32(_ value: UInt32) {
        write16(UInt16(value >> 16))
        write16(UInt16(truncatingIfNeeded: value))
    }

    @inline(__always)
    package mutating func write64(_ value: UInt64) {
        write32(UInt32(value >> 32))
        write32(UInt32(truncatingIfNeeded: value))
    }

    /// Overwrites three octets written earlier, for lengths known only afterwards.
    /// - Precondition: `position + 3 <= count`.
    package mutating func patch24(_ value: UInt32, at position: Int) {
        octets[position] = UInt8(truncatingIfNeeded: value >> 16)
        octets[position + 1] = UInt8(truncatingIfNeeded: value >> 8)
        octets[position + 2] = UInt8(truncatingIfNeeded: value)
    }
}
