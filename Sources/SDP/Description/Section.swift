import Octets

/// The lines of the session, or of one media description: a view into the arena.
package struct Section: Sendable {
    let octets: [UInt8]
    let lines: ArraySlice<SessionDescription.Line>

    /// The value of the first line of a type.
    package func value(of type: LineType) -> OctetSlice? {
        for line in lines where line.type == type { return OctetSlice(octets, line.value) }
        return nil
    }

    package func values(of type: LineType) -> [OctetSlice] {
        lines.lazy.filter { $0.type == type }.map { OctetSlice(octets, $0.value) }
    }

    // MARK: Typed lines

    /// The first c= line; nil when there is none.
    package var connection: Connection? {
        get throws(SDPError) { try read(.connection, Connection.init) }
    }

    /// All of them: several in a media description are layers (RFC 8866 §5.7).
    package var connections: [Connection] {
        get throws(SDPError) { try readAll(.connection, Connection.init) }
    }

    package var bandwidths: [Bandwidth] {
        get throws(SDPError) { try readAll(.bandwidth, Bandwidth.init) }
    }

    /// nil when no line of this type can be read.
    package func bandwidth(_ type: BandwidthType) -> Bandwidth? {
        for line in lines where line.type == .bandwidth {
            if let bandwidth = Bandwidth(OctetSlice(octets, line.value)), bandwidth.type == type { return bandwidth }
        }
        return nil
    }

    package var repeatTimes: [RepeatTimes] {
        get throws(SDPError) { try readAll(.repeatTimes, RepeatTimes.init) }
    }

    package var zoneAdjustments: [ZoneAdjustments] {
        get throws(SDPError) { try readAll(.zoneAdjustments, ZoneAdjustments.init) }
    }

    /// k=, which RFC 8866 §5.12 wants neither written nor used.
    package var encryptionKey: OctetSlice? { value(of: .key) }

    // MARK: Attributes

    /// All that can be read; others are ignored (RFC 8866 §5.13).
    package var attributes: [Attribute] {
        lines.lazy.filter { $0.type == .attribute }.compactMap { Attribute(OctetSlice(octets, $0.value)) }
    }

    /// The first one of this name, in the same case (§5).
    package func attribute(_ name: StaticString) -> Attribute? {
        for line in lines where line.isAttribute(name, in: octets) {
            return Attribute(OctetSlice(octets, line.value))
        }
        return nil
    }

    package func attributes(_ name: StaticString) -> [Attribute] {
        lines.lazy.filter { $0.isAttribute(name, in: octets) }.compactMap { Attribute(OctetSlice(octets, $0.value)) }
    }

    package func hasAttribute(_ name: StaticString) -> Bool {
        lines.contains { $0.isAttribute(name, in: octets) }
    }

    /// The first one whose value can be read.
    package func value<Value: AttributeValue>(of type: Value.Type) -> Value? {
        for line in lines where line.isAttribute(Value.attributeName, in: octets) {
            if let value = Attribute(OctetSlice(octets, line.value))?.value.flatMap(Value.init) { return value }
        }
        return nil
    }

    /// Every one whose value can be read.
    package func values<Value: AttributeValue>(of type: Value.Type) -> [Value] {
        attributes(Value.attributeName).compactMap { $0.value.flatMap(Value.init) }
    }

    /// nil when this section says nothing about it.
    package var direction: MediaDirection? {
        for line in lines where line.type == .attribute {
            let text = OctetSlice(octets, line.value)
            if let direction = MediaDirection.allCases.first(where: { text.equals($0.token) }) { return direction }
        }
        return nil
    }

    // MARK: Steps

    func read<Value>(_ type: LineType, _ read: (OctetSlice) -> Value?) throws(SDPError) -> Value? {
        for index in lines.indices where lines[index].type == type {
            guard let value = read(OctetSlice(octets, lines[index].value)) else {
                throw SDPError(.malformed, type, line: index + 1)
            }
            return value
        }
        return nil
    }

    func readAll<Value>(_ type: LineType, _ read: (OctetSlice) -> Value?) throws(SDPError) -> [Value] {
        var values: [Value] = []
        for index in lines.indices where lines[index].type == type {
            guard let value = read(OctetSlice(octets, lines[index].value)) else {
                throw SDPError(.malformed, type, line: index + 1)
            }
            values.append(value)
        }
        return values
    }
}

extension SessionDescription.Line {
    /// Whether it is `a=name` or `a=name:…`.
    func isAttribute(_ name: StaticString, in octets: [UInt8]) -> Bool {
        let length = name.utf8CodeUnitCount
        guard type == .attribute, value.count >= length,
            value.count == length || octets[start + 2 + length] == UInt8(ascii: ":")
        else { return false }
        for offset in 0..<length where octets[start + 2 + offset] != name.utf8Start[offset] { return false }
        return true
    }
}
