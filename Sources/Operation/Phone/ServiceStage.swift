import Foundation
import IMS
import NodeIO
import Octets
import SIP
import UserEquipment

/// Up to three virtual phones, each on sockets of its own, the application server that serves their users, and what all of
/// them traced.
struct ServiceStage {
    enum Role: Int, CaseIterable {
        case caller, callee, third

        var lane: Lane {
            switch self {
            case .caller: .ue
            case .callee: .callee
            case .third: .third
            }
        }

        var title: String {
            switch self {
            case .caller: "caller"
            case .callee: "callee"
            case .third: "third phone"
            }
        }
    }

    private struct Actor {
        let phones: VirtualPhones
        let audio: PhoneAudio
        let subscriber: PhoneSubscriber
        /// The default public identity, known once the phone has registered.
        var identity: String
        var seen = 0
    }

    let core: Core
    private var actors: [Actor] = []
    private var traces: TraceCollector
    /// What users had set before, and the messages they had.
    private var settings: [String: [String]] = [:]
    private var messages: [String: Set<String>] = [:]

    init(_ core: Core, _ plan: CallTest.Plan, third: PhoneSubscriber?) throws(OperationFailure) {
        self.core = core
        traces = TraceCollector(core)
        do throws(OperationFailure) {
            _ = try core.ask(.tas, Command("stats"))
            for subscriber in [plan.caller, plan.callee] + (third.map { [$0] } ?? []) {
                let phones = try VirtualPhones(
                    proxy: plan.proxy, transport: plan.transport, server: plan.server, timers: .core, traced: 4000)
                let audio: PhoneAudio
                do throws(OperationFailure) {
                    audio = try PhoneAudio(plan.proxy.address.isV6 ? .v6(0, 1) : .loopback)
                } catch {
                    phones.shutDown()
                    throw error
                }
                actors.append(
                    Actor(phones: phones, audio: audio, subscriber: subscriber, identity: subscriber.publicIdentity))
            }
        } catch {
            shutDown()
            throw error
        }
    }

    func shutDown() {
        for actor in actors {
            actor.audio.close()
            actor.phones.shutDown()
        }
    }

    // MARK: Phones

    func identity(_ role: Role) -> String { actors[role.rawValue].identity }

    func audio(_ role: Role) -> PhoneAudio { actors[role.rawValue].audio }

    @discardableResult
    func order(
        _ role: Role, _ name: String, _ arguments: [String: String] = [:], within span: Duration = .seconds(60)
    ) throws(OperationFailure) -> Report? {
        var arguments = arguments
        arguments["phone"] = PhonePair.name
        return try actors[role.rawValue].phones.ask(Command(name, arguments), within: span)
    }

    /// Makes all phones and registers them. - Returns: what went wrong.
    mutating func register() throws(OperationFailure) -> [String] {
        var problems: [String] = []
        for role in Role.allCases where role.rawValue < actors.count {
            _ = try actors[role.rawValue].phones.ask(actors[role.rawValue].subscriber.command(PhonePair.name))
            let audio = actors[role.rawValue].audio
            try order(role, "manner", ["media": "\(audio.local)", "codecs": "g711"])
            let report = try order(role, "register", within: .seconds(140))
            guard report?["outcome"]?.text == "registered" else {
                problems.append("the \(role.title) was \(report?["outcome"]?.text ?? "without any answer")")
                continue
            }
            actors[role.rawValue].identity = report?.defaultIdentity ?? actors[role.rawValue].identity
        }
        return problems
    }

    func deregister() throws(OperationFailure) {
        for role in Role.allCases where role.rawValue < actors.count { try order(role, "deregister") }
    }

    /// The report of a phone's last call; nil when it had none.
    func lastCall(_ role: Role) throws(OperationFailure) -> Report? {
        try order(role, "calls", within: .seconds(10))?["calls"]?.list?.last
    }

    /// Waits for a phone's call to come so far.
    func isTalking(_ role: Role) throws(OperationFailure) -> Bool {
        try order(role, "wait", ["until": "talking"], within: .seconds(10))?["state"]?.text == "talking"
    }

    func waitForEnd(_ role: Role, within span: Duration = .seconds(5)) throws(OperationFailure) {
        try order(role, "wait", ["until": "ended"], within: span)
    }

    /// How many calls a phone has had.
    func callCount(_ role: Role) throws(OperationFailure) -> Int {
        try order(role, "calls", within: .seconds(10))?["calls"]?.list?.count ?? 0
    }

    // MARK: The application server

    /// Changes what a user has set, for this test.
    mutating func set(_ role: Role, _ lines: String...) throws(OperationFailure) {
        let user = identity(role)
        if settings[user] == nil, case .record(let members)? = try service(role)["settings"] {
            settings[user] = members.compactMap { member in member.value.text.map { "\(member.name) \($0)" } }
        }
        _ = try core.ask(.tas, Command("service-set", ["identity": user, "set": lines.joined(separator: "\n")]))
    }

    func service(_ role: Role) throws(OperationFailure) -> Report {
        try core.ask(.tas, Command("service", ["identity": identity(role)]))
    }

    /// The names of a mailbox's messages; those that were there before the test are left out.
    mutating func messages(_ role: Role) throws(OperationFailure) -> [Report] {
        let user = identity(role)
        let all = try core.ask(.tas, Command("mailbox", ["identity": user]))["messages"]?.list ?? []
        guard let before = messages[user] else {
            messages[user] = Set(all.compactMap { $0["message"]?.text })
            return []
        }
        return all.filter { !before.contains($0["message"]?.text ?? "") }
    }

    /// Waits until so many messages of the test are in a mailbox.
    mutating func hasMessages(_ role: Role, _ count: Int) throws(OperationFailure) -> Bool {
        for _ in 0..<100 {
            if try messages(role).count == count { return true }
            usleep(50_000)
        }
        return false
    }

    /// Puts back what users had set, and takes out what the test has left in their mailboxes.
    mutating func cleanUp(keepsMessages: Bool) throws(OperationFailure) {
        for role in Role.allCases
        where !keepsMessages && role.rawValue < actors.count && messages[identity(role)] != nil {
            for name in try messages(role).compactMap({ $0["message"]?.text }) {
                _ = try core.ask(.tas, Command("mailbox-remove", ["identity": identity(role), "message": name]))
            }
        }
        for (user, lines) in settings {
            _ = try core.ask(.tas, Command("service-set", ["identity": user, "set": lines.joined(separator: "\n")]))
        }
    }

    // MARK: Traces

    mutating func mark() { traces.mark() }

    /// What the phones' dialogs and registrations left since the mark.
    mutating func collect() throws(OperationFailure) -> Exchange {
        var entries = traces.collect()
        for role in Role.allCases where role.rawValue < actors.count {
            let from = actors[role.rawValue].seen
            guard let own = try actors[role.rawValue].phones.ask(Command("trace", ["from": String(from)])) else {
                continue
            }
            entries.add(own, of: role.lane)
            actors[role.rawValue].seen = own["next"]?.integer ?? from
        }
        var own = TraceEntries()
        own.messages = entries.messages.filter { $0.lane.isPhone }
        let calls = Exchange(own).callIDs
        return Exchange(entries).about(callIDs: calls, identities: entries.identities(ofCalls: calls))
    }
}
