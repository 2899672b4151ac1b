import IMS
import Octets

/// What is wrong in a provisioning document, and where: `service-profiles.volte.ifc[0]`.
package struct DocumentProblem: Error, Equatable, Sendable {
    package var place: String
    package var sentence: String

    package init(_ place: String, _ sentence: String) {
        self.place = place
        self.sentence = sentence
    }
}

/// A record of a provisioning document under reading. Members that nobody asked for are a mistake, told by `finish`.
///
/// YAML knows no types that could be relied on (an IMSI without quotes is an octal number there), so a number or a
/// truth may come as text as well.
struct RecordReader {
    let place: String
    private let members: [Report.Member]
    private var known: [String] = []

    init(_ report: Report, at place: String) throws(DocumentProblem) {
        guard case .record(let members) = report else {
            throw DocumentProblem(place, "keys and values are expected here")
        }
        self.place = place
        self.members = members.filter { $0.value != .null }
    }

    func place(of key: String) -> String { place.isEmpty ? key : "\(place).\(key)" }

    func has(_ key: String) -> Bool { members.contains { $0.name == key } }

    mutating func value(_ key: String) -> Report? {
        known.append(key)
        return members.first { $0.name == key }?.value
    }

    mutating func optionalText(_ key: String) throws(DocumentProblem) -> String? {
        guard let value = value(key) else { return nil }
        return try Self.text(value, at: place(of: key))
    }

    /// - Parameter meaning: what the key stands for, for whoever left it out.
    mutating func text(_ key: String, _ meaning: String) throws(DocumentProblem) -> String {
        guard let text = try optionalText(key), !text.isEmpty else {
            throw DocumentProblem(place, "\(key) is missing: \(meaning)")
        }
        return text
    }

    mutating func optionalNumber(_ key: String, _ range: ClosedRange<Int>) throws(DocumentProblem) -> Int? {
        guard let value = value(key) else { return nil }
        return try Self.number(value, range, at: place(of: key))
    }

    mutating func boolean(_ key: String) throws(DocumentProblem) -> Bool {
        switch value(key) {
        case nil: return false
        case .boolean(let value)?: return value
        case .text("true")?, .text("yes")?, .text("1")?, .integer(1)?: return true
        case .text("false")?, .text("no")?, .text("0")?, .integer(0)?: return false
        default: throw DocumentProblem(place(of: key), "true or false is expected here")
        }
    }

    /// One of some words.
    mutating func choice<Value>(
        _ key: String, _ words: KeyValuePairs<String, Value>
    ) throws(DocumentProblem) -> Value? {
        guard let text = try optionalText(key) else { return nil }
        if let choice = words.first(where: { $0.key == text }) { return choice.value }
        throw DocumentProblem(
            place(of: key), "\(text) is none of \(words.map(\.key).joined(separator: ", "))")
    }

    /// A list; what stands alone is a list of one.
    mutating func list(_ key: String) -> [(value: Report, place: String)] {
        guard let value = value(key) else { return [] }
        guard let list = value.list else { return [(value, place(of: key))] }
        return list.enumerated().map { ($1, "\(place(of: key))[\($0)]") }
    }

    mutating func texts(_ key: String) throws(DocumentProblem) -> [String] {
        var texts: [String] = []
        for (value, place) in list(key) { texts.append(try Self.text(value, at: place)) }
        return texts
    }

    mutating func numbers(_ key: String, _ range: ClosedRange<Int>) throws(DocumentProblem) -> [Int] {
        var numbers: [Int] = []
        for (value, place) in list(key) { numbers.append(try Self.number(value, range, at: place)) }
        return numbers
    }

    /// The members of a record whose keys are names that the operator chose.
    mutating func named(_ key: String) throws(DocumentProblem) -> [(name: String, value: Report, place: String)] {
        guard let value = value(key) else { return [] }
        guard case .record(let members) = value else {
            throw DocumentProblem(place(of: key), "names and what they stand for are expected here")
        }
        return members.map { ($0.name, $0.value, "\(place(of: key)).\($0.name)") }
    }

    func finish() throws(DocumentProblem) {
        guard let stranger = members.first(where: { !known.contains($0.name) }) else { return }
        throw DocumentProblem(
            place(of: stranger.name),
            "\(stranger.name) is not known here; known are \(known.sorted().joined(separator: ", "))")
    }

    static func text(_ value: Report, at place: String) throws(DocumentProblem) -> String {
        switch value {
        case .text(let text): return text
        case .integer(let number): return String(number)
        case .boolean(let truth): return truth ? "true" : "false"
        case .null, .number, .list, .record: throw DocumentProblem(place, "one value is expected here")
        }
    }

    static func number(
        _ value: Report, _ range: ClosedRange<Int>, at place: String
    ) throws(DocumentProblem) -> Int {
        let number = value.integer ?? value.text.flatMap { Int($0) }
        guard let number, range.contains(number) else {
            throw DocumentProblem(
                place, "a whole number from \(range.lowerBound) to \(range.upperBound) is expected here")
        }
        return number
    }
}
