import IMS
import Octets
import SIP

/// What a document of registration information changes in what we remember of a user, TS 24.229 §5.2.3 and §5.2.5.2.
struct RegistrationNews {
    /// P-Associated-URI as it is from now on, comma-separated.
    private(set) var associatedURIs: [UInt8]
    /// Contacts whose time is cut short, with the seconds that are left.
    private(set) var shortened: [(uri: OctetSlice, seconds: Int)] = []
    private var active: [OctetSlice] = []
    private var terminated: [(uri: OctetSlice, event: OctetSlice)] = []
    /// Whether contacts that are not named are gone as well.
    private let isWhole: Bool
    /// No identity is left.
    private let isOver: Bool

    init(_ information: RegistrationInformation, about record: RegisteredContacts.Record) {
        isWhole = information.isWhole && !information.registrations.isEmpty
        var lost: [PublicIdentity] = []
        var found: [(identity: PublicIdentity, uri: OctetSlice)] = []
        for registration in information.registrations {
            if let identity = NameAddress(uri: registration.identity).publicIdentity {
                if registration.isActive {
                    found.append((identity, registration.identity))
                } else {
                    lost.append(identity)
                }
            }
            for contact in registration.contacts {
                if contact.isActive, registration.isActive {
                    active.append(contact.uri)
                    if contact.event.equals("shortened"), let seconds = contact.expires {
                        shortened.append((contact.uri, seconds))
                    }
                } else {
                    terminated.append((contact.uri, contact.event))
                }
            }
        }
        associatedURIs = Self.associated(record, found: found, lost: lost, isWhole: isWhole)
        isOver = !lost.isEmpty && found.isEmpty && associatedURIs.isEmpty
    }

    /// Whether a contact is bound no more: terminated in every registration that tells of it, or left out of the whole.
    func isGone(_ binding: RegisteredContacts.Binding) -> Bool {
        let uri = OctetSlice(binding.contact)
        if active.contains(where: { Self.isSame($0, uri) }) { return false }
        return isOver || isWhole || terminated.contains { Self.isSame($0.uri, uri) }
    }

    /// Who has ended a contact that is gone, RFC 3680 §5.1.
    enum Ending: Sendable {
        /// The phone, by a REGISTER.
        case phone
        /// Its time is over.
        case time
        case network
    }

    func ending(of binding: RegisteredContacts.Binding) -> Ending {
        let uri = OctetSlice(binding.contact)
        guard let event = terminated.first(where: { Self.isSame($0.uri, uri) })?.event else { return .network }
        if event.equals("unregistered") { return .phone }
        return event.equals("expired") ? .time : .network
    }

    static func isSame(_ left: OctetSlice, _ right: OctetSlice) -> Bool {
        if left == right { return true }
        do throws(SIPSyntaxError) {
            return try URI(parsing: left).matches(URI(parsing: right))
        } catch {
            return false
        }
    }

    /// The old ones that are left, in their order, and the new ones behind them.
    private static func associated(
        _ record: RegisteredContacts.Record, found: [(identity: PublicIdentity, uri: OctetSlice)],
        lost: [PublicIdentity], isWhole: Bool
    ) -> [UInt8] {
        var known: [PublicIdentity] = []
        var values: [OctetSlice] = []
        var list = ValueList(OctetSlice(record.associatedURIs))
        while let value = list.next() {
            let parsed: NameAddress
            do throws(SIPSyntaxError) { parsed = try NameAddress(parsing: value) } catch { continue }
            guard let identity = parsed.publicIdentity, !lost.contains(identity) else { continue }
            if isWhole, !found.isEmpty, !found.contains(where: { $0.identity == identity }) { continue }
            known.append(identity)
            values.append(value)
        }
        for entry in found where !known.contains(entry.identity) {
            known.append(entry.identity)
            values.append(OctetSlice("<\(entry.uri.string)>"))
        }
        var writer = OctetWriter(reserving: values.reduce(0) { $0 + $1.count + 1 })
        for (index, value) in values.enumerated() {
            if index > 0 { writer.write(UInt8(ascii: ",")) }
            writer.write(value)
        }
        return writer.octets
    }
}
