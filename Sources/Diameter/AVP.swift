import Octets

/// The AVP flags, RFC 6733 §4.1: `V M P r r r r r`. Reserved bits are ignored.
package struct AVPFlags: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let vendor = AVPFlags(rawValue: 0x80)
    package static let mandatory = AVPFlags(rawValue: 0x40)
}

/// One AVP inside a message, its data not copied: RFC 6733 §4.1.
///
///      0                   1                   2                   3
///     +-----------------------------------------------------------------+
///     |                           AVP Code                              |
///     |V M P r r r r r|                  AVP Length                     |
///     |                        Vendor-ID (opt)                          |
///     |    Data ...                                 padding to 4 octets |
package struct AVP: Sendable {
    package let name: AVPName
    package let flags: AVPFlags
    package let data: OctetSlice
    /// Where its header begins in the message.
    package let offset: Int
    /// How many groups it stands in.
    let depth: Int

    package var code: UInt32 { name.code }
    package var vendor: UInt32 { name.vendor }
    package var isMandatory: Bool { flags.contains(.mandatory) }

    /// Header and data without padding, as they stand in the message.
    package var octets: OctetSlice { OctetSlice(data.base, offset..<data.end) }

    package func value<V: AVPValue>(as type: V.Type = V.self) throws(DiameterDecodeFailure) -> V {
        do {
            return try V.decode(self)
        } catch {
            throw DiameterDecodeFailure(error, of: self)
        }
    }
}

/// AVPs one after the other, cut out only when asked for.
///
/// Exists only over octets whose framing has been checked, so iterating cannot fail.
package struct AVPSequence: Sequence, Sendable {
    let octets: [UInt8]
    let range: Range<Int>
    let depth: Int

    package struct Iterator: IteratorProtocol {
        let octets: [UInt8]
        var position: Int
        let end: Int
        let depth: Int

        package mutating func next() -> AVP? {
            guard position < end else { return nil }
            let start = position
            let flags = AVPFlags(rawValue: octets[start + 4])
            let length = Int(octets.bigEndian24(at: start + 5))
            let isVendor = flags.contains(.vendor)
            position = start + (length + 3) & ~3
            return AVP(
                name: AVPName(
                    code: octets.bigEndian32(at: start), vendor: isVendor ? octets.bigEndian32(at: start + 8) : 0),
                flags: flags, data: OctetSlice(octets, start + (isVendor ? 12 : 8)..<start + length), offset: start,
                depth: depth)
        }
    }

    package func makeIterator() -> Iterator {
        Iterator(octets: octets, position: range.lowerBound, end: range.upperBound, depth: depth)
    }

    /// The first AVP of that name at or after `position`.
    package func first(_ name: AVPName, from position: Int? = nil) -> AVP? {
        var start = position ?? range.lowerBound
        while start < range.upperBound {
            let length = Int(octets.bigEndian24(at: start + 5))
            if octets.bigEndian32(at: start) == name.code {
                let isVendor = octets[start + 4] & 0x80 != 0
                if (isVendor ? octets.bigEndian32(at: start + 8) : 0) == name.vendor {
                    return AVP(
                        name: name, flags: AVPFlags(rawValue: octets[start + 4]),
                        data: OctetSlice(octets, start + (isVendor ? 12 : 8)..<start + length), offset: start,
                        depth: depth)
                }
            }
            start += (length + 3) & ~3
        }
        return nil
    }

    /// Checks that each AVP is at least as long as its header, ends inside its parent and is padded to 4 octets.
    static func checkFraming(_ octets: [UInt8], _ range: Range<Int>) throws(DiameterDecodeFailure) {
        var start = range.lowerBound
        while start < range.upperBound {
            let room = range.upperBound - start
            guard room >= 8 else { throw .avpLength(octets, at: start, before: range.upperBound) }
            let length = Int(octets.bigEndian24(at: start + 5))
            let isVendor = octets[start + 4] & 0x80 != 0
            guard length >= (isVendor ? 12 : 8), (length + 3) & ~3 <= room else {
                throw .avpLength(octets, at: start, before: range.upperBound)
            }
            guard !isVendor || octets.bigEndian32(at: start + 8) != 0 else {
                throw .avpBits(octets, at: start, before: range.upperBound)
            }
            start += (length + 3) & ~3
        }
    }
}

/// The AVPs inside a Grouped AVP, RFC 6733 §4.4; framing checked when it was taken out.
package struct AVPGroup: AVPContainer, AVPValue, Sendable {
    package let avps: AVPSequence

    package static func decode(_ avp: AVP) throws(AVPValueFailure) -> AVPGroup {
        guard avp.depth < DiameterLimits.standard.nesting else { throw .nesting }
        do {
            try AVPSequence.checkFraming(avp.data.base, avp.data.indices)
        } catch {
            throw .inside(error)
        }
        return AVPGroup(avps: AVPSequence(octets: avp.data.base, range: avp.data.indices, depth: avp.depth + 1))
    }

    package func write(to writer: inout AVPWriter) {
        writer.write(OctetSlice(avps.octets, avps.range))
    }
}
