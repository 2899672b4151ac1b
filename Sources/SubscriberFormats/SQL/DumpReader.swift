import Octets

/// A MySQL dump: of the Fraunhofer HSS, or Kamailio's table `subscriber`.
struct DumpReader {
    /// What is held of a dump; the tables of an HSS refer to one another, so all of it is read before any.
    static let largest = 1 << 29

    private var octets: [UInt8] = []
    private var isTooLarge = false

    mutating func feed(_ octets: [UInt8], into collector: inout ImportCollector) {
        guard self.octets.count + octets.count <= Self.largest else {
            isTooLarge = true
            return
        }
        self.octets += octets
    }

    mutating func finish(into collector: inout ImportCollector) {
        guard !isTooLarge else {
            return collector.problem(
                .file, nil, "the dump is larger than \(Self.largest >> 20) MiB; dump its tables apart")
        }
        let dump = SQLDump(octets, known: FHoSSTables.columns)
        octets = []
        for fault in dump.faults { collector.problem(.line(fault.line), nil, fault.sentence) }
        let isKamailio = dump.tables["subscriber"]?.columns.contains("username") == true
        if dump.tables["impi"] != nil || dump.tables["ifc"] != nil || dump.tables["sp"] != nil {
            FHoSSDump.take(dump, &collector)
        } else if isKamailio {
            Self.takeAccounts(dump, &collector)
        } else {
            return collector.problem(
                .file, nil,
                "it fills neither the tables of the Fraunhofer HSS (impi, impu, …) nor Kamailio's subscriber with its columns"
            )
        }
        let known = Set(FHoSSTables.columns.keys).union(FHoSSTables.passedOver.map(\.key))
            .union(isKamailio ? ["subscriber"] : [])
        for (name, table) in dump.tables.sorted(by: { $0.key < $1.key })
        where !known.contains(name) && !table.rows.isEmpty {
            collector.ignore(
                name, at: .line(table.lines[0]), "this table is not known and not kept", count: table.rows.count)
        }
    }

    private static func takeAccounts(_ dump: SQLDump, _ collector: inout ImportCollector) {
        let names = dump.tables["subscriber"]?.columns ?? []
        for row in dump.rows("subscriber") {
            var fields = SubscriberFields()
            let place = FHoSSServices.place(row, "subscriber")
            for name in names where !row.text(name).isEmpty {
                // Its ha1 is of the user name without the domain, which no IMS phone has.
                switch SubscriberField(name: name) {
                case .user?: fields.add(.user, row.text(name))
                case .domain?: fields.add(.domain, row.text(name))
                case .password?: fields.add(.password, row.text(name))
                case .ha1b?: fields.add(.ha1b, row.text(name))
                case .ha1?, .card?: continue
                default: collector.ignore(name, at: place, "this column is not known and not kept")
                }
            }
            collector.add(fields, at: place)
        }
    }
}
