import IMS

/// Reads a file of some format: octets in, subscriptions and findings out, in the order of the file.
///
/// Formats of lines are read as they come; those whose records refer to one another give everything at the end.
package struct SubscriberImport {
    private enum Reader {
        case columns(ColumnReader)
        case simOutput(SIMOutputReader)
        case commands(DBCTLReader)
        case objects(ObjectReader)
        case dump(DumpReader)
        /// What is read elsewhere and comes as rows or a tree.
        case given
    }

    private var reader: Reader
    private var collector: ImportCollector

    package init(_ format: SubscriberFormat, _ options: ImportOptions) {
        var options = options
        switch format {
        case .csv, .clearwater: reader = .columns(ColumnReader(format))
        case .pySim:
            options.transportKey = options.transportKey?.with(vector: TransportKey.pySimVector)
            reader = .columns(ColumnReader(format))
        case .simOutput: reader = .simOutput(SIMOutputReader())
        case .dbctl: reader = .commands(DBCTLReader())
        case .jsonLines, .pyHSS, .open5GS: reader = .objects(ObjectReader())
        case .fhoss: reader = .dump(DumpReader())
        case .kamailio: reader = .dump(DumpReader())
        case .yaml, .osmoHLR, .sipp: reader = .given
        }
        collector = ImportCollector(options)
    }

    /// Kamailio's table as columns under names, not as a dump.
    package static func kamailioColumns(_ options: ImportOptions) -> SubscriberImport {
        var reading = SubscriberImport(.csv, options)
        reading.reader = .columns(ColumnReader(.kamailio))
        return reading
    }

    /// The next octets of the file.
    package mutating func feed(_ octets: [UInt8]) -> [ImportItem] {
        switch reader {
        case .columns(var columns):
            reader = .given  // not two owners of what the reader holds: it would be copied
            columns.feed(octets, into: &collector)
            reader = .columns(columns)
        case .simOutput(var output):
            reader = .given
            output.feed(octets, into: &collector)
            reader = .simOutput(output)
        case .commands(var commands):
            reader = .given
            commands.feed(octets, into: &collector)
            reader = .commands(commands)
        case .objects(var objects):
            reader = .given
            objects.feed(octets, into: &collector)
            reader = .objects(objects)
        case .dump(var dump):
            reader = .given
            dump.feed(octets, into: &collector)
            reader = .dump(dump)
        case .given: break
        }
        return collector.takeItems()
    }

    /// The file has ended.
    package mutating func finish() -> [ImportItem] {
        switch reader {
        case .columns(var columns): columns.finish(into: &collector)
        case .simOutput(var output): output.finish(into: &collector)
        case .commands(var commands): commands.finish(into: &collector)
        case .objects(var objects): objects.finish(into: &collector)
        case .dump(var dump): dump.finish(into: &collector)
        case .given: break
        }
        reader = .given
        collector.finish()
        return collector.takeItems()
    }

    /// A provisioning document that was read as a tree.
    ///
    /// - Parameter line: the line of a place in it.
    package mutating func take(document: Report, line: (String) -> Int?) -> [ImportItem] {
        DocumentEntries.take(document, at: { .entry($0, line: line($0)) }, &collector)
        return collector.takeItems()
    }

    /// A row of a database, by the names of its columns; sequence numbers are decimal.
    package mutating func take(row: [(name: String, value: String)], at place: ImportPlace) -> [ImportItem] {
        var fields = SubscriberFields()
        for (name, value) in row {
            switch SubscriberField(name: name) {
            case .sqn?: fields.add(sequenceNumber: value)
            case .card?: continue
            case let field?: fields.add(field, value)
            case nil: collector.ignore(name, at: place, "this column is not known and not kept")
            }
        }
        collector.add(fields, at: place)
        return collector.takeItems()
    }

    /// What a reader elsewhere has to say.
    package mutating func take(
        _ severity: ImportFinding.Severity, _ place: ImportPlace, _ field: String?, _ sentence: String
    )
        -> [ImportItem]
    {
        switch severity {
        case .note: collector.ignore(field ?? "", at: place, sentence)
        case .warning: collector.warnOnce(place, field, sentence)
        case .problem: collector.problem(place, field, sentence)
        }
        return collector.takeItems()
    }
}
