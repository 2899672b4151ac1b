/// A run of octets inside a longer array, kept without copying.
///
/// Typed header and AVP values are made of these: taking one costs a retain, never an allocation.
/// Equality and hashing go by content. Public so that its members are inlined into the parsers of other modules.
public struct OctetSlice: Sendable {
    public let base: [UInt8]
    public let start: Int
    public let end: Int

    /// - Precondition: `range` lies inside `base`.
    @inlinable
    public init(_ base: [UInt8], _ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= base.count)
        self.base = base
        start = range.lowerBound
        end = range.upperBound
    }

    @inlinable
    public init(_ octets: [UInt8] = []) { self.init(octets, 0..<octets.count) }

    @inlinable
    public init(_ text: String) { self.init(Array(text.utf8)) }

    @inlinable public var count: Int { end - start }
    @inlinable public var isEmpty: Bool { start == end }
    @inlinable public var indices: Range<Int> { start..<end }
    @inlinable public var first: UInt8? { isEmpty ? nil : base[start] }
    @inlinable public var last: UInt8? { isEmpty ? nil : base[end - 1] }

    /// The octet at `index`, an index of `base` between `start` and `end`.
    @inlinable @inline(__always)
    public subscript(index: Int) -> UInt8 { base[index] }

    /// The part between two indices of `base`.
    @inlinable
    public subscript(range: Range<Int>) -> OctetSlice {
        precondition(range.lowerBound >= start && range.upperBound <= end)
        return OctetSlice(base, range)
    }

    @inlinable
    public var array: [UInt8] { Array(base[start..<end]) }

    /// The octets as text; what is not UTF-8 shows as U+FFFD.
    @inlinable
    public var string: String {
        base.withUnsafeBufferPointer { String(decoding: UnsafeBufferPointer(rebasing: $0[start..<end]), as: UTF8.self) }
    }

    /// First index of `octet` at or after `position`.
    @inlinable
    public func firstIndex(of octet: UInt8, from position: Int? = nil) -> Int? {
        var index = position ?? start
        while index < end {
            if base[index] == octet { return index }
            index += 1
        }
        return nil
    }

    /// Without blanks, CR and LF at either end.
    @inlinable
    public var trimmed: OctetSlice {
        var low = start
        var high = end
        while low < high, Self.isSpace(base[low]) { low += 1 }
        while high > low, Self.isSpace(base[high - 1]) { high -= 1 }
        return OctetSlice(base, low..<high)
    }

    /// The value of an unsigned decimal number without sign; nil when empty, not all digits or too large.
    @inlinable
    public var decimal: UInt64? {
        guard !isEmpty else { return nil }
        var value: UInt64 = 0
        for index in indices {
            guard ASCII.isDigit(base[index]) else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(base[index] &- 0x30))
            guard !overflow, !carry else { return nil }
            value = sum
        }
        return value
    }

    @inlinable
    public func equals(_ text: StaticString) -> Bool {
        guard text.utf8CodeUnitCount == count else { return false }
        let pointer = text.utf8Start
        for offset in 0..<count where base[start + offset] != pointer[offset] { return false }
        return true
    }

    /// Compares ASCII letters without regard to case.
    @inlinable
    public func equalsIgnoringCase(_ text: StaticString) -> Bool {
        guard text.utf8CodeUnitCount == count else { return false }
        let pointer = text.utf8Start
        for offset in 0..<count
        where ASCII.lowercase(base[start + offset]) != ASCII.lowercase(pointer[offset]) { return false }
        return true
    }

    @_disfavoredOverload  // a literal means the StaticString above
    @inlinable
    public func equalsIgnoringCase(_ other: OctetSlice) -> Bool {
        guard other.count == count else { return false }
        for offset in 0..<count
        where ASCII.lowercase(base[start + offset]) != ASCII.lowercase(other.base[other.start + offset]) {
            return false
        }
        return true
    }

    /// The same with a text that is no constant.
    @inlinable
    public func equalsIgnoringCase(text: String) -> Bool {
        guard text.utf8.count == count else { return false }
        var index = start
        for octet in text.utf8 {
            guard ASCII.lowercase(octet) == ASCII.lowercase(base[index]) else { return false }
            index += 1
        }
        return true
    }

    /// Whether a text stands somewhere in it, in any case.
    package func containsIgnoringCase(_ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard length <= count else { return false }
        return (start...end - length).contains { self[$0..<$0 + length].equalsIgnoringCase(text) }
    }

    @inlinable
    public func hasPrefix(_ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard length <= count else { return false }
        let pointer = text.utf8Start
        for offset in 0..<length where base[start + offset] != pointer[offset] { return false }
        return true
    }

    @inlinable @inline(__always)
    static func isSpace(_ octet: UInt8) -> Bool {
        ASCII.isBlank(octet) || octet == ASCII.carriageReturn || octet == ASCII.lineFeed
    }
}

extension OctetSlice: Hashable {
    @inlinable
    public static func == (left: OctetSlice, right: OctetSlice) -> Bool {
        guard left.count == right.count else { return false }
        return left.base.withUnsafeBufferPointer { mine in
            right.base.withUnsafeBufferPointer { theirs in
                mine[left.start..<left.end].elementsEqual(theirs[right.start..<right.end])
            }
        }
    }

    @inlinable
    public func hash(into hasher: inout Hasher) {
        base.withUnsafeBytes { hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: $0[start..<end])) }
    }
}

extension OctetSlice: CustomStringConvertible {
    @inlinable
    public var description: String { string }
}

extension OctetSlice: ExpressibleByStringLiteral {
    @inlinable
    public init(stringLiteral value: String) { self.init(value) }
}
