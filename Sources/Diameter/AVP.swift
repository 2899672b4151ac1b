import Octets

/// The AVP flags, RFC 6733 §4.1: `V M P r r r r r`. Reserved bits are ignored.
public struct AVPFlags: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8
    @inlinable
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    @inlinable public static var vendor: AVPFlags { AVPFlags(rawValue: 0x80) }
    @inlinable public static var mandatory: AVPFlags { AVPFlags(rawValue: 0x40) }
}

/// One AVP inside a message, its data not copied: RFC 6733 §4.1.
///
///      0                   1                   2                   3
///     +-----------------------------------------------------------------+
///     |                           AVP Code                              |
///     |V M P r r r r r|                  AVP Length                     |
///     |                        Vendor-ID (opt)                          |
///     |    Data ...                                 padding to 4 octets |
public struct AVP: Sendable {
    public let name: AVPName
    public let flags: AVPFlags
    public let data: OctetSlice
    /// Where its header begins in the message.
    public let offset: Int
    /// How many groups it stands in.
    @usableFromInline let depth: Int

    /// Takes the AVP whose header begins at `start`.
    /// - Precondition: The framing of the octets has been checked.
    @inlinable
    init(_ octets: [UInt8], at start: Int, depth: Int) {
        let word = octets.bigEndian32(at: start + 4)
        let isVendor = word & 0x8000_0000 != 0
        name = AVPName(code: octets.bigEndian32(at: start), vendor: isVendor ? octets.bigEndian32(at: start + 8) : 0)
        flags = AVPFlags(rawValue: UInt8(truncatingIfNeeded: word >> 24))
        data = OctetSlice(octets, start + (isVendor ? 12 : 8)..<start + Int(word & 0xFF_FFFF))
        offset = start
        self.depth = depth
    }

    package var code: UInt32 { name.code }
    package var vendor: UInt32 { name.vendor }
    @inlinable public var isMandatory: Bool { flags.contains(.mandatory) }

    /// Where the next AVP begins.
    @inlinable public var end: Int { (data.end + 3) & ~3 }

    /// Header and data without padding, as they stand in the message.
    package var octets: OctetSlice { OctetSlice(data.base, offset..<data.end) }

    @inlinable
    public func value<V: AVPValue>(as type: V.Type = V.self) throws(DiameterDecodeFailure) -> V {
        do {
            return try V.decode(self)
        } catch {
            throw DiameterDecodeFailure(error, of: self)
        }
    }

    @inlinable
    func check<V: AVPValue>(as type: V.Type) throws(DiameterDecodeFailure) {
        do {
            try V.check(self)
        } catch {
            throw DiameterDecodeFailure(error, of: self)
        }
    }
}

/// AVPs one after the other, cut out only when asked for.
///
/// Exists only over octets whose framing has been checked, so iterating cannot fail.
public struct AVPSequence: Sequence, Sendable {
    @usableFromInline let octets: [UInt8]
    @usableFromInline let range: Range<Int>
    @usableFromInline let depth: Int
    @usableFromInline let codes: AVPCodes

    @inlinable
    init(octets: [UInt8], range: Range<Int>, depth: Int, codes: AVPCodes = .unknown) {
        self.octets = octets
        self.range = range
        self.depth = depth
        self.codes = codes
    }

    public struct Iterator: IteratorProtocol {
        @usableFromInline let octets: [UInt8]
        @usableFromInline var position: Int
        @usableFromInline let end: Int
        @usableFromInline let depth: Int

        @inlinable
        init(_ sequence: AVPSequence) {
            octets = sequence.octets
            position = sequence.range.lowerBound
            end = sequence.range.upperBound
            depth = sequence.depth
        }

        @inlinable
        public mutating func next() -> AVP? {
            guard position < end else { return nil }
            let avp = AVP(octets, at: position, depth: depth)
            position = avp.end
            return avp
        }
    }

    @inlinable
    public func makeIterator() -> Iterator { Iterator(self) }

    /// The first AVP of that name at or after `position`.
    @inlinable
    public func first(_ name: AVPName) -> AVP? {
        guard codes.mayHave(name) else { return nil }
        let start = Self.offset(of: name, in: octets, range.lowerBound, range.upperBound)
        return start < 0 ? nil : AVP(octets, at: start, depth: depth)
    }

    /// The next AVP of the same name.
    @inlinable
    public func next(after avp: AVP) -> AVP? {
        guard codes.mayRepeat(avp.name) else { return nil }
        let start = Self.offset(of: avp.name, in: octets, avp.end, range.upperBound)
        return start < 0 ? nil : AVP(octets, at: start, depth: depth)
    }

    /// Where the header of the first AVP of that name begins; -1 when there is none.
    @usableFromInline
    static func offset(of name: AVPName, in octets: [UInt8], _ first: Int, _ end: Int) -> Int {
        // Through a pointer: a message is walked for each key, and a walk is little more than these loads.
        octets.withUnsafeBytes { bytes in
            precondition(first >= 0 && end <= bytes.count)
            let code = name.code.bigEndian
            var start = first
            while start <= end - 8 {
                let word = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: start + 4, as: UInt32.self))
                let isVendor = word & 0x8000_0000 != 0
                if bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self) == code, isVendor == (name.vendor != 0),
                    !isVendor
                        || (start <= end - 12
                            && bytes.loadUnaligned(fromByteOffset: start + 8, as: UInt32.self)
                                == name.vendor.bigEndian)
                {
                    return start
                }
                // Never less than a header, whatever stands there: the walk ends.
                start += Swift.max(8, (Int(word & 0xFF_FFFF) + 3) & ~3)
            }
            return -1
        }
    }

    /// Checks that each AVP is at least as long as its header, ends inside its parent and is padded to 4 octets.
    /// - Returns: which AVPs there are.
    static func checkFraming(_ octets: [UInt8], _ range: Range<Int>) throws(DiameterDecodeFailure) -> AVPCodes {
        var codes = AVPCodes.none
        var start = range.lowerBound
        while start < range.upperBound {
            let room = range.upperBound - start
            guard room >= 8 else { throw .avpLength(octets, at: start, before: range.upperBound) }
            let word = octets.bigEndian32(at: start + 4)
            let length = Int(word & 0xFF_FFFF)
            let isVendor = word & 0x8000_0000 != 0
            guard length >= (isVendor ? 12 : 8), (length + 3) & ~3 <= room else {
                throw .avpLength(octets, at: start, before: range.upperBound)
            }
            guard !isVendor || octets.bigEndian32(at: start + 8) != 0 else {
                throw .avpBits(octets, at: start, before: range.upperBound)
            }
            codes.insert(octets.bigEndian32(at: start))
            start += (length + 3) & ~3
        }
        return codes
    }
}

/// Roughly which AVPs stand in a message, by the low six bits of their codes: enough to say at once that one is not
/// there or not there twice, which is what a decoder asks about most.
@usableFromInline
struct AVPCodes: Sendable {
    @usableFromInline var seen: UInt64
    @usableFromInline var seenAgain: UInt64

    @inlinable
    init(seen: UInt64, seenAgain: UInt64) {
        self.seen = seen
        self.seenAgain = seenAgain
    }

    static let none = AVPCodes(seen: 0, seenAgain: 0)
    /// Anything may be there: somebody has to look.
    @inlinable static var unknown: AVPCodes { AVPCodes(seen: .max, seenAgain: .max) }

    mutating func insert(_ code: UInt32) {
        let bit = UInt64(1) << UInt64(code & 63)
        seenAgain |= seen & bit
        seen |= bit
    }

    @inlinable
    func mayHave(_ name: AVPName) -> Bool { seen >> UInt64(name.code & 63) & 1 != 0 }

    @inlinable
    func mayRepeat(_ name: AVPName) -> Bool { seenAgain >> UInt64(name.code & 63) & 1 != 0 }
}

/// The AVPs inside a Grouped AVP, RFC 6733 §4.4; framing checked when it was taken out.
public struct AVPGroup: AVPContainer, AVPValue, Sendable {
    public let avps: AVPSequence

    public static func decode(_ avp: AVP) throws(AVPValueFailure) -> AVPGroup {
        guard avp.depth < DiameterLimits.standard.nesting else { throw .nesting }
        do {
            let codes = try AVPSequence.checkFraming(avp.data.base, avp.data.indices)
            return AVPGroup(
                avps: AVPSequence(
                    octets: avp.data.base, range: avp.data.indices, depth: avp.depth + 1, codes: codes))
        } catch {
            throw .inside(error)
        }
    }

    public func write(to writer: inout AVPWriter) {
        writer.write(OctetSlice(avps.octets, avps.range))
    }
}
