import Octets

/// The modifier of a b= line, RFC 8866 §5.8. The units of TIAS, RS and RR, bits per second, are those of RFC 3890 and
/// RFC 3556, which §5.8 names; their texts were not at hand.
package enum BandwidthType: Sendable, Hashable, CaseIterable {
    case conferenceTotal
    case applicationSpecific
    case transportIndependent
    case rtcpSenders
    case rtcpReceivers

    package var token: StaticString {
        switch self {
        case .conferenceTotal: "CT"
        case .applicationSpecific: "AS"
        case .transportIndependent: "TIAS"
        case .rtcpSenders: "RS"
        case .rtcpReceivers: "RR"
        }
    }

    /// How many bits per second one unit is.
    package var unit: UInt64 {
        switch self {
        case .conferenceTotal, .applicationSpecific: 1000
        case .transportIndependent, .rtcpSenders, .rtcpReceivers: 1
        }
    }
}

/// A b= line, RFC 8866 §5.8.
package struct Bandwidth: Sendable, Equatable {
    /// nil for a modifier that a parser ignores.
    package let type: BandwidthType?
    package let modifier: OctetSlice
    /// In the unit of the type.
    package let value: UInt64

    package init?(_ text: OctetSlice) {
        let (modifier, number) = text.split(at: UInt8(ascii: ":"))
        guard modifier.isToken, let value = number?.decimal else { return nil }
        self.modifier = modifier
        self.value = value
        type = BandwidthType.allCases.first { modifier.equals($0.token) }
    }

    /// nil when the type is unknown or the number too large.
    package var bitsPerSecond: UInt64? {
        guard let type else { return nil }
        let (product, overflow) = value.multipliedReportingOverflow(by: type.unit)
        return overflow ? nil : product
    }
}
