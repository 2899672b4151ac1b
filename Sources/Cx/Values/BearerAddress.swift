import Octets

/// The address that the access network has given to a phone's bearer, by which GIBA knows it: TS 33.203 Annex T (which was
/// not at hand). An IPv4 address, or the IPv6 prefix of the bearer.
package struct BearerAddress: Hashable, Sendable {
    package let address: IPAddress
    /// Bits that count: 32, or 1 to 128 of IPv6.
    package let length: UInt8

    /// nil for a length that the address does not have, or bits set behind it.
    package init?(_ address: IPAddress, length: UInt8) {
        switch address {
        case .v4: guard length == 32 else { return nil }
        case .v6(let high, let low):
            guard (1...128).contains(length), Self.masked(high, low, length) == (high, low) else { return nil }
        }
        self.address = address
        self.length = length
    }

    /// `192.0.2.1`, `2001:db8:1:2::/64`; without a length an IPv6 address counts as a whole.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = parts.first, parts.count <= 2, let address = IPAddress(String(first)) else { return nil }
        guard parts.count == 2 else {
            self.init(address, length: address.isV6 ? 128 : 32)
            return
        }
        guard let length = UInt8(parts[1]) else { return nil }
        self.init(address, length: length)
    }

    package var text: String {
        switch address {
        case .v4: "\(address)"
        case .v6: length == 128 ? "\(address)" : "\(address)/\(length)"
        }
    }

    /// Whether a phone with this address is the bearer's.
    package func contains(_ other: IPAddress) -> Bool {
        switch (address, other) {
        case (.v4(let mine), .v4(let theirs)): mine == theirs
        case (.v6(let high, let low), .v6(let theirHigh, let theirLow)):
            Self.masked(theirHigh, theirLow, length) == (high, low)
        case (.v4, .v6), (.v6, .v4): false
        }
    }

    private static func masked(_ high: UInt64, _ low: UInt64, _ length: UInt8) -> (UInt64, UInt64) {
        guard length < 128 else { return (high, low) }
        guard length > 64 else { return (length == 64 ? high : high & ~(.max >> UInt64(length)), 0) }
        return (high, low & ~(.max >> UInt64(length - 64)))
    }

    /// The length and the address, 5 or 17 octets: how it is stored.
    package var octets: [UInt8] { [length] + address.octets }

    package init?(octets: [UInt8]) {
        guard let length = octets.first, let address = IPAddress(octets: octets[1...]) else { return nil }
        self.init(address, length: length)
    }
}

/// Framed-IP-Address and Framed-IPv6-Prefix, RFC 7155 §4.4.10.5.1 and §4.4.10.5.6.
extension BearerAddress {
    /// 4 octets.
    init?(framedIPAddress value: OctetSlice) {
        guard value.count == 4, let address = IPAddress(octets: value.array[...]) else { return nil }
        self.init(address, length: 32)
    }

    /// An octet that is reserved, the length of the prefix, and as many octets as it takes.
    init?(framedIPv6Prefix value: OctetSlice) {
        guard (2...18).contains(value.count) else { return nil }
        let octets = value.array
        guard Int(octets[1]) <= (octets.count - 2) * 8 else { return nil }
        let whole = octets[2...] + [UInt8](repeating: 0, count: 18 - octets.count)
        guard let address = IPAddress(octets: whole) else { return nil }
        self.init(address, length: octets[1])
    }

    var framedIPAddress: OctetSlice? { address.isV6 ? nil : OctetSlice(address.octets) }

    var framedIPv6Prefix: OctetSlice? {
        guard address.isV6 else { return nil }
        return OctetSlice([0, length] + address.octets.prefix((Int(length) + 7) / 8))
    }
}
