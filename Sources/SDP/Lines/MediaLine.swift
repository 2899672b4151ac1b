import Octets

/// An m= line, RFC 8866 §5.14.
package struct MediaLine: Sendable, Equatable {
    /// audio, video, text, application, message, image …
    package let type: OctetSlice
    /// Zero: the stream is rejected or removed (RFC 3264 §6, §8.2).
    package let port: UInt16
    /// Port pairs from the first on.
    package let portCount: UInt32
    /// The transport protocol: RTP/AVP, RTP/SAVPF, udptl …
    package let transport: OctetSlice
    /// Everything behind it: the formats, at least one.
    package let formatList: OctetSlice
    /// The digits of the port.
    let portText: OctetSlice

    package init?(_ text: OctetSlice) {
        var fields = FieldScanner(text)
        guard let type = fields.next(), let ports = fields.next(), let transport = fields.next(), type.isToken,
            Self.isTransport(transport), !fields.isAtEnd
        else { return nil }
        let (first, count) = ports.split(at: UInt8(ascii: "/"))
        guard let port = first.decimal.flatMap({ UInt16(exactly: $0) }) else { return nil }
        var portCount: UInt32 = 1
        if let count {
            guard let number = count.decimal.flatMap({ UInt32(exactly: $0) }), number > 0 else { return nil }
            portCount = number
        }
        self.type = type
        self.port = port
        self.portCount = portCount
        self.transport = transport
        formatList = fields.rest
        portText = first
    }

    package var formats: [OctetSlice] {
        var formats: [OctetSlice] = []
        var fields = FieldScanner(formatList)
        while let format = fields.next() { formats.append(format) }
        return formats
    }

    /// Formats are RTP payload types: RTP over UDP, TCP or DTLS under any profile.
    package var isRTP: Bool {
        var rest: OctetSlice? = transport
        while let part = rest {
            let (head, tail) = part.split(at: UInt8(ascii: "/"))
            if head.equals("RTP") { return true }
            rest = tail
        }
        return false
    }

    /// `token *("/" token)`
    private static func isTransport(_ text: OctetSlice) -> Bool {
        var rest: OctetSlice? = text
        while let part = rest {
            let (head, tail) = part.split(at: UInt8(ascii: "/"))
            guard head.isToken else { return false }
            rest = tail
        }
        return true
    }
}
