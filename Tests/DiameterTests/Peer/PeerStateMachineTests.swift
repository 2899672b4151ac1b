import Diameter
import Testing

@Suite("Peer machine, RFC 6733 §5.6")
struct PeerStateMachineTests {
    typealias State = PeerStateMachine.State
    typealias Event = PeerStateMachine.Event
    typealias Action = PeerStateMachine.Action

    struct Arrow: Sendable {
        var from: State
        var event: Event
        var actions: [Action]
        var to: State

        init(_ from: State, _ event: Event, _ actions: [Action], _ to: State) {
            self.from = from
            self.event = event
            self.actions = actions
            self.to = to
        }
    }

    /// The table of §5.6, line by line.
    static let table: [Arrow] = [
        .init(.closed, .start, [.connect], .waitConnAck),
        .init(.closed, .peerConnected, [.accept, .processCER, .sendCEA], .rOpen),

        .init(.waitConnAck, .connected, [.sendCER], .waitICEA),
        .init(.waitConnAck, .connectFailed, [.cleanup], .closed),
        .init(.waitConnAck, .peerConnected, [.accept, .processCER], .waitConnAckElect),
        .init(.waitConnAck, .timeout, [.error], .closed),

        .init(.waitICEA, .receivedCEA, [.processCEA], .iOpen),
        .init(.waitICEA, .peerConnected, [.accept, .processCER, .elect], .waitReturns),
        .init(.waitICEA, .disconnected(.initiator), [.disconnect(.initiator)], .closed),
        .init(.waitICEA, .receivedNonCEA, [.error], .closed),
        .init(.waitICEA, .timeout, [.error], .closed),

        .init(.waitConnAckElect, .connected, [.sendCER, .elect], .waitReturns),
        .init(.waitConnAckElect, .connectFailed, [.sendCEA], .rOpen),
        .init(.waitConnAckElect, .disconnected(.responder), [.disconnect(.responder)], .waitConnAck),
        .init(.waitConnAckElect, .peerConnected, [.reject], .waitConnAckElect),
        .init(.waitConnAckElect, .timeout, [.error], .closed),

        .init(.waitReturns, .wonElection, [.disconnect(.initiator), .sendCEA], .rOpen),
        .init(.waitReturns, .disconnected(.initiator), [.disconnect(.initiator), .sendCEA], .rOpen),
        .init(.waitReturns, .receivedCEA, [.disconnect(.responder), .processCEA], .iOpen),
        .init(.waitReturns, .disconnected(.responder), [.disconnect(.responder)], .waitICEA),
        .init(.waitReturns, .peerConnected, [.reject], .waitReturns),
        .init(.waitReturns, .timeout, [.error], .closed),

        .init(.rOpen, .send, [.send(.responder)], .rOpen),
        .init(.rOpen, .received(.responder), [.process(.responder)], .rOpen),
        .init(.rOpen, .receivedDWR(.responder), [.processDWR, .sendDWA(.responder)], .rOpen),
        .init(.rOpen, .receivedDWA(.responder), [.processDWA], .rOpen),
        .init(.rOpen, .peerConnected, [.reject], .rOpen),
        .init(.rOpen, .stop, [.sendDPR(.responder)], .closing),
        .init(.rOpen, .receivedDPR(.responder), [.sendDPA(.responder)], .closing),
        .init(.rOpen, .disconnected(.responder), [.disconnect(.responder)], .closed),

        .init(.iOpen, .send, [.send(.initiator)], .iOpen),
        .init(.iOpen, .received(.initiator), [.process(.initiator)], .iOpen),
        .init(.iOpen, .receivedDWR(.initiator), [.processDWR, .sendDWA(.initiator)], .iOpen),
        .init(.iOpen, .receivedDWA(.initiator), [.processDWA], .iOpen),
        .init(.iOpen, .peerConnected, [.reject], .iOpen),
        .init(.iOpen, .stop, [.sendDPR(.initiator)], .closing),
        .init(.iOpen, .receivedDPR(.initiator), [.sendDPA(.initiator)], .closing),
        .init(.iOpen, .disconnected(.initiator), [.disconnect(.initiator)], .closed),

        .init(.closing, .receivedDPA(.initiator), [.disconnect(.initiator)], .closed),
        .init(.closing, .receivedDPA(.responder), [.disconnect(.responder)], .closed),
        .init(.closing, .timeout, [.error], .closed),
        .init(.closing, .disconnected(.initiator), [.disconnect(.initiator)], .closed),
        .init(.closing, .disconnected(.responder), [.disconnect(.responder)], .closed),
    ]

    /// What the table leaves open and the head of the machine explains.
    static let additions: [Arrow] = [
        .init(.waitConnAck, .stop, [.cleanup], .closed),
        .init(.waitICEA, .stop, [.cleanup], .closed),
        .init(.waitConnAckElect, .stop, [.cleanup], .closed),
        .init(.waitReturns, .stop, [.cleanup], .closed),
        .init(.waitReturns, .receivedNonCEA, [.disconnect(.initiator), .sendCEA], .rOpen),
        .init(.closing, .received(.initiator), [.process(.initiator)], .closing),
        .init(.closing, .received(.responder), [.process(.responder)], .closing),
        .init(.closing, .receivedDWR(.initiator), [.processDWR, .sendDWA(.initiator)], .closing),
        .init(.closing, .receivedDWR(.responder), [.processDWR, .sendDWA(.responder)], .closing),
        .init(.closing, .receivedDPR(.initiator), [.sendDPA(.initiator)], .closing),
        .init(.closing, .receivedDPR(.responder), [.sendDPA(.responder)], .closing),
        .init(.closing, .peerConnected, [.reject], .closing),
    ]

    static let events: [Event] =
        [
            .start, .connected, .connectFailed, .peerConnected, .receivedCEA, .receivedNonCEA, .timeout, .wonElection,
            .send, .stop,
        ]
        + PeerStateMachine.Side.allCases.flatMap { side -> [Event] in
            [
                .disconnected(side), .received(side), .receivedDWR(side), .receivedDWA(side), .receivedDPR(side),
                .receivedDPA(side),
            ]
        }

    @Test("every line of the table and every addition", arguments: table + additions)
    func line(arrow: Arrow) {
        var machine = PeerStateMachine(in: arrow.from)
        #expect(machine.handle(arrow.event) == arrow.actions, "\(arrow.from.rawValue) \(arrow.event)")
        #expect(machine.state == arrow.to, "\(arrow.from.rawValue) \(arrow.event)")
    }

    @Test("every other state × event pair is ignored", arguments: State.allCases)
    func others(state: State) {
        for event in Self.events {
            if (Self.table + Self.additions).contains(where: { $0.from == state && $0.event == event }) { continue }
            var machine = PeerStateMachine(in: state)
            #expect(machine.handle(event) == [], "\(state.rawValue) \(event)")
            #expect(machine.state == state, "\(state.rawValue) \(event)")
        }
    }
}
