import Octets

/// Appends AVPs to one growing array: header, data, padding; lengths of groups are filled in when they end.
package struct AVPWriter: Sendable, Equatable {
    package internal(set) var octets: [UInt8]

    package init(reserving capacity: Int = 0) {
        octets = []
        if capacity > 0 { octets.reserveCapacity(capacity) }
    }

    init(taking octets: [UInt8]) { self.octets = octets }

    /// An AVP begun and not yet ended.
    package struct Mark: Sendable {
        fileprivate let start: Int
    }

    package mutating func append<Value>(_ key: AVPKey<Value>, _ value: Value) {
        let mark = begin(key)
        value.write(to: &self)
        end(mark)
    }

    /// Appends nothing for nil.
    package mutating func append<Value>(_ key: AVPKey<Value>, _ value: Value?) {
        if let value { append(key, value) }
    }

    package mutating func append<Value>(_ key: AVPKey<Value>, all values: [Value]) {
        for value in values { append(key, value) }
    }

    /// Begins an AVP whose data is written next: AVPs for a group. End it with `end(_:)`.
    package mutating func begin<Value>(_ key: AVPKey<Value>) -> Mark {
        let mark = Mark(start: octets.count)
        write32(key.code)
        write((key.vendor != nil ? 0x80 : 0) | (key.mandatory ? 0x40 : 0))
        write(0)
        write16(0)
        if let vendor = key.vendor { write32(vendor) }
        return mark
    }

    package mutating func end(_ mark: Mark) {
        let length = octets.count - mark.start
        precondition(length < 1 << 24, "an AVP of \(length) octets")
        octets.put24(UInt32(length), at: mark.start + 5)
        while octets.count & 3 != 0 { octets.append(0) }
    }

    /// Copies an AVP as it was received, padding added.
    package mutating func append(_ avp: AVP) {
        write(avp.octets)
        while octets.count & 3 != 0 { octets.append(0) }
    }

    // Data of the AVP that has been begun.

    @inline(__always)
    package mutating func write(_ octet: UInt8) { octets.append(octet) }

    package mutating func write(_ run: [UInt8]) { octets.append(contentsOf: run) }

    package mutating func write(_ slice: OctetSlice) {
        slice.base.withUnsafeBufferPointer {
            octets.append(contentsOf: UnsafeBufferPointer(rebasing: $0[slice.indices]))
        }
    }

    package mutating func write(_ text: String) { octets.append(contentsOf: text.utf8) }

    @inline(__always)
    package mutating func write16(_ value: UInt16) {
        octets.append(UInt8(value >> 8))
        octets.append(UInt8(truncatingIfNeeded: value))
    }

    @inline(__always)
    package mutating func write32(_ value: UInt32) {
        write16(UInt16(value >> 16))
        write16(UInt16(truncatingIfNeeded: value))
    }
}
