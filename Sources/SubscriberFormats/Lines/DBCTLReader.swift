import Octets

/// Commands of open5gs-dbctl, one on a line, as a script has them.
///
///     open5gs-dbctl add 001010000000001 465b5ce8b199b49faa5f0a2ee238a6bc cd63cb71954a9f4e48a5994e37a02baf
struct DBCTLReader {
    private var splitter = LineSplitter()

    mutating func feed(_ octets: [UInt8], into collector: inout ImportCollector) {
        var lines: [LineSplitter.Line] = []
        splitter.feed(octets) { lines.append($0) }
        for line in lines { read(line, into: &collector) }
    }

    mutating func finish(into collector: inout ImportCollector) {
        var lines: [LineSplitter.Line] = []
        splitter.finish { lines.append($0) }
        for line in lines { read(line, into: &collector) }
    }

    private func read(_ line: LineSplitter.Line, into collector: inout ImportCollector) {
        let place = ImportPlace.line(line.number)
        guard !line.isTooLong else { return collector.problem(place, nil, "the line is too long and is passed over") }
        var words = line.text.split(whereSeparator: \.isWhitespace).map(String.init)
        guard let first = words.first, !first.hasPrefix("#") else { return }
        if first == "sudo" { words.removeFirst() }
        if words.first.map({ $0.hasSuffix("open5gs-dbctl") }) == true { words.removeFirst() }
        if let option = words.first, option.hasPrefix("--db_uri") {
            words.removeFirst(option.contains("=") ? 1 : min(2, words.count))
        }
        guard let command = words.first else { return }
        let arguments = Array(words.dropFirst())
        switch command {
        case "add":
            switch arguments.count {
            case 3: add(arguments[0], arguments[1], arguments[2], place, &collector)
            case 4:
                collector.ignore("ip", at: place, "the address of a packet session is not kept")
                add(arguments[0], arguments[2], arguments[3], place, &collector)
            default:
                collector.problem(place, "add", "add has IMSI, an address when wanted, K and OPc")
            }
        case "add_ue_with_apn", "add_ue_with_slice":
            guard arguments.count >= 3 else {
                return collector.problem(place, command, "\(command) begins with IMSI, K and OPc")
            }
            collector.ignore(command, at: place, "APN and slice are of the packet core and not kept")
            add(arguments[0], arguments[1], arguments[2], place, &collector)
        case "remove", "reset":
            collector.problem(place, command, "\(command) removes subscribers, which an import does not do")
        case "static_ip", "static_ip6", "type", "update_apn", "update_slice", "ambr_speed", "subscriber_status",
            "showall", "showpretty", "showfiltered", "help":
            collector.ignore(command, at: place, "the command is of the packet core and passed over")
        default: collector.problem(place, command, "it is no command of open5gs-dbctl that is known")
        }
    }

    private func add(
        _ imsi: String, _ key: String, _ opc: String, _ place: ImportPlace, _ collector: inout ImportCollector
    ) {
        var fields = SubscriberFields()
        fields.add(.imsi, imsi)
        fields.add(.key, key)
        fields.add(.opc, opc)
        collector.add(fields, at: place)
    }
}
