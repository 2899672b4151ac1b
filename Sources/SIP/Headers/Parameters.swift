import Octets

/// The parameters behind a header value or in a URI, `;name=value;flag`: one slice of text, read when asked.
package struct Parameters: Sendable {
    /// Quotes and white space exist only in headers, escapes only in URIs.
    enum Style: Sendable { case header, uri }

    /// From the first semicolon to the end; empty without parameters.
    package private(set) var text: OctetSlice
    private let style: Style

    /// None.
    package init() { self.init(unchecked: OctetSlice(), .header) }

    init(unchecked text: OctetSlice, _ style: Style) {
        self.text = text
        self.style = style
    }

    /// `*( SEMI generic-param )` up to the end of the text, RFC 3261 §25.1.
    init(parsingHeader text: OctetSlice) throws(SIPSyntaxError) {
        var scanner = TextScanner(text)
        scanner.skipBlanks()
        while !scanner.isAtEnd {
            guard scanner.takeSeparator(UInt8(ascii: ";")), Self.parameter(&scanner) != nil else {
                throw SIPSyntaxError(.malformed, at: scanner.position)
            }
            scanner.skipBlanks()
        }
        self.init(unchecked: text.trimmed, .header)
    }

    package var isEmpty: Bool { text.isEmpty }

    /// The value, without quotes and with its escapes undone; empty for a flag; nil when the parameter is missing.
    package subscript(_ name: StaticString) -> OctetSlice? {
        guard let found = find(name) else { return nil }
        switch style {
        case .header: return found.isQuoted ? found.value.unescaped : found.value
        case .uri: return found.value.withoutURIEscapes
        }
    }

    package func contains(_ name: StaticString) -> Bool { find(name) != nil }

    /// How often a name occurs; more than once is an error of the peer's (RFC 3261 §7.3.1).
    func count(of name: StaticString) -> Int {
        var count = 0
        var cursor = Cursor(text, style)
        while let parameter = cursor.next() {
            if isNamed(parameter, name) { count += 1 }
        }
        return count
    }

    /// All of them in order, values without quotes.
    package var all: [(name: OctetSlice, value: OctetSlice)] {
        var all: [(name: OctetSlice, value: OctetSlice)] = []
        var cursor = Cursor(text, style)
        while let parameter = cursor.next() {
            all.append((parameter.name, parameter.isQuoted ? parameter.value.unescaped : parameter.value))
        }
        return all
    }

    /// Adds a parameter, or gives it another value where it stands. nil or empty makes a flag.
    package mutating func set(_ name: StaticString, _ value: OctetSlice? = nil) {
        set(name, reserving: value?.count ?? 0) { style, writer in
            guard let value, !value.isEmpty else { return }
            writer.write(UInt8(ascii: "="))
            Self.write(value, style, to: &writer)
        }
    }

    package mutating func set(_ name: StaticString, _ value: String) { set(name, OctetSlice(value)) }

    /// With quotes whether the value needs them or not: of a header whose grammar demands them.
    package mutating func set(_ name: StaticString, quoted value: OctetSlice) {
        set(name, reserving: value.count) { _, writer in
            writer.write(UInt8(ascii: "="))
            writer.write(escapingQuoted: value)
        }
    }

    package mutating func remove(_ name: StaticString) {
        guard contains(name) else { return }
        var writer = OctetWriter(reserving: text.count)
        var cursor = Cursor(text, style)
        while let parameter = cursor.next() {
            if !isNamed(parameter, name) { writer.write(text[parameter.range]) }
        }
        text = OctetSlice(writer.octets)
    }

    package func write(to writer: inout OctetWriter) { writer.write(text) }

    /// `generic-param *( SEMI generic-param )`: a header that is nothing but parameters, the first without semicolon.
    init(parsingLeading text: OctetSlice) throws(SIPSyntaxError) {
        let text = text.trimmed
        var writer = OctetWriter(reserving: text.count + 1)
        writer.write(UInt8(ascii: ";"))
        writer.write(text)
        do {
            self = try Parameters(parsingHeader: OctetSlice(writer.octets))
        } catch {
            throw SIPSyntaxError(error.what, error.header, at: text.start + max(0, error.offset - 1))
        }
    }

    /// Without the semicolon before the first.
    func writeLeading(to writer: inout OctetWriter) {
        writer.write(text[min(text.start + 1, text.end)..<text.end])
    }

    /// A parameter that is a number; nil when it is missing, no number or beyond 32 bits.
    func number(_ name: StaticString) -> UInt32? { self[name]?.decimal.flatMap(UInt32.init(exactly:)) }

    // MARK: Steps

    private mutating func set(
        _ name: StaticString, reserving count: Int, _ value: (Style, inout OctetWriter) -> Void
    ) {
        let old = find(name)?.range
        var writer = OctetWriter(reserving: text.count + name.utf8CodeUnitCount + count + 4)
        writer.write(text[text.start..<(old?.lowerBound ?? text.end)])
        writer.write(UInt8(ascii: ";"))
        writer.write(name)
        value(style, &writer)
        if let old { writer.write(text[old.upperBound..<text.end]) }
        text = OctetSlice(writer.octets)
    }

    struct Parameter {
        var name: OctetSlice
        var value: OctetSlice
        var isQuoted: Bool
        /// With its semicolon.
        var range: Range<Int>
    }

    /// Walks over the parameters; their ranges are those of the slice's base.
    struct Cursor {
        private var scanner: TextScanner
        private let style: Style

        init(_ parameters: Parameters) { self.init(parameters.text, parameters.style) }

        fileprivate init(_ text: OctetSlice, _ style: Style) {
            scanner = TextScanner(text)
            self.style = style
        }

        mutating func next() -> Parameter? {
            let start = scanner.position
            guard scanner.takeSeparator(UInt8(ascii: ";")) else { return nil }
            let found = style == .header ? Parameters.parameter(&scanner) : Parameters.uriParameter(&scanner)
            guard let (name, value, isQuoted) = found else { return nil }
            return Parameter(name: name, value: value, isQuoted: isQuoted, range: start..<scanner.position)
        }
    }

    /// In a URI a name may have escapes (RFC 4475 §3.1.1.3).
    private func isNamed(_ parameter: Parameter, _ name: StaticString) -> Bool {
        switch style {
        case .header: parameter.name.equalsIgnoringCase(name)
        case .uri: parameter.name.withoutURIEscapes.equalsIgnoringCase(name)
        }
    }

    private func find(_ name: StaticString) -> Parameter? {
        var cursor = Cursor(text, style)
        while let parameter = cursor.next() {
            if isNamed(parameter, name) { return parameter }
        }
        return nil
    }

    /// `generic-param`: the scanner stands behind the semicolon.
    private static func parameter(
        _ scanner: inout TextScanner
    ) -> (name: OctetSlice, value: OctetSlice, isQuoted: Bool)? {
        guard let name = scanner.token() else { return nil }
        guard scanner.takeSeparator(UInt8(ascii: "=")) else {
            return (name, scanner.text[scanner.position..<scanner.position], false)
        }
        if scanner.next == UInt8(ascii: "\"") {
            guard let value = scanner.quotedString() else { return nil }
            return (name, value, true)
        }
        guard let value = scanner.parameterValue() else { return nil }
        return (name, value, false)
    }

    /// `pname [ "=" pvalue ]`, already checked by the URI's parser.
    private static func uriParameter(
        _ scanner: inout TextScanner
    ) -> (name: OctetSlice, value: OctetSlice, isQuoted: Bool)? {
        let text = scanner.text
        let end = text.firstIndex(of: UInt8(ascii: ";"), from: scanner.position) ?? text.end
        let part = text[scanner.position..<end]
        guard !part.isEmpty else { return nil }
        scanner.skip(to: end)
        let split = part.firstIndex(of: UInt8(ascii: "=")) ?? end
        return (part[part.start..<split], part[min(split + 1, end)..<end], false)
    }

    private static func write(_ value: OctetSlice, _ style: Style, to writer: inout OctetWriter) {
        switch style {
        case .header:
            var scanner = TextScanner(value)
            _ = scanner.parameterValue()
            if scanner.isAtEnd {
                writer.write(value)
            } else {
                writer.write(escapingQuoted: value)
            }
        case .uri: writer.write(value, escapingAllBut: .uriParameter)
        }
    }
}

extension Parameters: Equatable {
    /// As written; names and values are compared octet for octet.
    package static func == (left: Parameters, right: Parameters) -> Bool { left.text == right.text }
}

extension OctetWriter {
    /// A quoted string around plain text: quotation marks and backslashes get a backslash.
    mutating func write(escapingQuoted text: OctetSlice) {
        write(UInt8(ascii: "\""))
        for index in text.indices {
            if text[index] == UInt8(ascii: "\"") || text[index] == UInt8(ascii: "\\") { write(UInt8(ascii: "\\")) }
            write(text[index])
        }
        write(UInt8(ascii: "\""))
    }

    /// `%` HEX HEX for every octet outside the class; escapes that stand there already stay.
    mutating func write(_ text: OctetSlice, escapingAllBut octets: OctetClass) {
        for index in text.indices {
            let octet = text[index]
            if octets.contains(octet) || (octet == UInt8(ascii: "%") && text.escape(at: index) != nil) {
                write(octet)
            } else {
                writeEscape(octet)
            }
        }
    }

    package mutating func writeEscape(_ octet: UInt8) {
        let digits: StaticString = "0123456789ABCDEF"
        write(UInt8(ascii: "%"))
        write(digits.utf8Start[Int(octet >> 4)])
        write(digits.utf8Start[Int(octet & 15)])
    }
}

extension OctetSlice {
    /// `%` HEX HEX undone, once (RFC 3986 §2.4); without any, the slice itself.
    package var withoutURIEscapes: OctetSlice {
        guard firstIndex(of: UInt8(ascii: "%")) != nil else { return self }
        var octets: [UInt8] = []
        octets.reserveCapacity(count)
        var index = start
        while index < end {
            if let octet = escape(at: index) {
                octets.append(octet)
                index += 3
            } else {
                octets.append(self[index])
                index += 1
            }
        }
        return OctetSlice(octets)
    }

    /// The octet that `%` HEX HEX at an index stands for.
    func escape(at index: Int) -> UInt8? {
        guard index + 2 < end, self[index] == UInt8(ascii: "%"), let high = Hex.value(self[index + 1]),
            let low = Hex.value(self[index + 2])
        else { return nil }
        return high << 4 | low
    }
}
