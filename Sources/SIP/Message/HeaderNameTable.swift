import Octets

/// Finds the token of a header name: a hash table with open addressing, filled once.
struct HeaderNameTable: Sendable {
    static let shared = HeaderNameTable()

    private static let mask = 1023
    private var slots: [HeaderName.Token]
    /// The compact forms, by letter.
    private var letters: [HeaderName.Token]

    private init() {
        slots = Array(repeating: .other, count: Self.mask + 1)
        letters = Array(repeating: .other, count: 26)
        for token in HeaderName.Token.allCases where token != .other {
            if let letter = token.compact { letters[Int(letter) - 0x61] = token }
            var hash: UInt32 = 0
            for offset in 0..<token.text.utf8CodeUnitCount { hash = Self.step(hash, token.text.utf8Start[offset]) }
            var slot = Self.slot(hash)
            while slots[slot] != .other { slot = (slot + 1) & Self.mask }
            slots[slot] = token
        }
    }

    /// Folds one character in. Setting bit 5 makes letters small and confuses no two characters of a token.
    @inline(__always)
    static func step(_ hash: UInt32, _ octet: UInt8) -> UInt32 { hash &* 31 &+ UInt32(octet | 0x20) }

    @inline(__always)
    private static func slot(_ hash: UInt32) -> Int { Int(truncatingIfNeeded: (hash &* 0x9E37_79B1) &>> 22) }

    /// - Parameters:
    ///   - range: the name; all of it token characters.
    ///   - hash: `step` over it.
    @inline(__always)
    func token(of text: Span<UInt8>, _ range: Range<Int>, hash: UInt32) -> HeaderName.Token {
        if range.count == 1 { return compact(text[range.lowerBound]) }
        var slot = Self.slot(hash)
        while slots[slot] != .other {
            if Self.isSame(text, range, slots[slot].text) { return slots[slot] }
            slot = (slot + 1) & Self.mask
        }
        return .other
    }

    func token(of name: OctetSlice) -> HeaderName.Token {
        var hash: UInt32 = 0
        for index in name.indices {
            guard OctetClass.token.contains(name[index]) else { return .other }
            hash = Self.step(hash, name[index])
        }
        guard !name.isEmpty else { return .other }
        return token(of: name.base.span, name.indices, hash: hash)
    }

    @inline(__always)
    private static func isSame(_ text: Span<UInt8>, _ range: Range<Int>, _ name: StaticString) -> Bool {
        guard name.utf8CodeUnitCount == range.count else { return false }
        let pointer = name.utf8Start
        for offset in 0..<range.count where text[range.lowerBound + offset] | 0x20 != pointer[offset] | 0x20 {
            return false
        }
        return true
    }

    private func compact(_ letter: UInt8) -> HeaderName.Token {
        ASCII.isAlpha(letter) ? letters[Int(letter | 0x20) - 0x61] : .other
    }
}
