import Octets

/// Call-ID, RFC 3261 §20.8: compared octet by octet.
package struct CallID: SIPHeader, Hashable {
    package static var name: HeaderName { .callID }
    package var octets: OctetSlice

    package init(_ octets: OctetSlice) { self.octets = octets }

    /// `word [ "@" word ]`
    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        octets = text.trimmed
        guard !octets.isEmpty else { throw SIPSyntaxError(.malformed, at: text.start) }
        var ats = 0
        for index in octets.indices {
            guard OctetClass.callID.contains(octets[index]) else { throw SIPSyntaxError(.malformed, at: index) }
            if octets[index] == UInt8(ascii: "@") { ats += 1 }
        }
        guard ats == 0 || (ats == 1 && octets.first != UInt8(ascii: "@") && octets.last != UInt8(ascii: "@")) else {
            throw SIPSyntaxError(.malformed, at: octets.start)
        }
    }

    package func write(to writer: inout OctetWriter) { writer.write(octets) }
}

/// In-Reply-To, RFC 3261 §20.21; one Call-ID a value.
package struct InReplyTo: SIPHeader, Equatable {
    package static var name: HeaderName { .inReplyTo }
    package var callID: CallID

    package init(_ callID: CallID) { self.callID = callID }
    package init(parsing text: OctetSlice) throws(SIPSyntaxError) { callID = try CallID(parsing: text) }
    package func write(to writer: inout OctetWriter) { callID.write(to: &writer) }
}
