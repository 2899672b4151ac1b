import Octets

/// RSeq, RFC 3262 §7.1: the number of a reliable provisional response.
package struct RSeq: NumberHeader {
    package static var name: HeaderName { .rseq }
    package static var range: ClosedRange<UInt32> { 1...UInt32.max }
    package var number: UInt32
    package init(number: UInt32) { self.number = number }
}

/// RAck, RFC 3262 §7.2: which response to which request a PRACK acknowledges.
package struct RAck: SIPHeader, Equatable {
    package static var name: HeaderName { .rack }
    /// The RSeq of the response.
    package var responseNumber: UInt32
    /// The CSeq of the response.
    package var cseq: CSeq

    package init(_ responseNumber: UInt32, _ cseq: CSeq) {
        self.responseNumber = responseNumber
        self.cseq = cseq
    }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        let text = text.trimmed
        var scanner = TextScanner(text)
        guard ASCII.isDigit(scanner.next) else { throw SIPSyntaxError(.malformed, at: text.start) }
        guard let number = scanner.decimal(), let number = UInt32(exactly: number), number > 0 else {
            throw SIPSyntaxError(.outOfRange, at: text.start)
        }
        guard scanner.takeBlanks() else { throw SIPSyntaxError(.malformed, at: scanner.position) }
        responseNumber = number
        cseq = try CSeq(parsing: scanner.rest)
    }

    package func write(to writer: inout OctetWriter) {
        writer.write(decimal: UInt64(responseNumber))
        writer.write(UInt8(ascii: " "))
        cseq.write(to: &writer)
    }
}
