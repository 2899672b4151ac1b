import Crypto
import Octets
import SIP

/// Where a phone is reached, written into the user part of our Path URI: RFC 5626 §5.2's way, no table and nothing lost
/// in a crash.
///
///     token = hex( MAC(8) ‖ transport(1) ‖ listener(2) ‖ connection(8, streams only) ‖ address(4 or 16) ‖ port(2) )
///
/// The MAC is half of a SipHash-2-4-128 under a key of this P-CSCF: nobody else can make a token.
package struct FlowToken: Sendable {
    private let key: (UInt64, UInt64)

    /// - Parameter key: secret octets, 16 or more; the same over restarts, so that registered phones stay reachable.
    package init(key: [UInt8]) {
        var words = OctetReader(OctetSlice(Array(SHA256.hash(data: key))))
        self.key = (words.read64() ?? 0, words.read64() ?? 0)
    }

    package func encode(_ hop: Hop) -> String {
        var token = OctetWriter(reserving: 40)
        token.write64(0)
        token.write(hop.transport.rawValue)
        token.write16(hop.listener.rawValue)
        if hop.transport.isReliable { token.write64(hop.connection?.rawValue ?? 0) }
        switch hop.remote.address {
        case .v4(let word): token.write32(word)
        case .v6(let high, let low):
            token.write64(high)
            token.write64(low)
        }
        token.write16(hop.remote.port)
        var octets = token.octets
        var code = authenticationCode(of: octets)
        for index in stride(from: 7, through: 0, by: -1) {
            octets[index] = UInt8(truncatingIfNeeded: code)
            code >>= 8
        }
        return Hex.encode(octets)
    }

    /// nil when the token is not one of ours.
    package func decode(_ token: OctetSlice) -> Hop? {
        guard token.count <= 100, let octets = Hex.decode(token) else { return nil }
        var reader = OctetReader(OctetSlice(octets))
        guard let code = reader.read64(), code == authenticationCode(of: octets),
            let transport = reader.read8().flatMap(Transport.init(rawValue:)), let listener = reader.read16()
        else { return nil }
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
        var hop = Hop(transport, ListenerID(rawValue: listener), Endpoint(address, port), connection: connection)
        hop.isFlow = true
        return hop
    }

    /// Over all but the first eight octets, where it stands itself.
    private func authenticationCode(of token: [UInt8]) -> UInt64 {
        var hash = KeyedHash(key: key)
        hash.combine(OctetSlice(token, min(8, token.count)..<token.count))
        return hash.finish().0
    }
}
