import IMS
import Octets

/// What the operator may ask: `registrations`, `registration`, `sessions`, `stats`.
extension ServingCSCF {
    func reply(to command: Command, at now: Instant) -> Report {
        switch command.name {
        case "registrations": list(command.arguments, at: now)
        case "registration": show(command.arguments, at: now)
        case "sessions": sessionReport(command.arguments, at: now)
        case "stats": stats
        default:
            .error(
                """
                The S-CSCF knows no command '\(command.name)'; it knows registrations, registration, deregister, \
                reauthenticate, sessions, stats.
                """)
        }
    }

    /// `filter`: part of an identity; `offset` and `limit` (100 at first, 1,000 at most) page through the matches.
    private func list(_ arguments: [String: String], at now: Instant) -> Report {
        guard let offset = Self.number(arguments["offset"], default: 0),
            let limit = Self.number(arguments["limit"], default: 100)
        else { return .error("offset and limit are numbers from 0.") }
        let filter = arguments["filter"] ?? ""
        var total = 0
        var page: [Report] = []
        for registration in registrations.all where filter.isEmpty || registration.mentions(filter) {
            if total >= offset, page.count < min(limit, 1000) { page.append(describe(registration, at: now)) }
            total += 1
        }
        return ["total": .integer(total), "offset": .integer(offset), "registrations": .list(page)]
    }

    /// `identity`: a public or private identity.
    private func show(_ arguments: [String: String], at now: Instant) -> Report {
        guard let identity = arguments["identity"], !identity.isEmpty else {
            return .error("Which one? Give identity, a public or private identity.")
        }
        if let user = PublicIdentity(profileText: identity), let registration = registrations[user] {
            return describe(registration, at: now)
        }
        for slot in registrations.slots(of: PrivateIdentity(identity)) {
            if let registration = registrations[slot] { return describe(registration, at: now) }
        }
        return .error("\(identity) is not registered here.")
    }

    private var stats: Report {
        [
            "registrations": .integer(registrations.count),
            "identities": .integer(registrations.identityCount),
            "contacts": .integer(registrations.bindingCount),
            "watchers": .integer(watches.count),
            "unwritten": .integer(journal.waiting),
            "challenged": .integer(challenges.count),
            "waiting": .integer(proceduresWaiting),
            "profiles": .integer(registrations.distinctServices),
            "sessions": .integer(tables.dialogs.count),
            "requests": .integer(tables.requests.count),
        ]
    }

    private func describe(_ registration: Registration, at now: Instant) -> Report {
        [
            "identities": .list(
                registration.profile.identities.map {
                    ["identity": .text($0.identity.text), "barred": .boolean($0.isBarred)]
                }),
            "privateIdentities": .list(registration.privateIdentities.map { .text($0.text) }),
            "contacts": .list(
                registration.bindings.map { binding in
                    [
                        "contact": .text(binding.contact.string),
                        "expires": .integer(binding.seconds(at: now)),
                        "path": .text(binding.path.string),
                        "privateIdentity": .text(binding.privateIdentity.text),
                        "callID": .text(binding.callID.string),
                    ]
                }),
        ]
    }

    private static func number(_ text: String?, default value: Int) -> Int? {
        guard let text else { return value }
        guard let number = Int(text), number >= 0 else { return nil }
        return number
    }
}

extension Registration {
    fileprivate func mentions(_ text: String) -> Bool {
        profile.identities.contains { $0.identity.text.contains(text) }
            || bindings.contains { $0.privateIdentity.text.contains(text) }
    }
}
