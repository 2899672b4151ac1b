import Octets

/// Tokens of MySQL as mysqldump writes it. Comments are passed over.
struct SQLScanner {
    enum Token: Equatable {
        /// A name or keyword; a name in back quotes is one whatever it looks like.
        case word(String, isQuoted: Bool)
        case value(SQLValue)
        case mark(UInt8)
    }

    private let octets: [UInt8]
    private var position = 0
    private(set) var line = 1

    init(_ octets: [UInt8]) { self.octets = octets }

    private func octet(_ offset: Int = 0) -> UInt8? {
        position + offset < octets.count ? octets[position + offset] : nil
    }

    private mutating func step() {
        if octets[position] == ASCII.lineFeed { line += 1 }
        position += 1
    }

    private mutating func skipLine() { while let next = octet(), next != ASCII.lineFeed { step() } }

    /// Blanks and comments: `-- …`, `# …`, `/* … */`.
    private mutating func skip() {
        while let next = octet() {
            if next <= 0x20 {
                step()
            } else if next == UInt8(ascii: "#") {
                skipLine()
            } else if next == UInt8(ascii: "-"), octet(1) == UInt8(ascii: "-"), octet(2).map({ $0 <= 0x20 }) ?? true {
                skipLine()
            } else if next == UInt8(ascii: "/"), octet(1) == UInt8(ascii: "*") {
                position += 2
                while octet() != nil, !(octet() == UInt8(ascii: "*") && octet(1) == UInt8(ascii: "/")) { step() }
                position = min(position + 2, octets.count)
            } else {
                return
            }
        }
    }

    /// nil at the end.
    mutating func next() -> Token? {
        skip()
        guard let next = octet() else { return nil }
        switch next {
        case UInt8(ascii: "'"), UInt8(ascii: "\""): return .value(.octets(string(next)))
        case UInt8(ascii: "`"): return .word(String(decoding: string(next), as: UTF8.self), isQuoted: true)
        case UInt8(ascii: "0") where octet(1).map({ $0 | 0x20 == UInt8(ascii: "x") }) == true: return hexadecimal()
        case _ where ASCII.isDigit(next): return .value(.number(run { Self.isNumber($0) }))
        case UInt8(ascii: "-"), UInt8(ascii: "+"):
            position += 1
            guard let digit = octet(), ASCII.isDigit(digit) else { return .mark(next) }
            let digits = run { Self.isNumber($0) }
            return .value(.number(next == UInt8(ascii: "-") ? "-\(digits)" : digits))
        case _ where Self.isName(next): return word()
        default:
            position += 1
            return .mark(next)
        }
    }

    private mutating func word() -> Token {
        let text = run { Self.isName($0) || ASCII.isDigit($0) }
        let quote = octet()
        if quote == UInt8(ascii: "'") {
            switch text.lowercased() {
            case "x":
                let digits = String(decoding: string(UInt8(ascii: "'")), as: UTF8.self)
                return .value(Hex.decode(digits).map { .octets($0) } ?? .null)
            case "b":
                let bits = String(decoding: string(UInt8(ascii: "'")), as: UTF8.self)
                return .value(UInt64(bits, radix: 2).map { .number(String($0)) } ?? .null)
            default: break
            }
        }
        if text.lowercased() == "null" { return .value(.null) }
        guard text.hasPrefix("_") else { return .word(text, isQuoted: false) }
        // A character set before a string says nothing to us.
        skip()
        switch octet() {
        case UInt8(ascii: "'")?, UInt8(ascii: "\"")?: return .value(.octets(string(octets[position])))
        case UInt8(ascii: "0")? where octet(1).map({ $0 | 0x20 == UInt8(ascii: "x") }) == true: return hexadecimal()
        default: return .word(text, isQuoted: false)
        }
    }

    private mutating func hexadecimal() -> Token {
        position += 2
        let digits = run { Hex.value($0) != nil }
        return .value(Hex.decode(digits).map { .octets($0) } ?? .null)
    }

    private mutating func run(_ belongs: (UInt8) -> Bool) -> String {
        let start = position
        while let next = octet(), belongs(next) { position += 1 }
        return String(decoding: octets[start..<position], as: UTF8.self)
    }

    /// Between quotes; a backslash or a second quote escapes (MySQL 8.0 manual, string literals). Ends at the file's end too.
    private mutating func string(_ quote: UInt8) -> [UInt8] {
        var text: [UInt8] = []
        step()
        while let next = octet() {
            step()
            if next == quote {
                guard octet() == quote else { return text }
                step()
                text.append(quote)
            } else if next == UInt8(ascii: "\\"), quote != UInt8(ascii: "`") {
                guard let escaped = octet() else { return text }
                step()
                text.append(Self.escaped(escaped))
            } else {
                text.append(next)
            }
        }
        return text
    }

    private static func escaped(_ octet: UInt8) -> UInt8 {
        switch octet {
        case UInt8(ascii: "0"): 0
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        case UInt8(ascii: "Z"): 0x1A
        default: octet
        }
    }

    private static func isName(_ octet: UInt8) -> Bool {
        ASCII.isAlpha(octet) || octet == UInt8(ascii: "_") || octet == UInt8(ascii: "$") || octet == UInt8(ascii: "@")
            || octet >= 0x80
    }

    private static func isNumber(_ octet: UInt8) -> Bool { ASCII.isDigit(octet) || octet == UInt8(ascii: ".") }
}
