import HomeSubscriberServer

/// Why the subscriber database cannot be opened or used, in a sentence for the operator.
package enum StoreError: Error, Equatable, Sendable, CustomStringConvertible {
    case missing(path: String)
    /// A file of no octets: never taken for a new database, for it may have been one that was lost.
    case empty(path: String)
    case notADatabase(path: String)
    /// An SQLite database of somebody else.
    case foreign(path: String)
    case newer(path: String, unknown: [String])
    case damaged(path: String, detail: String)
    /// The file with the master keys.
    case keys(path: String, detail: String)
    case cannotOpen(path: String, detail: String)
    case full
    case busy
    case readOnly
    case failed(String)

    package var description: String {
        switch self {
        case .missing(let path): "There is no subscriber database at \(path)."
        case .empty(let path):
            "\(path) is empty. If it never held subscribers, remove it and start again; otherwise put a backup in its "
                + "place: imsctl hss restore FILE"
        case .notADatabase(let path):
            "\(path) is no SQLite database, or its first page is damaged. Name another file, or put a backup in its place: "
                + "imsctl hss restore FILE"
        case .foreign(let path): "\(path) is an SQLite database, but none of subscribers. Name another file."
        case .newer(let path, let unknown):
            "\(path) was written by a newer version: it knows \(unknown.joined(separator: ", ")). "
                + "Use that version, or restore a backup from before the upgrade."
        case .damaged(let path, let detail):
            "\(path) is damaged (\(detail)). Nothing was changed. This puts a backup in its place: imsctl hss restore FILE; "
                + "what can still be read shows: sqlite3 \(path) .recover"
        case .keys(let path, let detail):
            "The master keys of the subscriber database cannot be had from \(path): \(detail). "
                + "Put the right file there, or say in hss.master-key-file where it is."
        case .cannotOpen(let path, let detail): "\(path) cannot be opened: \(detail)."
        case .full: "The disk of the subscriber database is full. Nothing was changed; make room and try again."
        case .busy: "Another program keeps the subscriber database locked. Nothing was changed; try again later."
        case .readOnly: "The subscriber database cannot be written: check owner, mode and mount of its folder."
        case .failed(let detail): "The subscriber database failed: \(detail)."
        }
    }
}

extension StoreError {
    init(_ error: any Error, path: String) {
        switch error {
        case let error as StoreError: self = error
        case let error as DirectoryFailure: self.init(error, path: path)
        default: self.init(DirectoryFailure(error), path: path)
        }
    }

    private init(_ failure: DirectoryFailure, path: String) {
        switch failure {
        case .full: self = .full
        case .busy: self = .busy
        case .readOnly: self = .readOnly
        case .damaged(let detail): self = .damaged(path: path, detail: detail)
        case .conflict: self = .failed("a sequence number changed meanwhile")
        case .failed(let detail): self = .failed(detail)
        }
    }
}

extension DirectoryFailure {
    /// The database's word in the HSS's.
    init(_ error: any Error) {
        switch error {
        case let failure as DirectoryFailure: self = failure
        case let error as SQLFailure:
            switch error {
            case .full: self = .full
            case .busy: self = .busy
            case .conflict: self = .conflict
            case .readOnly: self = .readOnly
            case .damaged(let detail): self = .damaged(detail)
            case .notADatabase: self = .damaged("its first page is not that of a database")
            case .duplicate: self = .failed("a row with the same key is there")
            case .constraint: self = .failed("a row hangs on one that is not there")
            case .cannotOpen(let detail), .failed(let detail): self = .failed(detail)
            }
        case is ColumnMismatch: self = .damaged("a column holds a value of another type")
        default: self = .failed("\(type(of: error))")
        }
    }
}
