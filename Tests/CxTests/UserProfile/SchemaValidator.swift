import CXML2

/// Validates a document against `Fixtures/CxDataType.xsd` with libxml2.
enum SchemaValidator {
    /// Serial: libxml2's schema compiler is given to one thread at a time.
    @MainActor
    static func accepts(_ document: [UInt8]) -> Bool {
        let schema = Specification.fixture("CxDataType.xsd")
        // The pointers stay inside these closures; libxml2 copies what it keeps.
        let compiled = schema.withUnsafeBytes { octets in
            octets.withMemoryRebound(to: CChar.self) { text -> xmlSchemaPtr? in
                guard let parser = xmlSchemaNewMemParserCtxt(text.baseAddress, Int32(text.count)) else { return nil }
                defer { xmlSchemaFreeParserCtxt(parser) }
                return xmlSchemaParse(parser)
            }
        }
        guard let compiled else { return false }
        defer { xmlSchemaFree(compiled) }
        let options = XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue
        let parsed = document.withUnsafeBytes { octets in
            octets.withMemoryRebound(to: CChar.self) { text in
                xmlReadMemory(text.baseAddress, Int32(text.count), nil, nil, Int32(options))
            }
        }
        guard let parsed else { return false }
        defer { xmlFreeDoc(parsed) }
        guard let context = xmlSchemaNewValidCtxt(compiled) else { return false }
        defer { xmlSchemaFreeValidCtxt(context) }
        xmlSchemaSetValidStructuredErrors(context, { _, _ in }, nil)  // nothing on stderr
        return xmlSchemaValidateDoc(context, parsed) == 0
    }
}
