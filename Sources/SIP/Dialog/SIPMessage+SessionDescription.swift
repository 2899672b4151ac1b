import Octets

extension SIPMessage {
    /// Whether the body is, or has in it, a session description, RFC 3261 §13.2.1: of the disposition `session`, which
    /// `application/sdp` has without saying so. Of a multipart body any part of that type counts.
    package var hasSessionDescription: Bool {
        guard !body.isEmpty, let type = firstValue(.contentType) else { return false }
        if let disposition = firstValue(.contentDisposition) {
            let end = disposition.firstIndex(of: UInt8(ascii: ";")) ?? disposition.end
            return disposition[disposition.start..<end].trimmed.equalsIgnoringCase("session")
        }
        let end = type.firstIndex(of: UInt8(ascii: ";")) ?? type.end
        let media = type[type.start..<end].trimmed
        if media.equalsIgnoringCase("application/sdp") { return true }
        guard media.count > 10, media[media.start..<media.start + 10].equalsIgnoringCase("multipart/") else {
            return false
        }
        return body.containsIgnoringCase("application/sdp")
    }
}
