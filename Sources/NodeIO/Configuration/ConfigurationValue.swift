import Octets

/// A value of the configuration, checked.
package enum ConfigurationValue: Sendable, Equatable {
    case text(String)
    case integer(Int)
    case boolean(Bool)
    case duration(Duration)
    case address(IPAddress)
    case endpoint(Endpoint)
    case sipBinding(SIPBinding)
    case host(HostAddress)
    case list([ConfigurationValue])
    case map([(name: String, value: ConfigurationValue)])
    case records([Configuration])

    package static func == (left: Self, right: Self) -> Bool { left.yaml == right.yaml }
}

/// Where a named host is.
package struct HostAddress: Sendable, Hashable, CustomStringConvertible {
    package var address: IPAddress
    package var port: UInt16?

    package init(_ address: IPAddress, _ port: UInt16?) {
        self.address = address
        self.port = port
    }

    package init?(_ text: String) {
        if let address = IPAddress(text) {
            self.init(address, nil)
        } else if let endpoint = Endpoint(text) {
            self.init(endpoint.address, endpoint.port)
        } else {
            return nil
        }
    }

    package var description: String {
        guard let port else { return "\(address)" }
        return Endpoint(address, port).description
    }
}

extension ConfigurationValue {
    /// Reads a scalar; nil when it is not of this kind. Collections are the loader's.
    init?(scalar text: String, kind: ConfigurationKey.Kind) {
        switch kind {
        case .text:
            guard !text.isEmpty else { return nil }
            self = .text(text)
        case .checked(_, let isValid):
            guard isValid(text) else { return nil }
            self = .text(text)
        case .choice(let choices):
            guard choices.contains(text) else { return nil }
            self = .text(text)
        case .integer(let range):
            guard let integer = Int(text), range.contains(integer) else { return nil }
            self = .integer(integer)
        case .boolean:
            guard text == "true" || text == "false" else { return nil }
            self = .boolean(text == "true")
        case .duration(let range):
            guard let duration = Self.duration(text), range.contains(duration) else { return nil }
            self = .duration(duration)
        case .address:
            guard let address = IPAddress(text) else { return nil }
            self = .address(address)
        case .endpoint:
            guard let endpoint = Endpoint(text) else { return nil }
            self = .endpoint(endpoint)
        case .sipBinding:
            guard let binding = SIPBinding(text) else { return nil }
            self = .sipBinding(binding)
        case .host:
            guard let host = HostAddress(text) else { return nil }
            self = .host(host)
        case .list, .map, .records: return nil
        }
    }

    private static func duration(_ text: String) -> Duration? {
        let units: [(suffix: String, span: Duration)] = [
            ("ms", .milliseconds(1)), ("s", .seconds(1)), ("m", .seconds(60)), ("h", .seconds(3600)),
            ("d", .seconds(86400)), ("", .seconds(1)),
        ]
        for (suffix, span) in units where text.hasSuffix(suffix) {
            guard let number = Int32(text.dropLast(suffix.utf8.count)), number >= 0 else { return nil }
            return span * number
        }
        return nil
    }

    /// The value as YAML on one line; records and lists in flow style.
    package var yaml: String {
        switch self {
        case .text(let text): Self.quotedIfNeeded(text)
        case .integer(let integer): String(integer)
        case .boolean(let boolean): boolean ? "true" : "false"
        case .duration(let duration): ConfigurationKey.Kind.text(duration)
        case .address(let address): Self.quotedIfNeeded("\(address)")
        case .endpoint(let endpoint): Self.quotedIfNeeded("\(endpoint)")
        case .sipBinding(let binding): binding.yaml
        case .host(let host): Self.quotedIfNeeded("\(host)")
        case .list(let values): "[" + values.map(\.yaml).joined(separator: ", ") + "]"
        case .map(let members):
            "{" + members.map { "\(Self.quotedIfNeeded($0.name)): \($0.value.yaml)" }.joined(separator: ", ") + "}"
        case .records(let records):
            "[" + records.map { "{\($0.flow)}" }.joined(separator: ", ") + "]"
        }
    }

    /// Plain when YAML reads it back as the same text, in double quotes otherwise.
    static func quotedIfNeeded(_ text: String) -> String {
        let plain = text.utf8.allSatisfy {
            ASCII.isDigit($0) || (0x41...0x5A).contains($0 & ~0x20) || "._-/@+:".utf8.contains($0)
        }
        let startsWell = text.utf8.first.map { ASCII.isDigit($0) || (0x41...0x5A).contains($0 & ~0x20) || $0 == 0x2F }
        let isWord = ["true", "false", "null", "yes", "no", "on", "off"].contains(text.lowercased())
        if plain, startsWell == true, !text.hasSuffix(":"), !isWord { return text }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\" + String(scalar)
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}":
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
