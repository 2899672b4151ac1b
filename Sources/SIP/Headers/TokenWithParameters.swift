import Octets

/// A token with parameters behind it: the shape of Event, Subscription-State, Security-Client, Reason and others.
struct TokenWithParameters {
    var token: OctetSlice
    var parameters: Parameters

    init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        var scanner = TextScanner(text)
        scanner.skipBlanks()
        guard let token = scanner.token() else { throw SIPSyntaxError(.malformed, at: scanner.position) }
        self.token = token
        parameters = try Parameters(parsingHeader: scanner.rest)
    }
}

/// `delta-seconds`, RFC 3261 §20.19: at most 2³²−1.
enum DeltaSeconds {
    static func parse(_ text: OctetSlice) throws(SIPSyntaxError) -> Int {
        let text = text.trimmed
        guard !text.isEmpty, text.indices.allSatisfy({ ASCII.isDigit(text[$0]) }) else {
            throw SIPSyntaxError(.malformed, at: text.start)
        }
        guard let value = text.decimal, value <= UInt64(UInt32.max) else {
            throw SIPSyntaxError(.outOfRange, at: text.start)
        }
        return Int(value)
    }
}
