import Octets

extension SIPMessage {
    /// A response with what RFC 3261 §8.2.6.2 copies from the request: every Via, From, To, Call-ID and CSeq.
    ///
    /// - Parameter toTag: added to a To without a tag, except in a 100 (§8.2.6.2).
    package static func response(
        _ status: Status, reason: String? = nil, to request: SIPMessage, toTag: String?
    ) -> SIPMessage {
        var response = SIPMessage(status: status, reason: reason)
        var copied: UInt128 = 0  // one bit a token: of a header that stands twice, the first
        for index in request.fields.indices {
            let token = request.fields[index].token
            let bit = UInt128(1) << UInt128(token.rawValue)
            switch token {
            case .via: response.append(.via, request.value(at: index))
            case .from, .callID, .cseq:
                guard copied & bit == 0 else { continue }
                copied |= bit
                response.append(HeaderName(token), request.value(at: index))
            case .to:
                guard copied & bit == 0 else { continue }
                copied |= bit
                let text = request.value(at: index)
                let tag = status == .trying || !needsTag(text) ? nil : toTag
                let field = response.write(.to) { writer in
                    writer.write(text)
                    if let tag {
                        writer.write(";tag=")
                        writer.write(tag)
                    }
                }
                response.fields.append(field)
            default: break
            }
        }
        return response
    }

    private static func needsTag(_ text: OctetSlice) -> Bool {
        do { return try To(parsing: text).tag == nil } catch { return false }
    }
}
