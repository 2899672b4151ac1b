import AKA
import HomeSubscriberServer
import IMS
import Octets

/// What a foreign format says of one subscriber, under our names, and the subscription that it comes to.
struct SubscriberFields {
    /// By the numbers of the fields.
    private var values = [String?](repeating: nil, count: SubscriberField.allCases.count)
    private(set) var numbers: [String] = []
    private(set) var identities: [String] = []
    var isBarred = false

    /// nil for what is absent or empty.
    subscript(field: SubscriberField) -> String? {
        get { values[field.rawValue].flatMap { $0.isEmpty ? nil : $0 } }
        set { values[field.rawValue] = newValue }
    }

    /// A value as text; of a telephone number or public identity there may be several, with commas or blanks between.
    mutating func add(_ field: SubscriberField, _ value: String) {
        switch field {
        case .msisdn: for number in Self.words(value) where !numbers.contains(number) { numbers.append(number) }
        case .identity:
            for identity in Self.words(value) where !identities.contains(identity) { identities.append(identity) }
        case .key, .opc, .op, .ha1, .ha1b: self[field] = Self.digits(value)
        default: self[field] = value
        }
    }

    /// Twelve hexadecimal digits out of a number of 48 bits; what is no such number stays and is refused later.
    mutating func add(sequenceNumber value: String) {
        guard let number = UInt64(value), let sqn = SequenceNumber(rawValue: number) else {
            self[.sqn] = value
            return
        }
        self[.sqn] = sqn.hex
    }

    private static func words(_ text: String) -> [String] {
        text.split { $0 == "," || $0 == ";" || $0.isWhitespace }.map(String.init)
    }

    /// Hexadecimal digits as some write them: with blanks between octets, or 0x before them.
    private static func digits(_ text: String) -> String {
        var text = text
        if text.utf8.contains(where: { ASCII.isBlank($0) || $0 == UInt8(ascii: ":") }) {
            text = String(decoding: text.utf8.filter { !ASCII.isBlank($0) && $0 != UInt8(ascii: ":") }, as: UTF8.self)
        }
        return text.hasPrefix("0x") || text.hasPrefix("0X") ? String(text.dropFirst(2)) : text
    }
}

/// Why a record cannot be taken.
struct FieldProblem: Error, Equatable {
    var field: String
    var sentence: String
}

extension SubscriberFields {
    func record(_ options: ImportOptions) throws(FieldProblem) -> SubscriptionRecord {
        var record: SubscriptionRecord
        do throws(ProvisioningError) {
            record = try self[.key] != nil ? sim(options) : account(options)
        } catch {
            throw FieldProblem(field: error.field, sentence: error.sentence)
        }
        record.lists = SharedLists(
            capabilities: self[.capabilities], visitedNetworks: self[.visitedNetworks], charging: self[.charging])
        if isBarred {
            for index in record.publicIdentities.indices { record.publicIdentities[index].isBarred = true }
        }
        return record
    }

    private func sim(_ options: ImportOptions) throws(ProvisioningError) -> SubscriptionRecord {
        guard let imsi = self[.imsi] ?? self[.impi].map({ String($0.prefix { $0 != "@" }) }) else {
            throw .invalid("imsi", "", "it is missing, and the key belongs to nobody without it")
        }
        let profile = self[.serviceProfile] ?? options.serviceProfile ?? ServiceProfileContent.empty.name
        let sim = try SubscriberRecord(
            imsi: imsi, domain: self[.domain] ?? options.domain, msisdn: numbers.first, algorithm: algorithm,
            key: self[.key] ?? "", opc: self[.opc], op: self[.op], amf: self[.amf] ?? "8000", sqn: sqn,
            displayName: self[.displayName], serviceProfile: profile)
        var record = SubscriptionRecord(sim)
        for number in numbers.dropFirst() {
            let further = try SubscriberRecord(
                imsi: imsi, domain: sim.domain, msisdn: number, algorithm: algorithm, key: self[.key] ?? "",
                opc: self[.opc], op: self[.op], displayName: self[.displayName], serviceProfile: profile)
            let place = record.publicIdentities.count - 1
            record.publicIdentities.insert(
                contentsOf: SubscriptionRecord(further).publicIdentities.filter { !$0.isBarred }, at: place)
        }
        guard self[.impi] != nil || !identities.isEmpty else { return record }
        let entry = Report.record(
            [
                .init("impi", .text(self[.impi] ?? sim.privateIdentity.text)), .init("imsi", .text(imsi)),
                .init("algorithm", .text(algorithm)), .init("k", .text(self[.key] ?? "")),
                .init("amf", .text(self[.amf] ?? "8000")), .init("sqn", .text(sqn)),
                .init("identities", declared(record.publicIdentities)), .init("service-profile", .text(profile)),
            ]
                + [("opc", self[.opc]), ("op", self[.op])].compactMap { name, text in
                    text.map { Report.Member(name, .text($0)) }
                })
        return try read(entry, sim.domain)
    }

    /// The identities given, or else those derived.
    private func declared(_ derived: [PublicIdentityRecord]) -> Report {
        guard identities.isEmpty else { return .list(identities.map { .text($0) }) }
        return .list(
            derived.map { identity in
                ["identity": .text(identity.identity.text), "barred": .boolean(identity.isBarred)]
            })
    }

    /// A user of SIP Digest.
    private func account(_ options: ImportOptions) throws(ProvisioningError) -> SubscriptionRecord {
        let domain = self[.domain] ?? options.domain
        let impi = self[.impi] ?? self[.user].map { $0.contains("@") ? $0 : "\($0)@\(domain)" } ?? userOfIdentity
        guard let impi else {
            throw .invalid("impi", "", "neither an IMSI with a key nor a private identity is given")
        }
        guard
            let secret = self[.ha1].map({ ("ha1", $0) }) ?? self[.ha1b].map({ ("ha1", $0) })
                ?? self[.password].map({ ("password", $0) })
        else {
            throw .invalidSecret(
                "k", "neither the key of a SIM nor a password or HA1 is given; the user could not register")
        }
        var addresses = identities.isEmpty ? ["sip:\(impi)"] : identities
        for number in numbers {
            let digits = number.hasPrefix("+") ? String(number.dropFirst()) : number
            for address in ["sip:+\(digits)@\(domain)", "tel:+\(digits)"] where !addresses.contains(address) {
                addresses.append(address)
            }
        }
        let name = self[.displayName].map { Report.text($0) } ?? .null
        return try read(
            [
                "impi": .text(impi),
                "digest": [secret.0: .text(secret.1), "realm": self[.realm].map { .text($0) } ?? .null],
                "identities": .list(addresses.map { ["identity": .text($0), "name": name] }),
                "service-profile": .text(
                    self[.serviceProfile] ?? options.serviceProfile ?? ServiceProfileContent.empty.name),
            ], domain)
    }

    /// `alice@example.org` of `sip:alice@example.org`.
    private var userOfIdentity: String? {
        guard let first = identities.first, first.hasPrefix("sip:"), first.contains("@") else { return nil }
        return String(first.dropFirst(4).prefix { $0 != ";" })
    }

    private func read(_ entry: Report, _ domain: String) throws(ProvisioningError) -> SubscriptionRecord {
        do throws(DocumentProblem) {
            return try SubscriptionRecord(reading: entry, at: "", domain: domain)
        } catch {
            throw error.place.isEmpty
                ? .refused(error.sentence) : .invalidSecret(error.place, error.sentence)
        }
    }

    /// Without a word for it, the one whose OPc has this length.
    private var algorithm: String {
        if let word = self[.algorithm].flatMap({ AKAAlgorithm(word: $0) }) { return word.word }
        return (self[.opc] ?? self[.op] ?? "").utf8.count == 64 ? AKAAlgorithm.tuak.word : AKAAlgorithm.milenage.word
    }

    private var sqn: String {
        guard let text = self[.sqn], !text.utf8.allSatisfy({ $0 == UInt8(ascii: "0") }) else {
            return SequenceNumber.zero.hex
        }
        return text
    }
}
