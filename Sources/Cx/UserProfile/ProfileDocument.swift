import CXML2
import Octets

/// A parsed XML document of libxml2, freed when the closure ends.
package enum ProfileDocument {
    /// TS 29.228 sets no limits; ours hold a few hundred filter criteria.
    static let maximumLength = 262_144
    static let maximumDepth = 32

    /// Parses with no network, no entities and no document type, and hands the root element to `body`.
    ///
    /// libxml2 gets its own parser context each time and shares nothing, so this may run on any thread.
    package static func read<Value>(
        _ text: OctetSlice, _ body: (ProfileElement) throws(UserProfileError) -> Value
    ) throws(UserProfileError) -> Value {
        guard text.count <= maximumLength else { throw UserProfileError(.tooLarge(text.count)) }
        guard !hasDocumentType(text) else { throw UserProfileError(.documentType) }
        guard let context = xmlNewParserCtxt() else { throw UserProfileError(.malformed) }
        defer { xmlFreeParserCtxt(context) }
        // Neither NOENT nor DTDLOAD: entities stay unexpanded. Without HUGE libxml2 stops at 256 levels by itself.
        let options =
            XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue
            | XML_PARSE_NOCDATA.rawValue | XML_PARSE_COMPACT.rawValue
        // The pointer to the octets is used only during the call: libxml2 copies what it keeps.
        let document = text.base.withUnsafeBytes { octets in
            let start = octets.baseAddress?.advanced(by: text.start).assumingMemoryBound(to: CChar.self)
            return xmlCtxtReadMemory(context, start, Int32(text.count), nil, "UTF-8", Int32(options))
        }
        // Reading the context's last error: a field of a C struct that lives until the defer above.
        guard let document else {
            throw UserProfileError(.malformed, line: Int(context.pointee.lastError.line))
        }
        defer { xmlFreeDoc(document) }
        // The DTD of the document, were there one that the scan above missed.
        guard document.pointee.intSubset == nil else { throw UserProfileError(.documentType) }
        guard let root = xmlDocGetRootElement(document) else { throw UserProfileError(.malformed) }
        let element = ProfileElement(node: root)
        try element.checkDepth(maximumDepth)
        return try body(element)
    }

    /// Looks for `<!DOCTYPE` where alone it can stand: before the first element, among comments and instructions.
    private static func hasDocumentType(_ text: OctetSlice) -> Bool {
        var position = text.start
        while let start = text.firstIndex(of: UInt8(ascii: "<"), from: position) {
            let rest = text[start..<text.end]
            if rest.hasPrefix("<?") {
                guard let end = index(after: "?>", in: text, from: start + 2) else { return false }
                position = end
            } else if rest.hasPrefix("<!--") {
                guard let end = index(after: "-->", in: text, from: start + 4) else { return false }
                position = end
            } else {
                return rest.hasPrefix("<!")
            }
        }
        return false
    }

    private static func index(after mark: StaticString, in text: OctetSlice, from start: Int) -> Int? {
        var position = start
        let length = mark.utf8CodeUnitCount
        while position + length <= text.end {
            if text[position..<position + length].equals(mark) { return position + length }
            position += 1
        }
        return nil
    }
}

/// An element of a `ProfileDocument`, valid only inside its closure.
package struct ProfileElement {
    /// libxml2's tree is made of pointers; the document owns the node and outlives this value.
    private let node: xmlNodePtr

    fileprivate init(node: xmlNodePtr) { self.node = node }

    package var line: Int { xmlGetLineNo(node) }

    /// The local name.
    package var name: String { node.pointee.name.map { String(cString: $0) } ?? "" }

    package func isNamed(_ name: StaticString) -> Bool {
        // Both are C strings that end in NUL and live as long as the document and the program.
        xmlStrEqual(node.pointee.name, name.utf8Start) == 1
    }

    /// The text directly inside, as it stands.
    var rawText: String {
        var text = ""
        var child = node.pointee.children
        while let current = child {
            let type = current.pointee.type
            if type == XML_TEXT_NODE || type == XML_CDATA_SECTION_NODE, let content = current.pointee.content {
                // A C string that ends in NUL; copied here.
                text += String(cString: content)
            }
            child = current.pointee.next
        }
        return text
    }

    /// The text without blanks at either end.
    package var text: String {
        let raw = rawText
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
        guard raw.utf8.first.map(isBlank) ?? false || raw.utf8.last.map(isBlank) ?? false else { return raw }
        var rest = raw.utf8[...]
        while let first = rest.first, isBlank(first) { rest.removeFirst() }
        while let last = rest.last, isBlank(last) { rest.removeLast() }
        return String(Substring(rest))
    }

    package func forEachChild(_ body: (ProfileElement) throws(UserProfileError) -> Void) throws(UserProfileError) {
        var child = node.pointee.children
        while let current = child {
            if current.pointee.type == XML_ELEMENT_NODE { try body(ProfileElement(node: current)) }
            child = current.pointee.next
        }
    }

    package func children(_ name: StaticString) -> [ProfileElement] {
        var found: [ProfileElement] = []
        var child = node.pointee.children
        while let current = child {
            if current.pointee.type == XML_ELEMENT_NODE {
                let element = ProfileElement(node: current)
                if element.isNamed(name) { found.append(element) }
            }
            child = current.pointee.next
        }
        return found
    }

    /// The child of that name; an error when there are two.
    package func optional(_ name: StaticString) throws(UserProfileError) -> ProfileElement? {
        var found: ProfileElement?
        var child = node.pointee.children
        while let current = child {
            if current.pointee.type == XML_ELEMENT_NODE {
                let element = ProfileElement(node: current)
                if element.isNamed(name) {
                    if found != nil { throw element.error(.repeated) }
                    found = element
                }
            }
            child = current.pointee.next
        }
        return found
    }

    package func required(_ name: StaticString) throws(UserProfileError) -> ProfileElement {
        guard let element = try optional(name) else {
            throw UserProfileError(.missing, element: "\(name)", line: line)
        }
        return element
    }

    /// At least one.
    func list(_ name: StaticString) throws(UserProfileError) -> [ProfileElement] {
        let found = children(name)
        guard !found.isEmpty else { throw UserProfileError(.missing, element: "\(name)", line: line) }
        return found
    }

    @inline(never)
    func error(_ problem: UserProfileError.Problem) -> UserProfileError {
        UserProfileError(problem, element: name, line: line)
    }

    /// Walks the whole tree without recursion.
    fileprivate func checkDepth(_ maximum: Int) throws(UserProfileError) {
        var depth = 1
        var current = node
        while true {
            if current.pointee.type == XML_ELEMENT_NODE {
                guard depth <= maximum else { throw ProfileElement(node: current).error(.tooDeep) }
                if let child = current.pointee.children {
                    depth += 1
                    current = child
                    continue
                }
            }
            while current.pointee.next == nil {
                guard current != node, let parent = current.pointee.parent, parent != node else { return }
                current = parent
                depth -= 1
            }
            guard current != node, let next = current.pointee.next else { return }
            current = next
        }
    }
}
