import Octets
import SIP

// The description that the media relay exchanges: the body, or a part of a multipart body (RFC 5621 §3.1: such as
// multipart/mixed with what belongs to an emergency call or to another network).
extension SIPMessage {
    /// nil where there is none, or only one inside a multipart inside another.
    var sessionDescription: OctetSlice? {
        guard hasSessionDescription, let part = bodyPart else { return nil }
        if part.is("application", "sdp") { return body }
        do throws(MultipartError) {
            return try part.multipart()?.parts.first { $0.is("application", "sdp") }?.content
        } catch {
            return nil  // for the other end to judge
        }
    }

    /// Puts another in its place; all other parts, and Content-Type with its boundary, stay as they are.
    mutating func exchangeSessionDescription(for description: OctetSlice) {
        guard let part = bodyPart, !part.is("application", "sdp") else {
            return setBody(description.array, contentType: "")
        }
        do throws(MultipartError) {
            guard let multipart = try part.multipart() else { return }
            var parts = multipart.parts
            guard let place = parts.firstIndex(where: { $0.is("application", "sdp") }) else { return }
            parts[place].content = description
            let body = try MultipartBody(parts, boundary: multipart.boundary, subtype: multipart.subtype)
            setBody(body.serialized(), contentType: "")
        } catch {
            return  // the phone's boundary stands in the relay's description: that of the phone goes on
        }
    }
}
