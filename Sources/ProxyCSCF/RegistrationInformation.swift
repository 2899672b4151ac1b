import IMS
import Octets
import SIP

/// A document of registration information, `application/reginfo+xml`, as its reader needs it: RFC 3680 §5.
struct RegistrationInformation: Equatable {
    struct Registration: Equatable {
        /// As it stands in the document.
        var identity: OctetSlice
        var isActive = false
        var contacts: [Contact] = []
    }

    struct Contact: Equatable {
        var uri: OctetSlice
        var isActive: Bool
        /// Why it is in this state: `deactivated`, `shortened`…
        var event: OctetSlice
        /// Seconds that are left, when the document says so.
        var expires: Int?
    }

    enum Fault: Error, Equatable, CustomStringConvertible {
        case xml(XMLReader.Fault)
        /// Another root element, or one without what RFC 3680 §5.1 demands.
        case notRegistrationInformation

        var description: String {
            switch self {
            case .xml(let fault): "\(fault)"
            case .notRegistrationInformation: "it is no registration information of RFC 3680"
            }
        }
    }

    var version: UInt32
    /// The whole state, or what has changed.
    var isWhole: Bool
    var registrations: [Registration] = []

    private static let namespace: StaticString = "urn:ietf:params:xml:ns:reginfo"

    /// Elements of other namespaces are passed over (§5.1).
    init(parsing body: OctetSlice) throws(Fault) {
        do throws(XMLReader.Fault) {
            var reader = try XMLReader(body)
            guard case .start(let root)? = try reader.next(), let (version, isWhole) = Self.header(root) else {
                throw XMLReader.Fault.malformed(at: 0)
            }
            self.version = version
            self.isWhole = isWhole
            try readRegistrations(&reader)
        } catch .malformed(at: 0) {
            throw .notRegistrationInformation
        } catch {
            throw .xml(error)
        }
    }

    private static func header(_ root: XMLReader.Element) -> (UInt32, Bool)? {
        guard root.isNamed("reginfo", in: namespace),
            let version = root["version"]?.trimmed.decimal.flatMap(UInt32.init(exactly:)), let state = root["state"]
        else { return nil }
        if state.equals("full") { return (version, true) }
        return state.equals("partial") ? (version, false) : nil
    }

    private mutating func readRegistrations(_ reader: inout XMLReader) throws(XMLReader.Fault) {
        var depth = 1
        /// The character data of a `uri` element that is being read.
        var uri: OctetSlice?
        while let piece = try reader.next() {
            switch piece {
            case .start(let element):
                depth += 1
                if depth == 2, element.isNamed("registration", in: Self.namespace) {
                    registrations.append(
                        Registration(
                            identity: element["aor"]?.trimmed ?? OctetSlice(),
                            isActive: element["state"]?.equals("active") ?? false))
                } else if depth == 3, element.isNamed("contact", in: Self.namespace), !registrations.isEmpty {
                    registrations[registrations.count - 1].contacts.append(
                        Contact(
                            uri: OctetSlice(), isActive: element["state"]?.equals("active") ?? false,
                            event: element["event"] ?? OctetSlice(),
                            expires: element["expires"]?.trimmed.decimal.flatMap { Int(exactly: $0) }))
                } else if depth == 4, element.isNamed("uri", in: Self.namespace) {
                    uri = OctetSlice()
                }
            case .text(let text):
                if let begun = uri { uri = begun.isEmpty ? text : OctetSlice(begun.array + text.array) }
            case .end:
                if depth == 4, let text = uri {
                    uri = nil
                    if let last = registrations.indices.last, let contact = registrations[last].contacts.indices.last {
                        registrations[last].contacts[contact].uri = text.trimmed
                    }
                }
                depth -= 1
            }
        }
    }
}
