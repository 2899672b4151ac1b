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

    mutating func attribute(_ name: StaticString, _ value: StaticString) { attribute(name, value.description) }

    mutating func attribute(_ name: StaticString, _ value: Int) { attribute(name, String(value)) }

    mutating func text(_ text: OctetSlice) {
        endTag()
        escape(text)
    }

    private mutating func endTag() {
        guard isTagOpen else { return }
        writer.write(UInt8(ascii: ">"))
        isTagOpen = false
    }

    /// What is not UTF-8, and the control characters that XML 1.0 §2.2 does not have, become U+FFFD.
    private mutating func escape(_ text: OctetSlice) {
        for scalar in text.string.unicodeScalars {
            switch scalar {
            case "&": writer.write("&amp;" as StaticString)
            case "<": writer.write("&lt;" as StaticString)
            case ">": writer.write("&gt;" as StaticString)
            case "\"": writer.write("&quot;" as StaticString)
            case "\t", "\n", "\r":
                writer.write("&#" as StaticString)
                writer.write(decimal: Int(scalar.value))
                writer.write(UInt8(ascii: ";"))
            case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": writer.write("\u{FFFD}" as StaticString)
            default: for octet in UTF8.encode(scalar)?.map(\.self) ?? [] { writer.write(octet) }
            }
        }
    }
}
