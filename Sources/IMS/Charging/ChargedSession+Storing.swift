import Octets

// A session that is charged for in the form in which it is stored, at the end of its dialog's record: when the role has begun
// anew, the record of its end has all that the record of its start had.
//
//     charged ::= 0 | 1 number side method callID session texts* callingParties requestedAt answeredAt media
//     text    ::= 0 | 1 octets
extension RecordWriter {
    package mutating func write(_ session: ChargedSession?, _ clock: WallClock) {
        guard let record = session?.record else { return write(0 as UInt8) }
        write(1 as UInt8)
        write(count: Int(record.number))
        write(record.side == .terminating ? 1 : 0 as UInt8)
        for text in [record.method, record.callID, record.session] { write(text: text) }
        for text in [
            record.chargingID, record.originatingOperator, record.terminatingOperator, record.privateIdentity,
            record.user, record.calledParty, record.requestedParty,
        ] {
            write(text == nil ? 0 : 1 as UInt8)
            if let text { write(text: text) }
        }
        write(record.callingParties)
        write(record.requestedAt, clock)
        write(record.answeredAt, clock)
        write(record.media)
    }

    private mutating func write(_ texts: [String]) {
        write(count: texts.count)
        for text in texts { write(text: text) }
    }
}

extension RecordReader {
    /// nil when it cannot be read; `.some(nil)` when nothing was charged for.
    package mutating func chargedSession(_ clock: WallClock) -> ChargedSession?? {
        switch octet() {
        case 0: return .some(nil)
        case 1: break
        default: return nil
        }
        guard let number = count(limit: Int(UInt32.max)), let side = octet(), let method = text(),
            let callID = text(), let session = text()
        else { return nil }
        var record = ChargingRecord(.start, method: method, callID: callID)
        record.number = UInt32(clamping: number)
        record.side = side == 1 ? .terminating : .originating
        record.session = session
        guard let chargingID = optionalText(), let originating = optionalText(), let terminating = optionalText(),
            let privateIdentity = optionalText(), let user = optionalText(), let called = optionalText(),
            let requested = optionalText(), let calling = texts(), let requestedAt = time(clock),
            let answeredAt = time(clock), let media = texts()
        else { return nil }
        record.chargingID = chargingID
        record.originatingOperator = originating
        record.terminatingOperator = terminating
        record.privateIdentity = privateIdentity
        record.user = user
        record.calledParty = called
        record.requestedParty = requested
        record.callingParties = calling
        record.requestedAt = requestedAt
        record.answeredAt = answeredAt
        record.media = media
        return .some(ChargedSession(restoring: record))
    }

    private mutating func optionalText() -> String?? {
        switch octet() {
        case 0: .some(nil)
        case 1: text().map { .some($0) }
        default: nil
        }
    }

    private mutating func texts() -> [String]? {
        guard let count = count(limit: 64) else { return nil }
        var texts: [String] = []
        for _ in 0..<count {
            guard let text = text() else { return nil }
            texts.append(text)
        }
        return texts
    }
}
