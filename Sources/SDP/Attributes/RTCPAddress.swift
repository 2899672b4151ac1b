import Octets

/// `a=rtcp`, RFC 3605: where RTCP is received when it is not the next port. Named by RFC 8866 §5.14; the text of
/// RFC 3605 itself was not at hand.
package struct RTCPAddress: AttributeValue, Equatable {
    package static var attributeName: StaticString { "rtcp" }

    package let port: UInt16
    /// Network type, address type and address, or nothing: the address of the media.
    package let connection: Connection?

    package init?(_ value: OctetSlice) {
        var fields = FieldScanner(value)
        guard let port = fields.next()?.decimal.flatMap({ UInt16(exactly: $0) }) else { return nil }
        self.port = port
        if fields.isAtEnd {
            connection = nil
        } else {
            guard let connection = Connection(fields.rest) else { return nil }
            self.connection = connection
        }
    }
}
