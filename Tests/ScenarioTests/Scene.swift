import AKA
import Cx
import HomeSubscriberServer
import IMS
import Octets
import SIP
import Simulation
import Testing

extension SimulatedLab {
    static let imsi = "001010000000001"

    /// What went wrong on the way, at any node, in order of the nodes.
    var refusals: [String] {
        (proxy.refusals + interrogating.refusals + serving.refusals + subscribers.refusals).map(\.code)
    }

    /// Counts at all nodes together.
    func count(_ counter: Counter) -> UInt64 {
        var sum = phones.core.counters[counter] + proxy.core.counters[counter]
        sum += interrogating.core.counters[counter] + serving.core.counters[counter]
        sum += subscribers.core.counters[counter]
        return sum + (secondServing?.core.counters[counter] ?? 0)
    }

    func pass(_ span: Duration) { network.run(until: network.now + span) }

    /// How many the S-CSCF has registered.
    var registered: Int? { stat("stats", "registrations") }

    /// How many contacts it has.
    var contacts: Int? { stat("stats", "contacts") }

    /// How many sessions it follows: one for each user of a call.
    var sessions: Int? { stat("sessions", "total") }

    private func stat(_ command: String, _ name: String) -> Int? {
        network.command(Command(command), to: serving)
        return serving.reports[CommandID(rawValue: serving.lastCommand)]?[name]?.integer
    }

    /// Changes what the HSS knows of a subscriber, behind everybody's back.
    func change(_ imsi: String, _ body: (inout Subscription) -> Void) throws {
        try home.change { directory in
            let identity = PrivateIdentity("\(imsi)@\(Self.domain)")
            var subscription = try #require(try directory.subscription(holding: identity))
            body(&subscription)
            directory.replace(subscription)
        }
    }

    /// TS 23.008 §3.4.1: what the S-CSCF of a subscriber must offer.
    func require(_ capabilities: [UInt32], of imsi: String) throws {
        try change(imsi) { $0.capabilities = ServerCapabilities(mandatory: capabilities) }
    }

    /// The HSS's word on a subscriber.
    func subscriber(_ imsi: String = imsi) -> Report? {
        let identity = "\(imsi)@\(Self.domain)"
        network.command(Command("subscriber", ["identity": identity]), to: subscribers)
        return subscribers.reports[CommandID(rawValue: subscribers.lastCommand)]
    }
}

/// TS 33.102 Annex C: what was drawn for a SIM never comes twice.
func expectNoSequenceNumberTwice(_ home: SimulatedHome) {
    for (identity, numbers) in home.drawn {
        for (one, next) in zip(numbers, numbers.dropFirst()) {
            #expect(one < next, "\(identity) was given \(one) and then \(next)")
        }
    }
}

func expectNoFindings(_ report: Report) {
    for step in report["steps"]?.list ?? [] { #expect(step["findings"]?.list == [], "\(report.json)") }
}
