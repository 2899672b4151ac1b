/// An IPv4 or IPv6 address as a value; IPv6 text by RFC 5952.
package enum IPAddress: Hashable, Sendable {
    case v4(UInt32)
    case v6(UInt64, UInt64)

    package static let loopback = IPAddress.v4(0x7F00_0001)
    package static let any = IPAddress.v4(0)

    /// Reads dotted decimals or IPv6 text, the latter with or without brackets. nil when it is neither.
    package init?(_ text: OctetSlice) {
        if let first = text.first, first == UInt8(ascii: "["), text.last == UInt8(ascii: "]"), text.count > 2 {
            guard let address = Self.parseV6(text[text.start + 1..<text.end - 1]) else { return nil }
            self = address
        } else if let address = Self.parseV4(text) {
            self = .v4(address)
        } else if let address = Self.parseV6(text) {
            self = address
        } else {
            return nil
        }
    }

    package init?(_ text: String) { self.init(OctetSlice(text)) }

    package var isV6: Bool {
        switch self {
        case .v4: false
        case .v6: true
        }
    }

    /// 0.0.0.0 or ::, which stand for every address of a host.
    package var isUnspecified: Bool { self == .any || self == .v6(0, 0) }

    /// 4 or 16 octets.
    package var octets: [UInt8] {
        switch self {
        case .v4(let address): (0..<4).map { UInt8(truncatingIfNeeded: address >> UInt32(24 - 8 * $0)) }
        case .v6(let high, let low):
            (0..<16).map { UInt8(truncatingIfNeeded: ($0 < 8 ? high : low) >> UInt64(56 - 8 * ($0 % 8))) }
        }
    }

    /// nil for other than 4 or 16 octets.
    package init?(octets: ArraySlice<UInt8>) {
        switch octets.count {
        case 4: self = .v4(octets.reduce(0) { $0 << 8 | UInt32($1) })
        case 16:
            self = .v6(
                octets.prefix(8).reduce(0) { $0 << 8 | UInt64($1) },
                octets.dropFirst(8).reduce(0) { $0 << 8 | UInt64($1) })
        default: return nil
        }
    }

    private static func parseV4(_ text: OctetSlice) -> UInt32? {
        var address: UInt32 = 0
        var parts = 0
        var digits = 0
        var part: UInt32 = 0
        for index in text.indices {
            let octet = text[index]
            if ASCII.isDigit(octet) {
                part = part * 10 + UInt32(octet - 0x30)
                digits += 1
                guard digits <= 3, part <= 255 else { return nil }
            } else {
                guard octet == UInt8(ascii: "."), digits > 0, parts < 3 else { return nil }
                address = address << 8 | part
                parts += 1
                part = 0
                digits = 0
            }
        }
        guard parts == 3, digits > 0 else { return nil }
        return address << 8 | part
    }

    private static func parseV6(_ text: OctetSlice) -> IPAddress? {
        var groups: [UInt16] = []
        var gap: Int?
        var index = text.start
        guard text.count >= 2, text.count <= 45 else { return nil }
        if text[index] == UInt8(ascii: ":") {
            guard text[index + 1] == UInt8(ascii: ":") else { return nil }
            gap = 0
            index += 2
        }
        while index < text.end {
            guard groups.count < 8 else { return nil }
            var stop = index
            while stop < text.end, text[stop] != UInt8(ascii: ":") { stop += 1 }
            let part = text[index..<stop]
            if stop == text.end, part.firstIndex(of: UInt8(ascii: ".")) != nil {
                guard let address = parseV4(part), groups.count <= 6 else { return nil }
                groups.append(UInt16(address >> 16))
                groups.append(UInt16(truncatingIfNeeded: address))
                break
            }
            guard (1...4).contains(part.count) else { return nil }
            var value: UInt16 = 0
            for position in part.indices {
                guard let digit = Hex.value(part[position]) else { return nil }
                value = value << 4 | UInt16(digit)
            }
            groups.append(value)
            guard stop < text.end else { break }
            index = stop + 1
            guard index < text.end else { return nil }
            if text[index] == UInt8(ascii: ":") {
                guard gap == nil else { return nil }
                gap = groups.count
                index += 1
            }
        }
        if let gap {
            guard groups.count < 8 else { return nil }
            groups.insert(contentsOf: repeatElement(0, count: 8 - groups.count), at: gap)
        }
        guard groups.count == 8 else { return nil }
        let halves = (groups[..<4], groups[4...])
        return .v6(
            halves.0.reduce(0) { $0 << 16 | UInt64($1) }, halves.1.reduce(0) { $0 << 16 | UInt64($1) })
    }
}

extension IPAddress: CustomStringConvertible {
    package var description: String {
        switch self {
        case .v4(let address):
            return "\(address >> 24).\(address >> 16 & 255).\(address >> 8 & 255).\(address & 255)"
        case .v6(let high, let low):
            let groups = (0..<8).map { UInt16(truncatingIfNeeded: ($0 < 4 ? high : low) >> UInt64(48 - 16 * ($0 % 4))) }
            guard let gap = Self.longestZeroRun(groups) else {
                return groups.map { String($0, radix: 16) }.joined(separator: ":")
            }
            let head = groups[..<gap.lowerBound].map { String($0, radix: 16) }.joined(separator: ":")
            let tail = groups[gap.upperBound...].map { String($0, radix: 16) }.joined(separator: ":")
            return head + "::" + tail
        }
    }

    /// RFC 5952 §4.2: the longest run of two or more zero groups, the first of equals.
    private static func longestZeroRun(_ groups: [UInt16]) -> Range<Int>? {
        var best: Range<Int>?
        var index = 0
        while index < groups.count {
            var stop = index
            while stop < groups.count, groups[stop] == 0 { stop += 1 }
            if stop - index >= 2, stop - index > (best?.count ?? 1) { best = index..<stop }
            index = max(stop, index + 1)
        }
        return best
    }
}

/// An IP address and a port.
package struct Endpoint: Hashable, Sendable, CustomStringConvertible {
    package var address: IPAddress
    package var port: UInt16

    package init(_ address: IPAddress, _ port: UInt16) {
        self.address = address
        self.port = port
    }

    /// Reads `address:port`, IPv6 in brackets.
    package init?(_ text: String) {
        guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")),
            let port = UInt16(text[text.utf8.index(after: colon)...]),
            let address = IPAddress(String(text[..<colon]))
        else { return nil }
        self.init(address, port)
    }

    package var description: String { address.isV6 ? "[\(address)]:\(port)" : "\(address):\(port)" }
}
