import Octets

/// Cuts a stream of octets into rows of cells, RFC 4180: a cell in quotes may hold delimiters, line ends and doubled quotes.
///
/// Blanks round cells are dropped, empty lines and those that begin with `#` passed over.
struct RowSplitter {
    struct Row: Equatable {
        /// Of its first octet.
        var line: Int
        var cells: [String]
        var fault: Fault?
    }

    enum Fault: Equatable {
        /// It is longer than `longest`; the rest is passed over.
        case tooLong
        /// The file ends inside of quotes.
        case openQuotes
    }

    static let longest = 1 << 20
    /// nil until the first line is whole.
    private(set) var delimiter: UInt8?
    private var waiting: [UInt8] = []
    private var cell: [UInt8] = []
    private var cells: [String] = []
    private var length = 0
    private var line = 1
    private var start = 1
    private var isQuoted = false
    private var wasQuoted = false
    private var isComment = false

    mutating func feed(_ octets: [UInt8], _ body: (Row) -> Void) {
        if delimiter != nil { return split(octets, body) }
        waiting += octets
        guard waiting.contains(ASCII.lineFeed) || waiting.count > Self.longest else { return }
        begin(body)
    }

    mutating func finish(_ body: (Row) -> Void) {
        if delimiter == nil { begin(body) }
        let fault: Fault? = isQuoted ? .openQuotes : nil
        isQuoted = false
        if !cell.isEmpty || !cells.isEmpty || fault != nil { endRow(body, fault) }
    }

    private mutating func begin(_ body: (Row) -> Void) {
        if waiting.starts(with: [0xEF, 0xBB, 0xBF]) { waiting.removeFirst(3) }
        delimiter = Self.delimiter(of: waiting)
        let octets = waiting
        waiting = []
        split(octets, body)
    }

    /// The one that the first line with anything in it has most.
    private static func delimiter(of octets: [UInt8]) -> UInt8 {
        let lines = octets.split { $0 == ASCII.lineFeed || $0 == ASCII.carriageReturn }
        let first = lines.first { $0.first != UInt8(ascii: "#") } ?? []
        var counts: [UInt8: Int] = [:]
        var isQuoted = false
        for octet in first {
            if octet == UInt8(ascii: "\"") { isQuoted.toggle() }
            if !isQuoted, ",;\t|".utf8.contains(octet) { counts[octet, default: 0] += 1 }
        }
        return ",;\t|".utf8.max {
            counts[$0, default: 0] < counts[$1, default: 0] || counts[$1] != nil && counts[$0] == nil
        }
        .flatMap { counts[$0] == nil ? nil : $0 } ?? UInt8(ascii: ",")
    }

    private mutating func split(_ octets: [UInt8], _ body: (Row) -> Void) {
        let delimiter = delimiter ?? UInt8(ascii: ",")
        for octet in octets {
            if octet == ASCII.lineFeed {
                line += 1
                if !isQuoted || length > Self.longest {
                    endRow(body, length > Self.longest ? .tooLong : nil)
                } else {
                    append(octet)
                }
                continue
            }
            if isComment { continue }
            switch octet {
            case UInt8(ascii: "\""):
                if isQuoted {
                    isQuoted = false
                } else if wasQuoted || cell.allSatisfy(ASCII.isBlank) {
                    // The second of two quotes stands for one.
                    if wasQuoted { append(octet) } else { cell.removeAll(keepingCapacity: true) }
                    isQuoted = true
                    wasQuoted = true
                } else {
                    append(octet)
                }
            case delimiter where !isQuoted: endCell()
            case UInt8(ascii: "#") where !isQuoted && length == 0 && cells.isEmpty: isComment = true
            default: append(octet)
            }
        }
    }

    private mutating func append(_ octet: UInt8) {
        length += 1
        if length <= Self.longest { cell.append(octet) }
    }

    private mutating func endCell() {
        length += 1
        if cell.last == ASCII.carriageReturn { cell.removeLast() }
        if !wasQuoted {
            while let last = cell.last, ASCII.isBlank(last) { cell.removeLast() }
            if let first = cell.firstIndex(where: { !ASCII.isBlank($0) }), first > 0 { cell.removeFirst(first) }
        }
        cells.append(String(decoding: cell, as: UTF8.self))
        cell.removeAll(keepingCapacity: true)
        wasQuoted = false
    }

    private mutating func endRow(_ body: (Row) -> Void, _ fault: Fault?) {
        endCell()
        if fault != nil || cells.count > 1 || cells[0] != "" && !isComment {
            body(Row(line: start, cells: cells, fault: fault))
        }
        cells.removeAll(keepingCapacity: true)
        length = 0
        isQuoted = false
        isComment = false
        start = line
    }
}
