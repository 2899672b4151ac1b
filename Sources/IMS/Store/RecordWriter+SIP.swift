import Octets
import SIP

// Dialogs, sessions and flows in records. Times are those of the calendar; numbers that are absent have an octet before
// them.
extension RecordWriter {
    package mutating func write(_ time: Instant?, _ clock: WallClock) {
        write(time == nil ? 0 : 1)
        if let time { write(number: clock.nanoseconds(time)) }
    }

    package mutating func write(_ routes: [OctetSlice]) {
        write(count: routes.count)
        for route in routes { write(route) }
    }

    package mutating func write(_ id: DialogID) {
        for text in [id.callID, id.localTag, id.remoteTag] { write(text) }
    }

    package mutating func write(_ dialog: StoredDialog) {
        write(dialog.id)
        for text in [dialog.local, dialog.remote, dialog.remoteTarget, dialog.localContact] { write(text) }
        write(dialog.routes)
        write(count: Int(dialog.localSequence))
        write(count: Int(dialog.remoteSequence))
    }

    package mutating func write(_ session: StoredSession, _ clock: WallClock) {
        write(session.id)
        for side in [session.caller, session.callee] {
            write(side.address)
            write(side.target)
            write(side.routes)
            write(count: Int(side.sequence))
        }
        write(session.confirmedAt, clock)
        write(session.expiration, clock)
    }

    package mutating func write(_ flow: Hop) {
        write(flow.transport.rawValue)
        write(count: Int(flow.listener.rawValue))
        write(number: flow.connection?.rawValue ?? 0)
        switch flow.remote.address {
        case .v4(let word):
            write(4)
            write(count: Int(word))
        case .v6(let high, let low):
            write(6)
            write(number: high)
            write(number: low)
        }
        write(count: Int(flow.remote.port))
        write(flow.isFlow ? 1 : 0)
    }
}

extension RecordReader {
    /// nil inside when there is none.
    package mutating func time(_ clock: WallClock) -> Instant?? {
        switch octet() {
        case 0: .some(nil)
        case 1: number().map { .some(clock.instant($0)) }
        default: nil
        }
    }

    package mutating func slices(limit: Int) -> [OctetSlice]? {
        guard let count = count(limit: limit) else { return nil }
        var slices: [OctetSlice] = []
        for _ in 0..<count {
            guard let slice = slice() else { return nil }
            slices.append(slice)
        }
        return slices
    }

    package mutating func dialogID() -> DialogID? {
        guard let callID = slice(), let localTag = slice(), let remoteTag = slice() else { return nil }
        return DialogID(callID: callID, localTag: localTag, remoteTag: remoteTag)
    }

    private mutating func sequence() -> UInt32? {
        count(limit: .max).flatMap(UInt32.init(exactly:))
    }

    package mutating func dialog() -> StoredDialog? {
        guard let id = dialogID(), let local = slice(), let remote = slice(), let target = slice(),
            let contact = slice(), let routes = slices(limit: 128), let localSequence = sequence(),
            let remoteSequence = sequence()
        else { return nil }
        return StoredDialog(
            id: id, local: local, remote: remote, routes: routes, remoteTarget: target, localContact: contact,
            localSequence: localSequence, remoteSequence: remoteSequence)
    }

    package mutating func session(_ clock: WallClock) -> StoredSession? {
        guard let id = dialogID(), let caller = side(), let callee = side(),
            case .some(.some(let confirmedAt)) = time(clock), let expiration = time(clock)
        else { return nil }
        return StoredSession(id: id, caller: caller, callee: callee, confirmedAt: confirmedAt, expiration: expiration)
    }

    private mutating func side() -> StoredSession.Side? {
        guard let address = slice(), let target = slice(), let routes = slices(limit: 128), let number = sequence()
        else { return nil }
        return StoredSession.Side(address: address, target: target, routes: routes, sequence: number)
    }

    package mutating func flow() -> Hop? {
        guard let transport = octet().flatMap(Transport.init(rawValue:)),
            let listener = count(limit: Int(UInt16.max)).flatMap(UInt16.init(exactly:)), let connection = number(),
            let family = octet()
        else { return nil }
        let address: IPAddress
        switch family {
        case 4:
            guard let word = sequence() else { return nil }
            address = .v4(word)
        case 6:
            guard let high = number(), let low = number() else { return nil }
            address = .v6(high, low)
        default: return nil
        }
        guard let port = count(limit: Int(UInt16.max)).flatMap(UInt16.init(exactly:)), let isFlow = octet() else {
            return nil
        }
        var hop = Hop(
            transport, ListenerID(rawValue: listener), Endpoint(address, port),
            connection: connection == 0 ? nil : ConnectionID(rawValue: connection))
        hop.isFlow = isFlow == 1
        return hop
    }
}
