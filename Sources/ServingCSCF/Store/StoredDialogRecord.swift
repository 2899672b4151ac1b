import IMS
import Octets
import SIP

/// Sessions under way in the form in which they are stored.
enum StoredDialogRecord {
    static let version: UInt8 = 2
    /// Without what is charged for.
    static let formerVersion: UInt8 = 1
    /// Added to the CSeq numbers of a session that was stored: more requests than that do not go by between two writes.
    static let leap: UInt32 = 1 << 16

    /// `d` and a number that grows: sessions that begin together lie together.
    static func key(_ number: UInt64) -> [UInt8] {
        [UInt8(ascii: "d")] + (0..<8).map { UInt8(truncatingIfNeeded: number >> UInt64(56 - 8 * $0)) }
    }

    /// nil for another key.
    static func number(of key: [UInt8]) -> UInt64? {
        guard key.count == 9, key.first == UInt8(ascii: "d") else { return nil }
        return key.dropFirst().reduce(0) { $0 << 8 | UInt64($1) }
    }

    static func octets(
        of session: StoredSession, user: PublicIdentity, isTerminating: Bool, charged: ChargedSession?,
        clock: WallClock
    ) -> [UInt8] {
        var writer = RecordWriter(reserving: 768)
        writer.write(version)
        writer.write(isTerminating ? 1 : 0)
        writer.write(text: user.text)
        writer.write(session, clock)
        writer.write(charged, clock)
        return writer.octets
    }

    /// nil for a record that cannot be read.
    static func session(
        from octets: [UInt8], clock: WallClock
    ) -> (session: StoredSession, user: PublicIdentity, isTerminating: Bool, charged: ChargedSession?)? {
        var reader = RecordReader(octets)
        guard let found = reader.octet(), found == version || found == formerVersion, let direction = reader.octet(),
            let user = reader.text(),
            let session = reader.session(clock)
        else { return nil }
        let identity = PublicIdentity(canonical: user)
        guard found == version else { return (session, identity, direction == 1, nil) }
        guard case .some(let charged) = reader.chargedSession(clock) else { return nil }
        return (session, identity, direction == 1, charged)
    }
}
