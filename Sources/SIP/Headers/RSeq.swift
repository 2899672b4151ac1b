import Octets

/// RSeq, RFC 3262 §7.1: the number of a reliable provisional response within its transaction, 1 to 2³²−1.
package struct RSeq: SIPHeader, Equatable {
    package static var name: HeaderName { .rseq }
    package var number: UInt32

    package init(_ number: UInt32) { self.number = number }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        let value = try DeltaSeconds.parse(text)
        guard value > 0, let number = UInt32(exactly: value) else { throw SIPSyntaxError(.outOfRange, at: text.start) }
        self.number = number
    }

    package func write(to writer: inout OctetWriter) { writer.write(decimal: UInt64(number)) }
}

/// RAck, RFC 3262 §7.2: which reliable provisional response a PRACK acknowledges.
package struct RAck: SIPHeader, Equatable {
    package static var name: HeaderName { .rack }

    /// The RSeq of the response.
    package var response: UInt32
    /// The CSeq of the response.
    package var cseq: CSeq

    package init(_ response: UInt32, _ cseq: CSeq) {
        self.response = response
        self.cseq = cseq
    }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        var scanner = TextScanner(text)
        scanner.skipBlanks()
        guard ASCII.isDigit(scanner.next) else { throw SIPSyntaxError(.malformed, at: scanner.position) }
        guard let number = scanner.decimal().flatMap(UInt32.init(exactly:)), number > 0 else {
            throw SIPSyntaxError(.outOfRange, at: text.start)
        }
        guard scanner.takeBlanks() else { throw SIPSyntaxError(.malformed, at: scanner.position) }
        response = number
        cseq = try CSeq(parsing: scanner.rest)
    }

    package func write(to writer: inout OctetWriter) {
        writer.write(decimal: UInt64(response))
        writer.write(UInt8(ascii: " "))
        cseq.write(to: &writer)
    }
}
