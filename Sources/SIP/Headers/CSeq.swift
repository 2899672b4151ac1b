import Octets

/// CSeq, RFC 3261 §20.16: a number below 2³¹ (§8.1.1.5) and a method.
package struct CSeq: SIPHeader, Equatable {
    package static var name: HeaderName { .cseq }

    package var number: UInt32
    package var method: Method

    package init(_ number: UInt32, _ method: Method) {
        self.number = number
        self.method = method
    }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        var scanner = TextScanner(text)
        scanner.skipBlanks()
        guard ASCII.isDigit(scanner.next) else { throw SIPSyntaxError(.malformed, at: scanner.position) }
        guard let number = scanner.decimal(), number < 1 << 31 else {
            throw SIPSyntaxError(.outOfRange, at: text.start)
        }
        let end = scanner.position
        scanner.skipBlanks()
        guard scanner.position > end, let method = scanner.token() else {
            throw SIPSyntaxError(.malformed, at: scanner.position)
        }
        scanner.skipBlanks()
        guard scanner.isAtEnd else { throw SIPSyntaxError(.malformed, at: scanner.position) }
        self.number = UInt32(number)
        self.method = Method(method)
    }

    package func write(to writer: inout OctetWriter) {
        writer.write(decimal: UInt64(number))
        writer.write(UInt8(ascii: " "))
        method.write(to: &writer)
    }
}
