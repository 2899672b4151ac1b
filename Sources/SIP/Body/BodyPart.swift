import Octets

/// One part of a multipart body, RFC 2046 §5.1, or the body of a message seen as its only part.
package struct BodyPart: Sendable, Equatable {
    /// In order, folds undone.
    package private(set) var fields: [Field]
    package var content: OctetSlice
    /// Multiparts around it.
    let depth: Int

    package struct Field: Sendable, Equatable {
        package var name: HeaderName
        package var value: OctetSlice
    }

    init(fields: [Field], content: OctetSlice, depth: Int) {
        self.fields = fields
        self.content = content
        self.depth = depth
    }

    /// A part to be written.
    package init(_ contentType: MediaType, _ content: OctetSlice) {
        fields = []
        self.content = content
        depth = 0
        append(ContentType(contentType))
    }

    package mutating func append(_ header: some SIPHeader) {
        var writer = OctetWriter(reserving: 64)
        header.write(to: &writer)
        fields.append(Field(name: type(of: header).name, value: OctetSlice(writer.octets)))
    }

    /// The first value of a header; nil when there is none.
    package func first<Header: SIPHeader>(_ type: Header.Type) throws(SIPSyntaxError) -> Header? {
        guard let field = fields.first(where: { $0.name == Header.name }) else { return nil }
        do {
            return try Header(parsing: field.value)
        } catch {
            throw error.of(Header.name)
        }
    }

    /// `text/plain` when nothing is said (RFC 2045 §5.2).
    package func mediaType() throws(SIPSyntaxError) -> MediaType {
        try first(ContentType.self)?.mediaType ?? MediaType("text", "plain")
    }

    /// RFC 3261 §20.11: whether one who does not understand it has to refuse the request.
    package func isRequired() throws(SIPSyntaxError) -> Bool { try first(ContentDisposition.self)?.isRequired ?? true }

    /// Whether it is of a type, in any case; a Content-Type that cannot be read is of none.
    package func `is`(_ type: StaticString, _ subtype: StaticString) -> Bool {
        do { return try mediaType().is(type, subtype) } catch { return false }
    }

    /// The parts inside, when it is a multipart; nil when it is none.
    package func multipart(
        limits: MultipartLimits = .standard
    ) throws(MultipartError) -> MultipartBody? {
        let mediaType: MediaType
        do { mediaType = try self.mediaType() } catch { return nil }
        guard mediaType.isMultipart else { return nil }
        return try MultipartBody(parsing: content, mediaType, limits: limits, depth: depth)
    }

    func write(to writer: inout OctetWriter) {
        for field in fields {
            field.name.write(to: &writer)
            writer.write(": ")
            for index in field.value.indices {
                let octet = field.value[index]
                // Nothing that is put into a value may end its line.
                let endsLine = octet == ASCII.carriageReturn || octet == ASCII.lineFeed
                writer.write(endsLine ? ASCII.space : octet)
            }
            writer.write("\r\n")
        }
        writer.write("\r\n")
        writer.write(content)
    }
}
