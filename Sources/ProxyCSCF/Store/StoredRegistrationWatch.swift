import IMS
import Octets
import SIP

/// A subscription to the registration state of a user in the form in which it is stored: when it is made and when it is
/// refreshed, not with every notification.
struct StoredRegistrationWatch {
    private static let version: UInt8 = 1
    private static let kind = UInt8(ascii: "w")
    /// Added to the CSeq number of the subscriber: more SUBSCRIBEs do not go out between two writes.
    private static let leap: UInt32 = 64

    let user: RegisteredContacts.User
    let subscriber: StoredSubscriber

    static func key(_ user: RegisteredContacts.User) -> [UInt8] { [kind] + user.octets }

    static func octets(of subscriber: StoredSubscriber, clock: WallClock) -> [UInt8] {
        var writer = RecordWriter(reserving: 256)
        writer.write(version)
        writer.write(subscriber.dialog)
        writer.write(subscriber.expiration, clock)
        return writer.octets
    }

    static func isKind(of record: StoredRecord) -> Bool { record.key.first == kind }

    /// nil for a record that cannot be read.
    init?(_ record: StoredRecord, clock: WallClock) {
        guard let user = RegisteredContacts.User(octets: Array(record.key.dropFirst())), let value = record.value else {
            return nil
        }
        var reader = RecordReader(value)
        guard reader.octet() == Self.version, var dialog = reader.dialog(),
            case .some(.some(let expiration)) = reader.time(clock)
        else { return nil }
        dialog.localSequence = min(dialog.localSequence, 0x7FFF_FFFF - Self.leap) + Self.leap
        self.user = user
        subscriber = StoredSubscriber(dialog: dialog, expiration: expiration)
    }
}
