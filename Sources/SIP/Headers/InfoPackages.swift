import Octets

/// Info-Package, RFC 6086 §7.2: what an INFO carries.
package struct InfoPackage: ParameterizedTokenHeader {
    package static var name: HeaderName { .infoPackage }
    package var token: OctetSlice
    package var parameters: Parameters

    package init(token: OctetSlice, parameters: Parameters = Parameters()) {
        self.token = token
        self.parameters = parameters
    }
}

/// Recv-Info, RFC 6086 §7.3; one Info Package that a user agent takes a value, an empty field for none.
package struct RecvInfo: ParameterizedTokenHeader {
    package static var name: HeaderName { .recvInfo }
    package var token: OctetSlice
    package var parameters: Parameters

    package init(token: OctetSlice, parameters: Parameters = Parameters()) {
        self.token = token
        self.parameters = parameters
    }
}

/// User-to-User, RFC 7433 §4.1: data between the ends, a token or in quotes.
package struct UserToUser: SIPHeader, Equatable {
    package static var name: HeaderName { .userToUser }
    /// Without quotes, escapes undone.
    package var data: OctetSlice
    package var parameters: Parameters

    package init(_ data: OctetSlice, parameters: Parameters = Parameters()) {
        self.data = data
        self.parameters = parameters
    }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        var scanner = TextScanner(text)
        scanner.skipBlanks()
        let isQuoted = scanner.next == UInt8(ascii: "\"")
        guard let value = isQuoted ? scanner.quotedString() : scanner.token() else {
            throw SIPSyntaxError(.malformed, at: scanner.position)
        }
        data = isQuoted ? value.unescaped : value
        parameters = try Parameters(parsingHeader: scanner.rest)
    }

    package var purpose: OctetSlice? { parameters["purpose"] }
    package var content: OctetSlice? { parameters["content"] }
    package var encoding: OctetSlice? { parameters["encoding"] }

    package func write(to writer: inout OctetWriter) {
        if data.isToken { writer.write(data) } else { writer.write(escapingQuoted: data) }
        parameters.write(to: &writer)
    }
}
