import Octets

/// The o= line, RFC 8866 §5.2: who made the session description, which session it is of and which version.
package struct Origin: Sendable, Equatable {
    package var username: OctetSlice
    /// Digits. RFC 3264 §5 wants them to fit into a signed number of 64 bits; some write more.
    package var sessionID: OctetSlice
    package var sessionVersion: OctetSlice
    package var networkType: OctetSlice
    package var addressType: OctetSlice
    package var address: OctetSlice

    package init(username: OctetSlice, sessionID: UInt64, sessionVersion: UInt64, address: IPAddress) {
        self.username = username
        self.sessionID = OctetSlice("\(sessionID)")
        self.sessionVersion = OctetSlice("\(sessionVersion)")
        networkType = "IN"
        addressType = address.sdpType
        self.address = OctetSlice("\(address)")
    }

    /// nil when it does not have six subfields, or the two numbers are none.
    package init?(_ text: OctetSlice) {
        var fields = FieldScanner(text)
        guard let username = fields.next(), let sessionID = fields.next(), let sessionVersion = fields.next(),
            let networkType = fields.next(), let addressType = fields.next(), let address = fields.last(),
            sessionID.isDigits, sessionVersion.isDigits, networkType.isToken, addressType.isToken
        else { return nil }
        self.username = username
        self.sessionID = sessionID
        self.sessionVersion = sessionVersion
        self.networkType = networkType
        self.addressType = addressType
        self.address = address
    }

    /// The version as a number; nil beyond the signed 64 bits of RFC 3264 §5.
    package var version: UInt64? { sessionVersion.decimal.flatMap { $0 <= UInt64(Int64.max) ? $0 : nil } }

    /// Whether both are of one session: all but the version is the same (§5.2).
    package func isSameSession(as other: Origin) -> Bool {
        username == other.username && sessionID == other.sessionID && networkType == other.networkType
            && addressType == other.addressType && address == other.address
    }

    func write(to writer: inout OctetWriter) {
        for (offset, field) in [username, sessionID, sessionVersion, networkType, addressType, address].enumerated() {
            if offset > 0 { writer.write(ASCII.space) }
            writer.write(field)
        }
    }
}

extension IPAddress {
    /// `IP4` or `IP6`, the address type of §5.2 and §5.7.
    var sdpType: OctetSlice { isV6 ? "IP6" : "IP4" }
}

extension OctetSlice {
    var isDigits: Bool {
        for index in indices where !ASCII.isDigit(self[index]) { return false }
        return !isEmpty
    }
}
