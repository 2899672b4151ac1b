import Octets

/// A number as short messages carry it: two digits an octet, the first in the low half (TS 23.040 §9.1.2.5, TS 24.011 §8.2.5;
/// not at hand).
package struct SMSAddress: Hashable, Sendable {
    /// Type of number and numbering plan: 0x91 for an international number, 0x81 for one of unknown type.
    package let type: UInt8
    /// `0` to `9`, `*`, `#`, `a`, `b`, `c`.
    package let digits: String

    private static let symbols = Array("0123456789*#abc".utf8)
    /// The longest address of a TPDU, in digits.
    private static let limit = 20

    /// nil for what is no number: `+` and digits, or digits.
    package init?(number: String) {
        let isGlobal = number.hasPrefix("+")
        let digits = isGlobal ? String(number.dropFirst()) : number
        guard (1...Self.limit).contains(digits.utf8.count), digits.utf8.allSatisfy(Self.symbols.contains) else {
            return nil
        }
        type = isGlobal ? 0x91 : 0x81
        self.digits = digits
    }

    /// With `+` when it is international.
    package var number: String { type & 0x70 == 0x10 ? "+" + digits : digits }

    /// TP-DA: the number of digits, the type, the digits.
    init(reading reader: inout OctetReader) throws(SMSFault) {
        guard let count = reader.read8(), let type = reader.read8(), count <= Self.limit,
            let octets = reader.read(count: (Int(count) + 1) / 2)
        else { throw .truncated }
        try self.init(type, octets, count: Int(count))
    }

    /// RP-DA or RP-OA: the type and the digits, a filler at the end.
    init(centre octets: OctetSlice) throws(SMSFault) {
        guard let type = octets.first, octets.count <= 12 else { throw .address }
        let digits = octets[octets.start + 1..<octets.end]
        let isOdd = digits.last.map { $0 >> 4 == 0xF } ?? false
        try self.init(type, digits, count: digits.count * 2 - (isOdd ? 1 : 0))
    }

    private init(_ type: UInt8, _ octets: OctetSlice, count: Int) throws(SMSFault) {
        var digits: [UInt8] = []
        for index in 0..<count {
            let octet = octets[octets.start + index / 2]
            let symbol = Int(index.isMultiple(of: 2) ? octet & 0xF : octet >> 4)
            guard symbol < Self.symbols.count else { throw .address }
            digits.append(Self.symbols[symbol])
        }
        // Letters (type 5) are packed differently, and no phone has such an address.
        guard !digits.isEmpty, type & 0x70 != 0x50 else { throw .address }
        self.type = type
        self.digits = String(decoding: digits, as: UTF8.self)
    }

    private var packed: [UInt8] {
        var octets: [UInt8] = []
        var low: UInt8?
        for digit in digits.utf8 {
            let symbol = UInt8(truncatingIfNeeded: Self.symbols.firstIndex(of: digit) ?? 0xF)
            if let first = low {
                octets.append(symbol << 4 | first)
                low = nil
            } else {
                low = symbol
            }
        }
        if let low { octets.append(0xF0 | low) }
        return octets
    }

    /// As TP-OA.
    var octets: [UInt8] { [UInt8(truncatingIfNeeded: digits.utf8.count), type] + packed }

    /// As RP-OA, without its length.
    var centreOctets: [UInt8] { [type] + packed }
}
