import NodeIO

/// Columns of text, as wide as their widest cell.
package struct Table {
    private var rows: [[String]]

    package init(_ head: [String]) { rows = [head] }

    /// What came from a phone or a peer must not move the cursor of the terminal that shows it.
    package mutating func add(_ row: [String]) { rows.append(row.map(LogLine.harmless)) }

    package var text: String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line += cell
                if column < row.count - 1 { line += String(repeating: " ", count: widths[column] - cell.count + 2) }
            }
            while line.last == " " { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }
}
