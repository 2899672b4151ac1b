import Octets

/// `name=value` parts of a URI.
struct URIPairs {
    private let text: OctetSlice
    private let separator: UInt8
    private var position: Int

    init(_ text: OctetSlice, separator: UInt8) {
        self.text = text
        self.separator = separator
        position = text.start
    }

    init(_ text: OctetSlice, first separator: UInt8) {
        self.init(text, separator: separator)
        if text.first == separator { position += 1 }
    }

    mutating func next() -> (name: OctetSlice, value: OctetSlice)? {
        guard position < text.end else { return nil }
        let end = text.firstIndex(of: separator, from: position) ?? text.end
        let part = text[position..<end]
        position = end + 1
        let split = part.firstIndex(of: UInt8(ascii: "=")) ?? end
        return (part[part.start..<split], part[min(split + 1, end)..<end])
    }
}

/// The headers behind the `?` of a URI, RFC 3261 §19.1.1: what a request formed from it would have.
package struct URIHeaders: Sendable {
    private let text: OctetSlice

    /// - Parameter uri: the text of a URI of any scheme.
    package init(of uri: OctetSlice) {
        let question = uri.firstIndex(of: UInt8(ascii: "?")) ?? uri.end
        text = uri[min(question + 1, uri.end)..<uri.end]
    }

    /// All values of a header in order, escapes undone.
    package func values(_ name: StaticString) -> [OctetSlice] {
        var values: [OctetSlice] = []
        var pairs = URIPairs(text, separator: UInt8(ascii: "&"))
        while let pair = pairs.next() {
            if pair.name.withoutURIEscapes.equalsIgnoringCase(name) { values.append(pair.value.withoutURIEscapes) }
        }
        return values
    }
}
