import Octets

/// Appends AVPs to one growing array: header, data, padding; lengths of groups are filled in when they end.
public struct AVPWriter: Sendable, Equatable {
    @usableFromInline var storage: [UInt8]

    @inlinable public var octets: [UInt8] { storage }

    @inlinable
    public init(reserving capacity: Int = 0) {
        storage = []
        if capacity > 0 { storage.reserveCapacity(capacity) }
    }

    init(taking octets: [UInt8]) { storage = octets }

    /// An AVP begun and not yet ended.
    public struct Mark: Sendable {
        @usableFromInline let start: Int
        @usableFromInline let flags: UInt32

        @inlinable
        init(start: Int, flags: UInt32) {
            self.start = start
            self.flags = flags
        }
    }

    @inlinable
    public mutating func append<Value>(_ key: AVPKey<Value>, _ value: Value) {
        let mark = begin(key)
        value.write(to: &self)
        end(mark)
    }

    /// Appends nothing for nil.
    @inlinable
    public mutating func append<Value>(_ key: AVPKey<Value>, _ value: Value?) {
        if let value { append(key, value) }
    }

    @inlinable
    public mutating func append<Value>(_ key: AVPKey<Value>, all values: [Value]) {
        for value in values { append(key, value) }
    }

    /// Begins an AVP whose data is written next: AVPs for a group. End it with `end(_:)`.
    @inlinable
    public mutating func begin<Value>(_ key: AVPKey<Value>) -> Mark {
        let flags: UInt32 = (key.vendor != nil ? 0x8000_0000 : 0) | (key.mandatory ? 0x4000_0000 : 0)
        let mark = Mark(start: storage.count, flags: flags)
        write64(UInt64(key.code) << 32)
        if let vendor = key.vendor { write32(vendor) }
        return mark
    }

    /// Fills in flags and length in one store, and pads.
    @inlinable
    public mutating func end(_ mark: Mark) {
        let length = storage.count - mark.start
        precondition(length < 1 << 24, "an AVP of \(length) octets")
        storage.put32(mark.flags | UInt32(length), at: mark.start + 4)
        pad()
    }

    /// Copies an AVP as it was received, padding added.
    package mutating func append(_ avp: AVP) {
        write(avp.octets)
        pad()
    }

    @inlinable
    mutating func pad() {
        switch storage.count & 3 {
        case 1:
            storage.append(0)
            storage.append(0)
            storage.append(0)
        case 2:
            storage.append(0)
            storage.append(0)
        case 3: storage.append(0)
        default: break
        }
    }

    // Data of the AVP that has been begun.

    @inlinable
    public mutating func write(_ octet: UInt8) { storage.append(octet) }

    @inlinable
    public mutating func write(_ run: [UInt8]) { storage.append(contentsOf: run) }

    @inlinable
    public mutating func write(_ slice: OctetSlice) {
        slice.base.withUnsafeBufferPointer {
            storage.append(contentsOf: UnsafeBufferPointer(rebasing: $0[slice.indices]))
        }
    }

    @inlinable
    public mutating func write(_ text: String) { storage.append(contentsOf: text.utf8) }

    @inlinable
    public mutating func write16(_ value: UInt16) {
        storage.append(UInt8(value >> 8))
        storage.append(UInt8(truncatingIfNeeded: value))
    }

    @inlinable
    public mutating func write32(_ value: UInt32) {
        // All four at once: one check of the capacity.
        withUnsafeBytes(of: value.bigEndian) { storage.append(contentsOf: $0) }
    }

    @inlinable
    public mutating func write64(_ value: UInt64) {
        withUnsafeBytes(of: value.bigEndian) { storage.append(contentsOf: $0) }
    }
}
