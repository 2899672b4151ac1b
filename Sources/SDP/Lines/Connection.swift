import Octets

/// A c= line, RFC 8866 §5.7: where the media is sent to.
package struct Connection: Sendable, Equatable {
    package let networkType: OctetSlice
    package let addressType: OctetSlice
    /// The address, or the first of several, without what follows its slash.
    package let address: OctetSlice
    /// Of IPv4 multicast.
    package let timeToLive: UInt8?
    /// Contiguous multicast addresses from the first on.
    package let addressCount: UInt32

    package init?(_ text: OctetSlice) {
        var fields = FieldScanner(text)
        guard let networkType = fields.next(), let addressType = fields.next(), let whole = fields.next(),
            networkType.isToken, addressType.isToken
        else { return nil }
        // §5.7: other address types may have more subfields.
        guard fields.isAtEnd || !(addressType.equals("IP4") || addressType.equals("IP6")) else { return nil }
        let (address, suffix) = whole.split(at: UInt8(ascii: "/"))
        guard !address.isEmpty else { return nil }
        self.networkType = networkType
        self.addressType = addressType
        self.address = address
        guard let suffix else {
            timeToLive = nil
            addressCount = 1
            return
        }
        guard let parsed = Self.suffix(suffix, hasTimeToLive: addressType.equals("IP4")) else { return nil }
        (timeToLive, addressCount) = parsed
    }

    /// `<ttl>[/<count>]` of IP4, `<count>` of IP6.
    private static func suffix(_ text: OctetSlice, hasTimeToLive: Bool) -> (UInt8?, UInt32)? {
        guard hasTimeToLive else { return count(text).map { (nil, $0) } }
        let (ttl, rest) = text.split(at: UInt8(ascii: "/"))
        guard let value = ttl.decimal.flatMap({ UInt8(exactly: $0) }) else { return nil }
        guard let rest else { return (value, 1) }
        return count(rest).map { (value, $0) }
    }

    private static func count(_ text: OctetSlice) -> UInt32? {
        text.decimal.flatMap { UInt32(exactly: $0) }.flatMap { $0 > 0 ? $0 : nil }
    }

    /// nil when it is a name.
    package var ipAddress: IPAddress? { IPAddress(address) }

    /// 224.0.0.0/4 or ff00::/8.
    package var isMulticast: Bool {
        switch ipAddress {
        case .v4(let address)?: address >> 28 == 0xE
        case .v6(let high, _)?: high >> 56 == 0xFF
        case nil: false
        }
    }

    /// 0.0.0.0 or ::, "send nothing" (RFC 3264 §8.4).
    package var isUnspecified: Bool {
        switch ipAddress {
        case .v4(let address)?: address == 0
        case .v6(let high, let low)?: high == 0 && low == 0
        case nil: false
        }
    }
}
