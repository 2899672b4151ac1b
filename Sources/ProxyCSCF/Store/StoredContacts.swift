import IMS
import Octets
import SIP

/// The contacts of a user in the form in which they are stored.
///
///     record ::= version bindings associatedURIs serviceRoute
///     binding ::= contact flow expires
struct StoredContacts {
    private static let version: UInt8 = 1
    private static let kind = UInt8(ascii: "r")
    private static let bindingLimit = 4_096

    let user: RegisteredContacts.User
    let bindings: [RegisteredContacts.Binding]
    let associatedURIs: [UInt8]
    let serviceRoute: [UInt8]

    static func key(_ user: RegisteredContacts.User) -> [UInt8] { [kind] + user.octets }

    static func octets(of record: RegisteredContacts.Record, clock: WallClock) -> [UInt8] {
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
        return writer.octets
    }

    static func isKind(of record: StoredRecord) -> Bool { record.key.first == kind }

    /// nil for a record that cannot be read.
    init?(_ record: StoredRecord, clock: WallClock) {
        guard let user = RegisteredContacts.User(octets: Array(record.key.dropFirst())), let value = record.value else {
            return nil
        }
        var reader = RecordReader(value)
        guard reader.octet() == Self.version, let count = reader.count(limit: Self.bindingLimit) else { return nil }
        var bindings: [RegisteredContacts.Binding] = []
        for _ in 0..<count {
            guard let contact = reader.slice(), let flow = reader.flow(),
                case .some(.some(let expires)) = reader.time(clock)
            else { return nil }
            bindings.append(RegisteredContacts.Binding(contact: contact.array, flow: flow, expires: expires))
        }
        guard let associated = reader.slice(), let route = reader.slice() else { return nil }
        self.user = user
        self.bindings = bindings
        associatedURIs = associated.array
        serviceRoute = route.array
    }
}
