import Octets

/// Writes XML elements with attributes; texts are escaped. Names are the caller's to get right.
struct XMLWriter {
    private var writer: OctetWriter
    private var isTagOpen = false

    init(reserving capacity: Int) {
        writer = OctetWriter(reserving: capacity)
        writer.write("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" as StaticString)
    }

    var octets: [UInt8] { writer.octets }

    mutating func element(_ name: StaticString, _ content: (inout XMLWriter) -> Void) {
        endTag()
        writer.write(UInt8(ascii: "<"))
        writer.write(name)
        isTagOpen = true
        content(&self)
        if isTagOpen {
            writer.write("/>" as StaticString)
            isTagOpen = false
        } else {
            writer.write("</" as StaticString)
            writer.write(name)
            writer.write(UInt8(ascii: ">"))
        }
    }

    /// Of the element just begun, before its content.
    mutating func attribute(_ name: StaticString, _ value: OctetSlice) {
        writer.write(UInt8(ascii: " "))
        writer.write(name)
        writer.write("=\"" as StaticString)
        escape(value)
        writer.write(UInt8(ascii: "\""))
    }

    @_disfavoredOverload
    mutating func attribute(_ name: StaticString, _ value: String) { attribute(name, OctetSlice(value)) }

    /// A value that needs no escaping.
    mutating func attribute(_ name: StaticString, _ value: StaticString) {
        attribute(name) { $0.write(value) }
    }

    mutating func attribute(_ name: StaticString, _ value: Int) {
        attribute(name) { $0.write(decimal: value) }
    }

    mutating func text(_ text: OctetSlice) {
        endTag()
        escape(text)
    }

    private mutating func endTag() {
        guard isTagOpen else { return }
        writer.write(UInt8(ascii: ">"))
        isTagOpen = false
    }

    private mutating func attribute(_ name: StaticString, _ value: (inout OctetWriter) -> Void) {
        writer.write(UInt8(ascii: " "))
        writer.write(name)
        writer.write("=\"" as StaticString)
        value(&writer)
        writer.write(UInt8(ascii: "\""))
    }

    /// What is not UTF-8, and the control characters that XML 1.0 §2.2 does not have, become U+FFFD.
    private mutating func escape(_ text: OctetSlice) {
        for index in text.indices {
            let octet = text[index]
            guard octet < 0x80 else { return escape(scalars: text[index..<text.end]) }
            escape(ascii: octet)
        }
    }

    private mutating func escape(ascii octet: UInt8) {
        switch octet {
        case UInt8(ascii: "&"): writer.write("&amp;" as StaticString)
        case UInt8(ascii: "<"): writer.write("&lt;" as StaticString)
        case UInt8(ascii: ">"): writer.write("&gt;" as StaticString)
        case UInt8(ascii: "\""): writer.write("&quot;" as StaticString)
        case 0x09, 0x0A, 0x0D:
            writer.write("&#" as StaticString)
            writer.write(decimal: Int(octet))
            writer.write(UInt8(ascii: ";"))
        case 0..<0x20: writer.write("\u{FFFD}" as StaticString)
        default: writer.write(octet)
        }
    }

    /// From the first character on that takes more than one octet.
    private mutating func escape(scalars text: OctetSlice) {
        for scalar in text.string.unicodeScalars {
            switch scalar {
            case "\u{0}"..<"\u{80}": escape(ascii: UInt8(truncatingIfNeeded: scalar.value))
            case "\u{FFFE}", "\u{FFFF}": writer.write("\u{FFFD}" as StaticString)
            default: for octet in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { writer.write(octet) }
            }
        }
    }
}
