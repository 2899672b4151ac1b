import Octets

/// A telephone number as a URI, RFC 3966 §3.
package struct TelURI: Sendable {
    /// With `+` when global, visual separators as they stand.
    package let number: OctetSlice
    package var parameters: Parameters

    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        guard text.count > 4, text[text.start..<text.start + 4].equalsIgnoringCase("tel:") else {
            throw SIPSyntaxError(.uri, at: text.start)
        }
        let end = text.firstIndex(of: UInt8(ascii: ";")) ?? text.end
        number = text[text.start + 4..<end]
        let parameterText = text[end..<text.end]
        try Self.checkParameters(parameterText)
        parameters = Parameters(unchecked: parameterText, .uri)
        let isGlobal = number.first == UInt8(ascii: "+")
        var digits = 0
        for index in number.indices.dropFirst(isGlobal ? 1 : 0) where !Self.isSeparator(number[index]) {
            let octet = number[index]
            let isPhoneDigit = ASCII.isDigit(octet)
            let isLocalDigit = Hex.value(octet) != nil || octet == UInt8(ascii: "*") || octet == UInt8(ascii: "#")
            guard isPhoneDigit || (!isGlobal && isLocalDigit) else { throw SIPSyntaxError(.uri, at: index) }
            digits += 1
        }
        guard digits > 0 else { throw SIPSyntaxError(.uri, at: end) }
        // §5.1.5: a local number means nothing without its context.
        guard isGlobal || parameters.contains("phone-context") else { throw SIPSyntaxError(.uri, at: end) }
    }

    package init(parsing text: String) throws(SIPSyntaxError) { try self.init(parsing: OctetSlice(text)) }

    package var isGlobal: Bool { number.first == UInt8(ascii: "+") }

    /// Without visual separators.
    package var digits: String {
        String(decoding: number.array.filter { !Self.isSeparator($0) }.map(ASCII.lowercase), as: UTF8.self)
    }

    /// TS 23.003 §13.4: the number without separators and parameters, a local one with its context.
    package var addressOfRecord: String {
        guard !isGlobal, let context = parameters["phone-context"] else { return "tel:\(digits)" }
        return "tel:\(digits);phone-context=\(context.string.lowercased())"
    }

    package func write(to writer: inout OctetWriter) {
        writer.write("tel:")
        writer.write(number)
        parameters.write(to: &writer)
    }

    /// RFC 3966 §4: the same numbers, both global or both local, and the same parameters in any order, all without
    /// regard to case.
    package func matches(_ other: TelURI) -> Bool {
        guard isGlobal == other.isGlobal, digits == other.digits else { return false }
        let mine = parameters.all
        let theirs = other.parameters.all
        return mine.count == theirs.count
            && mine.allSatisfy { parameter in
                theirs.contains {
                    $0.name.equalsIgnoringCase(parameter.name)
                        && ($0.value.matchesEscaped(parameter.value, caseMatters: false)
                            || Self.isSameNumber($0, parameter))
                }
            }
    }

    /// `ext` and a `phone-context` that is a number may have separators, too.
    private static func isSameNumber(
        _ left: (name: OctetSlice, value: OctetSlice), _ right: (name: OctetSlice, value: OctetSlice)
    ) -> Bool {
        let isNumber =
            left.name.equalsIgnoringCase("ext")
            || (left.name.equalsIgnoringCase("phone-context") && left.value.first == UInt8(ascii: "+"))
        return isNumber && left.value.array.filter { !isSeparator($0) } == right.value.array.filter { !isSeparator($0) }
    }

    private static func isSeparator(_ octet: UInt8) -> Bool { "-.()".utf8.contains(octet) }

    private static func checkParameters(_ text: OctetSlice) throws(SIPSyntaxError) {
        var index = text.start
        var count = 0
        while index < text.end {
            let end = text.firstIndex(of: UInt8(ascii: ";"), from: index + 1) ?? text.end
            let part = text[index + 1..<end]
            let split = part.firstIndex(of: UInt8(ascii: "=")) ?? end
            guard split > part.start else { throw SIPSyntaxError(.uri, at: index) }
            for position in part.start..<split where !OctetClass.host.contains(part[position]) {
                throw SIPSyntaxError(.uri, at: position)
            }
            try part[min(split + 1, end)..<end].checkCharacters(.uriParameter)
            count += 1
            // `matches` compares every one with every other.
            guard count <= 64 else { throw SIPSyntaxError(.limit, at: index) }
            index = end
        }
    }
}

extension TelURI: CustomStringConvertible {
    package var description: String {
        var writer = OctetWriter(reserving: 32)
        write(to: &writer)
        return OctetSlice(writer.octets).string
    }
}
