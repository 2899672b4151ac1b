import CXML2
import Foundation
import FoundationXML
import Octets
import SIP
import Testing

/// What a NOTIFY tells, read by Foundation's parser, after libxml2 has held it against the schemas.
struct RegistrationInformation: Equatable {
    struct Contact: Equatable {
        var attributes: [String: String]
        var uri = ""
        var parameters: [String: String] = [:]
        var publicGRUU: String?
        var temporaryGRUU: String?

        subscript(name: String) -> String? { attributes[name] }
    }

    struct Registration: Equatable {
        var aor: String
        var id: String
        var state: String
        var contacts: [Contact] = []
    }

    var version = ""
    var state = ""
    var registrations: [Registration] = []

    /// `aor state event…` per registration.
    var summary: [String] {
        registrations.map { registration in
            ([registration.aor, registration.state] + registration.contacts.map { $0["event"] ?? "?" })
                .joined(separator: " ")
        }
    }

    /// Fails when the body is no valid registration information.
    @MainActor
    init(_ notify: SIPMessage) throws {
        #expect(notify.method == .notify)
        #expect(notify.firstValue(.event)?.string == "reg")
        #expect(notify.firstValue(.contentType)?.string == "application/reginfo+xml")
        let body = notify.body.array
        #expect(SchemaValidator.problems(in: body) == [])
        let reader = RegistrationInformationReader()
        let parser = XMLParser(data: Data(body))
        parser.delegate = reader
        try #require(parser.parse())
        self = reader.result
    }

    fileprivate init() {}
}

private final class RegistrationInformationReader: NSObject, XMLParserDelegate {
    var result = RegistrationInformation()
    private var parameter = ""
    private var text = ""

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        text = ""
        let last = result.registrations.count - 1
        switch name {
        case "reginfo":
            result.version = attributes["version"] ?? ""
            result.state = attributes["state"] ?? ""
        case "registration":
            result.registrations.append(
                .init(aor: attributes["aor"] ?? "", id: attributes["id"] ?? "", state: attributes["state"] ?? ""))
        case "contact": result.registrations[last].contacts.append(.init(attributes: attributes))
        case "unknown-param": parameter = attributes["name"] ?? ""
        case "gr:pub-gruu": edit { $0.publicGRUU = attributes["uri"] }
        case "gr:temp-gruu": edit { $0.temporaryGRUU = attributes["uri"] }
        default: break
        }
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

    func parser(
        _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
    ) {
        if name == "uri" { edit { $0.uri = text } }
        if name == "unknown-param" { edit { $0.parameters[parameter] = text } }
    }

    private func edit(_ change: (inout RegistrationInformation.Contact) -> Void) {
        let last = result.registrations.count - 1
        let contact = result.registrations[last].contacts.count - 1
        change(&result.registrations[last].contacts[contact])
    }
}

/// RFC 3680 §5.4 and RFC 5628 §9, by libxml2.
enum SchemaValidator {
    /// Serial: libxml2's schema compiler is given to one thread at a time.
    @MainActor
    static func problems(in document: [UInt8]) -> [String] {
        guard let path = Bundle.module.path(forResource: "Fixtures/reginfo-with-gruus", ofType: "xsd"),
            let parser = xmlSchemaNewParserCtxt(path)
        else { return ["no schema"] }
        defer { xmlSchemaFreeParserCtxt(parser) }
        guard let schema = xmlSchemaParse(parser) else { return ["the schema cannot be read"] }
        defer { xmlSchemaFree(schema) }
        let parsed = document.withUnsafeBytes { octets in
            octets.withMemoryRebound(to: CChar.self) {
                xmlReadMemory($0.baseAddress, Int32($0.count), nil, nil, Int32(XML_PARSE_NOERROR.rawValue))
            }
        }
        guard let parsed else { return ["not well-formed"] }
        defer { xmlFreeDoc(parsed) }
        guard let context = xmlSchemaNewValidCtxt(schema) else { return ["no validator"] }
        defer { xmlSchemaFreeValidCtxt(context) }
        let code = xmlSchemaValidateDoc(context, parsed)
        return code == 0 ? [] : ["libxml2 says \(code)", String(decoding: document, as: UTF8.self)]
    }
}
