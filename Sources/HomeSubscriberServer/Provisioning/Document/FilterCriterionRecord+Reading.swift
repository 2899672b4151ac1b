import Cx
import IMS
import Octets
import SIP
import Sh

// Services in a provisioning document.

extension ApplicationServerRecord {
    /// `{uri: …, default-handling: continue | terminate, service-info: …, include-register-request: true, …, sh: …}`
    init(_ name: String, reading value: Report, at place: String) throws(DocumentProblem) {
        var reader = try RecordReader(value, at: place)
        let uri = try reader.text("uri", "the SIP URI of the application server")
        self.init(name: name, server: try ApplicationServer(uri, &reader, at: reader.place(of: "uri")))
        if let value = reader.value("sh") { sh = try ShAccess(reading: value, at: reader.place(of: "sh")) }
        try reader.finish()
    }
}

extension ShAccess {
    /// `{host: tas.example.org, pull: [repository-data, …], update: […], subscribe: […]}`
    fileprivate init(reading value: Report, at place: String) throws(DocumentProblem) {
        var reader = try RecordReader(value, at: place)
        self.init(
            host: try reader.text("host", "the Diameter identity that the application server asks with").lowercased())
        pull = try Self.references(&reader, "pull")
        update = try Self.references(&reader, "update")
        subscribe = try Self.references(&reader, "subscribe")
        try reader.finish()
    }

    private static func references(
        _ reader: inout RecordReader, _ key: String
    ) throws(DocumentProblem) -> [DataReference] {
        var references: [DataReference] = []
        for word in try reader.texts(key) {
            guard let reference = words.first(where: { $0.key == word })?.value else {
                throw DocumentProblem(
                    reader.place(of: key), "\(word) is none of \(words.map(\.key).joined(separator: ", "))")
            }
            references.append(reference)
        }
        return references
    }
}

extension ApplicationServer {
    /// The members beside the URI.
    fileprivate init(_ uri: String, _ reader: inout RecordReader, at place: String) throws(DocumentProblem) {
        try Self.check(uri, at: place)
        let info = try reader.optionalText("service-info")
        if let info, info.unicodeScalars.contains(where: { $0.value < 0x20 && !"\t\n\r".unicodeScalars.contains($0) }) {
            throw DocumentProblem(reader.place(of: "service-info"), "a control character cannot stand in XML")
        }
        self.init(
            serverName: uri,
            defaultHandling: try reader.choice(
                "default-handling", ["continue": .sessionContinued, "terminate": .sessionTerminated]),
            serviceInfo: info, includesRegisterRequest: try reader.boolean("include-register-request"),
            includesRegisterResponse: try reader.boolean("include-register-response"))
    }

    private static func check(_ uri: String, at place: String) throws(DocumentProblem) {
        do throws(SIPSyntaxError) {
            if case .sip = try URI(parsing: uri) { return }
        } catch {
            throw DocumentProblem(place, "\(uri) is no URI: \(error)")
        }
        throw DocumentProblem(place, "\(uri) is no SIP URI; an application server has one, such as sip:as.example.org")
    }
}

extension ServiceProfileRecord {
    /// `{media-profile: 1, services: [urn:…], shared-ifc-sets: [1], ifc: […]}`
    init(_ name: String, reading value: Report, at place: String) throws(DocumentProblem) {
        var reader = try RecordReader(value, at: place)
        let media = try reader.optionalNumber("media-profile", 0...Int(Int32.max))
        let services = try reader.texts("services")
        if let bad = services.first(where: { $0.unicodeScalars.contains { $0.value <= 0x20 || $0.value == 0x7F } }) {
            throw DocumentProblem(reader.place(of: "services"), "\(bad): a service identifier has no blanks")
        }
        self.init(
            name: name,
            authorization: media == nil && services.isEmpty
                ? nil : CoreNetworkServicesAuthorization(subscribedMediaProfileID: media, serviceIDs: services),
            criteria: try reader.criteria(),
            criteriaSets: try reader.numbers("shared-ifc-sets", 0...Int(Int32.max)))
        try reader.finish()
    }
}

extension RecordReader {
    /// `ifc`: by priority, no two of the same.
    mutating func criteria() throws(DocumentProblem) -> [FilterCriterionRecord] {
        var criteria: [FilterCriterionRecord] = []
        for (value, place) in list("ifc") {
            let record = try FilterCriterionRecord(reading: value, at: place)
            guard !criteria.contains(where: { $0.criterion.priority == record.criterion.priority }) else {
                throw DocumentProblem(
                    place, "priority \(record.criterion.priority) stands at another criterion already")
            }
            criteria.append(record)
        }
        return criteria.sorted { $0.criterion.priority < $1.criterion.priority }
    }
}

extension FilterCriterionRecord {
    /// A record, or an `InitialFilterCriteria` element of TS 29.228 Annex E as text.
    ///
    ///     {priority: 1, server: NAME or URI, part: registered | unregistered, all: […] or any: […]}
    ///
    /// `all` is an AND: each of its members is a condition or a list of them, one of which is enough (CNF). `any` is an OR
    /// of conditions and of lists all of which have to hold (DNF).
    init(reading value: Report, at place: String) throws(DocumentProblem) {
        if let xml = value.text {
            let criterion: InitialFilterCriteria?
            do throws(UserProfileError) { criterion = try FilterCriterionText.read(xml) } catch {
                throw DocumentProblem(place, error.description)
            }
            guard let criterion else {
                throw DocumentProblem(place, "this is not one InitialFilterCriteria element")
            }
            self.init(criterion)
            return
        }
        var reader = try RecordReader(value, at: place)
        guard let priority = try reader.optionalNumber("priority", 0...Int(Int32.max)) else {
            throw DocumentProblem(place, "priority is missing: a number; lower goes first")
        }
        let name = try reader.text("server", "the name of an application server, or its SIP URI")
        let isURI = name.utf8.contains(UInt8(ascii: ":"))
        let server =
            isURI
            ? try ApplicationServer(name, &reader, at: reader.place(of: "server")) : ApplicationServer(serverName: name)
        let part: InitialFilterCriteria.ProfilePartIndicator? = try reader.choice(
            "part", ["registered": .registered, "unregistered": .unregistered])
        let trigger = try TriggerPoint(&reader)
        try reader.finish()
        self.init(
            InitialFilterCriteria(
                priority: priority, triggerPoint: trigger, applicationServer: server, profilePartIndicator: part),
            server: isURI ? nil : name)
        // It goes to S-CSCFs, and into the store, as XML.
        guard (try? FilterCriterionText.read(FilterCriterionText.write(criterion))) == criterion else {
            throw DocumentProblem(
                place, "a condition has control characters, or blanks at an end, which XML does not keep")
        }
    }
}

extension TriggerPoint {
    /// nil when there is neither `all` nor `any`: every request matches.
    fileprivate init?(_ reader: inout RecordReader) throws(DocumentProblem) {
        let all = reader.list("all")
        let any = reader.list("any")
        guard all.isEmpty || any.isEmpty else {
            throw DocumentProblem(reader.place, "all and any stand together; the lists in them say the other")
        }
        guard !all.isEmpty || !any.isEmpty else { return nil }
        var triggers: [ServicePointTrigger] = []
        for (group, (value, place)) in (all + any).enumerated() {
            let members = value.list?.enumerated().map { ($1, "\(place)[\($0)]") } ?? [(value, place)]
            guard !members.isEmpty else { throw DocumentProblem(place, "this list has no condition") }
            for (member, place) in members {
                triggers.append(try ServicePointTrigger(reading: member, at: place, group: group))
            }
        }
        self.init(isConjunctive: any.isEmpty, servicePointTriggers: triggers)
    }
}

extension ServicePointTrigger {
    /// `{method: INVITE}`, `{request-uri: …}`, `{header: NAME, content: ERE}`, `{session-case: …}`, `{sdp: m, content: ERE}`;
    /// `not: true` turns it round, `registration: [initial, …]` says which REGISTERs a method means.
    fileprivate init(reading value: Report, at place: String, group: Int) throws(DocumentProblem) {
        var reader = try RecordReader(value, at: place)
        let kinds = ["method", "request-uri", "header", "session-case", "sdp"]
        let given = kinds.filter { reader.has($0) }
        guard given.count == 1 else {
            throw DocumentProblem(place, "a condition has one of \(kinds.joined(separator: ", "))")
        }
        let condition: Condition
        switch given[0] {
        case "method": condition = .method(try reader.text("method", "a SIP method"))
        case "request-uri": condition = .requestURI(try reader.text("request-uri", "a URI"))
        case "header":
            condition = .sipHeader(
                try reader.text("header", "a header's name"), content: try reader.optionalText("content"))
        case "sdp":
            condition = .sessionDescription(
                line: try reader.text("sdp", "a line's letter"), content: try reader.optionalText("content"))
        default:
            guard let sessionCase: SessionCase = try reader.choice("session-case", Self.sessionCases) else {
                throw DocumentProblem(place, "session-case is empty")
            }
            condition = .sessionCase(sessionCase)
        }
        var types: [RegistrationType] = []
        for (index, word) in try reader.texts("registration").enumerated() {
            guard let type = Self.registrationWords.first(where: { $0.key == word })?.value else {
                throw DocumentProblem(
                    "\(reader.place(of: "registration"))[\(index)]",
                    "\(word) is none of \(Self.registrationWords.map(\.key).joined(separator: ", "))")
            }
            types.append(type)
        }
        let isNegated = try reader.boolean("not")
        try reader.finish()
        self.init(condition, groups: [group], isNegated: isNegated, registrationTypes: types)
    }

    static var sessionCases: KeyValuePairs<String, SessionCase> {
        [
            "originating": .originating,
            "terminating-registered": .terminatingRegistered, "terminating-unregistered": .terminatingUnregistered,
            "originating-unregistered": .originatingUnregistered,
            "originating-after-diversion": .originatingAfterDiversion,
        ]
    }

    static var registrationWords: KeyValuePairs<String, RegistrationType> {
        ["initial": .initialRegistration, "re-registration": .reRegistration, "de-registration": .deregistration]
    }
}
