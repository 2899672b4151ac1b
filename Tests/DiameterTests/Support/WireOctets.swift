import Diameter
import Octets

/// Octets written by hand, laid out as in the figures of RFC 6733 §3 and §4.1.
enum Wire {
    static func hex(_ text: String) -> [UInt8] { Hex.decode(text.filter { $0 != " " && $0 != "\n" }) ?? [] }

    static func number(_ value: UInt32) -> [UInt8] {
        [UInt8(value >> 24), UInt8(value >> 16 & 255), UInt8(value >> 8 & 255), UInt8(value & 255)]
    }

    static func message(
        flags: UInt8 = 0x80, command: UInt32 = 257, application: UInt32 = 0, hopByHop: UInt32 = 1,
        endToEnd: UInt32 = 2, _ avps: [UInt8] = [], version: UInt8 = 1, length: Int? = nil
    ) -> [UInt8] {
        let length = UInt32(length ?? 20 + avps.count)
        return number(UInt32(version) << 24 | length) + number(UInt32(flags) << 24 | command) + number(application)
            + number(hopByHop) + number(endToEnd) + avps
    }

    static func avp(
        _ code: UInt32, flags: UInt8 = 0x40, vendor: UInt32? = nil, _ data: [UInt8], length: Int? = nil
    ) -> [UInt8] {
        let header = vendor == nil ? 8 : 12
        let bits = vendor == nil ? flags : flags | 0x80
        var octets = number(code) + number(UInt32(bits) << 24 | UInt32(length ?? header + data.count))
        if let vendor { octets += number(vendor) }
        octets += data
        while octets.count % 4 != 0 { octets.append(0) }
        return octets
    }

    static func text(_ text: String) -> [UInt8] { Array(text.utf8) }
}
