import IMS
import Octets
import SIP

/// The contacts of a user in the form in which they are stored.
///
///     record ::= version bindings associatedURIs serviceRoute profile
///     binding ::= contact flow expires
struct StoredContacts {
    private static let version: UInt8 = 2
    /// Without the profile.
    private static let formerVersion: UInt8 = 1
    private static let kind = UInt8(ascii: "r")
    private static let bindingLimit = 4_096

    let user: RegisteredContacts.User
    let bindings: [RegisteredContacts.Binding]
    let associatedURIs: [UInt8]
    let serviceRoute: [UInt8]
    /// The name of the phone's profile; nil in a record of the former version.
    let handset: String?

    static func key(_ user: RegisteredContacts.User) -> [UInt8] { [kind] + user.octets }

    static func octets(of record: RegisteredContacts.Record, handset: String, clock: WallClock) -> [UInt8] {
        var writer = RecordWriter(reserving: 256)
        writer.write(version)
        writer.write(count: record.bindings.count)
        for binding in record.bindings {
            writer.write(OctetSlice(binding.contact))
            writer.write(binding.flow)
            writer.write(binding.expires, clock)
        }
        writer.write(OctetSlice(record.associatedURIs))
        writer.write(OctetSlice(record.serviceRoute))
        writer.write(OctetSlice(handset))
        return writer.octets
    }

    static func isKind(of record: StoredRecord) -> Bool { record.key.first == kind }

    /// nil for a record that cannot be read.
    init?(_ record: StoredRecord, clock: WallClock) {
        guard let user = RegisteredContacts.User(octets: Array(record.key.dropFirst())), let value = record.value else {
            return nil
        }
        var reader = RecordReader(value)
        guard let version = reader.octet(), version == Self.version || version == Self.formerVersion,
            let count = reader.count(limit: Self.bindingLimit)
        else { return nil }
        var bindings: [RegisteredContacts.Binding] = []
        for _ in 0..<count {
            guard let contact = reader.slice(), let flow = reader.flow(),
                case .some(.some(let expires)) = reader.time(clock)
            else { return nil }
            bindings.append(RegisteredContacts.Binding(contact: contact.array, flow: flow, expires: expires))
        }
        guard let associated = reader.slice(), let route = reader.slice() else { return nil }
        let handset = reader.text()
        guard handset != nil || version == Self.formerVersion else { return nil }
        self.user = user
        self.bindings = bindings
        associatedURIs = associated.array
        serviceRoute = route.array
        self.handset = handset
    }
}
