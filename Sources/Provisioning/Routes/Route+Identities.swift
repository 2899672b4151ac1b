import AKA
import HomeSubscriberServer
import IMS
import SubscriberStore

/// Private and public identities of a subscriber, one by one. Each change is one of the whole subscription.
extension Route {
    static let privateIdentities =
        identities(
            "private-identities", key: "impi", parameter: "impi", schema: "PrivateIdentity",
            name: "PrivateIdentity", words: "private identity") + [
            Route(
                .get, "/v1/subscribers/{subscriber}/private-identities/{impi}/sqn", "getSequenceNumber",
                "The last SQN drawn for a SIM.", answers: [200: "SequenceNumber"]
            ) { provisioner, call throws(Problem) in
                let record = try provisioner.privateIdentity(call)
                return ProvisioningAnswer(200, ["sqn": .text(record.sqn.hex), "ind": .integer(Int(record.sqn.ind))])
            },
            Route(
                .put, "/v1/subscribers/{subscriber}/private-identities/{impi}/sqn", "putSequenceNumber",
                "Make the next SQN drawn be above this one. Backward only by force: a number would be used twice.",
                body: "SequenceNumberSetting", answers: [200: "SequenceNumberSet"], handler: setSequenceNumber),
        ]

    static let publicIdentities = identities(
        "public-identities", key: "identity", parameter: "impu", schema: "PublicIdentity", name: "PublicIdentity",
        words: "public identity")

    /// - Parameter key: the member of an entry that names it.
    private static func identities(
        _ path: String, key: String, parameter: String, schema: String, name: String, words: String
    ) -> [Route] {
        let list = path == "public-identities" ? "identities" : path
        let all = "/v1/subscribers/{subscriber}/\(path)"
        let one = all + "/{\(parameter)}"
        let entries = Entries(list: list, key: key, words: words)
        return [
            Route(
                .get, all, "list\(name)", "Every \(words) of a subscriber.", answers: [200: "\(schema)List"]
            ) { provisioner, call throws(Problem) in
                let declaration = try provisioner.declaration(call)
                return ProvisioningAnswer(200, [path: declaration[list] ?? []])
            },
            Route(.get, one, "get\(name)", "A \(words).", answers: [200: schema, 304: nil]) {
                provisioner, call throws(Problem) in
                let entry = try entries.entry(call[parameter], of: provisioner.declaration(call))
                return ProvisioningAnswer(200, entry, entityTag: Provisioner.entityTag(entry))
            },
            Route(
                .put, one, "put\(name)", "Give a subscriber a \(words), or make it be as given.",
                body: "\(schema)Setting", answers: [200: "Result"]
            ) { provisioner, call throws(Problem) in
                try provisioner.edit(call["subscriber"], call.unconditional) { declaration throws(Problem) in
                    let present = entries.find(call[parameter], of: declaration)
                    try Provisioner.check(call, against: present)
                    return try entries.putting(call.body, as: call[parameter], into: declaration)
                }
            },
            Route(
                .patch, one, "patch\(name)", "Change members of a \(words) (a merge patch).", body: "Patch",
                answers: [200: "Result"]
            ) { provisioner, call throws(Problem) in
                try provisioner.edit(call["subscriber"], call.unconditional) { declaration throws(Problem) in
                    let present = try entries.entry(call[parameter], of: declaration)
                    try Provisioner.check(call, against: present)
                    return try entries.putting(present.merged(with: call.body), as: call[parameter], into: declaration)
                }
            },
            Route(
                .delete, one, "remove\(name)", "Take a \(words) away from a subscriber that has others.",
                answers: [200: "Result"]
            ) { provisioner, call throws(Problem) in
                try provisioner.edit(call["subscriber"], call.unconditional) { declaration throws(Problem) in
                    try Provisioner.check(call, against: entries.entry(call[parameter], of: declaration))
                    return try entries.removing(call[parameter], from: declaration)
                }
            },
        ]
    }

    @Sendable
    private static func setSequenceNumber(
        _ provisioner: Provisioner, _ call: Call
    ) throws(Problem) -> ProvisioningAnswer {
        let user = try provisioner.privateIdentity(call).identity
        guard let text = call.body["sqn"]?.text, let next = SequenceNumber(hex: text) else {
            throw Problem([DocumentProblem("sqn", "an SQN is twelve hexadecimal digits (48 bits)")])
        }
        let isForced: Bool
        switch call.body["force"] {
        case nil, .null?, .boolean(false)?: isForced = false
        case .boolean(true)?: isForced = true
        default: throw Problem([DocumentProblem("force", "true or false is expected here")])
        }
        let before = try provisioner.using { store throws(SubscriberStore.Failure) in
            try store.setSequenceNumber(next, of: user, backward: isForced)
        }
        return ProvisioningAnswer(200, ["sqn": .text(next.hex), "before": .text(before.hex)])
    }
}

extension Provisioner {
    fileprivate func declaration(_ call: Call) throws(Problem) -> Report {
        try subscription(call["subscriber"]).record.declaration(withSecrets: false)
    }

    fileprivate func privateIdentity(_ call: Call) throws(Problem) -> PrivateIdentityRecord {
        let subscription = try subscription(call["subscriber"])
        guard let index = subscription.index(of: PrivateIdentity(call["impi"])) else {
            throw Problem.unknown("private identity", "\(call["impi"]) of \(call["subscriber"])")
        }
        return subscription.privateIdentities[index]
    }
}

extension Call {
    /// The conditions are those of a part, which has been looked at.
    fileprivate var unconditional: Call {
        var call = self
        call.request.ifMatch = nil
        call.request.ifNoneMatch = nil
        return call
    }
}

/// The entries of a list in a declaration.
struct Entries: Sendable {
    let list: String
    let key: String
    let words: String

    func find(_ name: String, of declaration: Report) -> Report? {
        declaration[list]?.list?.first { $0[key]?.text == name }
    }

    func entry(_ name: String, of declaration: Report) throws(Problem) -> Report {
        guard let entry = find(name, of: declaration) else { throw Problem.unknown(words, name) }
        return entry
    }

    /// The declaration with an entry replaced, or added at the end.
    func putting(_ value: Report, as name: String, into declaration: Report) throws(Problem) -> Report {
        guard case .record = value else { throw Problem([DocumentProblem("", "keys and values are expected here")]) }
        if let given = value[key]?.text, given != name {
            throw Problem([DocumentProblem(key, "it is \(given), and the path says \(name)")])
        }
        var entries = declaration[list]?.list ?? []
        let entry = value.setting(key, to: .text(name))
        if let index = entries.firstIndex(where: { $0[key]?.text == name }) {
            entries[index] = entry
        } else {
            entries.append(entry)
        }
        return declaration.setting(list, to: .list(entries)).withFittingSets
    }

    func removing(_ name: String, from declaration: Report) throws(Problem) -> Report {
        let entries = declaration[list]?.list ?? []
        let left = entries.filter { $0[key]?.text != name }
        guard left.count < entries.count else { throw Problem.unknown(words, name) }
        guard !left.isEmpty else {
            throw Problem(
                .inUse, "\(name) is the only \(words) of its subscriber.", hint: "Remove the subscriber instead.")
        }
        return declaration.setting(list, to: .list(left)).withFittingSets
    }
}

extension Report {
    /// A declaration whose private identities have the implicit sets that there are: one that nobody has goes to all, one
    /// that has no identity left goes.
    fileprivate var withFittingSets: Report {
        let used = Set((self["identities"]?.list ?? []).map { $0["set"]?.wholeNumber ?? 0 })
        let users = self["private-identities"]?.list ?? []
        let owned = Set(users.flatMap { $0["sets"]?.list ?? [] }.compactMap(\.wholeNumber))
        let orphans = used.subtracting(owned).sorted()
        let fitting = users.map { user -> Report in
            guard let sets = user["sets"]?.list else { return user }
            let kept = sets.filter { set in set.wholeNumber.map { used.contains($0) } ?? true }
            return user.setting("sets", to: .list(kept + orphans.map { .integer($0) }))
        }
        return setting("private-identities", to: .list(fitting))
    }

    /// Numbers may come as text.
    private var wholeNumber: Int? { integer ?? text.flatMap { Int($0) } }
}
