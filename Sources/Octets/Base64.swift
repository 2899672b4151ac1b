/// Base 64 of RFC 2045 §6.8 without line breaks: the form of an AKA nonce (RFC 3310 §3.2).
package enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    package static func encode(_ octets: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((octets.count + 2) / 3 * 4)
        for index in stride(from: 0, to: octets.count, by: 3) {
            let rest = octets.count - index
            let second = rest > 1 ? octets[index + 1] : 0
            let third = rest > 2 ? octets[index + 2] : 0
            text.append(alphabet[Int(octets[index] >> 2)])
            text.append(alphabet[Int((octets[index] & 3) << 4 | second >> 4)])
            text.append(rest > 1 ? alphabet[Int((second & 15) << 2 | third >> 6)] : UInt8(ascii: "="))
            text.append(rest > 2 ? alphabet[Int(third & 63)] : UInt8(ascii: "="))
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// nil when a character is outside the alphabet or the padding is wrong.
    package static func decode(_ text: OctetSlice) -> [UInt8]? {
        guard text.count.isMultiple(of: 4) else { return nil }
        var octets: [UInt8] = []
        octets.reserveCapacity(text.count / 4 * 3)
        var index = text.start
        while index < text.end {
            let isLast = index + 4 == text.end
            guard let first = value(text[index]), let second = value(text[index + 1]) else { return nil }
            octets.append(first << 2 | second >> 4)
            if isLast, text[index + 3] == UInt8(ascii: "=") {
                if text[index + 2] == UInt8(ascii: "=") { return octets }
                guard let third = value(text[index + 2]) else { return nil }
                octets.append(second << 4 | third >> 2)
                return octets
            }
            guard let third = value(text[index + 2]), let fourth = value(text[index + 3]) else { return nil }
            octets.append(second << 4 | third >> 2)
            octets.append(third << 6 | fourth)
            index += 4
        }
        return octets
    }

    private static func value(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - 65
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - 71
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character + 4
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
