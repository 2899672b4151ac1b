import Octets

/// Reads tag, length and value one after the other, X.690 §8.1 and §10.1; nil at the end and at anything malformed.
struct DERReader {
    struct Element {
        let tag: UInt8
        let value: OctetSlice

        var contents: DERReader { DERReader(value) }
    }

    private var reader: OctetReader

    init(_ octets: OctetSlice) { reader = OctetReader(octets) }

    mutating func next() -> Element? {
        // Tags of one octet only: X.509 has no others (RFC 5280 appendix A).
        guard let tag = reader.read8(), tag & 0x1F != 0x1F, let first = reader.read8() else { return nil }
        var length = Int(first)
        if first & 0x80 != 0 {
            let width = Int(first & 0x7F)
            guard (1...4).contains(width) else { return nil }
            length = 0
            for _ in 0..<width {
                guard let octet = reader.read8() else { return nil }
                length = length << 8 | Int(octet)
            }
        }
        return reader.read(count: length).map { Element(tag: tag, value: $0) }
    }

    /// The next element, when it has this tag.
    mutating func next(_ tag: UInt8) -> DERReader? {
        guard let element = next(), element.tag == tag else { return nil }
        return element.contents
    }

    static let sequence: UInt8 = 0x30
    static let set: UInt8 = 0x31
    static let objectIdentifier: UInt8 = 0x06
    static let octetString: UInt8 = 0x04
}
