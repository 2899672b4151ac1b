import Octets

/// Nonces that carry their time and are known again without being kept, RFC 7616 §3.3: time and salt, signed together
/// with the realm and the algorithm they were made for.
///
/// The signature is SipHash-2-4 under a key of the server's: nobody else makes a nonce that passes, and one made for
/// another algorithm does not. Times are the node's own; after a restart with another key old nonces are foreign.
package struct ServerNonce: Hashable, Sendable {
    package let issued: Instant
    /// Sets apart those of one moment.
    package let salt: UInt64

    package init(issued: Instant, salt: UInt64) {
        self.issued = issued
        self.salt = salt
    }

    /// 64 hexadecimal digits: 8 octets of time, 8 of salt, 16 of signature.
    package func text(key: (UInt64, UInt64), realm: OctetSlice, algorithm: DigestAlgorithm) -> String {
        let (first, second) = signature(key, realm, algorithm)
        var writer = OctetWriter(reserving: 32)
        writer.write64(UInt64(bitPattern: issued.nanoseconds))
        writer.write64(salt)
        writer.write64(first)
        writer.write64(second)
        return Hex.encode(writer.octets)
    }

    /// nil for one that was not made with this key, for this realm and this algorithm.
    package init?(_ text: OctetSlice, key: (UInt64, UInt64), realm: OctetSlice, algorithm: DigestAlgorithm) {
        guard text.count == 64 else { return nil }
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        for index in text.indices {
            guard let digit = Hex.value(text[index]) else { return nil }
            switch (index - text.start) / 16 {
            case 0: words.0 = words.0 << 4 | UInt64(digit)
            case 1: words.1 = words.1 << 4 | UInt64(digit)
            case 2: words.2 = words.2 << 4 | UInt64(digit)
            default: words.3 = words.3 << 4 | UInt64(digit)
            }
        }
        issued = Instant(nanoseconds: Int64(bitPattern: words.0))
        salt = words.1
        let (first, second) = signature(key, realm, algorithm)
        guard (first ^ words.2) | (second ^ words.3) == 0 else { return nil }
    }

    private func signature(
        _ key: (UInt64, UInt64), _ realm: OctetSlice, _ algorithm: DigestAlgorithm
    ) -> (UInt64, UInt64) {
        var hash = KeyedHash(key: key)
        hash.combine(number: UInt64(bitPattern: issued.nanoseconds))
        hash.combine(number: salt)
        hash.combine(OctetSlice(algorithm.token))
        hash.combine(octet: 0)
        hash.combine(realm)
        return hash.finish()
    }
}
