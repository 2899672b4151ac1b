/// Appends numbers and text to one growing array. Network byte order.
///
/// Public so that its members are inlined into the encoders of other modules.
public struct OctetWriter: Sendable {
    @usableFromInline var storage: [UInt8] = []

    @inlinable
    public var octets: [UInt8] { storage }

    @inlinable
    public init(reserving capacity: Int = 0) {
        if capacity > 0 { storage.reserveCapacity(capacity) }
    }

    /// Goes on at the end of an array, without copying it when nobody else holds it.
    @inlinable
    public init(continuing octets: consuming [UInt8]) { storage = octets }

    @inlinable
    public var count: Int { storage.count }

    @inline(__always)
    @inlinable
    public mutating func write(_ octet: UInt8) { storage.append(octet) }

    @inlinable
    public mutating func write(_ run: [UInt8]) { storage.append(contentsOf: run) }

    @_disfavoredOverload
    @inlinable
    public mutating func write(_ slice: OctetSlice) {
        slice.base.withUnsafeBufferPointer {
            storage.append(contentsOf: UnsafeBufferPointer(rebasing: $0[slice.indices]))
        }
    }

    @inline(__always)
    @inlinable
    public mutating func write(_ run: UnsafeBufferPointer<UInt8>) { storage.append(contentsOf: run) }

    @inlinable
    public mutating func write(_ text: StaticString) {
        storage.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// A literal goes to `write(_: StaticString)`, which copies octets without asking a String for them.
    @_disfavoredOverload
    @inlinable
    public mutating func write(_ text: String) { storage.append(contentsOf: text.utf8) }

    @inlinable
    public mutating func write(decimal value: Int) {
        guard value < 0 else { return write(decimal: UInt64(value)) }
        write(UInt8(ascii: "-"))
        write(decimal: UInt64(value.magnitude))
    }

    @inlinable
    public mutating func write(decimal value: UInt64) {
        var divisor: UInt64 = 1
        while value / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            storage.append(0x30 + UInt8(value / divisor % 10))
            divisor /= 10
        }
    }

    public mutating func write(hex run: [UInt8]) {
        for octet in run {
            storage.append(Hex.digit(octet >> 4))
            storage.append(Hex.digit(octet & 15))
        }
    }

    @inline(__always)
    @inlinable
    public mutating func write16(_ value: UInt16) {
        storage.append(UInt8(value >> 8))
        storage.append(UInt8(truncatingIfNeeded: value))
    }

    @inline(__always)
    @inlinable
    public mutating func write24(_ value: UInt32) {
        storage.append(UInt8(truncatingIfNeeded: value >> 16))
        storage.append(UInt8(truncatingIfNeeded: value >> 8))
        storage.append(UInt8(truncatingIfNeeded: value))
    }

    @inline(__always)
    @inlinable
    public mutating func write32(_ value: UInt32) {
        write16(UInt16(value >> 16))
        write16(UInt16(truncatingIfNeeded: value))
    }

    @inline(__always)
    @inlinable
    public mutating func write64(_ value: UInt64) {
        write32(UInt32(value >> 32))
        write32(UInt32(truncatingIfNeeded: value))
    }

    /// Overwrites three octets written earlier, for lengths known only afterwards.
    /// - Precondition: `position + 3 <= count`.
    @inlinable
    public mutating func patch24(_ value: UInt32, at position: Int) {
        storage[position] = UInt8(truncatingIfNeeded: value >> 16)
        storage[position + 1] = UInt8(truncatingIfNeeded: value >> 8)
        storage[position + 2] = UInt8(truncatingIfNeeded: value)
    }
}
