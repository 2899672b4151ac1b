import Octets

/// Takes the subfields of a line's value one by one, RFC 8866 §5. The grammar has a single space between them; more,
/// and tabs, which some write, are passed over.
struct FieldScanner {
    private let text: OctetSlice
    private var position: Int

    init(_ text: OctetSlice) {
        self.text = text
        position = text.start
        skipBlanks()
    }

    var isAtEnd: Bool { position == text.end }

    /// All that is left.
    var rest: OctetSlice { text[position..<text.end] }

    mutating func next() -> OctetSlice? {
        guard !isAtEnd else { return nil }
        let start = position
        while position < text.end, !ASCII.isBlank(text[position]) { position += 1 }
        let field = text[start..<position]
        skipBlanks()
        return field
    }

    /// The only one that is left; nil when there are more or none.
    mutating func last() -> OctetSlice? {
        guard let field = next(), isAtEnd else { return nil }
        return field
    }

    private mutating func skipBlanks() {
        while position < text.end, ASCII.isBlank(text[position]) { position += 1 }
    }
}

extension OctetSlice {
    /// `token` of RFC 8866 §9: visible ASCII without `"(),/:;<=>?@[\]`.
    var isToken: Bool {
        for index in indices where !Self.isTokenCharacter(self[index]) { return false }
        return !isEmpty
    }

    private static func isTokenCharacter(_ octet: UInt8) -> Bool {
        switch octet {
        case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x30...0x39, 0x41...0x5A, 0x5E...0x7E: true
        default: false
        }
    }

    /// The parts before and behind the first octet of this value; the second is nil when there is none.
    func split(at octet: UInt8) -> (head: OctetSlice, tail: OctetSlice?) {
        guard let index = firstIndex(of: octet) else { return (self, nil) }
        return (self[start..<index], self[index + 1..<end])
    }
}
