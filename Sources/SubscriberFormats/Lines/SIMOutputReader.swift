import Octets

/// The answer of a SIM vendor: lines `name: value`, sections between lines of asterisks, and after `Var_Out:` the names of
/// what each further line has.
///
///     *OUTPUT VARIABLES
///     var_Out: ICCID/IMSI/KI
///     8901001000000000011 001010000000001 465b5ce8b199b49faa5f0a2ee238a6bc
///
/// The layout is no standard; where it has no `Var_Out:`, `--columns` says what stands where.
struct SIMOutputReader {
    private var splitter = LineSplitter()
    /// nil before `Var_Out:`.
    private var names: [String]?

    mutating func feed(_ octets: [UInt8], into collector: inout ImportCollector) {
        var lines: [LineSplitter.Line] = []
        splitter.feed(octets) { lines.append($0) }
        for line in lines { read(line, into: &collector) }
    }

    mutating func finish(into collector: inout ImportCollector) {
        var lines: [LineSplitter.Line] = []
        splitter.finish { lines.append($0) }
        for line in lines { read(line, into: &collector) }
        if names == nil {
            collector.problem(
                .file, nil, "there is no line Var_Out: that names what follows; say it with --columns iccid,imsi,ki")
        }
    }

    private mutating func read(_ line: LineSplitter.Line, into collector: inout ImportCollector) {
        let place = ImportPlace.line(line.number)
        guard !line.isTooLong else { return collector.problem(place, nil, "the line is too long and is passed over") }
        let text = line.text
        guard let first = text.first(where: { !$0.isWhitespace }), first != "*" else { return }
        if let colon = text.firstIndex(of: ":") {
            let name = text[..<colon].filter { !$0.isWhitespace }.lowercased()
            if name == "var_out" || name == "varout" {
                let list = text[text.index(after: colon)...].split { $0 == "/" || $0 == "," || $0.isWhitespace }
                names = collector.options.columns ?? list.map(String.init)
                return
            }
            if name == "transportkey" || name == "transport_key", collector.options.transportKey == nil,
                text[text.index(after: colon)...].contains(where: { !$0.isWhitespace })
            {
                collector.warnOnce(
                    place, "Transport key", "the header names a transport key: if KI lies under it, say --transport-key"
                )
            }
            if names == nil { return }
        }
        if names == nil, let columns = collector.options.columns, first.isNumber { names = columns }
        guard let names else { return }
        take(text, names, place, &collector)
    }

    private mutating func take(
        _ text: String, _ names: [String], _ place: ImportPlace, _ collector: inout ImportCollector
    ) {
        let cells = text.split { $0 == "/" || $0 == "," || $0 == ";" || $0.isWhitespace }
        guard cells.count == names.count else {
            return collector.problem(
                place, nil,
                "there are \(cells.count) values, where \(names.count) are expected; the line is not imported")
        }
        var fields = SubscriberFields()
        for (name, cell) in zip(names, cells) {
            guard let field = SubscriberField(name: name), field != .card else {
                collector.ignore(
                    name, at: place,
                    SubscriberField(name: name) == nil && name != "-"
                        ? "this column is not known and not kept" : "this column is of the card and not kept")
                continue
            }
            guard let key = collector.options.transportKey, collector.options.encrypted.contains(field) else {
                fields.add(field, String(cell))
                continue
            }
            guard let clear = key.decrypt(String(cell)) else {
                return collector.problem(place, name, "it is not made of whole blocks of the transport key's algorithm")
            }
            fields.add(field, clear)
        }
        collector.add(fields, at: place)
    }
}
