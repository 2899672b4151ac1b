import IMS
import Octets
import SIP
import Simulation
import Testing
import UserEquipment

/// A whole IMS with two registered phones that call each other.
final class CallScene {
    static let alice = "001010000000001"
    static let bob = "001010000000002"
    static var bobURI: String { "sip:+0000000002@\(SimulatedLab.domain)" }
    static var aliceURI: String { "sip:+0000000001@\(SimulatedLab.domain)" }

    let lab: SimulatedLab

    init(
        seed: UInt64 = 1, alice: [String: String] = [:], bob: [String: String] = [:], registers: Bool = true,
        subscribes: Bool = true, in lab: SimulatedLab? = nil
    ) throws {
        self.lab = lab ?? SimulatedLab(seed: seed)
        for (imsi, manner) in [(Self.alice, alice), (Self.bob, bob)] {
            if subscribes { try self.lab.subscribe(imsi) }
            if !manner.isEmpty { _ = ask(imsi, "manner", manner) }
            guard registers else { continue }
            let report = try #require(ask(imsi, "register"))
            #expect(report["outcome"]?.text == "registered", "\(report.json)")
        }
    }

    @discardableResult
    func order(_ imsi: String, _ name: String, _ arguments: [String: String] = [:]) -> CommandID {
        lab.network.command(Command(name, arguments.merging(["phone": imsi]) { $1 }), to: lab.phones)
        return CommandID(rawValue: lab.phones.lastCommand)
    }

    func answer(_ id: CommandID, within span: Duration = .seconds(60)) -> Report? {
        let limit = lab.network.now + span
        while lab.phones.reports[id] == nil, lab.network.now < limit { lab.pass(.milliseconds(5)) }
        return lab.phones.reports[id]
    }

    func ask(
        _ imsi: String, _ name: String, _ arguments: [String: String] = [:], within span: Duration = .seconds(60)
    ) -> Report? { answer(order(imsi, name, arguments), within: span) }

    /// The last call of a phone.
    func call(_ imsi: String) -> Report? { ask(imsi, "calls")?["calls"]?.list?.last }

    func call(to target: String = bobURI, until: String = "talking", within span: Duration = .seconds(100)) -> Report? {
        ask(Self.alice, "call", ["to": target, "until": until], within: span)
    }

    /// A call that is up at both ends.
    func talk() throws {
        let answered = order(Self.bob, "wait", ["until": "talking"])
        let caller = try #require(call())
        #expect(caller["state"]?.text == "talking", "\(caller.json) \(lab.refusals)")
        let callee = try #require(answer(answered))
        #expect(callee["state"]?.text == "talking", "\(callee.json)")
    }

    /// How both ends ended, and that the network did nothing against the specification.
    func expectEnd(_ caller: String, _ callee: String?, _ comment: Comment? = nil) {
        lab.pass(.seconds(1))
        let one = call(Self.alice)
        let two = call(Self.bob)
        #expect(one?["ending"]?.text == caller, comment)
        #expect(two?["ending"]?.text == callee, comment)
        for report in [one, two] { #expect(report?["findings"]?.list ?? [] == [], comment) }
    }
}
