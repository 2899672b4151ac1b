import Octets

/// Cuts a stream of octets into the JSON values that stand in its outermost list, on lines of their own, or one behind
/// another.
///
/// When the first value fills a line, every line is one: then a broken line costs no other.
struct JSONElements {
    struct Element: Equatable {
        /// Of its first octet.
        var line: Int
        var octets: [UInt8]
        var fault: Fault?
    }

    enum Fault: Equatable {
        /// It is larger than `largest`; the rest is passed over.
        case tooLarge
        /// The line or file ends inside of it.
        case unfinished
    }

    /// A whole dump may be one value.
    static let largest = 1 << 28

    private enum Layout { case unknown, list, lines, sequence }

    private var layout = Layout.unknown
    private var current: [UInt8] = []
    private var isTooLarge = false
    private var start = 1
    private var line = 1
    /// Brackets that are open inside the value.
    private var depth = 0
    private var isString = false
    private var isEscaped = false

    mutating func feed(_ octets: [UInt8], _ body: (Element) -> Void) {
        for octet in octets { take(octet, body) }
    }

    mutating func finish(_ body: (Element) -> Void) {
        guard !isBlank else { return }
        emit(depth > 0 || isString ? .unfinished : nil, body)
    }

    private var isBlank: Bool { current.isEmpty }

    private mutating func take(_ octet: UInt8, _ body: (Element) -> Void) {
        defer { if octet == ASCII.lineFeed { line += 1 } }
        if layout == .lines {
            guard octet == ASCII.lineFeed else { return append(octet) }
            if !isBlank { emit(depth > 0 || isString ? .unfinished : nil, body) }
            return
        }
        if isBlank {
            switch octet {
            case _ where Self.isSpace(octet), 0xEF, 0xBB, 0xBF: return
            case UInt8(ascii: "[") where layout == .unknown: layout = .list
            case _ where layout == .list && (octet == UInt8(ascii: ",") || octet == UInt8(ascii: "]")): return
            default: append(octet)
            }
            return
        }
        // A value that is no list and no record ends with what follows it.
        let isEnd = Self.isSpace(octet) || octet == UInt8(ascii: ",") || octet == UInt8(ascii: "]")
        if depth == 0, !isString, isEnd { return finishValue(body) }
        append(octet)
        if depth == 0, octet == UInt8(ascii: "}") || octet == UInt8(ascii: "]"), !isString { finishValue(body) }
    }

    private mutating func finishValue(_ body: (Element) -> Void) {
        if layout == .unknown { layout = start == line ? .lines : .sequence }
        emit(nil, body)
    }

    private static func isSpace(_ octet: UInt8) -> Bool {
        ASCII.isBlank(octet) || octet == ASCII.lineFeed || octet == ASCII.carriageReturn
    }

    private mutating func append(_ octet: UInt8) {
        if isBlank {
            if Self.isSpace(octet) { return }
            start = line
        }
        if current.count < Self.largest { current.append(octet) } else { isTooLarge = true }
        if isString {
            if isEscaped {
                isEscaped = false
            } else if octet == UInt8(ascii: "\\") {
                isEscaped = true
            } else if octet == UInt8(ascii: "\"") {
                isString = false
            }
            return
        }
        switch octet {
        case UInt8(ascii: "\""): isString = true
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"): depth = max(0, depth - 1)
        default: break
        }
    }

    private mutating func emit(_ fault: Fault?, _ body: (Element) -> Void) {
        body(Element(line: start, octets: isTooLarge ? [] : current, fault: isTooLarge ? .tooLarge : fault))
        current.removeAll(keepingCapacity: true)
        isTooLarge = false
        depth = 0
        isString = false
        isEscaped = false
    }
}
