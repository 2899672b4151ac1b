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

/// A dialog named in a header: Call-ID and both tags, each exactly once (RFC 3891 §6.1, RFC 3911 §7.1).
///
/// `toTag` is the local tag of whoever receives the header.
package struct DialogReference: Sendable, Equatable {
    package var callID: CallID
    package var parameters: Parameters

    package init(_ callID: CallID, toTag: OctetSlice, fromTag: OctetSlice) {
        self.callID = callID
        parameters = Parameters()
        parameters.set("to-tag", toTag)
        parameters.set("from-tag", fromTag)
    }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        let end = text.firstIndex(of: UInt8(ascii: ";")) ?? text.end
        callID = try CallID(parsing: text[text.start..<end])
        parameters = try Parameters(parsingHeader: text[end..<text.end])
        for name: StaticString in ["to-tag", "from-tag"] {
            guard let tag = parameters[name], tag.isToken else { throw SIPSyntaxError(.malformed, at: text.start) }
            guard parameters.count(of: name) == 1 else { throw SIPSyntaxError(.duplicate, at: text.start) }
        }
    }

    package var toTag: OctetSlice { parameters["to-tag"] ?? OctetSlice() }
    package var fromTag: OctetSlice { parameters["from-tag"] ?? OctetSlice() }

    package func write(to writer: inout OctetWriter) {
        callID.write(to: &writer)
        parameters.write(to: &writer)
    }
}

/// Replaces, RFC 3891 §6.1: the dialog whose place an INVITE takes.
package struct Replaces: SIPHeader, Equatable {
    package static var name: HeaderName { .replaces }
    package var dialog: DialogReference

    package init(_ dialog: DialogReference) { self.dialog = dialog }
    package init(parsing text: OctetSlice) throws(SIPSyntaxError) { dialog = try DialogReference(parsing: text) }

    /// Only if the dialog is not confirmed yet.
    package var isEarlyOnly: Bool { dialog.parameters.contains("early-only") }
    package func write(to writer: inout OctetWriter) { dialog.write(to: &writer) }
}

/// Join, RFC 3911 §7.1: the dialog that an INVITE adds a participant to.
package struct Join: SIPHeader, Equatable {
    package static var name: HeaderName { .join }
    package var dialog: DialogReference

    package init(_ dialog: DialogReference) { self.dialog = dialog }
    package init(parsing text: OctetSlice) throws(SIPSyntaxError) { dialog = try DialogReference(parsing: text) }
    package func write(to writer: inout OctetWriter) { dialog.write(to: &writer) }
}
