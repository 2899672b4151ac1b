import Octets

/// Refer-Sub, RFC 4488 §4: whether a REFER creates its implicit subscription.
package struct ReferSub: SIPHeader, Equatable {
    package static var name: HeaderName { .referSub }

    package var isWanted: Bool
    package var parameters: Parameters

    package init(_ isWanted: Bool) {
        self.isWanted = isWanted
        parameters = Parameters()
    }

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        let value = try TokenWithParameters(parsing: text)
        guard value.token.equalsIgnoringCase("true") || value.token.equalsIgnoringCase("false") else {
            throw SIPSyntaxError(.malformed, at: text.start)
        }
        isWanted = value.token.equalsIgnoringCase("true")
        parameters = value.parameters
    }

    package func write(to writer: inout OctetWriter) {
        if isWanted { writer.write("true") } else { writer.write("false") }
        parameters.write(to: &writer)
    }
}
