import Octets

/// Finds the lines and the media descriptions, RFC 8866 §5. One pass; values are read when somebody asks.
///
/// Refused is what would mean different things to different readers: a letter that nobody knows or that has no place
/// in its section, a NUL, a bare CR. Lines end in CRLF or, as §5 wants a parser to tolerate, in LF; the last one may
/// lack its end. Empty lines at the end are kept as they are. Order and number of lines are `validate`'s.
struct DescriptionParser {
    private(set) var lines: [SessionDescription.Line] = []
    private(set) var mediaStarts: [Int] = []
    /// Empty lines after the last.
    private(set) var trailer = 0..<0

    init(_ text: OctetSlice, _ limits: SDPLimits) throws(SDPError) {
        // Beyond 32 bits a line could not hold a position.
        guard text.count <= limits.octets, text.end <= Int(UInt32.max) else { throw SDPError(.limit) }
        lines.reserveCapacity(min(limits.lines, text.count / 24 + 8))
        try read(text.base.span, text.indices, limits)
        guard let first = lines.first else { throw SDPError(.missing, .version) }
        guard first.type == .version else { throw SDPError(.order, first.type, line: 1) }
        guard text[first.value].equals("0") else { throw SDPError(.version, .version, line: 1) }
    }

    private mutating func read(
        _ text: Span<UInt8>, _ range: Range<Int>, _ limits: SDPLimits
    ) throws(SDPError) {
        trailer = range.upperBound..<range.upperBound
        var position = range.lowerBound
        while position < range.upperBound {
            let number = lines.count + 1
            let bound = min(range.upperBound, position + limits.lineOctets)
            var end = position
            while end < bound, text[end] > 0x0D || !Self.isControl(text[end]) { end += 1 }
            guard end < bound || bound == range.upperBound else { throw SDPError(.limit, line: number) }
            let next = try Self.afterLineEnd(text, end, range.upperBound, number)
            guard end > position else {
                try readTrailer(text, position..<range.upperBound, number)
                return
            }
            try append(text, position, end, next, limits)
            position = next
        }
    }

    private static func isControl(_ octet: UInt8) -> Bool { octet == 0 || octet == 0x0A || octet == 0x0D }

    private static func afterLineEnd(
        _ text: Span<UInt8>, _ end: Int, _ limit: Int, _ number: Int
    ) throws(SDPError) -> Int {
        if end == limit { return end }
        if text[end] == 0x0A { return end + 1 }
        guard text[end] == 0x0D, end + 1 < limit, text[end + 1] == 0x0A else { throw SDPError(.line, line: number) }
        return end + 2
    }

    private mutating func readTrailer(_ text: Span<UInt8>, _ range: Range<Int>, _ number: Int) throws(SDPError) {
        for index in range where text[index] != 0x0D && text[index] != 0x0A { throw SDPError(.line, line: number) }
        trailer = range
    }

    private mutating func append(
        _ text: Span<UInt8>, _ start: Int, _ end: Int, _ next: Int, _ limits: SDPLimits
    ) throws(SDPError) {
        let number = lines.count + 1
        guard number <= limits.lines else { throw SDPError(.limit, line: number) }
        guard end - start >= 2, text[start + 1] == UInt8(ascii: "=") else { throw SDPError(.line, line: number) }
        guard let type = LineType(rawValue: text[start]) else { throw SDPError(.unknownType, line: number) }
        if type == .media {
            guard mediaStarts.count < limits.mediaDescriptions else { throw SDPError(.limit, .media, line: number) }
            mediaStarts.append(lines.count)
        } else if !mediaStarts.isEmpty, type.mediaRank == nil {
            throw SDPError(.unknownType, type, line: number)
        }
        lines.append(SessionDescription.Line(type, start: start, end: end, next: next))
    }
}
