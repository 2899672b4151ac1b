/// A run of octets inside a longer array, kept without copying.
///
/// Typed header and AVP values are made of these: taking one costs a retain, never an allocation.
/// Equality and hashing go by content.
package struct OctetSlice: Sendable {
    package let base: [UInt8]
    package let start: Int
    package let end: Int

    /// - Precondition: `range` lies inside `base`.
    package init(_ base: [UInt8], _ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= base.count)
        self.base = base
        start = range.lowerBound
        end = range.upperBound
    }

    package init(_ octets: [UInt8] = []) { self.init(octets, 0..<octets.count) }

    package init(_ text: String) { self.init(Array(text.utf8)) }

    package var count: Int { end - start }
    package var isEmpty: Bool { start == end }
    package var indices: Range<Int> { start..<end }
    package var first: UInt8? { isEmpty ? nil : base[start] }
    package var last: UInt8? { isEmpty ? nil : base[end - 1] }

    /// The octet at `index`, an index of `base` between `start` and `end`.
    @inline(__always)
    package subscript(index: Int) -> UInt8 { base[index] }

    /// The part between two indices of `base`.
    package subscript(range: Range<Int>) -> OctetSlice {
        precondition(range.lowerBound >= start && range.upperBound <= end)
        return OctetSlice(base, range)
    }

    package var array: [UInt8] { Array(base[start..<end]) }

    /// The octets as text; what is not UTF-8 shows as U+FFFD.
    package var string: String {
        base.withUnsafeBufferPointer { String(decoding: UnsafeBufferPointer(rebasing: $0[start..<end]), as: UTF8.self) }
    }

    /// First index of `octet` at or after `position`.
    package func firstIndex(of octet: UInt8, from position: Int? = nil) -> Int? {
        var index = position ?? start
        while index < end {
            if base[index] == octet { return index }
            index += 1
        }
        return nil
    }

    /// Without blanks, CR and LF at either end.
    package var trimmed: OctetSlice {
        var low = start
        var high = end
        while low < high, Self.isSpace(base[low]) { low += 1 }
        while high > low, Self.isSpace(base[high - 1]) { high -= 1 }
        return OctetSlice(base, low..<high)
    }

    /// The value of an unsigned decimal number without sign; nil when empty, not all digits or too large.
    package var decimal: UInt64? {
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

    package func equals(_ text: StaticString) -> Bool {
        guard text.utf8CodeUnitCount == count else { return false }
        let pointer = text.utf8Start
        for offset in 0..<count where base[start + offset] != pointer[offset] { return false }
        return true
    }

    /// Compares ASCII letters without regard to case.
    package func equalsIgnoringCase(_ text: StaticString) -> Bool {
        guard text.utf8CodeUnitCount == count else { return false }
        let pointer = text.utf8Start
        for offset in 0..<count
        where ASCII.lowercase(base[start + offset]) != ASCII.lowercase(pointer[offset]) { return false }
        return true
    }

    @_disfavoredOverload  // a literal means the StaticString above
    package func equalsIgnoringCase(_ other: OctetSlice) -> Bool {
        guard other.count == count else { return false }
        for offset in 0..<count
        where ASCII.lowercase(base[start + offset]) != ASCII.lowercase(other.base[other.start + offset]) {
            return false
        }
        return true
    }

    package func hasPrefix(_ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard length <= count else { return false }
        let pointer = text.utf8Start
        for offset in 0..<length where base[start + offset] != pointer[offset] { return false }
        return true
    }

    private static func isSpace(_ octet: UInt8) -> Bool {
        ASCII.isBlank(octet) || octet == ASCII.carriageReturn || octet == ASCII.lineFeed
    }
}

extension OctetSlice: Hashable {
    package static func == (left: OctetSlice, right: OctetSlice) -> Bool {
        guard left.count == right.count else { return false }
        return left.base.withUnsafeBufferPointer { mine in
            right.base.withUnsafeBufferPointer { theirs in
                mine[left.start..<left.end].elementsEqual(theirs[right.start..<right.end])
            }
        }
    }

    package func hash(into hasher: inout Hasher) {
        base.withUnsafeBytes { hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: $0[start..<end])) }
    }
}

extension OctetSlice: CustomStringConvertible {
    package var description: String { string }
}

extension OctetSlice: ExpressibleByStringLiteral {
    package init(stringLiteral value: String) { self.init(value) }
}
