import Octets

/// Finds the start line, the header fields and the body of one message: RFC 3261 §7, §18.3, §25.1.
///
/// Two allocations at most: the index of fields, and for a message with very many a second one. Folded lines (§7.3.1)
/// are unfolded where they stand, their CRLFs overwritten with spaces as §25.1 allows, so that no value ever holds a
/// line end. Lines end in CRLF and nothing else: where others may see one line end more or less, nothing is guessed.
struct MessageParser {
    /// What becomes of a line that cannot be read.
    enum Mode { case strict, salvage }

    struct Result {
        var start: SIPMessage.StartLine
        var fields: [SIPMessage.Field]
        var body: Range<Int>
    }

    private let limits: ParseLimits
    private let mode: Mode
    private var fields: [SIPMessage.Field] = []
    private var contentLengthField: Int?
    private var hasFolds = false

    private init(_ limits: ParseLimits, _ mode: Mode) {
        self.limits = limits
        self.mode = mode
    }

    static func parse(
        _ octets: inout [UInt8], limits: ParseLimits, mode: Mode
    ) throws(SIPSyntaxError) -> Result {
        // Beyond 32 bits the index could not hold a position.
        guard octets.count <= min(limits.messageOctets, Int(UInt32.max)) else {
            throw SIPSyntaxError(.limit, at: limits.messageOctets)
        }
        var parser = MessageParser(limits, mode)
        parser.fields.reserveCapacity(max(24, octets.count / 40))
        let (start, bodyStart) = try parser.readLines(octets.span)
        if parser.hasFolds { parser.unfold(&octets) }
        let body = try parser.body(octets.span, from: bodyStart)
        return Result(start: start, fields: parser.fields, body: body)
    }

    private mutating func readLines(
        _ text: Span<UInt8>
    ) throws(SIPSyntaxError) -> (SIPMessage.StartLine, Int) {
        var position = 0
        // §7.5: CRLFs before the start line are ignored.
        while position + 1 < text.count, text[position] == 0x0D, text[position + 1] == 0x0A {
            position += 2
            guard position <= limits.leadingOctets else { throw SIPSyntaxError(.limit, at: position) }
        }
        let end = try lineEnd(text, from: position, limit: position + limits.lineOctets)
        let start = try StartLineParser.parse(text, position..<end, mode)
        position = end + 2
        let names = HeaderNameTable.shared
        while true {
            // A datagram that ends with a header line has no body; its empty line is not missed.
            if position == text.count { return (start, position) }
            guard position + 1 < text.count else { throw SIPSyntaxError(.headerLine, at: position) }
            if text[position] == 0x0D, text[position + 1] == 0x0A { return (start, position + 2) }
            do throws(SIPSyntaxError) {
                position = try readField(text, from: position, names)
            } catch {
                // For an answer, a line beyond the limits is left out like one that cannot be read.
                guard mode == .salvage, error.what == .limit else { throw error }
                position = try skipLine(text, from: position)
            }
        }
    }

    /// One header field with its continuation lines; returns where the next one begins.
    private mutating func readField(
        _ text: Span<UInt8>, from start: Int, _ names: HeaderNameTable
    ) throws(SIPSyntaxError) -> Int {
        var index = start
        var hash: UInt32 = 0
        while index < text.count {
            let octet = text[index]
            // Names are letters and hyphens; the rest of `token` is asked about seldom.
            guard ASCII.isAlpha(octet) || octet == UInt8(ascii: "-") || OctetClass.token.contains(octet) else { break }
            hash = HeaderNameTable.step(hash, octet)
            index += 1
        }
        let nameEnd = index
        while index < text.count, ASCII.isBlank(text[index]) { index += 1 }  // HCOLON
        guard nameEnd > start, nameEnd - start <= 255, index < text.count, text[index] == UInt8(ascii: ":") else {
            guard mode == .salvage else { throw SIPSyntaxError(.headerLine, at: index) }
            return try skipLine(text, from: start)
        }
        let limit = start + limits.lineOctets
        index += 1
        var low = index
        var high = try lineEnd(text, from: index, limit: limit)
        var next = high + 2
        while next < text.count, ASCII.isBlank(text[next]) {
            hasFolds = true
            high = try lineEnd(text, from: next, limit: limit)
            next = high + 2
        }
        while low < high, Self.isSpace(text[low]) { low += 1 }
        while high > low, Self.isSpace(text[high - 1]) { high -= 1 }
        guard fields.count < limits.headerLines else { throw SIPSyntaxError(.limit, at: start) }
        let token = names.token(of: text, start..<nameEnd, hash: hash)
        if token == .contentLength {
            if contentLengthField != nil, mode == .strict {
                throw SIPSyntaxError(.duplicate, .contentLength, at: start)
            }
            contentLengthField = fields.count
        }
        fields.append(
            SIPMessage.Field(
                start: UInt32(truncatingIfNeeded: start), valueStart: UInt32(truncatingIfNeeded: low),
                valueEnd: UInt32(truncatingIfNeeded: high), nameLength: UInt8(truncatingIfNeeded: nameEnd - start),
                token: token, isContiguous: true))
        return next
    }

    private func skipLine(_ text: Span<UInt8>, from start: Int) throws(SIPSyntaxError) -> Int {
        var index = start
        while index + 1 < text.count {
            if text[index] == 0x0D, text[index + 1] == 0x0A { return index + 2 }
            index += 1
        }
        throw SIPSyntaxError(.headerLine, at: index)
    }

    /// The index of the CRLF at or after `start`.
    @inline(__always)
    private func lineEnd(_ text: Span<UInt8>, from start: Int, limit: Int) throws(SIPSyntaxError) -> Int {
        let bound = max(start, min(text.count, limit))
        let index = LineEnds.first(in: text, start..<bound)
        guard index < bound else { throw SIPSyntaxError(bound == text.count ? .headerLine : .limit, at: bound) }
        guard text[index] == 0x0D, index + 1 < text.count, text[index + 1] == 0x0A else {
            throw SIPSyntaxError(.headerLine, at: index)
        }
        return index
    }

    @inline(__always)
    private static func isSpace(_ octet: UInt8) -> Bool {
        octet == ASCII.space || octet == ASCII.tab || octet == 0x0D || octet == 0x0A
    }

    private func unfold(_ octets: inout [UInt8]) {
        for field in fields {
            for index in Int(field.start)..<Int(field.valueEnd) where octets[index] == 0x0D || octets[index] == 0x0A {
                octets[index] = ASCII.space
            }
        }
    }

    /// §18.3: Content-Length octets; what a datagram holds beyond is dropped. Without it, all that is left.
    private func body(_ text: Span<UInt8>, from start: Int) throws(SIPSyntaxError) -> Range<Int> {
        guard let contentLengthField else { return start..<text.count }
        let value = fields[contentLengthField].value
        guard let length = ContentLength.parse(text, value) else {
            guard mode == .salvage else { throw SIPSyntaxError(.malformed, .contentLength, at: value.lowerBound) }
            return start..<start
        }
        guard length <= UInt64(text.count - start) else {
            guard mode == .salvage else { throw SIPSyntaxError(.truncatedBody, .contentLength, at: start) }
            return start..<start
        }
        return start..<start + Int(length)
    }
}

/// The value of Content-Length, RFC 3261 §20.14.
enum ContentLength {
    /// nil when it is no number; `.max` when it does not fit into 64 bits.
    static func parse(_ text: Span<UInt8>, _ range: Range<Int>) -> UInt64? {
        guard !range.isEmpty else { return nil }
        var value: UInt64 = 0
        for index in range {
            let digit = text[index] &- 0x30
            guard digit < 10 else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
            value = overflow || carry || value == .max ? .max : sum
        }
        return value
    }
}
