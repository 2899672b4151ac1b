import Octets

extension SessionDescription {
    /// Checks the whole description by the grammar of RFC 8866 §9: order and number of the lines, the values of those
    /// that have a grammar, and a c= line for every stream or the session (§5.7).
    ///
    /// Tolerated, because it is common and RFC 3264 §10 itself writes so: an empty s=. A proxy has no need to ask this;
    /// whoever ends a session has.
    package func validate() throws(SDPError) {
        try validateOrder()
        for type in [LineType.origin, .sessionName, .timing] where session.value(of: type) == nil {
            throw SDPError(.missing, type)
        }
        for index in lines.indices where !isWellFormed(lines[index]) {
            throw SDPError(.malformed, lines[index].type, line: index + 1)
        }
        guard session.value(of: .connection) == nil else { return }
        for medium in media where medium.section.value(of: .connection) == nil {
            throw SDPError(.missing, .connection)
        }
    }

    private func validateOrder() throws(SDPError) {
        var rank = -1
        var isMedia = false
        for index in lines.indices {
            let type = lines[index].type
            if type == .media {
                isMedia = true
                rank = 0
                continue
            }
            // Outside its section a line has been refused on parsing.
            let own = isMedia ? type.mediaRank ?? 0 : type.sessionRank
            guard own >= rank else { throw SDPError(.order, type, line: index + 1) }
            guard own > rank || type.isRepeatable(inMedia: isMedia) else {
                throw SDPError(.duplicate, type, line: index + 1)
            }
            // r= and z= say something about the t= before them.
            if type == .repeatTimes || type == .zoneAdjustments, rank < own {
                throw SDPError(.order, type, line: index + 1)
            }
            rank = own
        }
    }

    private func isWellFormed(_ line: Line) -> Bool {
        let value = OctetSlice(octets, line.value)
        return switch line.type {
        case .version: value.equals("0")
        case .origin: Origin(value) != nil
        case .sessionName: true
        case .information, .uri, .email, .phone, .key: !value.isEmpty
        case .connection: Connection(value).map(Self.isAddressOfItsType) ?? false
        case .bandwidth: Bandwidth(value) != nil
        case .timing: Timing(value) != nil
        case .repeatTimes: RepeatTimes(value) != nil
        case .zoneAdjustments: ZoneAdjustments(value) != nil
        case .attribute: Attribute(value).map { $0.value?.isEmpty != true } ?? false
        case .media: MediaLine(value).map { $0.formats.allSatisfy(\.isToken) } ?? false
        }
    }

    /// IP4 with an IPv4 address or a name, IP6 with an IPv6 address or a name; a TTL only of multicast, of IPv4
    /// multicast always (RFC 8866 §5.7).
    private static func isAddressOfItsType(_ connection: Connection) -> Bool {
        let isV4 = connection.addressType.equals("IP4")
        guard connection.networkType.equals("IN"), isV4 || connection.addressType.equals("IP6") else { return true }
        guard let address = connection.ipAddress else { return connection.address.isHostName }
        guard address.isV6 != isV4 else { return false }
        guard connection.isMulticast else { return connection.timeToLive == nil && connection.addressCount == 1 }
        return (connection.timeToLive != nil) == isV4
    }
}

extension OctetSlice {
    /// `FQDN` of RFC 8866 §9, of any length. Digits and dots alone are an address gone wrong, not a name.
    fileprivate var isHostName: Bool {
        var hasLetter = false
        for index in indices {
            let octet = self[index]
            if ASCII.isAlpha(octet) {
                hasLetter = true
            } else if !ASCII.isDigit(octet), octet != UInt8(ascii: "-"), octet != UInt8(ascii: ".") {
                return false
            }
        }
        return hasLetter
    }
}
