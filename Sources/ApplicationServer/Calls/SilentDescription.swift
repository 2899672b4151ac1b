import Octets
import SDP
import SIP

/// The session description of a call without media, RFC 3264 §6: an answer that takes the first audio stream inactive and
/// rejects the others; without an offer, an offer of one inactive stream.
enum SilentDescription {
    /// nil when the offer cannot be read, or has no audio stream: 488.
    static func answer(to request: SIPMessage, id: UInt64, version: UInt64, address: IPAddress) -> [UInt8]? {
        guard request.hasSessionDescription else {
            return description(id, version, address, timing: ["0 0"], media: ["audio 9 RTP/AVP 0"], accepted: 0)
        }
        do throws(SDPError) {
            let offer = try SessionDescription(parsing: request.sessionDescription)
            var lines: [String] = []
            var accepted: Int?
            for stream in offer.media {
                let line = try stream.line
                let isTaken = accepted == nil && line.type.equals("audio") && !stream.isRejected
                if isTaken { accepted = stream.index }
                lines.append("\(line.type) \(isTaken ? 9 : 0) \(line.transport) \(line.formatList)")
            }
            guard let accepted else { return nil }
            return description(
                id, version, address, timing: offer.session.values(of: .timing).map(\.string), media: lines,
                accepted: accepted)
        } catch {
            return nil
        }
    }

    private static func description(
        _ id: UInt64, _ version: UInt64, _ address: IPAddress, timing: [String], media: [String], accepted: Int
    ) -> [UInt8] {
        let family = address.isV6 ? "IP6" : "IP4"
        var text = "v=0\r\no=- \(id) \(version) IN \(family) \(address)\r\ns=-\r\nc=IN \(family) \(address)\r\n"
        for line in timing { text += "t=\(line)\r\n" }
        for (index, line) in media.enumerated() {
            text += "m=\(line)\r\n"
            if index == accepted { text += "a=inactive\r\n" }
        }
        return Array(text.utf8)
    }
}

extension SIPMessage {
    /// The body, or the part of a multipart body, that `hasSessionDescription` speaks of.
    var sessionDescription: OctetSlice {
        do throws(MultipartError) {
            return try bodyParts().first { $0.is("application", "sdp") }?.content ?? body
        } catch {
            return body
        }
    }
}
