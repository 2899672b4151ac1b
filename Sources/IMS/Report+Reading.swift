import Octets

extension Report {
    /// Reads one JSON text (RFC 8259). nil when it is none, nests deeper than 32 or has anything after it.
    package init?(json octets: some Collection<UInt8>) {
        var reader = JSONReader(Array(octets))
        guard let value = reader.value(depth: 0), reader.isAtEnd else { return nil }
        self = value
    }

    package init?(json text: String) { self.init(json: text.utf8) }
}

/// A recursive descent over JSON with a bound on its depth; members keep their order.
private struct JSONReader {
    private let octets: [UInt8]
    private var position = 0

    init(_ octets: [UInt8]) { self.octets = octets }

    var isAtEnd: Bool {
        mutating get {
            skipSpace()
            return position == octets.count
        }
    }

    private var next: UInt8? { position < octets.count ? octets[position] : nil }

    private mutating func skipSpace() {
        while let octet = next, octet == 0x20 || octet == 0x09 || octet == 0x0A || octet == 0x0D { position += 1 }
    }

    private mutating func take(_ octet: Character) -> Bool {
        skipSpace()
        guard next == octet.asciiValue else { return false }
        position += 1
        return true
    }

    private mutating func take(word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        guard position + length <= octets.count else { return false }
        guard OctetSlice(octets, position..<position + length).equals(word) else { return false }
        position += length
        return true
    }

    mutating func value(depth: Int) -> Report? {
        guard depth <= 32 else { return nil }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return record(depth: depth)
        case UInt8(ascii: "["): return list(depth: depth)
        case UInt8(ascii: "\""): return string().map { .text($0) }
        case UInt8(ascii: "t"): return take(word: "true") ? .boolean(true) : nil
        case UInt8(ascii: "f"): return take(word: "false") ? .boolean(false) : nil
        case UInt8(ascii: "n"): return take(word: "null") ? .null : nil
        default: return number()
        }
    }

    private mutating func record(depth: Int) -> Report? {
        position += 1
        var members: [Report.Member] = []
        if take("}") { return .record(members) }
        repeat {
            skipSpace()
            guard next == UInt8(ascii: "\""), let name = string(), take(":"), let value = value(depth: depth + 1)
            else { return nil }
            members.append(Report.Member(name, value))
        } while take(",")
        return take("}") ? .record(members) : nil
    }

    private mutating func list(depth: Int) -> Report? {
        position += 1
        var elements: [Report] = []
        if take("]") { return .list(elements) }
        repeat {
            guard let value = value(depth: depth + 1) else { return nil }
            elements.append(value)
        } while take(",")
        return take("]") ? .list(elements) : nil
    }

    private mutating func number() -> Report? {
        let start = position
        while let octet = next, ASCII.isDigit(octet) || "+-.eE".utf8.contains(octet) { position += 1 }
        let text = String(decoding: octets[start..<position], as: UTF8.self)
        if let integer = Int(text) { return .integer(integer) }
        return Double(text).map { .number($0) }
    }

    private mutating func string() -> String? {
        position += 1
        var text: [UInt8] = []
        while let octet = next {
            position += 1
            switch octet {
            case UInt8(ascii: "\""): return String(validating: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard escape(into: &text) else { return nil }
            case 0..<0x20: return nil
            default: text.append(octet)
            }
        }
        return nil
    }

    private mutating func escape(into text: inout [UInt8]) -> Bool {
        guard let octet = next else { return false }
        position += 1
        switch octet {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(octet)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            guard var value = hexadecimal() else { return false }
            if (0xD800..<0xDC00).contains(value) {  // RFC 8259 §7: a surrogate pair
                guard take(word: "\\u"), let low = hexadecimal(), (0xDC00..<0xE000).contains(low) else { return false }
                value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(value) else { return false }
            text.append(contentsOf: Character(scalar).utf8)
        default: return false
        }
        return true
    }

    private mutating func hexadecimal() -> UInt32? {
        guard position + 4 <= octets.count else { return nil }
        var value: UInt32 = 0
        for index in position..<position + 4 {
            guard let digit = Hex.value(octets[index]) else { return nil }
            value = value << 4 | UInt32(digit)
        }
        position += 4
        return value
    }
}
