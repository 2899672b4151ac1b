/// Where in a file something stands.
package enum ImportPlace: Hashable, Sendable, CustomStringConvertible {
    /// From 1.
    case line(Int)
    /// From 1; in a file whose lines mean nothing.
    case record(Int)
    case row(table: String, key: String)
    /// A place of a provisioning document, with its line when that is known.
    case entry(String, line: Int?)
    case file

    package var description: String {
        switch self {
        case .line(let number): "line \(number)"
        case .record(let number): "record \(number)"
        case .row(let table, let key): "table \(table), row \(key)"
        case .entry(let place, let line?): "line \(line)\(place.isEmpty ? "" : ", \(place)")"
        case .entry(let place, nil): place.isEmpty ? "the document" : place
        case .file: "the whole file"
        }
    }
}

/// What an import has to say of a file. The value of a key is never in it.
package struct ImportFinding: Hashable, Sendable {
    package enum Severity: String, CaseIterable, Sendable {
        /// A field is not kept, as it is nothing to an HSS.
        case note
        /// It was taken, and should be looked at.
        case warning
        /// The record, or this part of it, was not taken.
        case problem
    }

    package var severity: Severity
    package var place: ImportPlace
    /// As the file calls it.
    package var field: String?
    package var sentence: String

    package init(_ severity: Severity, _ place: ImportPlace, _ field: String? = nil, _ sentence: String) {
        self.severity = severity
        self.place = place
        self.field = field
        self.sentence = sentence
    }
}

extension ImportFinding: CustomStringConvertible {
    package var description: String {
        // Sentences of our own checks begin with the field themselves.
        let name = field.flatMap { sentence.hasPrefix($0) || $0.isEmpty ? nil : "\($0): " } ?? ""
        return "\(place): \(name)\(sentence)"
    }
}
