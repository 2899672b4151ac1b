import Octets

/// Reason, RFC 3326 §2: why a request was sent, as a SIP status or a Q.850 cause.
package struct Reason: SIPHeader, Equatable {
    package static var name: HeaderName { .reason }

    package var transportProtocol: OctetSlice
    package var parameters: Parameters

    package init(_ transportProtocol: String = "SIP", cause: Int, text: String? = nil) {
        self.transportProtocol = OctetSlice(transportProtocol)
        parameters = Parameters()
        parameters.set("cause", "\(cause)")
        if let text { parameters.set("text", text) }
    }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        let value = try TokenWithParameters(parsing: text)
        transportProtocol = value.token
        parameters = value.parameters
    }

    package var cause: Int? { parameters["cause"]?.decimal.flatMap { Int(exactly: $0) } }
    package var explanation: OctetSlice? { parameters["text"] }

    package func write(to writer: inout OctetWriter) {
        writer.write(transportProtocol)
        parameters.write(to: &writer)
    }
}

/// Warning, RFC 3261 §20.43: three digits, who warns, and a text.
package struct Warning: SIPHeader, Equatable {
    package static var name: HeaderName { .warning }

    package var code: Int
    package var agent: OctetSlice
    /// Escapes as they stand.
    package var explanation: OctetSlice

    package init(_ code: Int, agent: String, explanation: String) {
        self.code = code
        self.agent = OctetSlice(agent)
        self.explanation = OctetSlice(explanation)
    }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        var scanner = TextScanner(text)
        scanner.skipBlanks()
        guard let code = scanner.decimal(), (100...999).contains(code), scanner.takeBlanks(),
            let agent = scanner.warningAgent()
        else { throw SIPSyntaxError(.malformed, at: scanner.position) }
        scanner.skipBlanks()
        guard let explanation = scanner.quotedString() else { throw SIPSyntaxError(.malformed, at: scanner.position) }
        scanner.skipBlanks()
        guard scanner.isAtEnd else { throw SIPSyntaxError(.malformed, at: scanner.position) }
        self.code = Int(code)
        self.agent = agent
        self.explanation = explanation
    }

    package func write(to writer: inout OctetWriter) {
        writer.write(decimal: code)
        writer.write(UInt8(ascii: " "))
        writer.write(agent)
        writer.write(UInt8(ascii: " "))
        writer.write(quoted: explanation)
    }
}

extension TextScanner {
    /// `hostport / pseudonym`: everything up to the blank.
    fileprivate mutating func warningAgent() -> OctetSlice? {
        let start = position
        while next > ASCII.space, next != UInt8(ascii: "\"") { skip(to: position + 1) }
        return position > start ? text[start..<position] : nil
    }
}
