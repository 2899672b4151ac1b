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
    var registered: Int? {
        network.command(Command("stats"), to: serving)
        return serving.reports[CommandID(rawValue: serving.lastCommand)]?["registrations"]?.integer
    }

    /// TS 23.008 §3.4.1: what the S-CSCF of a subscriber must offer.
    func require(_ capabilities: [UInt32], of imsi: String) throws {
        try home.change { directory in
            let identity = PrivateIdentity("\(imsi)@\(Self.domain)")
            var subscription = try #require(try directory.subscription(holding: identity))
            subscription.capabilities = ServerCapabilities(mandatory: capabilities)
            directory.replace(subscription)
        }
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
