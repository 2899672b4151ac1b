import Octets

/// One key of a node's configuration file: where it stands, what it takes, what it means.
package struct ConfigurationKey: Sendable {
    /// Its place, parts joined by dots: `sip.listen`.
    package let path: String
    package let kind: Kind
    /// As it would stand in the file; nil when the key may be absent or must be given.
    package let defaultText: String?
    package let isRequired: Bool
    /// For the comment above it; lines are kept.
    package let documentation: String

    package init(
        _ path: String, _ kind: Kind, default defaultText: String? = nil, required isRequired: Bool = false,
        _ documentation: String
    ) {
        self.path = path
        self.kind = kind
        self.defaultText = defaultText
        self.isRequired = isRequired
        self.documentation = documentation
    }

    package indirect enum Kind: Sendable {
        case text
        /// Text that must satisfy a test; `expected` names what: "a SIP URI".
        case checked(expected: String, @Sendable (String) -> Bool)
        case choice([String])
        case integer(ClosedRange<Int>)
        case boolean
        /// `5s`, `500ms`, `10m`, `1h`; a bare number is seconds.
        case duration(ClosedRange<Duration>)
        /// An IP address.
        case address
        /// `address:port`, IPv6 in brackets.
        case endpoint
        /// `transport:address:port`
        case sipBinding
        /// `address` or `address:port`
        case host
        case list(of: Kind)
        /// Any names, each with a value.
        case map(of: Kind)
        /// A list of records with these keys; their paths have one part.
        case records([ConfigurationKey])

        /// For error messages: "expected …".
        package var expectation: String {
            switch self {
            case .text: "text"
            case .checked(let expected, _): expected
            case .choice(let choices): "one of " + choices.joined(separator: ", ")
            case .integer(let range):
                range.upperBound == .max
                    ? "a whole number of at least \(range.lowerBound)"
                    : "a whole number from \(range.lowerBound) to \(range.upperBound)"
            case .boolean: "true or false"
            case .duration(let range):
                "a time from \(Self.text(range.lowerBound)) to \(Self.text(range.upperBound)), such as 500ms, 5s or 10m"
            case .address: "an IP address"
            case .endpoint: "address:port, such as 127.0.0.1:3868 or [::1]:3868"
            case .sipBinding: "transport:address:port, such as udp:127.0.0.1:5060 or tcp:[::1]:5060"
            case .host: "address or address:port, such as 127.0.0.1:5060"
            case .list(let kind): "a list, each entry " + kind.expectation
            case .map(let kind): "names with values, each value " + kind.expectation
            case .records(let keys):
                "a list of entries with the keys " + keys.map(\.path).joined(separator: ", ")
            }
        }

        /// The shortest way to write a span of time.
        package static func text(_ span: Duration) -> String {
            let milliseconds = span.wholeNanoseconds / 1_000_000
            if milliseconds % 1000 != 0 { return "\(milliseconds)ms" }
            let seconds = milliseconds / 1000
            if seconds != 0, seconds % 3600 == 0 { return "\(seconds / 3600)h" }
            if seconds != 0, seconds % 60 == 0 { return "\(seconds / 60)m" }
            return "\(seconds)s"
        }
    }
}
