import IMS
import Octets

// What the operator may ask: `services`, `service`, `service-set`, `service-remove`, `mailbox`, `mailbox-remove`, `stats`.
extension ApplicationServer {
    mutating func answer(_ command: Command, _ id: CommandID, at now: Instant, into actions: inout Actions) {
        do throws(SettingFault) {
            switch command.name {
            case "services": actions.append(.reply(list(command.arguments), id))
            case "service": actions.append(.reply(describe(try identity(command)), id))
            case "service-set": try change(command, id, into: &actions)
            case "service-remove":
                let owner = try identity(command)
                guard settings.contains(owner) else {
                    return actions.append(.reply(.error("\(owner) has set nothing."), id))
                }
                settings.remove(owner)
                store(.remove(.settings, name: owner.text), then: .command(id, owner), into: &actions)
            case "mailbox": actions.append(.reply(describe(mailbox: try identity(command)), id))
            case "mailbox-remove":
                let owner = recipient(try identity(command))
                let removed = removeMessages(of: owner, named: command.arguments["message"], at: now, into: &actions)
                guard removed > 0 else {
                    return actions.append(.reply(.error("\(owner) has no such message."), id))
                }
                actions.append(.reply(["removed": .integer(removed)], id))
            case "stats": actions.append(.reply(stats, id))
            default:
                let known = "services, service, service-set, service-remove, mailbox, mailbox-remove, stats"
                actions.append(
                    .reply(.error("The application server knows no command '\(command.name)'; it knows \(known)."), id))
            }
        } catch { actions.append(.reply(.error("\(error)."), id)) }
    }

    /// The store has done its work.
    mutating func performed(_ work: WorkID, _ result: ServiceWorkResult, at now: Instant, into actions: inout Actions) {
        if case .media(.told(let event)) = result {
            return told(event, of: MediaID(rawValue: work.rawValue), at: now, into: &actions)
        }
        switch stored.removeValue(forKey: work) {
        case .mailbox(let errand): performed(errand, result, at: now, into: &actions)
        case .code(let server): codeStored(server, result, at: now, into: &actions)
        case .command(let id, let owner):
            switch result {
            case .done: actions.append(.reply(describe(owner), id))
            case .failed(let sentence): actions.append(.reply(.error("It is not stored: \(sentence)"), id))
            case .file, .media: break  // settings have neither
            }
        case .message(let pending): messageStored(pending, result, at: now, into: &actions)
        case .subscription(let id, let server, let orders):
            watcherStored(id, orders, server, result, at: now, into: &actions)
        case .nothing, nil: break
        }
    }

    // MARK: Steps

    /// `identity`: a public identity; the one under which its settings are kept.
    private func identity(_ command: Command) throws(SettingFault) -> PublicIdentity {
        settings.owner(of: try PublicIdentity(setting: command.arguments["identity"] ?? ""))
    }

    /// `set`: lines of `NAME VALUE`, all of them or none.
    private mutating func change(_ command: Command, _ id: CommandID, into actions: inout Actions) throws(SettingFault)
    {
        let owner = try identity(command)
        var changed = settings[owner]
        for line in (command.arguments["set"] ?? "").split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
            guard let name = parts.first, let setting = Setting(rawValue: name) else {
                throw .unknown(parts.first ?? "")
            }
            try setting.set(parts.count > 1 ? parts[1] : "", in: &changed)
        }
        let usesVoicemail = changed.forwarding.values.contains { $0.target == .voicemail }
        guard !(usesVoicemail || changed.hasMailbox) || configuration.hasVoicemail else { throw .noVoicemail }
        try settings.check(changed, of: owner)
        settings.set(changed, of: owner)
        store(.put(.settings, name: owner.text, changed.record), then: .command(id, owner), into: &actions)
    }

    private func describe(_ identity: PublicIdentity) -> Report {
        let user = settings[identity]
        let registration = registrations[identity]
        return [
            "identity": .text(identity.text),
            "settings": .record(Setting.allCases.map { .init($0.rawValue, .text($0.text(in: user))) }),
            "registered": .boolean(registration != nil),
            "messages": .integer(messages[recipient(identity)]?.messages.count ?? 0),
            "voice-messages": .integer(mailboxes[recipient(identity)].count),
            "server": registration.map { .text($0.server.string) } ?? .null,
        ]
    }

    /// `filter`: part of an identity; `offset` and `limit` (100 at first, 1,000 at most) page through the matches.
    private func list(_ arguments: [String: String]) -> Report {
        let offset = max(arguments["offset"].flatMap { Int($0) } ?? 0, 0)
        let limit = min(max(arguments["limit"].flatMap { Int($0) } ?? 100, 0), 1000)
        let filter = arguments["filter"] ?? ""
        let matches = settings.all.filter { filter.isEmpty || $0.identity.text.contains(filter) }
        return [
            "total": .integer(matches.count),
            "services": .list(matches.dropFirst(offset).prefix(limit).map { describe($0.identity) }),
        ]
    }

    private var stats: Report {
        [
            "users": .integer(settings.count), "registrations": .integer(registrations.count),
            "requests": .integer(relay.count), "calls": .integer(calls.count), "messages": .integer(messages.count),
            "voice-messages": .integer(mailboxes.count), "watchers": .integer(watchers.count),
        ]
    }
}
