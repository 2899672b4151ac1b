import Octets

/// Writes XML elements into one array; texts are escaped.
struct ProfileWriter {
    private var writer: OctetWriter

    init(reserving capacity: Int) { writer = OctetWriter(reserving: capacity) }

    var octets: [UInt8] { writer.octets }

    mutating func raw(_ markup: StaticString) { writer.write(markup) }

    mutating func element(_ name: StaticString, _ content: (inout ProfileWriter) -> Void) {
        open(name)
        content(&self)
        close(name)
    }

    /// Writes nothing for nil.
    mutating func text(_ name: StaticString, _ text: String?) {
        guard let text else { return }
        open(name)
        escape(text)
        close(name)
    }

    /// Writes nothing for nil.
    mutating func number(_ name: StaticString, _ number: Int?) {
        guard let number else { return }
        open(name)
        writer.write(decimal: number)
        close(name)
    }

    private mutating func open(_ name: StaticString) {
        writer.write(UInt8(ascii: "<"))
        writer.write(name)
        writer.write(UInt8(ascii: ">"))
    }

    private mutating func close(_ name: StaticString) {
        writer.write("</" as StaticString)
        writer.write(name)
        writer.write(UInt8(ascii: ">"))
    }

    /// Control characters that XML 1.0 §2.2 does not have become U+FFFD; a CR would be read back as LF, so it is a
    /// reference.
    private mutating func escape(_ text: String) {
        for octet in text.utf8 {
            switch octet {
            case UInt8(ascii: "&"): writer.write("&amp;" as StaticString)
            case UInt8(ascii: "<"): writer.write("&lt;" as StaticString)
            case UInt8(ascii: ">"): writer.write("&gt;" as StaticString)
            case ASCII.carriageReturn: writer.write("&#13;" as StaticString)
            case ASCII.tab, ASCII.lineFeed: writer.write(octet)
            case 0..<0x20: writer.write("\u{FFFD}" as StaticString)
            default: writer.write(octet)
            }
        }
    }
}
