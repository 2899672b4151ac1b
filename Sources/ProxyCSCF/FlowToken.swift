import Crypto
import Octets
import SIP

/// Where a phone is reached, written into the user part of our Path URI: RFC 5626 §5.2's way, no table and nothing lost
/// in a crash.
///
///     token = hex( MAC(8) ‖ transport(1) ‖ listener(2) ‖ connection(8, streams only) ‖ address(4 or 16) ‖ port(2) )
///
/// The MAC is HMAC-SHA-256 under a key of this P-CSCF, cut to 64 bits: nobody else can make a token.
package struct FlowToken: Sendable {
    private let key: SymmetricKey

    /// - Parameter key: secret octets, 16 or more; the same over restarts, so that registered phones stay reachable.
    package init(key: [UInt8]) { self.key = SymmetricKey(data: key) }

    package func encode(_ hop: Hop) -> String {
        var payload = OctetWriter(reserving: 32)
        payload.write(hop.transport.rawValue)
        payload.write16(hop.listener.rawValue)
        if hop.transport.isReliable { payload.write64(hop.connection?.rawValue ?? 0) }
        payload.write(hop.remote.address.octets)
        payload.write16(hop.remote.port)
        return Hex.encode(authenticationCode(of: payload.octets) + payload.octets)
    }

    /// nil when the token is not one of ours.
    package func decode(_ token: OctetSlice) -> Hop? {
        guard token.count <= 100, let octets = Hex.decode(token.string), octets.count > 8,
            Self.equalInConstantTime(octets[..<8], authenticationCode(of: Array(octets[8...]))[...])
        else { return nil }
        var reader = OctetReader(OctetSlice(octets, 8..<octets.count))
        guard let transport = reader.read8().flatMap(Transport.init(rawValue:)), let listener = reader.read16() else {
            return nil
        }
        var connection: ConnectionID?
        if transport.isReliable {
            guard let number = reader.read64() else { return nil }
            connection = number == 0 ? nil : ConnectionID(rawValue: number)
        }
        let address: IPAddress
        switch reader.remaining {
        case 6:
            guard let word = reader.read32() else { return nil }
            address = .v4(word)
        case 18:
            guard let high = reader.read64(), let low = reader.read64() else { return nil }
            address = .v6(high, low)
        default: return nil
        }
        guard let port = reader.read16() else { return nil }
        return Hop(transport, ListenerID(rawValue: listener), Endpoint(address, port), connection: connection)
    }

    private func authenticationCode(of payload: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: payload, using: key).prefix(8))
    }

    private static func equalInConstantTime(_ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>) -> Bool {
        left.count == right.count && zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
