import Octets

/// Subject, RFC 3261 §20.36.
package struct SubjectHeader: TextHeader {
    package static var name: HeaderName { .subject }
    package var value: OctetSlice
    package init(value: OctetSlice) { self.value = value }
}

/// Organization, RFC 3261 §20.25.
package struct Organization: TextHeader {
    package static var name: HeaderName { .organization }
    package var value: OctetSlice
    package init(value: OctetSlice) { self.value = value }
}

/// Server, RFC 3261 §20.35: products and comments, not looked into.
package struct Server: TextHeader {
    package static var name: HeaderName { .server }
    package var value: OctetSlice
    package init(value: OctetSlice) { self.value = value }
}

/// User-Agent, RFC 3261 §20.41: products and comments, not looked into.
package struct UserAgent: TextHeader {
    package static var name: HeaderName { .userAgent }
    package var value: OctetSlice
    package init(value: OctetSlice) { self.value = value }
}

/// Identity, RFC 8224 §4: a signature with `info` and other parameters, raw; who verifies it reads it.
package struct Identity: TextHeader {
    package static var name: HeaderName { .identity }
    package var value: OctetSlice
    package init(value: OctetSlice) { self.value = value }
}

/// Timestamp, RFC 3261 §20.38: seconds of the client's clock, and how long the server took.
package struct Timestamp: SIPHeader, Equatable {
    package static var name: HeaderName { .timestamp }
    /// Digits with at most one point, copied into the 100 (§8.2.6.1).
    package var time: OctetSlice
    package var delay: OctetSlice?

    package init(_ time: OctetSlice, delay: OctetSlice? = nil) {
        self.time = time
        self.delay = delay
    }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        var scanner = TextScanner(text.trimmed)
        guard ASCII.isDigit(scanner.next) else { throw SIPSyntaxError(.malformed, at: scanner.position) }
        time = Self.number(&scanner)
        if scanner.takeBlanks() {
            let delay = Self.number(&scanner)
            if !delay.isEmpty { self.delay = delay }
        }
        guard scanner.isAtEnd else { throw SIPSyntaxError(.malformed, at: scanner.position) }
    }

    package func write(to writer: inout OctetWriter) {
        writer.write(time)
        if let delay {
            writer.write(UInt8(ascii: " "))
            writer.write(delay)
        }
    }

    private static func number(_ scanner: inout TextScanner) -> OctetSlice {
        let start = scanner.position
        while ASCII.isDigit(scanner.next) { scanner.skip(to: scanner.position + 1) }
        if scanner.take(UInt8(ascii: ".")) {
            while ASCII.isDigit(scanner.next) { scanner.skip(to: scanner.position + 1) }
        }
        return scanner.text[start..<scanner.position]
    }
}
