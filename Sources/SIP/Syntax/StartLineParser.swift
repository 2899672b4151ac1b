import Octets

/// Request-Line and Status-Line, RFC 3261 §7.1 and §7.2: single spaces between the parts, none elsewhere.
enum StartLineParser {
    static func parse(
        _ text: Span<UInt8>, _ line: Range<Int>, _ mode: MessageParser.Mode
    ) throws(SIPSyntaxError) -> SIPMessage.StartLine {
        if isVersion(text, from: line.lowerBound, to: line.upperBound) { return try statusLine(text, line) }
        switch mode {
        case .strict: return try requestLine(text, line)
        case .salvage:
            do throws(SIPSyntaxError) {
                return try requestLine(text, line)
            } catch {
                return try salvagedRequestLine(text, line)
            }
        }
    }

    /// A method, and whatever stands behind it as the Request-URI: enough to see whether it wants an answer.
    private static func salvagedRequestLine(
        _ text: Span<UInt8>, _ line: Range<Int>
    ) throws(SIPSyntaxError) -> SIPMessage.StartLine {
        var index = line.lowerBound
        while index < line.upperBound, OctetClass.token.contains(text[index]) { index += 1 }
        let method = line.lowerBound..<index
        guard !method.isEmpty, index < line.upperBound, text[index] == ASCII.space else {
            throw SIPSyntaxError(.startLine, at: index)
        }
        return SIPMessage.StartLine(
            method: recognise(text, method), methodText: method, uri: index + 1..<line.upperBound)
    }

    private static func requestLine(
        _ text: Span<UInt8>, _ line: Range<Int>
    ) throws(SIPSyntaxError) -> SIPMessage.StartLine {
        var index = line.lowerBound
        while index < line.upperBound, OctetClass.token.contains(text[index]) { index += 1 }
        let method = line.lowerBound..<index
        guard !method.isEmpty, index < line.upperBound, text[index] == ASCII.space else {
            throw SIPSyntaxError(.startLine, at: index)
        }
        let uriStart = index + 1
        index = uriStart
        while index < line.upperBound, text[index] > ASCII.space, text[index] != 0x7F { index += 1 }
        let uri = uriStart..<index
        guard !uri.isEmpty, index < line.upperBound, text[index] == ASCII.space else {
            throw SIPSyntaxError(.startLine, at: index)
        }
        guard isVersion(text, from: index + 1, to: line.upperBound) else {
            throw SIPSyntaxError(.startLine, at: index + 1)
        }
        guard isOurVersion(text, from: index + 1), index + 8 == line.upperBound else {
            throw SIPSyntaxError(
                isNumberedVersion(text, index + 1..<line.upperBound) ? .version : .startLine, at: index + 1)
        }
        return SIPMessage.StartLine(method: recognise(text, method), methodText: method, uri: uri)
    }

    private static func statusLine(
        _ text: Span<UInt8>, _ line: Range<Int>
    ) throws(SIPSyntaxError) -> SIPMessage.StartLine {
        let start = line.lowerBound
        guard isOurVersion(text, from: start) else { throw SIPSyntaxError(.version, at: start) }
        // "SIP/2.0 200 OK"; the space stands also before an empty phrase, but is not missed.
        guard start + 11 <= line.upperBound, text[start + 7] == ASCII.space else {
            throw SIPSyntaxError(.startLine, at: start)
        }
        var code: UInt16 = 0
        for index in start + 8..<start + 11 {
            guard ASCII.isDigit(text[index]) else { throw SIPSyntaxError(.startLine, at: index) }
            code = code * 10 + UInt16(text[index] - 0x30)
        }
        guard let status = Status(rawValue: code) else { throw SIPSyntaxError(.statusCode, at: start + 8) }
        guard start + 11 == line.upperBound || text[start + 11] == ASCII.space else {
            throw SIPSyntaxError(.statusCode, at: start + 11)
        }
        return SIPMessage.StartLine(status: status, reason: min(start + 12, line.upperBound)..<line.upperBound)
    }

    /// `SIP/` in any case, and something after it.
    private static func isVersion(_ text: Span<UInt8>, from start: Int, to end: Int) -> Bool {
        guard end - start >= 5 else { return false }
        return text[start] | 0x20 == UInt8(ascii: "s") && text[start + 1] | 0x20 == UInt8(ascii: "i")
            && text[start + 2] | 0x20 == UInt8(ascii: "p") && text[start + 3] == UInt8(ascii: "/")
    }

    private static func isOurVersion(_ text: Span<UInt8>, from start: Int) -> Bool {
        start + 7 <= text.count && text[start + 4] == UInt8(ascii: "2") && text[start + 5] == UInt8(ascii: ".")
            && text[start + 6] == UInt8(ascii: "0")
    }

    /// `SIP/1*DIGIT.1*DIGIT`
    private static func isNumberedVersion(_ text: Span<UInt8>, _ range: Range<Int>) -> Bool {
        var dots = 0
        for index in range.dropFirst(4) {
            if text[index] == UInt8(ascii: ".") { dots += 1 } else if !ASCII.isDigit(text[index]) { return false }
        }
        return dots == 1 && ASCII.isDigit(text[range.upperBound - 1]) && ASCII.isDigit(text[range.lowerBound + 4])
    }

    private static func recognise(_ text: Span<UInt8>, _ range: Range<Int>) -> Method.Token {
        for token in Method.Token.allCases where token.text.utf8CodeUnitCount == range.count {
            let pointer = token.text.utf8Start
            var offset = 0
            while offset < range.count, text[range.lowerBound + offset] == pointer[offset] { offset += 1 }
            if offset == range.count { return token }
        }
        return .other
    }
}
