import IMS
import Octets
import ProxyCSCF
import SIP
import Testing

/// Every state of a set of associations against everything that can happen to it.
@Suite("TS 33.203 §7.4: a set of security associations in every state")
struct AgreementStateTests {
    enum State: String, CaseIterable { case installing, offered, established, ending }
    enum Event: String, CaseIterable {
        case installed, installFailed, accepted, challengedAgain, refused, deregistered, deadline, kernelExpiry
        case registerAnew
    }

    /// What the set is afterwards; nil when it is gone from the table and the kernel.
    static func expected(_ state: State, _ event: Event) -> [String] {
        switch (state, event) {
        // The kernel answers once.
        case (.installing, .installed): ["offered"]
        case (.installing, .installFailed): []
        case (_, .installed), (_, .installFailed): [state.rawValue]
        // Nothing comes through a set that the phone knows nothing of.
        case (.installing, .accepted), (.installing, .challengedAgain), (.installing, .refused),
            (.installing, .deregistered):
            ["installing"]
        case (.offered, .accepted), (.established, .accepted): ["established"]
        case (.offered, .challengedAgain), (.offered, .refused): ["ending"]
        // The new set is offered besides.
        case (.established, .challengedAgain): ["offered", "established"]
        case (.established, .refused): ["established"]
        case (.offered, .deregistered): ["ending"]
        case (.established, .deregistered): ["ending"]
        case (.ending, .accepted), (.ending, .challengedAgain), (.ending, .refused), (.ending, .deregistered):
            ["ending"]
        case (_, .deadline), (_, .kernelExpiry): []
        // The phone has begun again, with other ports.
        case (.installing, .registerAnew): ["installing"]
        case (.offered, .registerAnew): ["offered"]
        case (.established, .registerAnew): ["offered", "established"]
        case (.ending, .registerAnew): ["ending", "offered"]
        }
    }

    @Test("each state and each event", arguments: State.allCases, Event.allCases)
    func table(state: State, event: Event) throws {
        var edge = ProtectedEdge()
        var phone = ProtectedPhone()
        try reach(state, &edge, &phone)
        #expect(try edge.states() == [state.rawValue])
        try apply(event, in: state, &edge, &phone)
        #expect(try edge.states() == Self.expected(state, event))
        // Nothing leaks: what the kernel has is what the table has, once everything is carried out.
        _ = edge.release()
        #expect(edge.kernel.associations.count == 4 * (try edge.states().count))
        #expect(edge.kernel.complaints.isEmpty)
        edge.edge.now += .seconds(3_600)
        _ = edge.fire()
        #expect(edge.kernel.associations.isEmpty)
        #expect(try edge.states().isEmpty)
    }

    private func reach(_ state: State, _ edge: inout ProtectedEdge, _ phone: inout ProtectedPhone) throws {
        switch state {
        case .installing:
            edge.holdsBack = true
            _ = try edge.challenge(phone)
        case .offered: try phone.take(try #require(try edge.challenge(phone).response))
        case .established: try edge.register(&phone)
        case .ending:
            try edge.register(&phone)
            _ = try edge.authenticate(phone, expires: 0)
        }
    }

    private func apply(
        _ event: Event, in state: State, _ edge: inout ProtectedEdge, _ phone: inout ProtectedPhone
    ) throws {
        switch event {
        case .installed:
            if state == .installing {
                _ = edge.release()
            } else {
                _ = edge.edge.handle(.performed(WorkID(rawValue: 1), .security(.done)))
            }
        case .installFailed:
            if state == .installing {
                edge.kernel.failure = "Operation not permitted"
                let response = edge.release().response
                #expect(response?.status == .serverInternalError)
            } else {
                _ = edge.edge.handle(.performed(WorkID(rawValue: 1), .security(.failed("late"))))
            }
        case .accepted: try answer(.ok, phone.bound(600), in: state, &edge, phone)
        case .challengedAgain:
            let next = state == .established ? offering(phone.renewed(), in: phone) : phone
            try answer(.unauthorized, ProtectedEdge.challenge, in: state, &edge, next)
        case .refused: try answer(.forbidden, [], in: state, &edge, phone)
        case .deregistered: try answer(.ok, phone.bound(0), in: state, &edge, phone)
        case .deadline:
            edge.edge.now += .seconds(state == .established ? 630 : state == .ending ? 128 : 240)
            _ = edge.fire()
        case .kernelExpiry:
            let spi = edge.kernel.associations.first?.spi.rawValue
            let actions = edge.edge.handle(
                .command(
                    Command(
                        "security-association-expired",
                        [
                            // Before the kernel has them it knows them by the phone's SPI alone.
                            "spi": "\(spi ?? phone.clientSPI)",
                            "destination": spi == nil ? "\(phone.address)" : "127.0.0.1",
                        ]), CommandID(rawValue: 2)))
            _ = edge.carryOut(actions)
        case .registerAnew:
            var other = phone.renewed(3)
            other.serverPort += 100
            _ = try edge.challenge(other)
        }
    }

    /// The phone's REGISTER through the set, and the registrar's answer where it gets so far.
    private func answer(
        _ status: Status, _ fields: [(HeaderName, String)], in state: State, _ edge: inout ProtectedEdge,
        _ phone: ProtectedPhone
    ) throws {
        let actions = try edge.send(phone.second, from: phone.protected())
        switch state {
        case .installing, .ending:
            #expect(actions.forwarded == nil)
            #expect(actions.response?.status != nil)
        case .offered, .established: _ = try edge.answer(actions, status, fields)
        }
    }

    /// The phone of today with the list for tomorrow.
    private func offering(_ next: ProtectedPhone, in phone: ProtectedPhone) -> ProtectedPhone {
        var phone = phone
        phone.client = next.securityClient
        return phone
    }
}
