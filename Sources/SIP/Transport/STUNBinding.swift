import Octets

/// The STUN server that a SIP port over UDP owes its phones for their keep-alives: RFC 5626 §8, RFC 8489.
///
/// A Binding request is answered with where it came from; everything else of STUN is dropped. Nothing is remembered.
package enum STUNBinding {
    private static let cookie: UInt32 = 0x2112_A442
    private static let headerLength = 20

    /// RFC 5626 §8, RFC 8489 §5: the first two bits are zero, which no SIP message begins with.
    package static func isSTUN(_ datagram: [UInt8]) -> Bool {
        datagram.count >= headerLength && datagram[0] & 0xC0 == 0 && datagram[4] == 0x21 && datagram[5] == 0x12
            && datagram[6] == 0xA4 && datagram[7] == 0x42
    }

    /// A Binding request without attributes, RFC 8489 §5: a client's keep-alive over UDP.
    ///
    /// - Parameter transaction: 12 octets that nobody can guess.
    package static func request(transaction: [UInt8]) -> [UInt8] {
        header(0x0001, length: 0, OctetSlice(transaction)).octets
    }

    /// The response to a Binding request; nil for whatever needs none.
    package static func answer(to datagram: [UInt8], from source: Endpoint) -> [UInt8]? {
        var reader = OctetReader(OctetSlice(datagram))
        guard reader.read16() == 0x0001, let length = reader.read16(), Int(length) == datagram.count - headerLength,
            length % 4 == 0, reader.read32() == cookie, let transaction = reader.read(count: 12),
            let attributes = Attributes(reader, of: datagram)
        else { return nil }
        var body = OctetWriter(reserving: 48)
        if attributes.unknown.isEmpty {
            writeAddress(source, transaction, to: &body)
        } else {
            writeUnknown(attributes.unknown, to: &body)
        }
        let type: UInt16 = attributes.unknown.isEmpty ? 0x0101 : 0x0111
        var answer = header(type, length: body.octets.count + (attributes.hasFingerprint ? 8 : 0), transaction)
        answer.write(body.octets)
        if attributes.hasFingerprint {
            // RFC 8489 §14.7: over all before it, with the length that includes it.
            let sum = crc32(answer.octets[...]) ^ 0x5354_554E
            answer.write16(0x8028)
            answer.write16(4)
            answer.write32(sum)
        }
        return answer.octets
    }

    private struct Attributes {
        /// Comprehension-required ones that we do not know (§14): all are, a Binding request needs none.
        var unknown: [UInt16] = []
        var hasFingerprint = false

        /// nil when the attributes do not fit or the fingerprint is wrong.
        init?(_ reader: OctetReader, of datagram: [UInt8]) {
            var reader = reader
            while reader.remaining > 0 {
                let start = reader.position
                guard !hasFingerprint, let type = reader.read16(), let length = reader.read16(),
                    let value = reader.read(count: Int(length)), reader.read(count: (4 - Int(length) % 4) % 4) != nil
                else { return nil }
                if type == 0x8028 {
                    var sum = OctetReader(value)
                    guard sum.read32() == STUNBinding.crc32(datagram[..<start]) ^ 0x5354_554E else { return nil }
                    hasFingerprint = true
                } else if type < 0x8000, !unknown.contains(type), unknown.count < 16 {
                    unknown.append(type)
                }
            }
        }
    }

    private static func header(_ type: UInt16, length: Int, _ transaction: OctetSlice) -> OctetWriter {
        var writer = OctetWriter(reserving: headerLength + length)
        writer.write16(type)
        writer.write16(UInt16(clamping: length))
        writer.write32(cookie)
        writer.write(transaction)
        return writer
    }

    /// XOR-MAPPED-ADDRESS, §14.2.
    private static func writeAddress(_ source: Endpoint, _ transaction: OctetSlice, to writer: inout OctetWriter) {
        writer.write16(0x0020)
        writer.write16(source.address.isV6 ? 20 : 8)
        writer.write16(source.address.isV6 ? 0x0002 : 0x0001)
        writer.write16(source.port ^ UInt16(truncatingIfNeeded: cookie >> 16))
        switch source.address {
        case .v4(let bits): writer.write32(bits ^ cookie)
        case .v6(let high, let low):
            var mask = OctetReader(transaction)
            let first = UInt64(cookie) << 32 | UInt64(mask.read32() ?? 0)
            writer.write64(high ^ first)
            writer.write64(low ^ (mask.read64() ?? 0))
        }
    }

    /// ERROR-CODE 420 and UNKNOWN-ATTRIBUTES, §14.8 and §14.13; padded to four octets.
    private static func writeUnknown(_ unknown: [UInt16], to writer: inout OctetWriter) {
        let reason: StaticString = "Unknown Attribute"
        writer.write16(0x0009)
        writer.write16(UInt16(4 + reason.utf8CodeUnitCount))
        writer.write32(4 << 8 | 20)
        writer.write(reason)
        for _ in 0..<(4 - reason.utf8CodeUnitCount % 4) % 4 { writer.write(0 as UInt8) }
        writer.write16(0x000A)
        writer.write16(UInt16(clamping: unknown.count * 2))
        for type in unknown { writer.write16(type) }
        if unknown.count % 2 == 1 { writer.write16(0) }
    }

    /// ITU-T V.42, as §14.7 wants it; bit by bit, as it runs over some forty octets.
    private static func crc32(_ octets: ArraySlice<UInt8>) -> UInt32 {
        var sum = UInt32.max
        for octet in octets {
            sum ^= UInt32(octet)
            for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
        }
        return ~sum
    }
}
