import AKA
import HomeSubscriberServer
import IMS
import Octets

/// Takes what readers find, refuses what stands in a file twice, and tells of what is odd.
struct ImportCollector {
    let options: ImportOptions
    private(set) var items: [ImportItem] = []
    /// Where identities stood first. Those made of digits alone, nearly all of a large file, cost sixteen octets each.
    private var numbers: [UInt64: Int] = [:]
    private var texts: [String: ImportPlace] = [:]
    /// OPcs of the first records: one that comes again with another K is an OP.
    private var operatorSecrets: [[UInt8]: (key: [UInt8], place: ImportPlace)] = [:]
    private var hasTold: Set<String> = []
    private var hasAny = false
    private var ignored: [String: (count: Int, place: ImportPlace, reason: String)] = [:]

    private static let operatorSecretsKept = 4096

    init(_ options: ImportOptions) { self.options = options }

    mutating func takeItems() -> [ImportItem] {
        hasAny = hasAny || !items.isEmpty
        defer { items = [] }
        return items
    }

    mutating func add(_ fields: SubscriberFields, at place: ImportPlace) {
        do throws(FieldProblem) {
            add(try fields.record(options), at: place)
        } catch {
            problem(place, error.field, error.sentence)
        }
    }

    mutating func add(_ record: SubscriptionRecord, at place: ImportPlace) {
        for (field, identity) in Self.identities(record) {
            guard let first = earlier(identity, at: place) else { continue }
            problem(place, field, "\(identity) stands at \(first) already; this one is not imported")
            return
        }
        for (_, identity) in Self.identities(record) { remember(identity, at: place) }
        for warning in record.warnings { items.append(.finding(ImportFinding(.warning, place, nil, warning))) }
        var record = record
        record.warnings = []
        lookAtSecrets(record, at: place)
        moveForward(&record)
        items.append(.subscriber(record, place))
    }

    mutating func add(_ catalogue: ServiceCatalogue) {
        if !catalogue.isEmpty { items.append(.catalogue(catalogue)) }
    }

    mutating func problem(_ place: ImportPlace, _ field: String?, _ sentence: String) {
        items.append(.finding(ImportFinding(.problem, place, field, sentence)))
    }

    mutating func warn(_ place: ImportPlace, _ field: String?, _ sentence: String) {
        items.append(.finding(ImportFinding(.warning, place, field, sentence)))
    }

    /// Says once for a whole file what is true of many records.
    mutating func warnOnce(_ place: ImportPlace, _ field: String?, _ sentence: String) {
        if hasTold.insert("\(field ?? "") \(sentence)").inserted { warn(place, field, sentence) }
    }

    /// A field that is left out on purpose; told once, with how often, at the end.
    mutating func ignore(_ field: String, at place: ImportPlace, _ reason: String, count: Int = 1) {
        ignored[field, default: (0, place, reason)].count += count
    }

    mutating func finish() {
        for (field, entry) in ignored.sorted(by: { $0.key < $1.key }) {
            let often = entry.count == 1 ? "" : ", and in \(entry.count - 1) more places"
            items.append(.finding(ImportFinding(.note, entry.place, field, "\(entry.reason)\(often)")))
        }
        ignored = [:]
        if !hasAny, items.isEmpty { problem(.file, nil, "there is no subscriber in it") }
    }
}

// What stands twice.
extension ImportCollector {
    private static func identities(_ record: SubscriptionRecord) -> [(field: String, text: String)] {
        record.privateIdentities.map { ("impi", $0.identity.text) }
            + record.publicIdentities.map { ("impu", $0.identity.text) }
    }

    private func earlier(_ identity: String, at place: ImportPlace) -> ImportPlace? {
        if case .line = place, let number = Self.number(identity, options.domain) {
            return numbers[number].map { .line($0) }
        }
        return texts[identity]
    }

    private mutating func remember(_ identity: String, at place: ImportPlace) {
        if case .line(let line) = place, let number = Self.number(identity, options.domain) {
            numbers[number] = line
        } else {
            texts[identity] = place
        }
    }

    /// A number for `digits@home`, `sip:digits@home`, `sip:+digits@home` and `tel:+digits`.
    private static func number(_ identity: String, _ home: String) -> UInt64? {
        var rest = identity[...]
        var kind: UInt64 = 0
        for (index, prefix) in ["tel:+", "sip:+", "sip:"].enumerated() where rest.hasPrefix(prefix) {
            rest = rest.dropFirst(prefix.utf8.count)
            kind = UInt64(index) + 1
            break
        }
        let digits = rest.utf8.prefix { ASCII.isDigit($0) }
        let end = rest.utf8.dropFirst(digits.count)
        guard (1...15).contains(digits.count), let value = UInt64(Substring(digits)) else { return nil }
        if end.isEmpty {
            guard kind == 1 else { return nil }
        } else {
            guard kind != 1, end.first == UInt8(ascii: "@"), end.dropFirst().elementsEqual(home.utf8) else {
                return nil
            }
        }
        // Fifteen digits are below 2^50; leading zeros count.
        return value | UInt64(digits.count) << 52 | kind << 56
    }
}

// What is odd.
extension ImportCollector {
    private mutating func lookAtSecrets(_ record: SubscriptionRecord, at place: ImportPlace) {
        for identity in record.privateIdentities {
            guard let secrets = identity.secrets else { continue }
            if ![0x8000, 0].contains(identity.amf.rawValue) {
                warnOnce(
                    place, "amf",
                    "\(identity.amf.hex) is unusual; most SIMs have 8000, and a wrong AMF makes phones refuse the network"
                )
            }
            guard case .milenage(let key, let opc) = secrets, operatorSecrets.count < Self.operatorSecretsKept else {
                continue
            }
            let octets = opc.revealedOctets
            if let first = operatorSecrets[octets], first.key != key.revealedOctets {
                warnOnce(
                    .file, "opc",
                    "\(place) and \(first.place) have different keys and the same OPc: it looks like an OP, which would "
                        + "have to be given as op")
            } else {
                operatorSecrets[octets] = (key.revealedOctets, place)
            }
        }
    }

    private func moveForward(_ record: inout SubscriptionRecord) {
        guard !options.keepsSequenceNumbers else { return }
        for index in record.privateIdentities.indices {
            let sqn = record.privateIdentities[index].sqn
            guard sqn != .zero else { continue }
            let seq = min(sqn.seq + ImportOptions.sequenceNumberStep, SequenceNumber.highestSEQ)
            record.privateIdentities[index].sqn = SequenceNumber(seq: seq, ind: sqn.ind) ?? sqn
        }
    }
}
