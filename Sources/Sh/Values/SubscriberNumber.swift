import Diameter
import Octets

/// MSISDN (701), TS 29.329 §6.3.2: an international number, two digits an octet, low nibble first, filled up with 1111
/// (TBCD of TS 29.002).
package struct SubscriberNumber: Hashable, Sendable {
    /// Decimal digits, country code first, no plus sign.
    package let digits: String

    /// Nil unless `digits` is one to fifteen decimal digits, as E.164 allows.
    package init?(_ digits: String) {
        let count = digits.utf8.count
        guard (1...15).contains(count), digits.utf8.allSatisfy({ ASCII.isDigit($0) }) else { return nil }
        self.digits = digits
    }
}

extension SubscriberNumber: AVPValue {
    package static func decode(_ avp: AVP) throws(AVPValueFailure) -> SubscriberNumber {
        var digits: [UInt8] = []
        for index in avp.data.indices {
            let octet = avp.data[index]
            guard octet & 0x0F <= 9 else { throw .value }
            digits.append(UInt8(ascii: "0") + (octet & 0x0F))
            let high = octet >> 4
            if high == 0xF, index == avp.data.end - 1 { break }
            guard high <= 9 else { throw .value }
            digits.append(UInt8(ascii: "0") + high)
        }
        guard let number = SubscriberNumber(String(decoding: digits, as: UTF8.self)) else { throw .value }
        return number
    }

    package func write(to writer: inout AVPWriter) {
        var low: UInt8?
        for digit in digits.utf8 {
            let value = digit - UInt8(ascii: "0")
            if let first = low {
                writer.write(value << 4 | first)
                low = nil
            } else {
                low = value
            }
        }
        if let first = low { writer.write(0xF0 | first) }
    }
}
