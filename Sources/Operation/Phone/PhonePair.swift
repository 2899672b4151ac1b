import IMS
import Octets
import SIP

/// Two virtual phones, each on a socket of its own, and what the core and they traced of what they do.
struct PhonePair {
    private let callerPhones: VirtualPhones
    private let calleePhones: VirtualPhones
    private let audio: PairAudio
    private var traces: TraceCollector
    private var seen = (caller: 0, callee: 0)
    private let subscribers: (caller: PhoneSubscriber, callee: PhoneSubscriber)
    private let proxy: Endpoint
    /// The default public identities, known once the phones have registered.
    private(set) var callerIdentity: String
    private(set) var calleeIdentity: String

    static let name = "own"

    init(_ core: Core, _ plan: CallTest.Plan) throws(OperationFailure) {
        callerPhones = try VirtualPhones(
            proxy: plan.proxy, transport: plan.transport, server: plan.server,
            security: plan.caller.access, timers: .core, traced: 4000)
        do throws(OperationFailure) {
            calleePhones = try VirtualPhones(
                proxy: plan.proxy, transport: plan.transport, server: plan.server,
                security: plan.callee.access, timers: .core, traced: 4000)
        } catch {
            callerPhones.shutDown()
            throw error
        }
        do throws(OperationFailure) {
            audio = try PairAudio(plan.proxy.address.isV6 ? .v6(0, 1) : .loopback)
        } catch {
            callerPhones.shutDown()
            calleePhones.shutDown()
            throw error
        }
        traces = TraceCollector(core)
        subscribers = (plan.caller, plan.callee)
        proxy = plan.proxy
        callerIdentity = plan.caller.publicIdentity
        calleeIdentity = plan.callee.publicIdentity
    }

    func shutDown() {
        audio.close()
        callerPhones.shutDown()
        calleePhones.shutDown()
    }

    // MARK: Orders

    @discardableResult
    func caller(
        _ name: String, _ arguments: [String: String] = [:], within span: Duration = .seconds(60)
    ) throws(OperationFailure) -> Report? { try order(callerPhones, name, arguments, span) }

    @discardableResult
    func callee(
        _ name: String, _ arguments: [String: String] = [:], within span: Duration = .seconds(60)
    ) throws(OperationFailure) -> Report? { try order(calleePhones, name, arguments, span) }

    private func order(
        _ phones: VirtualPhones, _ name: String, _ arguments: [String: String], _ span: Duration
    ) throws(OperationFailure) -> Report? {
        var arguments = arguments
        arguments["phone"] = Self.name
        return try phones.ask(Command(name, arguments), within: span)
    }

    /// Makes both phones and registers them.
    mutating func register() throws(OperationFailure) -> (caller: Report, callee: Report) {
        _ = try callerPhones.ask(subscribers.caller.command(Self.name))
        _ = try calleePhones.ask(subscribers.callee.command(Self.name))
        try caller("manner", ["media": "\(audio.caller.local)"])
        try callee("manner", ["media": "\(audio.callee.local)"])
        let silent: Report = ["outcome": "without any answer"]
        let one = try caller("register", within: .seconds(140)) ?? silent
        let two = try callee("register", within: .seconds(140)) ?? silent
        callerIdentity = one.defaultIdentity ?? callerIdentity
        calleeIdentity = two.defaultIdentity ?? calleeIdentity
        return (one, two)
    }

    func deregister() throws(OperationFailure) {
        try caller("deregister")
        try callee("deregister")
    }

    /// The report of a phone's last call; nil when it had none.
    func lastCall(
        _ side: (String, [String: String], Duration) throws(OperationFailure) -> Report?
    ) throws(OperationFailure) -> Report? {
        try side("calls", [:], .seconds(10))?["calls"]?.list?.last
    }

    /// Lets both phones send their tones for a while.
    ///
    /// - Returns: what was not heard, in sentences.
    func talk() throws(OperationFailure) -> [String] {
        try audio.talk(caller: lastCall(caller)?["media"], callee: lastCall(callee)?["media"])
    }

    // MARK: Traces

    mutating func mark() { traces.mark() }

    /// What the two phones' dialogs and registrations left since the mark.
    mutating func collect() throws(OperationFailure) -> Exchange {
        var entries = traces.collect()
        var calls: Set<String> = []
        for (phones, lane, from) in [(callerPhones, Lane.ue, seen.caller), (calleePhones, .callee, seen.callee)] {
            guard let own = try phones.ask(Command("trace", ["from": String(from)])) else { continue }
            entries.add(
                own, of: lane,
                isProtected: lane == .ue ? !subscribers.caller.security.isEmpty : !subscribers.callee.security.isEmpty,
                beside: proxy)
            let next = own["next"]?.integer ?? from
            if lane == .ue { seen.caller = next } else { seen.callee = next }
        }
        var own = TraceEntries()
        own.messages = entries.messages.filter { $0.lane.isPhone }
        calls = Exchange(own).callIDs
        return Exchange(entries).about(callIDs: calls, identities: entries.identities(ofCalls: calls))
    }
}

extension Report {
    /// The first URI of P-Associated-URI, out of its angle brackets.
    var defaultIdentity: String? {
        guard let first = self["associated-uris"]?.list?.first?.text else { return nil }
        guard let open = first.firstIndex(of: "<"), let close = first[open...].firstIndex(of: ">") else { return first }
        return String(first[first.index(after: open)..<close])
    }
}
