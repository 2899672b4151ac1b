import Octets

/// The values of one feature tag, RFC 3840 §9: `"<text>"`, or a list of tokens and numbers, any of which may be denied.
package enum FeatureValue: Sendable, Equatable {
    /// Compared octet for octet.
    case string(OctetSlice)
    /// One of these.
    case list([Element])

    package struct Element: Sendable, Equatable {
        package var isNegated: Bool
        package var content: Content

        package init(_ content: Content, isNegated: Bool = false) {
            self.content = content
            self.isNegated = isNegated
        }
    }

    package enum Content: Sendable, Equatable {
        /// Compared without regard to case; `TRUE` and `FALSE` are such.
        case token(OctetSlice)
        /// From the first to the second, both included; infinite where one is missing.
        case numbers(from: Double, to: Double)
    }

    /// What a feature parameter without a value means (RFC 3841 §8).
    package static let isTrue = FeatureValue.list([Element(.token("TRUE"))])

    /// - Parameter text: without quotes and escapes; empty for a parameter without value.
    package init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        guard let first = text.first else {
            self = .isTrue
            return
        }
        if first == UInt8(ascii: "<") {
            guard text.count >= 2, text.last == UInt8(ascii: ">") else {
                throw SIPSyntaxError(.malformed, at: text.start)
            }
            let content = text[text.start + 1..<text.end - 1]
            for index in content.indices
            where content[index] == UInt8(ascii: "<") || content[index] == UInt8(ascii: ">") {
                throw SIPSyntaxError(.malformed, at: index)
            }
            self = .string(content)
            return
        }
        var elements: [Element] = []
        var start = text.start
        while true {
            let end = text.firstIndex(of: UInt8(ascii: ","), from: start) ?? text.end
            guard elements.count < FeatureSet.limit else { throw SIPSyntaxError(.limit, at: start) }
            elements.append(try Element(parsing: text[start..<end].trimmed))
            guard end < text.end else { break }
            start = end + 1
        }
        self = .list(elements)
    }

    /// Whether a token is among the values, for those who ask for one service: `events`, `methods`, `g.3gpp.icsi-ref`.
    package func contains(token: OctetSlice) -> Bool {
        guard case .list(let elements) = self else { return false }
        return elements.contains {
            guard case .token(let value) = $0.content else { return false }
            return !$0.isNegated && value.equalsIgnoringCase(token)
        }
    }

    /// Whether one value satisfies both. Strings, tokens and numbers are different kinds (RFC 3841 §7.2.4).
    package func intersects(_ other: FeatureValue) -> Bool {
        switch (self, other) {
        case (.string(let mine), .string(let theirs)): mine == theirs
        case (.list(let mine), .list(let theirs)): mine.contains { one in theirs.contains(where: one.intersects) }
        case (.string, .list(let elements)), (.list(let elements), .string): elements.contains(where: \.isNegated)
        }
    }
}

extension FeatureValue.Element {
    /// `["!"] (token-nobang / boolean / numeric)`
    fileprivate init(parsing text: OctetSlice) throws(SIPSyntaxError) {
        isNegated = text.first == UInt8(ascii: "!")
        let value = text[(isNegated ? text.start + 1 : text.start)..<text.end]
        if value.first == UInt8(ascii: "#") {
            content = try Self.numbers(value[value.start + 1..<value.end])
        } else {
            guard value.isToken, value.firstIndex(of: UInt8(ascii: "!")) == nil else {
                throw SIPSyntaxError(.malformed, at: value.start)
            }
            content = .token(value)
        }
    }

    /// `(">=" / "<=" / "=" / number ":") number`
    private static func numbers(_ text: OctetSlice) throws(SIPSyntaxError) -> FeatureValue.Content {
        if text.hasPrefix(">=") { return .numbers(from: try number(text[text.start + 2..<text.end]), to: .infinity) }
        if text.hasPrefix("<=") { return .numbers(from: -.infinity, to: try number(text[text.start + 2..<text.end])) }
        if text.hasPrefix("=") {
            let value = try number(text[text.start + 1..<text.end])
            return .numbers(from: value, to: value)
        }
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")) else {
            throw SIPSyntaxError(.malformed, at: text.start)
        }
        return .numbers(from: try number(text[text.start..<colon]), to: try number(text[colon + 1..<text.end]))
    }

    /// `[ "+" / "-" ] 1*DIGIT ["." 0*DIGIT]`, within an ANSI C double.
    private static func number(_ text: OctetSlice) throws(SIPSyntaxError) -> Double {
        var digits = text
        if digits.first == UInt8(ascii: "+") || digits.first == UInt8(ascii: "-") {
            digits = digits[digits.start + 1..<digits.end]
        }
        let dot = digits.firstIndex(of: UInt8(ascii: ".")) ?? digits.end
        let isDecimal = digits.indices.allSatisfy { $0 == dot || ASCII.isDigit(digits[$0]) }
        guard dot > digits.start, isDecimal, digits.count <= 64 else {
            throw SIPSyntaxError(.malformed, at: text.start)
        }
        let end = dot + 1 == text.end ? dot : text.end
        guard let value = Double(text[text.start..<end].string), value.isFinite else {
            throw SIPSyntaxError(.outOfRange, at: text.start)
        }
        return value
    }

    /// Whether a value exists that satisfies both.
    fileprivate func intersects(_ other: FeatureValue.Element) -> Bool {
        switch (isNegated, other.isNegated) {
        case (false, false): content.intersects(other.content)
        case (false, true): !content.lies(in: other.content)
        case (true, false): !other.content.lies(in: content)
        case (true, true): true  // There are more values than two can deny.
        }
    }
}

extension FeatureValue.Content {
    fileprivate func intersects(_ other: FeatureValue.Content) -> Bool {
        switch (self, other) {
        case (.token(let mine), .token(let theirs)): mine.equalsIgnoringCase(theirs)
        case (.numbers(let low, let high), .numbers(let from, let to)): max(low, from) <= min(high, to)
        case (.token, .numbers), (.numbers, .token): false
        }
    }

    /// A range that is upside down holds nothing and lies in every other.
    fileprivate func lies(in other: FeatureValue.Content) -> Bool {
        switch (self, other) {
        case (.token(let mine), .token(let theirs)): mine.equalsIgnoringCase(theirs)
        case (.numbers(let low, let high), .numbers(let from, let to)): low > high || (from <= low && high <= to)
        case (.token, .numbers): false
        case (.numbers(let low, let high), .token): low > high
        }
    }
}
