import Cx
import HomeSubscriberServer
import IMS
import SubscriberStore

/// What the network makes of a subscriber, and what the operator does about it.
extension Route {
    static let registrations: [Route] = [
        Route(
            .get, "/v1/subscribers/{subscriber}/state", "getSubscriberState",
            "All that is known of a subscriber: states, S-CSCF, SQNs; no secrets.", answers: [200: "SubscriberState"]
        ) { provisioner, call throws(Problem) in
            ProvisioningAnswer(200, try provisioner.subscription(call["subscriber"]).report().hyphenated)
        },
        Route(
            .post, "/v1/subscribers/{subscriber}/kick", "kickSubscriber",
            "End the registrations of a subscriber, or of one identity: the S-CSCF gets an RTR.", body: "Kick",
            bodyIsNeeded: false, answers: [200: "Sent"], handler: kick),
        Route(
            .post, "/v1/subscribers/{subscriber}/push", "pushProfile",
            "Send the profile to the S-CSCF as it is: a PPR for each registered set.", answers: [200: "Sent"]
        ) { provisioner, call throws(Problem) in
            try provisioner.administer(call["subscriber"]) { .push($0) }
        },
        Route(
            .post, "/v1/subscribers/{subscriber}/bar", "barSubscriber",
            "Bar one public identity, or all of a subscriber; what is left unbarred of a set stays registered.",
            answers: [200: "Barring"]
        ) { provisioner, call throws(Problem) in try provisioner.bar(call["subscriber"], true) },
        Route(
            .post, "/v1/subscribers/{subscriber}/unbar", "unbarSubscriber",
            "Take the barring away, but not from the identity that is derived from an IMSI only to register with.",
            answers: [200: "Barring"]
        ) { provisioner, call throws(Problem) in try provisioner.bar(call["subscriber"], false) },
    ]

    @Sendable
    private static func kick(_ provisioner: Provisioner, _ call: Call) throws(Problem) -> ProvisioningAnswer {
        let word = call.body["reason"]?.text ?? "permanent-termination"
        guard let code = Administration.reasons[word] else {
            let words = Administration.reasons.keys.sorted().joined(separator: ", ")
            throw Problem([DocumentProblem("reason", "\(word) is none of \(words)")])
        }
        let info = call.body["info"]?.text
        return try provisioner.administer(call["subscriber"]) { .kick($0, DeregistrationReason(code, info: info)) }
    }
}

extension Provisioner {
    /// Does something to the identity that is named, or to all private ones of the subscriber that an IMSI or MSISDN names.
    fileprivate func administer(
        _ name: String, _ order: (String) -> Administration
    ) throws(Problem) -> ProvisioningAnswer {
        let subscription = try subscription(name)
        let isIdentity = name.utf8.contains { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "@") }
        let names = isIdentity ? [name] : subscription.privateIdentities.map(\.identity.text)
        // One push is for all sets of a subscription.
        var orders = names.map(order)
        if case .push? = orders.first { orders = Array(orders.prefix(1)) }
        let reports = try using { store throws(SubscriberStore.Failure) in try store.administer(orders) }
        let done = reports.filter { $0["error"] == nil }
        guard !done.isEmpty else {
            throw Problem(.nothingToDo, reports.first?["error"]?.text ?? "There is nothing to do for \(name).")
        }
        return ProvisioningAnswer(200, ["sent": .list(done.flatMap { $0["sent"]?.list ?? [] })]).hyphenated
    }

    /// TS 23.008 §3.1.3. A set of which nothing is left unbarred loses its registration.
    fileprivate func bar(_ name: String, _ isBarred: Bool) throws(Problem) -> ProvisioningAnswer {
        var touched: [String] = []
        var notices: [Notice] = []
        let applied = try change(name) { present throws(Problem) in
            guard let present else { throw Self.noSubscriber(name) }
            var after = present
            let isOne = name.utf8.contains(UInt8(ascii: ":"))
            let derived = present.privateIdentities.map { "sip:\($0.identity.text)" }
            for index in after.publicIdentities.indices {
                let identity = after.publicIdentities[index].identity.text
                let isOnlyToRegister = derived.contains(identity) && after.publicIdentities.count > 1
                guard isOne ? identity == name : isBarred || !isOnlyToRegister else { continue }
                guard after.publicIdentities[index].isBarred != isBarred else { continue }
                after.publicIdentities[index].isBarred = isBarred
                touched.append(identity)
            }
            notices = present.notices(becoming: after)
            return after.record
        }
        return ProvisioningAnswer(
            200,
            [
                "result": .text(applied.rawValue), "identities": .list(touched.map { .text($0) }),
                "sent": .list(notices.map(\.report)),
            ]
        ).hyphenated
    }
}

extension ProvisioningAnswer {
    fileprivate var hyphenated: ProvisioningAnswer {
        var answer = self
        answer.body = body?.hyphenated
        return answer
    }
}
