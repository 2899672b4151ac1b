import Octets

/// Privacy, RFC 3323 §4.2: values between semicolons.
package struct Privacy: SIPHeader, Equatable {
    package static var name: HeaderName { .privacy }

    package enum Value: Equatable, Sendable {
        case header, session, user, none, critical
        /// RFC 3325 §9.3: the asserted identity stays inside.
        case id
        /// RFC 7044 §10.1: so do the entries of History-Info.
        case history
        case other(OctetSlice)

        fileprivate init(_ token: OctetSlice) {
            self =
                if token.equalsIgnoringCase("header") {
                    .header
                } else if token.equalsIgnoringCase("session") {
                    .session
                } else if token.equalsIgnoringCase("user") {
                    .user
                } else if token.equalsIgnoringCase("none") {
                    .none
                } else if token.equalsIgnoringCase("critical") {
                    .critical
                } else if token.equalsIgnoringCase("id") {
                    .id
                } else if token.equalsIgnoringCase("history") {
                    .history
                } else {
                    .other(token)
                }
        }

        fileprivate func write(to writer: inout OctetWriter) {
            switch self {
            case .header: writer.write("header")
            case .session: writer.write("session")
            case .user: writer.write("user")
            case .none: writer.write("none")
            case .critical: writer.write("critical")
            case .id: writer.write("id")
            case .history: writer.write("history")
            case .other(let token): writer.write(token)
            }
        }
    }

    package var values: [Value]

    package init(_ values: Value...) { self.values = values }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        var scanner = TextScanner(text)
        values = []
        repeat {
            scanner.skipBlanks()
            guard let token = scanner.token() else { throw SIPSyntaxError(.malformed, at: scanner.position) }
            values.append(Value(token))
        } while scanner.takeSeparator(UInt8(ascii: ";"))
        scanner.skipBlanks()
        guard scanner.isAtEnd else { throw SIPSyntaxError(.malformed, at: scanner.position) }
    }

    package func asks(for value: Value) -> Bool { values.contains(value) }

    package func write(to writer: inout OctetWriter) {
        for (index, value) in values.enumerated() {
            if index > 0 { writer.write(UInt8(ascii: ";")) }
            value.write(to: &writer)
        }
    }
}
