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
        try self.init(subscriber: text[text.start + 4..<text.end])
    }

    package init(parsing text: String) throws(SIPSyntaxError) { try self.init(parsing: OctetSlice(text)) }

    /// `telephone-subscriber`: what follows the scheme, and what a SIP URI may have as its user.
    init(subscriber text: OctetSlice) throws(SIPSyntaxError) {
        let end = text.firstIndex(of: UInt8(ascii: ";")) ?? text.end
        number = text[text.start..<end]
        let parameterText = text[end..<text.end]
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
        let hasContext = try Self.checkParameters(parameterText)
        // §5.1.5: a local number means nothing without its context.
        guard isGlobal || hasContext else { throw SIPSyntaxError(.uri, at: end) }
    }

    package var isGlobal: Bool { number.first == UInt8(ascii: "+") }

    /// Without visual separators.
    package var digits: String {
        var writer = OctetWriter(reserving: number.count)
        write(digitsTo: &writer)
        return OctetSlice(writer.octets).string
    }

    private func write(digitsTo writer: inout OctetWriter) {
        for index in number.indices where !Self.isSeparator(number[index]) {
            writer.write(ASCII.lowercase(number[index]))
        }
    }

    /// §5.3: the station behind a private exchange, without visual separators.
    package var phoneExtension: String? {
        parameters["ext"].map { String(decoding: $0.array.filter { !Self.isSeparator($0) }, as: UTF8.self) }
    }

    /// §5.2: an address behind an ISDN line, escapes undone.
    package var isdnSubaddress: OctetSlice? { parameters["isub"] }

    /// §5.1.5: where a local number is valid: leading digits of a global number, or a domain name.
    package var phoneContext: OctetSlice? { parameters["phone-context"] }

    /// §5.4: whoever does not know a parameter whose name begins with `m-` must not use the URI.
    package var mandatoryParameters: [OctetSlice] {
        parameters.all.map(\.name).filter { $0.count > 2 && $0[$0.start..<$0.start + 2].equalsIgnoringCase("m-") }
    }

    /// TS 23.003 §13.4: the number without separators and parameters, a local one with its context.
    package var addressOfRecord: String {
        guard !isGlobal, let context = phoneContext else {
            var writer = OctetWriter(reserving: number.count + 4)
            writer.write("tel:")
            write(digitsTo: &writer)
            return OctetSlice(writer.octets).string
        }
        return "tel:\(digits);phone-context=\(context.string.lowercased())"
    }

    package func write(to writer: inout OctetWriter) {
        writer.write("tel:")
        writer.write(number)
        parameters.write(to: &writer)
    }

    /// §4: the same numbers, both global or both local, and the same parameters in any order, all without regard to
    /// case.
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

    static func isSeparator(_ octet: UInt8) -> Bool { "-.()".utf8.contains(octet) }

    /// Each name once, `isub` and `ext` not together (§3, §5.3); where they stand does not matter to us.
    ///
    /// - Returns: whether there is a context.
    private static func checkParameters(_ text: OctetSlice) throws(SIPSyntaxError) -> Bool {
        var index = text.start
        var names: [OctetSlice] = []
        while index < text.end {
            let end = text.firstIndex(of: UInt8(ascii: ";"), from: index + 1) ?? text.end
            let part = text[index + 1..<end]
            let split = part.firstIndex(of: UInt8(ascii: "=")) ?? end
            let name = part[part.start..<split]
            guard !name.isEmpty else { throw SIPSyntaxError(.uri, at: index) }
            for position in name.indices where !isNameOctet(part[position]) {
                throw SIPSyntaxError(.uri, at: position)
            }
            // Whoever compares takes each with each.
            guard names.count < 64 else { throw SIPSyntaxError(.limit, at: index) }
            guard !names.contains(where: name.equalsIgnoringCase) else { throw SIPSyntaxError(.duplicate, at: index) }
            names.append(name)
            let value = part[min(split + 1, end)..<end]
            guard split == end || !value.isEmpty else { throw SIPSyntaxError(.uri, at: split) }
            try check(value, of: name)
            index = end
        }
        let contains = { (name: StaticString) in names.contains { $0.equalsIgnoringCase(name) } }
        guard !(contains("isub") && contains("ext")) else { throw SIPSyntaxError(.uri, at: text.start) }
        return contains("phone-context")
    }

    private static func isNameOctet(_ octet: UInt8) -> Bool {
        ASCII.isAlpha(octet) || ASCII.isDigit(octet) || octet == UInt8(ascii: "-")
    }

    private static func check(_ value: OctetSlice, of name: OctetSlice) throws(SIPSyntaxError) {
        if name.equalsIgnoringCase("ext") {
            guard isNumber(value) else { throw SIPSyntaxError(.uri, at: value.start) }
        } else if name.equalsIgnoringCase("isub") {
            guard !value.isEmpty else { throw SIPSyntaxError(.uri, at: value.start) }
            try value.checkCharacters(.isdnSubaddress)
        } else if name.equalsIgnoringCase("phone-context") {
            let isGlobal = value.first == UInt8(ascii: "+")
            guard isGlobal ? isNumber(value[value.start + 1..<value.end]) : isDomainName(value) else {
                throw SIPSyntaxError(.uri, at: value.start)
            }
        } else {
            try value.checkCharacters(.uriParameter)
        }
    }

    /// `*phonedigit DIGIT *phonedigit`
    private static func isNumber(_ text: OctetSlice) -> Bool {
        var digits = 0
        for index in text.indices where !isSeparator(text[index]) {
            guard ASCII.isDigit(text[index]) else { return false }
            digits += 1
        }
        return digits > 0
    }

    /// A context that is no number: a domain name, or, though the RFC means none, digits as RFC 3261 §19.1.6 has them.
    private static func isDomainName(_ text: OctetSlice) -> Bool {
        for index in text.indices where !OctetClass.host.contains(text[index]) { return false }
        return !text.isEmpty && text.first != UInt8(ascii: ".")
    }
}

extension TelURI: CustomStringConvertible {
    package var description: String {
        var writer = OctetWriter(reserving: 32)
        write(to: &writer)
        return OctetSlice(writer.octets).string
    }
}
