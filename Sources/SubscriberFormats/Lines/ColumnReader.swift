import Octets

/// Rows of columns: plain CSV, that of pySim and sysmocom, Clearwater's bulk files and Kamailio's table.
struct ColumnReader {
    private struct Column {
        var name: String
        /// nil for one that is not kept.
        var field: SubscriberField?
        var isEncrypted = false
        /// Of one that is not kept: why.
        var reason = ""
        /// Rows in which it is not empty, and the line of the first.
        var used = 0
        var firstUse = 0
    }

    private let format: SubscriberFormat
    private var splitter = RowSplitter()
    private var columns: [Column] = []
    private var isBegun = false
    /// Nothing of the file can be understood; that has been said.
    private var isHopeless = false

    init(_ format: SubscriberFormat) { self.format = format }

    mutating func feed(_ octets: [UInt8], into collector: inout ImportCollector) {
        var rows: [RowSplitter.Row] = []
        splitter.feed(octets) { rows.append($0) }
        for row in rows { read(row, into: &collector) }
    }

    mutating func finish(into collector: inout ImportCollector) {
        var rows: [RowSplitter.Row] = []
        splitter.finish { rows.append($0) }
        for row in rows { read(row, into: &collector) }
        for column in columns where column.used > 0 {
            collector.ignore(column.name, at: .line(column.firstUse), column.reason, count: column.used)
        }
        if !isBegun, !isHopeless { collector.problem(.file, nil, "there is no line in it") }
    }

    private mutating func read(_ row: RowSplitter.Row, into collector: inout ImportCollector) {
        guard !isHopeless else { return }
        switch row.fault {
        case .tooLong?:
            return collector.problem(
                .line(row.line), nil, "the line is longer than \(RowSplitter.longest) octets and is passed over")
        case .openQuotes?:
            return collector.problem(.line(row.line), nil, "quotes begin here and do not end; what follows is not read")
        case nil: break
        }
        if !isBegun {
            isBegun = true
            if begins(row, &collector) { return }
            guard !isHopeless else { return }
        }
        take(row, &collector)
    }

    /// True when the first row says what the columns are.
    private mutating func begins(_ row: RowSplitter.Row, _ collector: inout ImportCollector) -> Bool {
        let known = row.cells.map { SubscriberField(name: $0) }
        let isHeader = known.contains { $0?.identifies == true } && known.count { $0 != nil } * 2 >= known.count
        if let names = collector.options.columns {
            set(names, collector)
            return isHeader
        }
        if isHeader {
            set(row.cells, collector)
            return true
        }
        if format == .clearwater || row.cells.first.map({ $0.hasPrefix("sip:") || $0.hasPrefix("tel:") }) == true {
            set(["publicid", "privateid", "realm", "password"], collector)
            return false
        }
        isHopeless = true
        collector.problem(
            .line(row.line), nil,
            "the first line names no columns that are known; say with --columns what stands where, such as "
                + "--columns iccid,imsi,ki,opc, and nothing is read without it")
        return false
    }

    private mutating func set(_ names: [String], _ collector: ImportCollector) {
        // Kamailio's HA1 is of the name without its domain, which no IMS phone has for a user name.
        let hasKamailios = format == .kamailio || names.contains { SubscriberField(name: $0) == .ha1b }
        columns = names.map { name in
            guard name != "-" else { return Column(name: name, field: nil, reason: "this column is not wanted") }
            switch SubscriberField(name: name) {
            case nil: return Column(name: name, field: nil, reason: "this column is not known and not kept")
            case .card?: return Column(name: name, field: nil, reason: "this column is of the card and not kept")
            case .ha1? where hasKamailios:
                return Column(
                    name: name, field: nil,
                    reason: "this hash is of the user name without its domain, and ha1b or password counts")
            case let field?:
                let isEncrypted = collector.options.transportKey != nil && collector.options.encrypted.contains(field)
                return Column(name: name, field: field, isEncrypted: isEncrypted)
            }
        }
    }

    private mutating func take(_ row: RowSplitter.Row, _ collector: inout ImportCollector) {
        let place = ImportPlace.line(row.line)
        var cells = row.cells
        while cells.count > columns.count, cells.last == "" { cells.removeLast() }
        // Clearwater leaves its last three out.
        guard cells.count == columns.count || cells.count < columns.count && format == .clearwater else {
            return collector.problem(
                place, nil,
                "there are \(cells.count) columns, where \(columns.count) are expected; the line is not imported")
        }
        var fields = SubscriberFields()
        for (index, cell) in cells.enumerated() where !cell.isEmpty && cell != "NULL" {
            guard let field = columns[index].field else {
                if columns[index].used == 0 { columns[index].firstUse = row.line }
                columns[index].used += 1
                continue
            }
            guard columns[index].isEncrypted, let key = collector.options.transportKey else {
                fields.add(field, cell)
                continue
            }
            guard let clear = key.decrypt(cell) else {
                return collector.problem(
                    place, columns[index].name, "it is not made of whole blocks of the transport key's algorithm")
            }
            fields.add(field, clear)
        }
        collector.add(fields, at: place)
    }
}
