import Foundation
import HomeSubscriberServer
import IMS
import NodeIO
import SubscriberFormats

/// Brings the subscribers of a file to where they shall be, a batch at a time: what is in is in, and the same file again
/// goes on where it was broken off.
package struct SubscriberImporter {
    /// How far it is.
    package struct Progress: Sendable {
        package var octets: Int
        package var length: Int?
        package var records: Int
    }

    private let file: ImportFile
    private let options: ImportOptions
    private let destination: any ImportDestination
    private let isRehearsal: Bool
    private let tell: (ImportFinding) throws(OperationFailure) -> Void

    private var summary = ImportSummary()
    private var batch: [(record: SubscriptionRecord, place: ImportPlace)] = []
    /// Of a rehearsal: what its records may name.
    private var catalogue = ServiceCatalogue()

    /// Records of a transaction: enough that the disk is waited for seldom, few enough that others come in between.
    private static let batchSize = 2000

    /// - Parameters:
    ///   - isRehearsal: whether nothing is to stay of it.
    ///   - tell: gets every finding, in the order of the file.
    package init(
        _ file: ImportFile, _ options: ImportOptions, into destination: any ImportDestination, isRehearsal: Bool,
        tell: @escaping (ImportFinding) throws(OperationFailure) -> Void = { _ in }
    ) {
        self.file = file
        self.options = options
        self.destination = destination
        self.isRehearsal = isRehearsal
        self.tell = tell
    }

    package mutating func run(
        progress: (Progress) -> Void = { _ in }
    ) throws(OperationFailure) -> ImportSummary {
        var reading =
            file.format == .kamailio && !file.isDump
            ? SubscriberImport.kamailioColumns(options) : SubscriberImport(file.format, options)
        var octets = 0
        switch file.format {
        case .yaml:
            let tree = try YAMLTree(String(decoding: file.whole(), as: UTF8.self), file: file.path)
            try take(reading.take(document: tree.root, line: tree.line))
        case .osmoHLR:
            var items: [ImportItem] = []
            let database = try HLRDatabase(file.path)
            try database.read(into: &reading) { (found: [ImportItem]) throws(OperationFailure) in items += found }
            try take(items)
        default:
            try file.forEachPiece { piece throws(OperationFailure) in
                octets += piece.count
                try take(reading.feed(piece))
                progress(Progress(octets: octets, length: file.length, records: summary.taken))
            }
        }
        try take(reading.finish())
        try flush()
        progress(Progress(octets: octets, length: file.length, records: summary.taken))
        return summary
    }

    private mutating func take(_ items: [ImportItem]) throws(OperationFailure) {
        for item in items {
            switch item {
            case .catalogue(let found):
                try flush()
                if isRehearsal {
                    catalogue = found
                } else {
                    summary.services += try destination.apply(found)
                }
            case .subscriber(let record, let place):
                batch.append((record, place))
                if batch.count >= Self.batchSize { try flush() }
            case .finding(let finding):
                try add(finding)
            }
        }
    }

    private mutating func add(_ finding: ImportFinding) throws(OperationFailure) {
        summary.add(finding)
        try tell(finding)
    }

    private mutating func flush() throws(OperationFailure) {
        guard !batch.isEmpty else { return }
        let records = batch.map(\.record)
        let outcomes = try isRehearsal ? destination.rehearse(catalogue, records) : destination.take(records)
        for ((record, place), outcome) in zip(batch, outcomes) {
            switch outcome {
            case .added: summary.added += 1
            case .changed: summary.changed += 1
            case .unchanged: summary.unchanged += 1
            case .refused(let sentence):
                try add(ImportFinding(.problem, place, nil, "\(record.name) is not imported: \(sentence)"))
            }
        }
        batch.removeAll(keepingCapacity: true)
    }
}
