import Octets

/// The data of an AVP as a Swift value, RFC 6733 §4.2 to §4.4.
public protocol AVPValue: Sendable {
    /// Octets of the shortest value: what stands, zeroed, in the Failed-AVP for one that is missing.
    static var minimumLength: Int { get }

    static func decode(_ avp: AVP) throws(AVPValueFailure) -> Self

    /// Fails as `decode` does, without making the value.
    static func check(_ avp: AVP) throws(AVPValueFailure)

    /// Writes the data, neither header nor padding.
    func write(to writer: inout AVPWriter)
}

/// What is wrong with an AVP's data.
public enum AVPValueFailure: Error, Equatable {
    /// The length does not suit the type: 5014.
    case length
    /// The value is outside its range: 5004.
    case value
    /// Groups stand in one another too deeply: 5004.
    case nesting
    /// An AVP inside the group is at fault.
    case inside(DiameterDecodeFailure)
}

extension AVPValue {
    @inlinable public static var minimumLength: Int { 0 }

    @inlinable
    public static func check(_ avp: AVP) throws(AVPValueFailure) { _ = try decode(avp) }
}

extension UInt32: AVPValue {
    @inlinable public static var minimumLength: Int { 4 }

    @inlinable
    public static func decode(_ avp: AVP) throws(AVPValueFailure) -> UInt32 {
        guard avp.data.count == 4 else { throw .length }
        return avp.data.base.bigEndian32(at: avp.data.start)
    }

    @inlinable
    public func write(to writer: inout AVPWriter) { writer.write32(self) }
}

extension Int32: AVPValue {
    @inlinable public static var minimumLength: Int { 4 }

    @inlinable
    public static func decode(_ avp: AVP) throws(AVPValueFailure) -> Int32 {
        Int32(bitPattern: try UInt32.decode(avp))
    }

    @inlinable
    public func write(to writer: inout AVPWriter) { writer.write32(UInt32(bitPattern: self)) }
}

extension UInt64: AVPValue {
    @inlinable public static var minimumLength: Int { 8 }

    @inlinable
    public static func decode(_ avp: AVP) throws(AVPValueFailure) -> UInt64 {
        guard avp.data.count == 8 else { throw .length }
        let octets = avp.data.base
        return UInt64(octets.bigEndian32(at: avp.data.start)) << 32
            | UInt64(octets.bigEndian32(at: avp.data.start + 4))
    }

    @inlinable
    public func write(to writer: inout AVPWriter) {
        writer.write32(UInt32(truncatingIfNeeded: self >> 32))
        writer.write32(UInt32(truncatingIfNeeded: self))
    }
}

/// UTF8String. What is not UTF-8 is refused, and so is NUL: it ends strings in other people's programs.
extension String: AVPValue {
    @inlinable
    public static func decode(_ avp: AVP) throws(AVPValueFailure) -> String {
        let data = avp.data
        if data.isPlainText { return data.string }
        guard data.firstIndex(of: 0) == nil,
            let text = String(validating: data.base[data.indices], as: UTF8.self)
        else { throw .value }
        return text
    }

    @inlinable
    public static func check(_ avp: AVP) throws(AVPValueFailure) {
        if !avp.data.isPlainText { _ = try decode(avp) }
    }

    @inlinable
    public func write(to writer: inout AVPWriter) { writer.write(self) }
}

extension OctetSlice {
    /// Whether it is all ASCII without NUL: text whose validity needs no further look.
    @usableFromInline
    var isPlainText: Bool {
        all { word in (word | (word &- OctetWord.ones) & ~word) & OctetWord.highBits == 0 }
    }

    /// Whether every octet is a visible ASCII character, 0x21 to 0x7E.
    var isVisibleText: Bool {
        all { word in
            let isBelow = (word &- OctetWord.ones &* 0x21) & ~word
            return (word | isBelow | (word &+ OctetWord.ones)) & OctetWord.highBits == 0
        }
    }

    /// Eight octets at a time; the last word is filled up with `a`. Through a pointer, for the loads.
    private func all(_ holds: (UInt64) -> Bool) -> Bool {
        base.withUnsafeBytes { bytes in
            var index = start
            while index + 8 <= end {
                guard holds(bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)) else { return false }
                index += 8
            }
            var word = OctetWord.ones &* 0x61
            while index < end {
                word = word << 8 | UInt64(bytes[index])
                index += 1
            }
            return holds(word)
        }
    }
}

/// Eight octets as a number. A borrow or carry between them can only begin at an octet that fails the test anyway.
private enum OctetWord {
    static let ones: UInt64 = 0x0101_0101_0101_0101
    static let highBits: UInt64 = 0x8080_8080_8080_8080
}

extension OctetSlice: AVPValue {
    @inlinable
    public static func decode(_ avp: AVP) throws(AVPValueFailure) -> OctetSlice { avp.data }

    @inlinable
    public func write(to writer: inout AVPWriter) { writer.write(self) }
}

extension [UInt8]: AVPValue {
    @inlinable
    public static func decode(_ avp: AVP) throws(AVPValueFailure) -> [UInt8] { avp.data.array }

    @inlinable
    public func write(to writer: inout AVPWriter) { writer.write(self) }
}

/// An FQDN or realm in ASCII, never empty; RFC 6733 §4.3.1.
extension DiameterIdentity: AVPValue {
    package static func decode(_ avp: AVP) throws(AVPValueFailure) -> DiameterIdentity {
        try check(avp)
        return DiameterIdentity(avp.data.string)
    }

    package static func check(_ avp: AVP) throws(AVPValueFailure) {
        guard (1...255).contains(avp.data.count), avp.data.isVisibleText else { throw .value }
    }

    package func write(to writer: inout AVPWriter) { writer.write(name) }
}

/// Address, RFC 6733 §4.3.1: the address family (1 IPv4, 2 IPv6) in two octets, then the address.
extension IPAddress: AVPValue {
    package static var minimumLength: Int { 6 }

    package static func decode(_ avp: AVP) throws(AVPValueFailure) -> IPAddress {
        let data = avp.data
        guard data.count >= 2 else { throw .length }
        let octets = data.base
        switch (octets[data.start], octets[data.start + 1]) {
        case (0, 1):
            guard data.count == 6 else { throw .length }
            return .v4(octets.bigEndian32(at: data.start + 2))
        case (0, 2):
            guard data.count == 18 else { throw .length }
            let half = { UInt64(octets.bigEndian32(at: $0)) << 32 | UInt64(octets.bigEndian32(at: $0 + 4)) }
            return .v6(half(data.start + 2), half(data.start + 10))
        default: throw .value
        }
    }

    package func write(to writer: inout AVPWriter) {
        switch self {
        case .v4(let address):
            writer.write16(1)
            writer.write32(address)
        case .v6(let high, let low):
            writer.write16(2)
            high.write(to: &writer)
            low.write(to: &writer)
        }
    }
}

/// Time, RFC 6733 §4.3.1: seconds since 1900, after 2036 by the extension of SNTP.
package struct DiameterTime: Hashable, Sendable, AVPValue {
    /// Seconds since 1970.
    package let secondsSince1970: Int64

    package init(secondsSince1970: Int64) { self.secondsSince1970 = secondsSince1970 }

    package static var minimumLength: Int { 4 }

    package static func decode(_ avp: AVP) throws(AVPValueFailure) -> DiameterTime {
        let seconds = Int64(try UInt32.decode(avp))
        // RFC 5905 by way of SNTP: with the top bit the era of 1900, without it that of 2036.
        let era = seconds & 0x8000_0000 == 0 ? Int64(1) << 32 : 0
        return DiameterTime(secondsSince1970: seconds + era - 2_208_988_800)
    }

    package func write(to writer: inout AVPWriter) {
        writer.write32(UInt32(truncatingIfNeeded: secondsSince1970 &+ 2_208_988_800))
    }
}

/// Enumerations conform by saying so; a value that is not theirs is 5004.
extension AVPValue where Self: RawRepresentable, RawValue == UInt32 {
    @inlinable public static var minimumLength: Int { 4 }

    @inlinable
    public static func decode(_ avp: AVP) throws(AVPValueFailure) -> Self {
        guard let value = Self(rawValue: try UInt32.decode(avp)) else { throw .value }
        return value
    }

    @inlinable
    public func write(to writer: inout AVPWriter) { writer.write32(rawValue) }
}

extension ApplicationID: AVPValue {}
