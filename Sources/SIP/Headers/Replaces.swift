import Octets

/// The dialog that a Replaces or Join names, RFC 3891 §6.1 and RFC 3911 §7.1: a Call-ID and both tags, each once.
///
/// The tags are seen from the receiver: its own is the to-tag.
package struct DialogReference: Equatable, Sendable {
    package var callID: OctetSlice
    /// `to-tag`, `from-tag`, and what follows them.
    package var parameters: Parameters

    package init(callID: OctetSlice, toTag: OctetSlice, fromTag: OctetSlice) {
        self.callID = callID
        parameters = Parameters()
        parameters.set("to-tag", toTag)
        parameters.set("from-tag", fromTag)
    }

    init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        let split = text.firstIndex(of: UInt8(ascii: ";")) ?? text.end
        let callID = text[text.start..<split].trimmed
        guard !callID.isEmpty, callID.indices.allSatisfy({ callID[$0] > ASCII.space && callID[$0] != 0x7F }) else {
            throw SIPSyntaxError(.malformed, at: text.start)
        }
        self.callID = callID
        parameters = try Parameters(parsingHeader: text[split..<text.end])
        guard parameters.count(of: "to-tag") <= 1, parameters.count(of: "from-tag") <= 1 else {
            throw SIPSyntaxError(.duplicate, at: split)
        }
        guard toTag.isToken, fromTag.isToken else { throw SIPSyntaxError(.malformed, at: split) }
    }

    package var toTag: OctetSlice { parameters["to-tag"] ?? OctetSlice() }
    package var fromTag: OctetSlice { parameters["from-tag"] ?? OctetSlice() }

    func write(to writer: inout OctetWriter) {
        writer.write(callID)
        parameters.write(to: &writer)
    }
}

/// Replaces, RFC 3891 §6.1: the dialog that this INVITE takes the place of.
package struct Replaces: SIPHeader, Equatable {
    package static var name: HeaderName { .replaces }
    package var dialog: DialogReference

    package init(_ dialog: DialogReference, earlyOnly: Bool = false) {
        self.dialog = dialog
        if earlyOnly { self.dialog.parameters.set("early-only") }
    }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) { dialog = try DialogReference(parsing: text) }

    package var isEarlyOnly: Bool { dialog.parameters.contains("early-only") }
    package func write(to writer: inout OctetWriter) { dialog.write(to: &writer) }
}

/// Join, RFC 3911 §7.1: the dialog that this INVITE wants to be joined with.
package struct Join: SIPHeader, Equatable {
    package static var name: HeaderName { .join }
    package var dialog: DialogReference

    package init(_ dialog: DialogReference) { self.dialog = dialog }
    package init(parsing text: OctetSlice) throws(SIPSyntaxError) { dialog = try DialogReference(parsing: text) }
    package func write(to writer: inout OctetWriter) { dialog.write(to: &writer) }
}
