import SIP
import Testing

@Suite("Offers and answers: RFC 3261 §13.2.1, RFC 3262 §5, RFC 3311 §5")
struct OfferAnswerTests {
    typealias Carrier = OfferAnswer.Carrier

    struct Step: Sendable, CustomStringConvertible {
        var description: String
        var sent: Bool
        var carrier: Carrier
        var described: Bool
        var meaning: OfferAnswer.Meaning

        /// `>` we send, `<` we receive; then the message; `+` with a description; then what it means.
        init(_ text: String, _ carrier: Carrier, _ meaning: OfferAnswer.Meaning) {
            description = text
            sent = text.hasPrefix(">")
            described = text.hasSuffix("+")
            self.carrier = carrier
            self.meaning = meaning
        }
    }

    /// The six patterns of offer and answer that INVITE, PRACK and UPDATE allow, seen from both ends, one after the
    /// other in calls that use several.
    static let calls: [[Step]] = [
        // The offer in the INVITE, the answer in the 2xx.
        [Step(">+", .invite, .offer), Step("<+", .inviteSuccess, .answer), Step(">", .ack, .nothing)],
        [Step("<+", .invite, .offer), Step(">+", .inviteSuccess, .answer), Step("<", .ack, .nothing)],
        // §13.2.1: the first description is the answer, later ones are ignored.
        [
            Step(">+", .invite, .offer), Step("<+", .unreliableProvisional, .answer),
            Step("<+", .unreliableProvisional, .nothing), Step("<+", .inviteSuccess, .nothing),
        ],
        // The offer in the 2xx, the answer in the ACK.
        [Step(">", .invite, .nothing), Step("<+", .inviteSuccess, .offer), Step(">+", .ack, .answer)],
        [Step("<", .invite, .nothing), Step(">+", .inviteSuccess, .offer), Step("<+", .ack, .answer)],
        // RFC 3262 §5: answer in a reliable provisional response, a second offer in the PRACK, a third in an UPDATE.
        [
            Step(">+", .invite, .offer), Step("<+", .reliableProvisional, .answer), Step(">+", .prack, .offer),
            Step("<+", .prackSuccess, .answer), Step(">+", .update, .offer), Step("<+", .updateSuccess, .answer),
            Step("<", .inviteSuccess, .nothing), Step(">", .ack, .nothing),
        ],
        // The offer in the reliable provisional response, the answer in the PRACK; then the callee's UPDATE.
        [
            Step("<", .invite, .nothing), Step(">+", .reliableProvisional, .offer), Step("<+", .prack, .answer),
            Step(">", .prackSuccess, .nothing), Step(">+", .update, .offer), Step("<+", .updateSuccess, .answer),
            Step(">", .inviteSuccess, .nothing),
        ],
        // RFC 3311 §5.1: the callee may offer once its answer has its PRACK.
        [
            Step("<+", .invite, .offer), Step(">+", .reliableProvisional, .answer), Step("<", .prack, .nothing),
            Step(">", .prackSuccess, .nothing), Step(">+", .update, .offer), Step("<", .updateFailure, .nothing),
            Step(">+", .update, .offer),
        ],
        // RFC 3261 §14.1: a refused re-INVITE leaves the session as it was, and the next may follow.
        [
            Step(">+", .invite, .offer), Step("<+", .inviteSuccess, .answer), Step(">+", .invite, .offer),
            Step("<", .inviteFailure, .nothing), Step("<+", .invite, .offer), Step(">+", .inviteSuccess, .answer),
        ],
    ]

    @Test("Whole calls", arguments: calls)
    func call(steps: [Step]) throws {
        var machine = OfferAnswer()
        for step in steps {
            let meaning =
                step.sent
                ? try machine.send(step.carrier, description: step.described)
                : try machine.receive(step.carrier, description: step.described)
            #expect(meaning == step.meaning, "\(step.carrier) \(step)")
        }
    }

    /// A machine in a state, by messages that lead there.
    static func machine(in name: String) throws -> OfferAnswer {
        var machine = OfferAnswer()
        switch name {
        case "own INVITE offers": _ = try machine.send(.invite, description: true)
        case "peer INVITE offers": _ = try machine.receive(.invite, description: true)
        case "own INVITE empty": _ = try machine.send(.invite, description: false)
        case "peer INVITE empty": _ = try machine.receive(.invite, description: false)
        case "own UPDATE offers": _ = try machine.send(.update, description: true)
        case "peer UPDATE offers": _ = try machine.receive(.update, description: true)
        case "own 1xx answers":
            _ = try machine.receive(.invite, description: true)
            _ = try machine.send(.reliableProvisional, description: true)
        case "own 1xx offers":
            _ = try machine.receive(.invite, description: false)
            _ = try machine.send(.reliableProvisional, description: true)
        case "peer 2xx offers":
            _ = try machine.send(.invite, description: false)
            _ = try machine.receive(.inviteSuccess, description: true)
        default: break
        }
        return machine
    }

    static let names: [Carrier: String] = [
        .invite: "INVITE", .unreliableProvisional: "1xx", .reliableProvisional: "1xx-rel", .inviteSuccess: "2xx",
        .inviteFailure: "4xx", .ack: "ACK", .prack: "PRACK", .prackSuccess: "2xx-PRACK", .prackFailure: "4xx-PRACK",
        .update: "UPDATE", .updateSuccess: "2xx-UPDATE", .updateFailure: "4xx-UPDATE",
    ]

    /// What each message with a description does that we receive, and the state after it.
    @Test("Every state × every message received with a description")
    func receiveMatrix() throws {
        let table = MatrixTable(
            """
            stable
                INVITE, PRACK, UPDATE                                        | offer > offered
                1xx, 1xx-rel, 2xx, 4xx, ACK, 2xx-PRACK, 4xx-PRACK, 2xx-UPDATE, 4xx-UPDATE | -
            own INVITE offers
                INVITE, PRACK, UPDATE                                        | 491 > offered
                1xx                                                          | answer > offered
                1xx-rel, 2xx                                                 | answer > stable
                4xx                                                          | - > stable
                ACK, 2xx-PRACK, 4xx-PRACK, 2xx-UPDATE, 4xx-UPDATE            | - > offered
            peer INVITE offers
                INVITE, PRACK, UPDATE                                        | 500 > offered
                4xx                                                          | - > stable
                1xx, 1xx-rel, 2xx, ACK, 2xx-PRACK, 4xx-PRACK, 2xx-UPDATE, 4xx-UPDATE | - > offered
            own INVITE empty
                INVITE, PRACK, UPDATE                                        | 491 > offerless
                1xx-rel, 2xx                                                 | offer > offered
                4xx                                                          | - > stable
                1xx, ACK, 2xx-PRACK, 4xx-PRACK, 2xx-UPDATE, 4xx-UPDATE       | - > offerless
            peer INVITE empty
                INVITE, PRACK, UPDATE                                        | 500 > offerless
                4xx                                                          | - > stable
                1xx, 1xx-rel, 2xx, ACK, 2xx-PRACK, 4xx-PRACK, 2xx-UPDATE, 4xx-UPDATE | - > offerless
            own UPDATE offers
                INVITE, PRACK, UPDATE                                        | 491 > offered
                2xx-UPDATE                                                   | answer > stable
                4xx-UPDATE                                                   | - > stable
                1xx, 1xx-rel, 2xx, 4xx, ACK, 2xx-PRACK, 4xx-PRACK            | - > offered
            peer UPDATE offers
                INVITE, PRACK, UPDATE                                        | 500 > offered
                1xx, 1xx-rel, 2xx, 4xx, ACK, 2xx-PRACK, 4xx-PRACK, 2xx-UPDATE, 4xx-UPDATE | - > offered
            own 1xx answers
                INVITE, PRACK, UPDATE                                        | offer > offered
                1xx, 1xx-rel, 2xx, 4xx, ACK, 2xx-PRACK, 4xx-PRACK, 2xx-UPDATE, 4xx-UPDATE | - > stable
            own 1xx offers
                INVITE, UPDATE                                               | 491 > offered
                PRACK                                                        | answer > stable
                4xx                                                          | - > stable
                1xx, 1xx-rel, 2xx, ACK, 2xx-PRACK, 4xx-PRACK, 2xx-UPDATE, 4xx-UPDATE | - > offered
            peer 2xx offers
                INVITE, PRACK, UPDATE                                        | 500 > offered
                1xx, 1xx-rel, 2xx, 4xx, ACK, 2xx-PRACK, 4xx-PRACK, 2xx-UPDATE, 4xx-UPDATE | - > offered
            """)
        let states = [
            "stable", "own INVITE offers", "peer INVITE offers", "own INVITE empty", "peer INVITE empty",
            "own UPDATE offers", "peer UPDATE offers", "own 1xx answers", "own 1xx offers", "peer 2xx offers",
        ]
        table.check(states: states, events: Carrier.allCases.compactMap { Self.names[$0] }) { state, event in
            do {
                var machine = try Self.machine(in: state)
                let carrier = try #require(Self.names.first { $0.value == event }?.key)
                var actions: [String] = []
                do throws(OfferAnswer.Violation) {
                    let meaning = try machine.receive(carrier, description: true)
                    if meaning != .nothing { actions = ["\(meaning)"] }
                } catch {
                    actions = [error.status.map { "\($0.rawValue)" } ?? "\(error)"]
                }
                var next =
                    switch machine.state {
                    case .stable: "stable"
                    case .offerless: "offerless"
                    case .offered: "offered"
                    }
                if state == "stable", next == "stable" { next = state }
                return MatrixTable.Cell(actions: actions, next: next)
            } catch {
                return MatrixTable.Cell(actions: ["\(error)"], next: state)
            }
        }
    }

    @Test("RFC 3311 §5.1: no offer of the callee's before the PRACK for its answer")
    func offerBeforePRACK() throws {
        var machine = try Self.machine(in: "own 1xx answers")
        #expect(machine.wouldSend(.update) == nil)
        #expect(throws: OfferAnswer.Violation.notAllowed) { try machine.send(.update, description: true) }
        _ = try machine.receive(.prack, description: false)
        #expect(machine.wouldSend(.update) == .offer)
    }

    @Test(
        "RFC 3261 §13.3.1.4: what a 2xx must have, and what it must not",
        arguments: [
            ("peer INVITE offers", true), ("peer INVITE empty", true), ("own 1xx answers", false),
        ])
    func success(state: String, must: Bool) throws {
        #expect(try Self.machine(in: state).mustDescribe(.inviteSuccess) == must)
    }

    @Test("RFC 3262 §5: the 2xx waits for the PRACK that answers our offer")
    func heldSuccess() throws {
        var machine = try Self.machine(in: "own 1xx offers")
        #expect(throws: OfferAnswer.Violation.notAllowed) { try machine.send(.inviteSuccess, description: false) }
    }

    @Test(
        "A missing answer or offer of the peer's is a fault that closes the exchange",
        arguments: [
            ("own INVITE offers", Carrier.inviteSuccess, OfferAnswer.Violation.answerMissing),
            ("own INVITE empty", .inviteSuccess, .offerMissing), ("own 1xx offers", .prack, .answerMissing),
            ("own UPDATE offers", .updateSuccess, .answerMissing),
        ])
    func missing(state: String, carrier: Carrier, fault: OfferAnswer.Violation) throws {
        var machine = try Self.machine(in: state)
        #expect(throws: fault) { try machine.receive(carrier, description: false) }
        #expect(machine.state == .stable)
    }
}
