import Octets

/// Retry-After, RFC 3261 §20.33: seconds, perhaps a comment, perhaps `duration`.
package struct RetryAfter: SIPHeader, Equatable {
    package static var name: HeaderName { .retryAfter }
    package var seconds: Int
    /// Without the parentheses around it.
    package var comment: OctetSlice?
    package var parameters: Parameters

    package init(_ seconds: Int) {
        self.seconds = seconds
        parameters = Parameters()
    }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        var scanner = TextScanner(text)
        scanner.skipBlanks()
        let start = scanner.position
        while ASCII.isDigit(scanner.next) { scanner.skip(to: scanner.position + 1) }
        seconds = try DeltaSeconds.parse(text[start..<scanner.position])
        scanner.skipBlanks()
        if scanner.next == UInt8(ascii: "(") { comment = try Self.comment(&scanner) }
        parameters = try Parameters(parsingHeader: scanner.rest)
    }

    package var duration: Int? { parameters["duration"]?.decimal.flatMap { Int(exactly: $0) } }

    package func write(to writer: inout OctetWriter) {
        writer.write(decimal: seconds)
        if let comment {
            writer.write(" (")
            writer.write(comment)
            writer.write(")")
        }
        parameters.write(to: &writer)
    }

    private static func comment(_ scanner: inout TextScanner) throws(SIPSyntaxError) -> OctetSlice {
        let text = scanner.text
        let start = scanner.position + 1
        var depth = 0
        var index = scanner.position
        while index < text.end {
            switch text[index] {
            case UInt8(ascii: "("): depth += 1
            case UInt8(ascii: ")"): depth -= 1
            case UInt8(ascii: "\\"): index += 1
            default: break
            }
            if depth == 0 {
                scanner.skip(to: index + 1)
                return text[start..<index]
            }
            index += 1
        }
        throw SIPSyntaxError(.malformed, at: start - 1)
    }
}
