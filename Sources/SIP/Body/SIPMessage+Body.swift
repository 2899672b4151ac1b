import Octets

extension SIPMessage {
    /// The body as a part with the message's own Content- headers; nil without one.
    package var bodyPart: BodyPart? {
        guard !body.isEmpty else { return nil }
        var fields: [BodyPart.Field] = []
        for name: HeaderName in [.contentType, .contentDisposition, .contentID, .contentEncoding, .contentLanguage] {
            for value in values(name) { fields.append(BodyPart.Field(name: name, value: value)) }
        }
        return BodyPart(fields: fields, content: body, depth: 0)
    }

    /// The body, or all parts of it at all levels that are no multiparts themselves; none without a body.
    package func bodyParts(limits: MultipartLimits = .standard) throws(MultipartError) -> [BodyPart] {
        guard let bodyPart else { return [] }
        guard let multipart = try bodyPart.multipart(limits: limits) else { return [bodyPart] }
        return try multipart.leaves(limits: limits)
    }

    /// Content-Type and body together.
    package mutating func setBody(_ multipart: MultipartBody) {
        setBody(multipart.serialized(), contentType: "")
        set(ContentType(multipart.mediaType))
    }
}
