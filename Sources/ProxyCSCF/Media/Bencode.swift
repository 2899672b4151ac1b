import Octets

/// A value of bencoding, in which rtpengine's ng protocol speaks: texts `4:spam`, integers `i3e`, lists `l…e` and
/// dictionaries `d…e` with their keys in order.
package enum Bencode: Equatable, Sendable {
    case text(OctetSlice)
    case integer(Int64)
    case list([Bencode])
    case dictionary([OctetSlice: Bencode])

    package enum Fault: Error, Equatable { case malformed, tooDeep }

    private static let depth = 8

    /// - Throws: when there is more or less than one value, or it is nested too deeply.
    package init(parsing octets: OctetSlice) throws(Fault) {
        var rest = octets
        self = try Self.value(&rest, depth: 0)
        guard rest.isEmpty else { throw .malformed }
    }

    package static func text(_ text: String) -> Bencode { .text(OctetSlice(text)) }

    /// Of a dictionary; nil for other values.
    package subscript(key: String) -> Bencode? {
        guard case .dictionary(let entries) = self else { return nil }
        return entries[OctetSlice(key)]
    }

    package var text: OctetSlice? {
        guard case .text(let text) = self else { return nil }
        return text
    }

    package func write(to writer: inout OctetWriter) {
        switch self {
        case .text(let text):
            writer.write("\(text.count):")
            writer.write(text)
        case .integer(let number): writer.write("i\(number)e")
        case .list(let values):
            writer.write("l")
            for value in values { value.write(to: &writer) }
            writer.write("e")
        case .dictionary(let entries):
            writer.write("d")
            for (key, value) in entries.sorted(by: { $0.key.array.lexicographicallyPrecedes($1.key.array) }) {
                Bencode.text(key).write(to: &writer)
                value.write(to: &writer)
            }
            writer.write("e")
        }
    }

    private static func value(_ rest: inout OctetSlice, depth: Int) throws(Fault) -> Bencode {
        guard depth <= Self.depth else { throw .tooDeep }
        switch rest.first {
        case UInt8(ascii: "i"):
            guard let end = rest.firstIndex(of: UInt8(ascii: "e")),
                let number = Int64(rest[rest.start + 1..<end].string)
            else { throw .malformed }
            rest = rest[end + 1..<rest.end]
            return .integer(number)
        case UInt8(ascii: "l"):
            rest = rest[rest.start + 1..<rest.end]
            var values: [Bencode] = []
            while try !isAtEnd(&rest) { values.append(try value(&rest, depth: depth + 1)) }
            return .list(values)
        case UInt8(ascii: "d"):
            rest = rest[rest.start + 1..<rest.end]
            var entries: [OctetSlice: Bencode] = [:]
            while try !isAtEnd(&rest) {
                let key = try text(&rest)
                entries[key] = try value(&rest, depth: depth + 1)
            }
            return .dictionary(entries)
        case _?: return .text(try text(&rest))
        case nil: throw .malformed
        }
    }

    /// Whether an `e` comes next, which is taken off then.
    private static func isAtEnd(_ rest: inout OctetSlice) throws(Fault) -> Bool {
        guard let next = rest.first else { throw .malformed }
        guard next == UInt8(ascii: "e") else { return false }
        rest = rest[rest.start + 1..<rest.end]
        return true
    }

    private static func text(_ rest: inout OctetSlice) throws(Fault) -> OctetSlice {
        guard let colon = rest.firstIndex(of: UInt8(ascii: ":")), colon - rest.start <= 7,
            let count = rest[rest.start..<colon].decimal.flatMap({ Int(exactly: $0) }), count <= rest.end - colon - 1
        else { throw .malformed }
        let text = rest[colon + 1..<colon + 1 + count]
        rest = rest[colon + 1 + count..<rest.end]
        return text
    }
}
