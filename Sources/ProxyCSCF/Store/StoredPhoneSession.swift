import IMS
import Octets
import SIP

/// A session of a phone in the form in which it is stored: when it begins and when it is refreshed, not with every request
/// that goes by.
///
///     record ::= version session user flow chargingVector isRelayed charged
struct StoredPhoneSession {
    private static let version: UInt8 = 2
    /// Without what is charged for.
    private static let formerVersion: UInt8 = 1
    private static let kind = UInt8(ascii: "s")
    /// Added to the CSeq numbers of both ends: more requests do not go by between two refreshes.
    private static let leap: UInt32 = 1 << 20

    let key: SessionTable.Key
    let session: SessionTable.Session
    let charged: ChargedSession?

    static func key(_ key: SessionTable.Key) -> [UInt8] {
        var writer = OctetWriter(reserving: 128)
        writer.write(kind)
        writer.write(key.phoneIsCaller ? 1 : 0)
        for (index, text) in [key.id.callID, key.id.localTag, key.id.remoteTag].enumerated() {
            if index > 0 { writer.write(0) }
            writer.write(text)
        }
        return writer.octets
    }

    /// nil for a session that is over.
    static func octets(
        of session: SessionTable.Session, charged: ChargedSession?, clock: WallClock
    ) -> [UInt8]? {
        guard let stored = session.dialog.stored else { return nil }
        var writer = RecordWriter(reserving: 1_024)
        writer.write(version)
        writer.write(stored, clock)
        writer.write(OctetSlice(session.user?.octets ?? []))
        writer.write(session.flow)
        writer.write(session.chargingVector ?? OctetSlice())
        writer.write(session.isRelayed ? 1 : 0)
        writer.write(charged, clock)
        return writer.octets
    }

    static func isKind(of record: StoredRecord) -> Bool { record.key.first == kind }

    /// nil for a record that cannot be read.
    init?(_ record: StoredRecord, timer: SessionTimerPolicy, clock: WallClock) {
        guard record.key.count > 2, let value = record.value else { return nil }
        var reader = RecordReader(value)
        guard let version = reader.octet(), version == Self.version || version == Self.formerVersion,
            let stored = reader.session(clock), let user = reader.slice(),
            let flow = reader.flow(), let vector = reader.slice(), let isRelayed = reader.octet()
        else { return nil }
        if version == Self.formerVersion {
            charged = nil
        } else {
            guard case .some(let charged) = reader.chargedSession(clock) else { return nil }
            self.charged = charged
        }
        do throws(SIPSyntaxError) {
            session = SessionTable.Session(
                dialog: try ObservedDialog(stored, timer: timer, leap: Self.leap),
                user: RegisteredContacts.User(octets: user.array), flow: flow,
                chargingVector: vector.isEmpty ? nil : vector, isRelayed: isRelayed == 1)
        } catch {
            return nil
        }
        key = SessionTable.Key(id: stored.id, phoneIsCaller: record.key[1] == 1)
    }
}
