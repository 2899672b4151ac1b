import HomeSubscriberServer
import IMS
import Octets

/// Records in JSON: entries of ours, those of PyHSS, Open5GS and Clearwater, and whatever else has names that are known.
/// What an object is, its members say.
struct ObjectReader {
    private var elements = JSONElements()
    private var pyHSS = PyHSSRecords()
    private var hasAny = false

    mutating func feed(_ octets: [UInt8], into collector: inout ImportCollector) {
        var found: [JSONElements.Element] = []
        elements.feed(octets) { found.append($0) }
        for element in found { read(element, into: &collector) }
    }

    mutating func finish(into collector: inout ImportCollector) {
        var found: [JSONElements.Element] = []
        elements.finish { found.append($0) }
        for element in found { read(element, into: &collector) }
        pyHSS.finish(into: &collector)
        if !hasAny { collector.problem(.file, nil, "there is no record in it") }
    }

    private mutating func read(_ element: JSONElements.Element, into collector: inout ImportCollector) {
        hasAny = true
        let place = ImportPlace.line(element.line)
        if element.fault == .tooLarge {
            return collector.problem(
                place, nil,
                "this value is larger than \(JSONElements.largest >> 20) MiB; give its records one on a line")
        }
        guard let report = Report(json: element.octets) else {
            let words =
                element.fault == .unfinished
                ? "this value does not end; it is not imported" : "this is no JSON (RFC 8259)"
            return collector.problem(place, nil, words)
        }
        take(report, place, &collector)
    }

    mutating func take(_ report: Report, _ place: ImportPlace, _ collector: inout ImportCollector) {
        guard case .record(let members) = report else {
            if let list = report.list {
                for entry in list { take(entry, place, &collector) }
                return
            }
            return collector.problem(place, nil, "a record is expected here, names and values in braces")
        }
        let names = Set(members.map { $0.name.lowercased() })
        if DocumentEntries.isDocument(members) {
            DocumentEntries.take(report, at: { _ in place }, &collector)
        } else if !names.isDisjoint(with: PyHSSRecords.kinds), members.allSatisfy({ !$0.value.isScalar }) {
            for member in members { takePart(member, place, &collector) }
        } else if names.contains("security") {
            Open5GSRecord.take(members, place, &collector)
        } else if let kind = PyHSSRecords.Kind(names) {
            pyHSS.take(kind, members, place, &collector)
        } else if DocumentEntries.isEntry(members) {
            DocumentEntries.take(entry: report, at: place, &collector)
        } else if names.contains("digest_ha1") || names.contains("plaintext_password") {
            ClearwaterRecord.take(members, place, &collector)
        } else {
            takeNamed(members, place, &collector)
        }
    }

    /// A list or record of one kind under the name of its table.
    private mutating func takePart(_ member: Report.Member, _ place: ImportPlace, _ collector: inout ImportCollector) {
        guard let kind = PyHSSRecords.Kind(rawValue: member.name.lowercased()) else {
            return collector.ignore(member.name, at: place, "this part is of the packet core and not kept")
        }
        let entries = member.value.list
        for (index, entry) in (entries ?? [member.value]).enumerated() {
            let place = entries == nil ? place : .row(table: kind.rawValue, key: String(index + 1))
            guard case .record(let members) = entry else {
                collector.problem(place, member.name, "a record is expected here, names and values in braces")
                continue
            }
            pyHSS.take(kind, members, place, &collector)
        }
    }

    /// Names of no format in particular.
    private func takeNamed(_ members: [Report.Member], _ place: ImportPlace, _ collector: inout ImportCollector) {
        var fields = SubscriberFields()
        for member in members where member.value != .null {
            guard let field = SubscriberField(name: member.name), field != .card, let text = member.value.plainText
            else {
                collector.ignore(member.name, at: place, "this member is not known and not kept")
                continue
            }
            if field == .sqn, member.value.integer != nil {
                fields.add(sequenceNumber: text)
            } else {
                fields.add(field, text)
            }
        }
        collector.add(fields, at: place)
    }
}

extension Report {
    var isScalar: Bool {
        switch self {
        case .list, .record: false
        case .null, .boolean, .integer, .number, .text: true
        }
    }

    /// A scalar as text, and a list of them with commas between; a number of MongoDB in its extended JSON.
    var plainText: String? {
        switch self {
        case .text(let text): return text
        case .integer(let number): return String(number)
        case .boolean(let truth): return truth ? "true" : "false"
        case .number(let number): return Int(exactly: number).map { String($0) }
        case .list(let list):
            let texts = list.compactMap { $0.isScalar ? $0.plainText : nil }
            return texts.count == list.count ? texts.joined(separator: ",") : nil
        case .record:
            for name in ["$numberLong", "$numberInt", "$numberDecimal"] {
                if let text = self[name]?.plainText { return text }
            }
            return nil
        case .null: return nil
        }
    }
}
