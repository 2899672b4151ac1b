import IMS
import Octets
import SIP

/// Subscriptions to registration state in the form in which they are stored: when they are made and when they are
/// refreshed, not with every notification.
enum StoredWatch {
    static let version: UInt8 = 1
    /// Added to CSeq and version of a subscription that was stored: more notifications than that do not go out between
    /// two refreshes, and both only have to grow (RFC 3261 §12.2.1.1, RFC 3680 §5.1).
    static let leap = 1 << 20

    /// Of a subscription: `w`, its Call-ID and the tag that is ours.
    static func key(of dialog: DialogID) -> [UInt8] {
        [UInt8(ascii: "w")] + dialog.callID.array + [0] + dialog.localTag.array
    }

    static func octets(of watch: RegistrationWatch, clock: WallClock) -> [UInt8] {
        let stored = watch.notifier.stored
        var writer = RecordWriter(reserving: 512)
        writer.write(version)
        writer.write(text: watch.resource.text)
        switch watch.watcher {
        case .user: writer.write(0)
        case .proxy: writer.write(1)
        case .applicationServer: writer.write(2)
        }
        for text in [
            stored.dialog.id.callID, stored.dialog.id.localTag, stored.dialog.id.remoteTag, stored.dialog.local,
            stored.dialog.remote, stored.dialog.remoteTarget, stored.dialog.localContact, stored.event,
            OctetSlice(stored.contentType),
        ] { writer.write(text) }
        writer.write(count: stored.dialog.routes.count)
        for route in stored.dialog.routes { writer.write(route) }
        writer.write(count: Int(stored.dialog.localSequence))
        writer.write(count: Int(stored.dialog.remoteSequence))
        writer.write(count: stored.version)
        writer.write(number: clock.nanoseconds(stored.expiration))
        return writer.octets
    }

    /// nil for a record that cannot be read.
    static func watch(from octets: [UInt8], clock: WallClock) -> RegistrationWatch? {
        var reader = RecordReader(octets)
        guard reader.octet() == version, let resource = reader.text(), let kind = reader.octet() else { return nil }
        var texts: [OctetSlice] = []
        for _ in 0..<9 {
            guard let text = reader.slice() else { return nil }
            texts.append(text)
        }
        guard let routeCount = reader.count(limit: 128) else { return nil }
        var routes: [OctetSlice] = []
        for _ in 0..<routeCount {
            guard let route = reader.slice() else { return nil }
            routes.append(route)
        }
        guard let localSequence = reader.count(limit: 1 << 31), let remoteSequence = reader.count(limit: .max),
            let number = reader.count(limit: .max), let expiration = reader.number()
        else { return nil }
        let dialog = StoredDialog(
            id: DialogID(callID: texts[0], localTag: texts[1], remoteTag: texts[2]), local: texts[3], remote: texts[4],
            routes: routes, remoteTarget: texts[5], localContact: texts[6],
            localSequence: UInt32(clamping: min(localSequence + leap, 0x7FFF_FFFF)),
            remoteSequence: UInt32(clamping: remoteSequence))
        let stored = StoredNotifier(
            dialog: dialog, event: texts[7], contentType: texts[8].string, version: number + leap,
            expiration: clock.instant(expiration))
        do {
            return RegistrationWatch(
                resource: PublicIdentity(canonical: resource),
                watcher: [.user, .proxy, .applicationServer][Int(min(kind, 2))],
                notifier: try Notifier(stored, for: .registration))
        } catch {
            return nil
        }
    }
}
