import Cx
import HomeSubscriberServer
import IMS
import Octets
import RTP
import SIP
import Simulation
import Testing
import UserEquipment

/// A whole IMS with `tas`: phones whose calls, messages and subscriptions pass it in every session case, because their
/// users' filter criteria say so.
final class TelephonyScene {
    let lab: SimulatedLab
    let telephony: SimulatedTelephony
    private let seed: UInt64
    private let handling: ApplicationServer.DefaultHandling?
    private let expires: Int

    /// - Parameters:
    ///   - registered: how many phones there are, each of a user of its own.
    ///   - handling: what happens to calls when `tas` fails.
    ///   - expires: for how long phones register, in seconds.
    init(
        seed: UInt64 = 11, _ conditions: LinkConditions = .perfect, registered: Int,
        handling: ApplicationServer.DefaultHandling? = nil, expires: Int = 600_000
    ) throws {
        self.expires = expires
        self.seed = seed
        self.handling = handling
        lab = SimulatedLab(seed: seed, conditions: conditions, hasTelephony: true)
        telephony = try #require(lab.telephony)
        for phone in 0..<registered {
            try subscribe(phone)
            try register(phone)
        }
    }

    // MARK: Phones

    static func name(_ phone: Int) -> String { "00101000000000\(phone + 1)" }

    /// The identity of a phone's user by his number.
    func identity(_ phone: Int) -> String { "sip:+1555000\(phone + 1)@\(SimulatedLab.domain)" }

    func subscribe(_ phone: Int) throws {
        let record = try SubscriberRecord(
            imsi: Self.name(phone), domain: SimulatedLab.domain, msisdn: "1555000\(phone + 1)", key: SimulatedLab.key,
            opc: SimulatedLab.opc)
        try lab.home.change { try $0.add(record, serviceProfile: Self.profile(handling)) }
        lab.phone(Self.name(phone), ["k": SimulatedLab.key, "opc": SimulatedLab.opc, "expires": "\(expires)"])
    }

    /// A further phone of a user: a private identity of its own, his public ones. - Parameter q: thousandths.
    func addPhone(_ phone: Int, of user: Int, q: Int? = nil) throws {
        try lab.change(Self.name(user)) { subscription in
            subscription.privateIdentities.append(
                PrivateIdentityRecord(
                    identity: PrivateIdentity("\(Self.name(phone))@\(SimulatedLab.domain)"),
                    credential: subscription.privateIdentities[0].credential))
            subscription.registrations.append(
                Registration(privateIdentity: subscription.privateIdentities.count - 1, implicitSet: 0))
        }
        preferPhone(phone, of: user, q: q)
        try register(phone)
    }

    /// Makes a phone of a user anew, with a preference. - Parameter q: thousandths.
    func preferPhone(_ phone: Int, of user: Int, q: Int?) {
        var arguments = ["k": SimulatedLab.key, "opc": SimulatedLab.opc]
        arguments["impu"] = "sip:\(Self.name(user))@\(SimulatedLab.domain)"
        if let q { arguments["q"] = "\(q)" }
        lab.phone(Self.name(phone), arguments)
    }

    func register(_ phone: Int) throws {
        let report = ask(phone, "register", within: .seconds(300))
        try #require(report?["outcome"]?.text == "registered", "seed \(seed): \(report?.json ?? "no answer")")
    }

    /// Orders something of a phone, without waiting for the answer.
    @discardableResult
    func order(_ phone: Int, _ name: String, _ arguments: [String: String] = [:]) -> CommandID {
        lab.network.command(
            Command(name, arguments.merging(["phone": Self.name(phone)]) { $1 }), to: lab.phones)
        return CommandID(rawValue: lab.phones.lastCommand)
    }

    func answer(_ id: CommandID, within span: Duration = .seconds(60)) -> Report? {
        let limit = lab.network.now + span
        while lab.phones.reports[id] == nil, lab.network.now < limit { lab.pass(.milliseconds(10)) }
        return lab.phones.reports[id]
    }

    func ask(
        _ phone: Int, _ name: String, _ arguments: [String: String] = [:], within span: Duration = .seconds(120)
    ) -> Report? { answer(order(phone, name, arguments), within: span) }

    /// What a phone's user does without being asked.
    func behave(_ phone: Int, _ manner: [String: String]) { #expect(ask(phone, "manner", manner)?["error"] == nil) }

    func set(_ user: Int, _ lines: String...) { #expect(telephony.set(identity(user), lines) == nil) }

    // MARK: Calls

    /// A phone calls another one's user. - Returns: the call when somebody has answered, or it is over.
    func call(_ phone: Int, _ user: Int, until: String = "talking", within span: Duration = .seconds(200)) -> Report? {
        ask(phone, "call", ["to": identity(user), "until": until], within: span)
    }

    /// All calls that a phone has had.
    func calls(_ phone: Int) -> [Report] { ask(phone, "calls")?["calls"]?.list ?? [] }

    func lastCall(_ phone: Int) -> Report? { calls(phone).last }

    func expectTalking(_ report: Report?, _ location: SourceLocation = #_sourceLocation) {
        #expect(
            report?["state"]?.text == "talking", "seed \(seed): \(report?.json ?? "no answer") \(lab.refusals)",
            sourceLocation: location)
    }

    /// A callee talks when the ACK has come: with the last copy of his 200 at the latest, RFC 3261 §13.3.1.4.
    func expectAnswered(_ phone: Int, _ location: SourceLocation = #_sourceLocation) {
        let report = ask(phone, "wait", ["until": "talking"], within: .seconds(150))
        #expect(
            report?["state"]?.text == "talking", "seed \(seed): \(report?.json ?? "no answer")",
            sourceLocation: location)
    }

    /// Hangs up, and both ends know it.
    func hangUp(
        _ phone: Int, _ peer: Int, after span: Duration = .seconds(40), _ location: SourceLocation = #_sourceLocation
    ) {
        let ended = ask(phone, "hang-up", within: .seconds(300))
        #expect(
            ended?["ending"]?.text == "hung up", "seed \(seed): \(ended?.json ?? "no answer")",
            sourceLocation: location)
        lab.pass(span)
        #expect(lastCall(peer)?["ending"]?.text == "hung up by the peer", "seed \(seed)", sourceLocation: location)
    }

    /// The phone of the call that has audio says this. - Returns: the tones that it hears.
    func talk(_ sounds: PhoneStream.Sound..., for span: Duration) -> [(frequency: Int, milliseconds: Int)] {
        telephony.say(sounds, known: [300, 900, 1_000, 1_200])
        var tones: [(frequency: Int, milliseconds: Int)] = []
        let end = lab.network.now + span
        while lab.network.now < end {
            lab.pass(.milliseconds(20))
            for case .heard(let frequency, let milliseconds) in telephony.exchange() {
                tones.append((frequency, milliseconds))
            }
        }
        return tones
    }

    /// The documents of a subscription of a phone.
    func documents(_ phone: Int, _ event: String) -> [String] {
        ask(phone, "events", ["event": event])?["documents"]?.list?.compactMap(\.text) ?? []
    }

    private static func profile(_ handling: ApplicationServer.DefaultHandling?) -> ServiceProfileContent {
        ServiceProfileContent(
            name: "telephony",
            criteria: [(10, "INVITE"), (20, "MESSAGE"), (30, "REGISTER"), (40, "SUBSCRIBE")].map { priority, method in
                var triggers = [ServicePointTrigger(.method(method))]
                if method == "SUBSCRIBE" {
                    triggers.append(ServicePointTrigger(.sipHeader("Event", content: "message-summary"), groups: [1]))
                }
                return InitialFilterCriteria(
                    priority: priority,
                    triggerPoint: TriggerPoint(isConjunctive: true, servicePointTriggers: triggers),
                    applicationServer: ApplicationServer(
                        serverName: SimulatedTelephony.uri, defaultHandling: handling))
            })
    }
}

extension LinkConditions {
    /// A bad network: late, out of order, a twentieth lost and a twentieth twice.
    static let bad = LinkConditions(
        latency: .milliseconds(10), jitter: .milliseconds(30), loss: 50, duplication: 50)
}
