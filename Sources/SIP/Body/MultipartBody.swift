import Octets

/// A body of several parts, RFC 2046 §5.1, as RFC 3261 §7.4.1 takes them into SIP.
///
/// Lines end in CRLF. A delimiter is a whole line: two hyphens, the boundary, two more hyphens if it is the last, and
/// blanks; a line that only begins like one belongs to its part, so that no two readers can cut differently.
package struct MultipartBody: Sendable, Equatable {
    package let boundary: OctetSlice
    /// Such as `mixed` or `alternative`.
    package let subtype: OctetSlice
    package let parts: [BodyPart]

    /// - Parameters:
    ///   - mediaType: of the body, with its `boundary`.
    ///   - depth: of multiparts around this one.
    package init(
        parsing body: OctetSlice, _ mediaType: MediaType, limits: MultipartLimits = .standard, depth: Int = 0
    ) throws(MultipartError) {
        guard depth < limits.depth else { throw .limit }
        guard let boundary = mediaType.boundary, Self.isValid(boundary) else { throw .boundary }
        self.boundary = boundary
        subtype = mediaType.subtype
        var parts: [BodyPart] = []
        var partStart: Int?
        var line = body.start
        while true {
            let end = Self.lineEnd(in: body, from: line)
            if let delimiter = Self.delimiter(body[line..<end], boundary) {
                if let partStart {
                    guard parts.count < limits.parts else { throw .limit }
                    // The CRLF before a delimiter belongs to it; right behind another one there is none of its own.
                    let content = body[partStart..<max(partStart, line - 2)]
                    parts.append(try Self.part(content, limits, depth: depth + 1))
                }
                if delimiter == .last {
                    guard partStart != nil else { throw .noParts }
                    self.parts = parts
                    return
                }
                partStart = min(end + 2, body.end)
            }
            guard end + 2 <= body.end else { throw partStart == nil ? .noParts : .unterminated }
            line = end + 2
        }
    }

    /// Parts to be written. The boundary must not stand at the beginning of a line in any of them.
    package init(_ parts: [BodyPart], boundary: OctetSlice, subtype: OctetSlice = "mixed") throws(MultipartError) {
        guard Self.isValid(boundary) else { throw .boundary }
        guard !parts.isEmpty else { throw .noParts }
        for part in parts where Self.contains(part.content, boundary) { throw .boundaryInPart }
        self.parts = parts
        self.boundary = boundary
        self.subtype = subtype
    }

    /// With its boundary, in quotes.
    package var mediaType: MediaType {
        var type = MediaType("multipart", subtype)
        type.parameters.set("boundary", quoted: boundary)
        return type
    }

    package func serialized() -> [UInt8] {
        var writer = OctetWriter(reserving: parts.reduce(128) { $0 + $1.content.count + 256 })
        for part in parts {
            writer.write("--")
            writer.write(boundary)
            writer.write("\r\n")
            part.write(to: &writer)
            writer.write("\r\n")
        }
        writer.write("--")
        writer.write(boundary)
        writer.write("--\r\n")
        return writer.octets
    }

    /// All parts that are no multiparts themselves, in order, from all levels.
    package func leaves(limits: MultipartLimits = .standard) throws(MultipartError) -> [BodyPart] {
        var leaves: [BodyPart] = []
        for part in parts {
            if let inner = try part.multipart(limits: limits) {
                leaves += try inner.leaves(limits: limits)  // As deep as `limits.depth`, which reading checks.
            } else {
                leaves.append(part)
            }
        }
        return leaves
    }

    // MARK: Steps

    private enum Delimiter { case between, last }

    /// `0*69<bchars> bcharsnospace`, §5.1.1.
    static func isValid(_ boundary: OctetSlice) -> Bool {
        guard (1...70).contains(boundary.count), boundary.last != ASCII.space else { return false }
        return boundary.indices.allSatisfy {
            let octet = boundary[$0]
            return ASCII.isAlpha(octet) || ASCII.isDigit(octet) || "'()+_,-./:=? ".utf8.contains(octet)
        }
    }

    /// The index of the CRLF that ends a line; the end of the body when there is none.
    private static func lineEnd(in body: OctetSlice, from start: Int) -> Int {
        var index = start
        while let found = body.firstIndex(of: ASCII.carriageReturn, from: index) {
            if found + 1 < body.end, body[found + 1] == ASCII.lineFeed { return found }
            index = found + 1
        }
        return body.end
    }

    /// Whether a line, without its CRLF, is a delimiter.
    private static func delimiter(_ line: OctetSlice, _ boundary: OctetSlice) -> Delimiter? {
        guard line.count >= boundary.count + 2, line.hasPrefix("--"),
            line[line.start + 2..<line.start + 2 + boundary.count] == boundary
        else { return nil }
        let rest = line[line.start + 2 + boundary.count..<line.end]
        let isLast = rest.hasPrefix("--")
        for index in rest.indices.dropFirst(isLast ? 2 : 0) where !ASCII.isBlank(rest[index]) { return nil }
        return isLast ? .last : .between
    }

    /// Stricter than reading: no line of it begins with hyphens and the boundary.
    private static func contains(_ content: OctetSlice, _ boundary: OctetSlice) -> Bool {
        var line = content.start
        while true {
            let rest = content[line..<content.end]
            if rest.count >= boundary.count + 2, rest.hasPrefix("--"),
                rest[line + 2..<line + 2 + boundary.count] == boundary
            {
                return true
            }
            guard let end = content.firstIndex(of: ASCII.lineFeed, from: line) else { return false }
            line = end + 1
        }
    }

    /// `MIME-part-headers [CRLF *OCTET]`
    private static func part(
        _ text: OctetSlice, _ limits: MultipartLimits, depth: Int
    ) throws(MultipartError) -> BodyPart {
        var fields: [BodyPart.Field] = []
        var line = text.start
        while line < text.end {
            var end = lineEnd(in: text, from: line)
            guard end > line else {
                return BodyPart(fields: fields, content: text[min(end + 2, text.end)..<text.end], depth: depth)
            }
            let nameEnd = text.firstIndex(of: UInt8(ascii: ":"), from: line).map { min($0, end) } ?? end
            let name = text[line..<nameEnd].trimmed
            guard nameEnd < end, name.start == line, name.isToken else { throw .headerLine(at: line) }
            var isFolded = false
            while end + 2 < text.end, ASCII.isBlank(text[end + 2]) {
                isFolded = true
                end = lineEnd(in: text, from: end + 2)
            }
            guard fields.count < limits.headerLines else { throw .limit }
            let value = text[nameEnd + 1..<end].trimmed
            fields.append(BodyPart.Field(name: HeaderName(name), value: isFolded ? unfolded(value) : value))
            line = min(end + 2, text.end)
        }
        return BodyPart(fields: fields, content: text[text.end..<text.end], depth: depth)
    }

    private static func unfolded(_ value: OctetSlice) -> OctetSlice {
        OctetSlice(value.array.map { $0 == ASCII.carriageReturn || $0 == ASCII.lineFeed ? ASCII.space : $0 })
    }
}
