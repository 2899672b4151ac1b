import AKA
import Cx
import IMS
import Octets
import SIP

/// An entry of `subscribers`: a SIM from whose IMSI the identities follow, or a subscription spelt out.
///
///     {imsi: …, k: …, opc: …, msisdn: …}
///     {impi: alice@example.org, digest: {password: …}, identities: [sip:alice@example.org]}
///     {private-identities: [{imsi: …, k: …, opc: …, sets: [0]}, …], identities: [{identity: …, set: 0}, …]}
extension SubscriptionRecord {
    /// - Parameter present: the subscription that this is a change of: private identities in the entry whose secret is
    ///   left out keep theirs.
    package init(
        reading value: Report, at place: String, domain: String, over present: Subscription? = nil
    ) throws(DocumentProblem) {
        var entry = try RecordReader(value, at: place)
        if !entry.has("impi"), !entry.has("identities"), !entry.has("private-identities"), !entry.has("digest") {
            self.init(try SubscriberRecord(&entry, domain: domain))
            try entry.finish()
            return
        }
        let home = try entry.optionalText("domain") ?? domain
        let profile = try entry.optionalText("service-profile") ?? ServiceProfileContent.empty.name
        self.init(
            privateIdentities: [], publicIdentities: [], registrations: [], lists: try SharedLists(&entry))
        try readPublicIdentities(&entry, profile: profile)
        try readPrivateIdentities(&entry, domain: home, over: present)
        try entry.finish()
        let isService = publicIdentities.allSatisfy(\.kind.isService)
        guard isService || !privateIdentities.contains(where: { $0.credential == .none }) else {
            throw DocumentProblem(
                place, "neither k nor digest is given: only public service identities have no user to authenticate")
        }
        let orphan = publicIdentities.first { identity in
            !registrations.contains { $0.implicitSet == identity.implicitSet }
        }
        if let orphan {
            throw DocumentProblem(place, "no private identity has set \(orphan.implicitSet) with \(orphan.identity)")
        }
    }

    private mutating func readPublicIdentities(
        _ entry: inout RecordReader, profile: String
    ) throws(DocumentProblem) {
        for (value, place) in entry.list("identities") {
            let identity = try PublicIdentityRecord(reading: value, at: place, profile: profile)
            guard !publicIdentities.contains(where: { $0.identity == identity.identity }) else {
                throw DocumentProblem(place, "\(identity.identity) stands here twice")
            }
            publicIdentities.append(identity)
        }
        guard !publicIdentities.isEmpty else {
            throw DocumentProblem(
                entry.place, "identities is missing: the public identities, such as [sip:alice@example.org]")
        }
    }

    private mutating func readPrivateIdentities(
        _ entry: inout RecordReader, domain: String, over present: Subscription?
    ) throws(DocumentProblem) {
        let all = Set(publicIdentities.map(\.implicitSet)).sorted()
        if entry.has("impi") || entry.has("imsi") {
            let identity = try PrivateIdentityRecord(&entry, domain: domain, over: present, &warnings)
            try append(identity, sets: all, at: entry.place)
        }
        for (value, place) in entry.list("private-identities") {
            var reader = try RecordReader(value, at: place)
            let identity = try PrivateIdentityRecord(&reader, domain: domain, over: present, &warnings)
            let sets = reader.has("sets") ? try reader.numbers("sets", 0...Int(Int16.max)) : all
            try reader.finish()
            if let strange = sets.first(where: { !all.contains($0) }) {
                throw DocumentProblem(place, "no public identity is in set \(strange)")
            }
            try append(identity, sets: sets, at: place)
        }
        guard !privateIdentities.isEmpty else {
            throw DocumentProblem(entry.place, "impi is missing: the private identity, such as alice@example.org")
        }
    }

    private mutating func append(
        _ identity: PrivateIdentityRecord, sets: [Int], at place: String
    ) throws(DocumentProblem) {
        guard !privateIdentities.contains(where: { $0.identity == identity.identity }) else {
            throw DocumentProblem(place, "\(identity.identity) stands here twice")
        }
        for set in sets
        where !registrations.contains(where: {
            $0.privateIdentity == privateIdentities.count && $0.implicitSet == set
        }) {
            registrations.append(Registration(privateIdentity: privateIdentities.count, implicitSet: set))
        }
        privateIdentities.append(identity)
    }
}

extension SharedLists {
    fileprivate init(_ entry: inout RecordReader) throws(DocumentProblem) {
        self.init(
            capabilities: try entry.optionalText("capabilities"),
            visitedNetworks: try entry.optionalText("visited-networks"), charging: try entry.optionalText("charging"))
    }
}

extension PublicIdentityRecord {
    private static var kinds: KeyValuePairs<String, Kind> {
        [
            "distinct": .distinct, "psi": .distinctService, "wildcarded-psi": .wildcardedService,
            "wildcarded": .wildcarded,
        ]
    }

    /// A URI, or `{identity: …, kind: …, set: …, barred: …, name: …, service-profile: …, alias-group: …}`; of a service
    /// `active` and `server` too, an application server that serves it itself.
    fileprivate init(reading value: Report, at place: String, profile: String) throws(DocumentProblem) {
        if let text = value.text {
            self.init(
                identity: try Self.identity(text, .distinct, at: place),
                serviceProfile: ServiceProfileContent(name: profile))
            return
        }
        var reader = try RecordReader(value, at: place)
        let text = try reader.text("identity", "a SIP or tel URI")
        let kind: Kind = try reader.choice("kind", Self.kinds) ?? .distinct
        self.init(
            identity: try Self.identity(text, kind, at: reader.place(of: "identity")), kind: kind,
            isBarred: try reader.boolean("barred"), displayName: try reader.optionalText("name"),
            implicitSet: try reader.optionalNumber("set", 0...Int(Int16.max)) ?? 0,
            aliasGroup: try reader.optionalText("alias-group"),
            serviceProfile: ServiceProfileContent(name: try reader.optionalText("service-profile") ?? profile))
        for key in ["active", "server"] where reader.has(key) && !kind.isService {
            throw DocumentProblem(reader.place(of: key), "\(key) is said of a service: kind psi or wildcarded-psi")
        }
        if kind.isService {
            isActive = reader.has("active") ? try reader.boolean("active") : true
            directServer = try reader.optionalText("server").map { DirectServer(name: $0) }
        }
        try reader.finish()
        for (key, text) in [("name", displayName), ("alias-group", aliasGroup)] {
            guard let text, let objection = SubscriberRecord.objection(toDisplayName: text) else { continue }
            throw DocumentProblem(reader.place(of: key), objection)
        }
    }

    private static func identity(_ text: String, _ kind: Kind, at place: String) throws(DocumentProblem)
        -> PublicIdentity
    {
        if kind == .wildcarded || kind == .wildcardedService {
            // TS 23.003 §13.4A, §13.5: an expression between exclamation marks.
            guard WildcardedIdentity(PublicIdentity(canonical: text)) != nil,
                text.hasPrefix("sip:") || text.hasPrefix("tel:"), text.utf8.count <= 1024,
                !text.unicodeScalars.contains(where: { $0.value <= 0x20 || $0.value == 0x7F })
            else {
                throw DocumentProblem(
                    place,
                    "\(text): a wildcarded identity has one expression between exclamation marks: sip:room!.*!@example.org"
                )
            }
            return PublicIdentity(canonical: text)
        }
        let identity: PublicIdentity?
        do throws(SIPSyntaxError) { identity = PublicIdentity(try URI(parsing: text)) } catch {
            throw DocumentProblem(place, "\(text) is no URI: \(error)")
        }
        guard let identity, identity.isStorable else {
            throw DocumentProblem(place, "\(text): a public identity is a SIP URI or a global tel URI")
        }
        return identity
    }
}

extension PrivateIdentityRecord {
    /// `impi` or `imsi`, and `k` with what belongs to it, or `digest: {password: … or ha1: …, realm: …}`, or
    /// `giba: {address: …}`, or none of them.
    fileprivate init(
        _ reader: inout RecordReader, domain: String, over present: Subscription?, _ warnings: inout [String]
    ) throws(DocumentProblem) {
        if reader.has("k") {
            let name = try reader.optionalText("impi")
            // The private identity of an ISIM need not be made of an IMSI (TS 23.003 §13.3); any stands for it in the checks.
            let sim = try SubscriberRecord(
                &reader, imsi: name.map { String($0.prefix { $0 != "@" }) }.map { IMSI($0) == nil ? "000000" : $0 },
                domain: domain, isWhole: false)
            warnings += sim.warnings
            self.init(
                identity: name.map { PrivateIdentity($0) } ?? sim.privateIdentity, credential: .aka(sim.secrets),
                amf: sim.amf, sqn: sim.sqn)
            try Self.check(identity, at: reader.place)
            return
        }
        let imsi = try reader.optionalText("imsi").flatMap { IMSI($0) }
        let derived = imsi?.privateIdentity(domain: domain).text
        let name = try reader.optionalText("impi") ?? derived
        guard let name, !name.isEmpty else {
            throw DocumentProblem(
                reader.place, "impi is missing: the private identity, such as alice@example.org")
        }
        let identity = PrivateIdentity(name)
        try Self.check(identity, at: reader.place)
        let kept = present?.index(of: identity).flatMap { present?.privateIdentities[$0] }
        if let digest = reader.value("digest") {
            let place = reader.place(of: "digest")
            self.init(
                identity: identity,
                credential: .digest(
                    try DigestSecret(reading: digest, at: place, identity, domain, over: kept?.credential)))
        } else if let giba = reader.value("giba") {
            var entry = try RecordReader(giba, at: reader.place(of: "giba"))
            let text = try entry.optionalText("address")
            let place = entry.place(of: "address")
            try entry.finish()
            guard let address = text.flatMap(BearerAddress.init) else {
                throw DocumentProblem(place, "the address of a bearer is 192.0.2.1 or 2001:db8:1:2::/64")
            }
            self.init(identity: identity, credential: .address(address))
        } else if let kept, kept.credential != .none {
            self = try kept.changed(by: &reader)
        } else {
            self.init(identity: identity, credential: .none)
        }
    }

    /// The members of a SIM beside its key.
    private func changed(by reader: inout RecordReader) throws(DocumentProblem) -> PrivateIdentityRecord {
        var changed = self
        if let algorithm = try reader.optionalText("algorithm"), algorithm != secrets?.algorithm.word {
            throw DocumentProblem(reader.place(of: "algorithm"), "another algorithm needs k with what belongs to it")
        }
        if let text = try reader.optionalText("amf") {
            guard let amf = AuthenticationManagementField(hex: text) else {
                throw DocumentProblem(reader.place(of: "amf"), "an AMF is four hexadecimal digits, 8000 as a rule")
            }
            changed.amf = amf
        }
        return changed
    }

    private static func check(_ identity: PrivateIdentity, at place: String) throws(DocumentProblem) {
        let parts = identity.text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty, identity.isStorable,
            !identity.text.unicodeScalars.contains(where: { $0.value <= 0x20 })
        else { throw DocumentProblem(place, "\(identity): a private identity is user@domain") }
    }
}

extension DigestSecret {
    fileprivate init(
        reading value: Report, at place: String, _ user: PrivateIdentity, _ domain: String, over present: Credential?
    ) throws(DocumentProblem) {
        var reader = try RecordReader(value, at: place)
        let realm = try reader.optionalText("realm") ?? String(user.text.drop { $0 != "@" }.dropFirst())
        let password = try reader.optionalText("password")
        let ha1 = try reader.optionalText("ha1")
        try reader.finish()
        guard !realm.isEmpty, !realm.unicodeScalars.contains(where: { $0.value < 0x20 || $0 == "\"" || $0 == "\\" })
        else { throw DocumentProblem(reader.place(of: "realm"), "a realm is not empty and has no quotes") }
        switch (password, ha1) {
        case (nil, nil):
            guard case .digest(let kept)? = present else {
                throw DocumentProblem(place, "password or ha1 is expected here, one of the two")
            }
            guard kept.realm == realm else {
                throw DocumentProblem(
                    reader.place(of: "realm"), "another realm needs password or ha1: HA1 is made with it")
            }
            self = kept
        case (let password?, nil):
            guard let secret = DigestSecret(user: user, realm: realm, password: password) else {
                throw DocumentProblem(place, "this password has no digest")
            }
            self = secret
        case (nil, let ha1?):
            guard let ha1 = Secret128(hex: ha1) else {
                throw DocumentProblem(
                    reader.place(of: "ha1"), "HA1 is 32 hexadecimal digits: MD5 of user:realm:password")
            }
            self.init(realm: realm, ha1: ha1)
        case (.some, .some):
            throw DocumentProblem(place, "password or ha1 is expected here, one of the two")
        }
    }
}

extension SubscriberRecord {
    /// An entry that is a SIM from whose IMSI the identities follow.
    package init(reading value: Report, at place: String, domain: String) throws(DocumentProblem) {
        var entry = try RecordReader(value, at: place)
        try self.init(&entry, domain: domain)
        try entry.finish()
    }

    /// A SIM.
    ///
    /// - Parameters:
    ///   - imsi: when it does not stand in the entry.
    ///   - isWhole: whether the entry has the members of a subscription too.
    fileprivate init(
        _ entry: inout RecordReader, imsi given: String? = nil, domain: String, isWhole: Bool = true
    ) throws(DocumentProblem) {
        let imsi =
            entry.has("imsi") || given == nil
            ? try entry.text("imsi", "the SIM's IMSI, 6 to 15 digits") : given ?? ""
        let key = try entry.text("k", "K, 32 hexadecimal digits")
        let algorithm = try entry.optionalText("algorithm") ?? AKAAlgorithm.milenage.word
        let opc = try entry.optionalText("opc")
        let topc = try entry.optionalText("topc")
        let op = try entry.optionalText("op")
        let top = try entry.optionalText("top")
        let amf = try entry.optionalText("amf") ?? "8000"
        let sqn = try entry.optionalText("sqn") ?? "000000000000"
        var msisdn: String?
        var ownDomain: String?
        var name: String?
        var profile: String?
        var lists = SharedLists()
        if isWhole {
            msisdn = try entry.optionalText("msisdn")
            ownDomain = try entry.optionalText("domain")
            name = try entry.optionalText("name")
            profile = try entry.optionalText("service-profile")
            lists = try SharedLists(&entry)
            try entry.finish()
        }
        do throws(ProvisioningError) {
            try self.init(
                imsi: imsi, domain: ownDomain ?? domain, msisdn: msisdn, algorithm: algorithm, key: key,
                opc: opc ?? topc, op: op ?? top, amf: amf, sqn: sqn, displayName: name,
                serviceProfile: profile ?? ServiceProfileContent.empty.name)
        } catch {
            throw DocumentProblem(entry.place, error.sentence)
        }
        self.lists = lists
    }
}
