import Octets

/// Reads XML 1.0 in UTF-8 piece by piece, as strictly as the bodies of SIP need it: no document type, hence no entities
/// but the five of the language, no recursion, and a limit on everything that a sender could make large.
struct XMLReader {
    enum Piece: Equatable {
        case start(Element)
        case end
        /// Between two tags; CDATA included.
        case text(OctetSlice)
    }

    struct Element: Equatable {
        /// Of the namespace; empty without one.
        var namespace: OctetSlice
        var name: OctetSlice
        var attributes: [(name: OctetSlice, value: OctetSlice)]

        func isNamed(_ name: StaticString, in namespace: StaticString) -> Bool {
            self.name.equals(name) && self.namespace.equals(namespace)
        }

        /// The value of an attribute that is in no namespace.
        subscript(name: StaticString) -> OctetSlice? {
            attributes.first { $0.name.equals(name) }?.value
        }

        static func == (left: Element, right: Element) -> Bool {
            left.namespace == right.namespace && left.name == right.name
                && left.attributes.elementsEqual(right.attributes, by: ==)
        }
    }

    enum Fault: Error, Equatable, CustomStringConvertible {
        case tooLarge, tooDeep, tooMany, documentType, malformed(at: Int)

        var description: String {
            switch self {
            case .tooLarge: "the document is too large"
            case .tooDeep: "the elements are nested too deeply"
            case .tooMany: "there are too many elements or attributes"
            case .documentType: "a document type declaration is not allowed"
            case .malformed(let position): "the XML is not well-formed at octet \(position)"
            }
        }
    }

    static let sizeLimit = 262_144
    static let depthLimit = 16
    static let elementLimit = 8_192
    static let attributeLimit = 32

    private let text: OctetSlice
    private var position: Int
    private var open: [OctetSlice] = []
    private var scopes: [(prefix: OctetSlice, namespace: OctetSlice, depth: Int)] = []
    private var elements = 0
    private var isRootDone = false
    /// An empty-element tag owes its end.
    private var owesEnd = false

    init(_ text: OctetSlice) throws(Fault) {
        guard text.count <= Self.sizeLimit else { throw .tooLarge }
        self.text = text
        position = text.start
        if text.count >= 3, text[text.start] == 0xEF, text[text.start + 1] == 0xBB, text[text.start + 2] == 0xBF {
            position += 3
        }
    }

    /// nil at the end of a well-formed document.
    mutating func next() throws(Fault) -> Piece? {
        if owesEnd {
            owesEnd = false
            close()
            return .end
        }
        while position < text.end {
            guard text[position] == UInt8(ascii: "<") else {
                let end = text.firstIndex(of: UInt8(ascii: "<"), from: position) ?? text.end
                let run = text[position..<end]
                defer { position = end }
                guard open.isEmpty else { return .text(try unescaped(run)) }
                guard run.trimmed.isEmpty else { throw .malformed(at: position) }
                continue
            }
            let rest = text[position..<text.end]
            if rest.hasPrefix("<?") {
                try skip(past: "?>")
            } else if rest.hasPrefix("<!--") {
                try skip(past: "-->")
            } else if rest.hasPrefix("<![CDATA["), !open.isEmpty {
                let start = position + 9
                try skip(past: "]]>")
                return .text(text[min(start, position - 3)..<position - 3])
            } else if rest.hasPrefix("<!") {
                throw .documentType
            } else if rest.hasPrefix("</") {
                try endTag()
                return .end
            } else {
                return .start(try startTag())
            }
        }
        guard open.isEmpty, isRootDone else { throw .malformed(at: position) }
        return nil
    }

    // MARK: Tags

    private mutating func startTag() throws(Fault) -> Element {
        guard !(open.isEmpty && isRootDone) else { throw .malformed(at: position) }
        guard open.count < Self.depthLimit else { throw .tooDeep }
        elements += 1
        guard elements <= Self.elementLimit else { throw .tooMany }
        position += 1
        let name = try takeName()
        open.append(name)
        isRootDone = true
        var attributes: [(name: OctetSlice, value: OctetSlice)] = []
        while true {
            let hadSpace = skipSpace()
            guard position < text.end else { throw .malformed(at: position) }
            if text[position] == UInt8(ascii: ">") {
                position += 1
                break
            }
            if text[position] == UInt8(ascii: "/") {
                guard position + 1 < text.end, text[position + 1] == UInt8(ascii: ">") else {
                    throw .malformed(at: position)
                }
                position += 2
                owesEnd = true
                break
            }
            guard hadSpace else { throw .malformed(at: position) }
            guard attributes.count < Self.attributeLimit else { throw .tooMany }
            let attribute = try takeAttribute()
            guard !attributes.contains(where: { $0.name == attribute.name }) else { throw .malformed(at: position) }
            attributes.append(attribute)
        }
        for attribute in attributes {
            if attribute.name.equals("xmlns") {
                scopes.append((OctetSlice(), attribute.value, open.count))
            } else if attribute.name.hasPrefix("xmlns:") {
                scopes.append((Self.split(attribute.name).local, attribute.value, open.count))
            }
        }
        let (prefix, local) = Self.split(name)
        let namespace = scopes.last { $0.prefix == prefix }?.namespace
        guard namespace != nil || prefix.isEmpty else { throw .malformed(at: name.start) }
        return Element(namespace: namespace ?? OctetSlice(), name: local, attributes: attributes)
    }

    private mutating func endTag() throws(Fault) {
        position += 2
        let name = try takeName()
        skipSpace()
        guard name == open.last, position < text.end, text[position] == UInt8(ascii: ">") else {
            throw .malformed(at: position)
        }
        position += 1
        close()
    }

    private mutating func close() {
        scopes.removeAll { $0.depth == open.count }
        _ = open.popLast()
    }

    private mutating func takeAttribute() throws(Fault) -> (name: OctetSlice, value: OctetSlice) {
        let name = try takeName()
        skipSpace()
        guard position < text.end, text[position] == UInt8(ascii: "=") else { throw .malformed(at: position) }
        position += 1
        skipSpace()
        guard position < text.end, text[position] == UInt8(ascii: "\"") || text[position] == UInt8(ascii: "'"),
            let end = text.firstIndex(of: text[position], from: position + 1)
        else { throw .malformed(at: position) }
        let run = text[position + 1..<end]
        guard run.firstIndex(of: UInt8(ascii: "<")) == nil else { throw .malformed(at: position) }
        position = end + 1
        return (name, try unescaped(run))
    }

    // MARK: Characters

    private mutating func takeName() throws(Fault) -> OctetSlice {
        let start = position
        while position < text.end, Self.isNameOctet(text[position]) { position += 1 }
        guard position > start, !ASCII.isDigit(text[start]), text[start] != UInt8(ascii: "-") else {
            throw .malformed(at: start)
        }
        return text[start..<position]
    }

    private static func isNameOctet(_ octet: UInt8) -> Bool {
        ASCII.isAlpha(octet) || ASCII.isDigit(octet) || octet >= 0x80 || "_-.:".utf8.contains(octet)
    }

    private static func isSpace(_ octet: UInt8) -> Bool {
        octet == 0x20 || octet == 0x09 || octet == 0x0D || octet == 0x0A
    }

    @discardableResult
    private mutating func skipSpace() -> Bool {
        let start = position
        while position < text.end, Self.isSpace(text[position]) { position += 1 }
        return position > start
    }

    private mutating func skip(past mark: StaticString) throws(Fault) {
        var index = position + 2
        while index + mark.utf8CodeUnitCount <= text.end {
            if text[index..<text.end].hasPrefix(mark) {
                position = index + mark.utf8CodeUnitCount
                return
            }
            index += 1
        }
        throw .malformed(at: position)
    }

    /// Prefix, empty without a colon, and local name.
    private static func split(_ name: OctetSlice) -> (prefix: OctetSlice, local: OctetSlice) {
        guard let colon = name.firstIndex(of: UInt8(ascii: ":")) else { return (OctetSlice(), name) }
        return (name[name.start..<colon], name[colon + 1..<name.end])
    }

    /// The five entities of XML 1.0 §4.6, and characters by number.
    private func unescaped(_ run: OctetSlice) throws(Fault) -> OctetSlice {
        guard var ampersand = run.firstIndex(of: UInt8(ascii: "&")) else { return run }
        var writer = OctetWriter(reserving: run.count)
        var taken = run.start
        while true {
            writer.write(run[taken..<ampersand])
            guard let semicolon = run.firstIndex(of: UInt8(ascii: ";"), from: ampersand),
                let character = Self.character(run[ampersand + 1..<semicolon])
            else { throw .malformed(at: ampersand) }
            writer.write(String(character))
            taken = semicolon + 1
            guard let next = run.firstIndex(of: UInt8(ascii: "&"), from: taken) else { break }
            ampersand = next
        }
        writer.write(run[taken..<run.end])
        return OctetSlice(writer.octets)
    }

    private static func character(_ name: OctetSlice) -> Character? {
        if name.equals("lt") { return "<" }
        if name.equals("gt") { return ">" }
        if name.equals("amp") { return "&" }
        if name.equals("quot") { return "\"" }
        if name.equals("apos") { return "'" }
        guard name.count <= 8, name.first == UInt8(ascii: "#") else { return nil }
        let digits = name[name.start + 1..<name.end].string
        let number = digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        guard let scalar = number.flatMap(Unicode.Scalar.init), scalar.value >= 0x20 || scalar == "\t" else {
            return nil
        }
        return Character(scalar)
    }
}
