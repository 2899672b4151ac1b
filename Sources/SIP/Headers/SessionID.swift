import Octets

/// Session-ID, RFC 7989 §5: a UUID for each end, the same on all legs of a call.
package struct SessionID: SIPHeader, Equatable {
    package static var name: HeaderName { .sessionID }

    /// 32 hexadecimal digits in lower case.
    package struct UUID: Sendable, Hashable, CustomStringConvertible {
        package let octets: OctetSlice

        /// Thirty-two zeros: the other end's is not known yet.
        package static var null: UUID { UUID(unchecked: "00000000000000000000000000000000") }

        /// nil unless 32 of `0-9a-f`.
        package init?(_ text: OctetSlice) {
            guard text.count == 32 else { return nil }
            for index in text.indices {
                guard ASCII.isDigit(text[index]) || (0x61...0x66).contains(text[index]) else { return nil }
            }
            octets = text
        }

        private init(unchecked text: OctetSlice) { octets = text }

        package var isNull: Bool { self == .null }
        package var description: String { octets.string }
    }

    package var local: UUID
    package var parameters: Parameters

    package init(local: UUID, remote: UUID? = nil) {
        self.local = local
        parameters = Parameters()
        if let remote { parameters.set("remote", remote.octets) }
    }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        let value = try TokenWithParameters(parsing: text)
        guard let local = UUID(value.token) else { throw SIPSyntaxError(.malformed, at: value.token.start) }
        self.local = local
        parameters = value.parameters
        if let remote = parameters["remote"], UUID(remote) == nil { throw SIPSyntaxError(.malformed, at: text.start) }
        guard parameters.count(of: "remote") <= 1 else { throw SIPSyntaxError(.duplicate, at: text.start) }
    }

    /// nil from an implementation that knows only its own.
    package var remote: UUID? { parameters["remote"].flatMap(UUID.init) }

    package func write(to writer: inout OctetWriter) {
        writer.write(local.octets)
        parameters.write(to: &writer)
    }
}
