import Cx
import Diameter
import IMS
import Octets
import Rx
import SIP

/// A session of Rx in the form in which it is stored: what the PCRF knows of is ended there, whatever becomes of us.
///
///     record ::= version peer subject address subscribers chargingID service
///     subject ::= 'c' Call-ID phoneIsCaller (0 | 1 dialog) | 's' flow
struct StoredPolicySession {
    private static let version: UInt8 = 1
    private static let kind = UInt8(ascii: "x")

    let session: PolicySession

    static func key(_ id: String) -> [UInt8] { [kind] + Array(id.utf8) }

    static func isKind(of record: StoredRecord) -> Bool { record.key.first == kind }

    /// nil for one that the PCRF does not know, or no more.
    static func octets(of id: String, in policy: PolicyControl) -> [UInt8]? {
        guard let session = policy[id], session.mayBeKnown else { return nil }
        var writer = RecordWriter(reserving: 512)
        writer.write(version)
        writer.write(text: session.peer?.name ?? "")
        switch session.purpose {
        case .call(let call):
            writer.write(UInt8(ascii: "c"))
            writer.write(call.callID)
            writer.write(call.phoneIsCaller ? 1 : 0)
            writer.write(session.dialog == nil ? 0 : 1)
            if let dialog = session.dialog { writer.write(dialog.id) }
        case .signalling(let flow):
            writer.write(UInt8(ascii: "s"))
            writer.write(flow)
        }
        writer.write(OctetSlice(session.address.octets))
        writer.write(count: session.subscribers.count)
        for subscriber in session.subscribers {
            writer.write(count: Int(subscriber.type.rawValue))
            writer.write(text: subscriber.data)
        }
        writer.write(session.chargingID ?? OctetSlice())
        writer.write(session.service ?? OctetSlice())
        return writer.octets
    }

    /// nil for a record that cannot be read.
    init?(_ record: StoredRecord) {
        guard record.key.count > 1, let value = record.value else { return nil }
        let id = OctetSlice(record.key, 1..<record.key.count).string
        var reader = RecordReader(value)
        guard reader.octet() == Self.version, let name = reader.text(), let kind = reader.octet() else { return nil }
        let peer = name.isEmpty ? nil : DiameterIdentity(name)
        guard let (purpose, dialog) = Self.subject(&reader, kind), let address = reader.slice(),
            let count = reader.count(limit: 64)
        else { return nil }
        var subscribers: [SubscriptionID] = []
        for _ in 0..<count {
            guard
                let type = reader.count(limit: .max).flatMap({ UInt32(exactly: $0) })
                    .flatMap(SubscriptionIDType.init(rawValue:)), let data = reader.text()
            else { return nil }
            subscribers.append(SubscriptionID(type, data))
        }
        guard let chargingID = reader.slice(), let service = reader.slice(), let phone = Self.address(address) else {
            return nil
        }
        var session = PolicySession(
            purpose, id: id, address: phone, subscribers: subscribers,
            chargingID: chargingID.isEmpty ? nil : chargingID, service: service.isEmpty ? nil : service)
        session.peer = peer
        session.mayBeKnown = true
        session.isGranted = peer != nil
        session.dialog = dialog
        self.session = session
    }

    private static func subject(
        _ reader: inout RecordReader, _ kind: UInt8
    ) -> (PolicySession.Purpose, SessionTable.Key?)? {
        switch kind {
        case UInt8(ascii: "c"):
            guard let callID = reader.slice(), let side = reader.octet(), let hasDialog = reader.octet() else {
                return nil
            }
            let purpose = PolicySession.Purpose.call(.init(callID, phoneIsCaller: side == 1))
            guard hasDialog == 1 else { return (purpose, nil) }
            return reader.dialogID().map { (purpose, SessionTable.Key(id: $0, phoneIsCaller: side == 1)) }
        case UInt8(ascii: "s"): return reader.flow().map { (.signalling($0), nil) }
        default: return nil
        }
    }

    private static func address(_ octets: OctetSlice) -> IPAddress? {
        var reader = OctetReader(octets)
        switch octets.count {
        case 4: return reader.read32().map { .v4($0) }
        case 16:
            guard let high = reader.read64(), let low = reader.read64() else { return nil }
            return .v6(high, low)
        default: return nil
        }
    }
}

extension ProxyCSCF {
    /// Sessions of Rx go on where what they are for does; the PCRF is told of the end of the others.
    ///
    /// - Returns: how many records could not be read.
    mutating func restorePolicy(_ records: [StoredRecord], at now: Instant) -> Int {
        var unreadable = 0
        for record in records where StoredPolicySession.isKind(of: record) {
            guard let stored = StoredPolicySession(record) else {
                unreadable += 1
                continue
            }
            let session = stored.session
            let isThere: Bool =
                switch session.purpose {
                case .call: session.dialog.flatMap { sessions[$0] } != nil
                case .signalling(let flow): contacts.contains(flow) && policy?.settings.watchesSignalling == true
                }
            if isThere {
                policy?.begin(session)
            } else {
                policy?.resume(session.id, PolicyControl.Ending(peer: session.peer, cause: .administrative), at: now)
            }
        }
        guard policy?.settings.watchesSignalling == true else { return unreadable }
        for (user, record, _) in contacts.all {
            let flows = record.bindings.map(\.flow.arrival).filter { policy?[.signalling($0)] != nil }
            policy?.registered[user] = Set(flows)
        }
        return unreadable
    }
}
