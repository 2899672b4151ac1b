import Octets
import SDP
import SIP

/// What an operator allows in the session descriptions of phones: codecs, and the bandwidth of a stream.
///
/// TS 24.229 §6.2 (not checked against its text): a description is never changed on its way; one that asks for what is not
/// allowed comes back with 488 and a description that would do. Preconditions and all else pass untouched.
package struct MediaPolicy: Sendable, Equatable {
    /// Encoding names of `a=rtpmap` in small letters; empty for all.
    package var codecs: Set<String>
    /// Of `b=AS` of a stream, RFC 8866 §5.8; nil for any.
    package var kilobitsPerSecond: UInt64?

    package init(codecs: Set<String> = [], kilobitsPerSecond: UInt64? = nil) {
        self.codecs = Set(codecs.map { $0.lowercased() })
        self.kilobitsPerSecond = kilobitsPerSecond
    }

    /// Encodings that carry no media of their own: RFC 4733, RFC 3389, RFC 4588, RFC 2198, RFC 5109.
    private static let companions: [StaticString] = ["telephone-event", "CN", "rtx", "red", "ulpfec"]

    /// What is wrong with the description in a request, in a sentence, and one that would do. nil when it may pass; one
    /// that cannot be read may, it is for the other end to judge.
    func objection(to request: SIPMessage) -> (sentence: String, allowed: [UInt8])? {
        guard !codecs.isEmpty || kilobitsPerSecond != nil, request.hasSessionDescription else { return nil }
        do {
            guard let part = try request.bodyParts().first(where: { $0.is("application", "sdp") }) else { return nil }
            return try objection(to: SessionDescription(parsing: part.content))
        } catch {
            return nil
        }
    }

    private func objection(
        to offer: SessionDescription
    ) throws(SDPError) -> (sentence: String, allowed: [UInt8])? {
        var allowed = offer
        var faults: [String] = []
        for medium in offer.media where !medium.isRejected {
            let type = try medium.line.type
            if let most = kilobitsPerSecond,
                let wish =
                    (medium.section.bandwidth(.applicationSpecific) ?? medium.session.bandwidth(.applicationSpecific))?
                    .value, wish > most
            {
                faults.append("\(wish) kbit/s of \(type)")
                allowed.setBandwidth(.applicationSpecific, most, .media(medium.index))
            }
            guard !codecs.isEmpty, try medium.line.isRTP else { continue }
            var unwanted: [String] = []
            _ = try allowed.removeFormats(ofMedia: medium.index) { format, codec in
                guard let codec, !isAllowed(codec) else { return false }
                unwanted.append(codec.name.string)
                return true
            }
            if !unwanted.isEmpty { faults.append("\(unwanted.joined(separator: ", ")) in \(type)") }
        }
        guard !faults.isEmpty else { return nil }
        return ("the description wants \(faults.joined(separator: "; "))", allowed.serialized())
    }

    private func isAllowed(_ codec: Codec) -> Bool {
        codecs.contains(codec.name.string.lowercased())
            || Self.companions.contains { codec.name.equalsIgnoringCase($0) }
    }
}
