/// The peer state machine, RFC 6733 §5.6. I is the connection that we initiated, R the one that the peer did.
///
///     state          event             actions                            next
///     ------------------------------------------------------------------------------------
///     Closed         Start             I-Snd-Conn-Req                     Wait-Conn-Ack
///                    R-Conn-CER        R-Accept, Process-CER, R-Snd-CEA   R-Open
///     Wait-Conn-Ack  I-Rcv-Conn-Ack    I-Snd-CER                          Wait-I-CEA
///                    I-Rcv-Conn-Nack   Cleanup                            Closed
///                    R-Conn-CER        R-Accept, Process-CER              Wait-Conn-Ack/Elect
///                    Timeout           Error                              Closed
///     Wait-I-CEA     I-Rcv-CEA         Process-CEA                        I-Open
///                    R-Conn-CER        R-Accept, Process-CER, Elect       Wait-Returns
///                    I-Peer-Disc       I-Disc                             Closed
///                    I-Rcv-Non-CEA     Error                              Closed
///                    Timeout           Error                              Closed
///     Wait-Conn-Ack/ I-Rcv-Conn-Ack    I-Snd-CER, Elect                   Wait-Returns
///     Elect          I-Rcv-Conn-Nack   R-Snd-CEA                          R-Open
///                    R-Peer-Disc       R-Disc                             Wait-Conn-Ack
///                    R-Conn-CER        R-Reject                           Wait-Conn-Ack/Elect
///                    Timeout           Error                              Closed
///     Wait-Returns   Win-Election      I-Disc, R-Snd-CEA                  R-Open
///                    I-Peer-Disc       I-Disc, R-Snd-CEA                  R-Open
///                    I-Rcv-CEA         R-Disc, Process-CEA                I-Open
///                    R-Peer-Disc       R-Disc                             Wait-I-CEA
///                    R-Conn-CER        R-Reject                           Wait-Returns
///                    Timeout           Error                              Closed
///     R-Open, I-Open Send-Message      Snd-Message                        same
///     (X is the open Rcv-Message       Process                            same
///     connection)    Rcv-DWR           Process-DWR, Snd-DWA               same
///                    Rcv-DWA           Process-DWA                        same
///                    R-Conn-CER        R-Reject                           same
///                    Stop              Snd-DPR                            Closing
///                    Rcv-DPR           Snd-DPA                            Closing
///                    Peer-Disc         X-Disc                             Closed
///     Closing        Rcv-DPA           X-Disc                             Closed
///                    Peer-Disc         X-Disc                             Closed
///                    Timeout           Error                              Closed
///
/// The table leaves out what follows; here it is what the RFC's words elsewhere suggest:
/// Process-CEA also in Wait-Returns (its capabilities are needed); a non-CEA there counts as I-Peer-Disc; Stop before a
/// connection is open frees what there is; in Closing answers in flight are still taken and DPRs that cross are
/// answered. Every other pair is ignored.
package struct PeerStateMachine: Equatable, Sendable {
    package enum State: String, Equatable, Sendable, CaseIterable {
        case closed = "Closed"
        case waitConnAck = "Wait-Conn-Ack"
        case waitICEA = "Wait-I-CEA"
        case waitConnAckElect = "Wait-Conn-Ack/Elect"
        case waitReturns = "Wait-Returns"
        case rOpen = "R-Open"
        case iOpen = "I-Open"
        case closing = "Closing"

        package var isOpen: Bool { self == .rOpen || self == .iOpen }
    }

    package enum Side: Equatable, Sendable, CaseIterable {
        case initiator, responder
    }

    package enum Event: Equatable, Sendable {
        case start
        /// I-Rcv-Conn-Ack, I-Rcv-Conn-Nack.
        case connected, connectFailed
        /// R-Conn-CER: the peer has connected and sent CER.
        case peerConnected
        case receivedCEA, receivedNonCEA
        case disconnected(Side)
        case timeout
        case wonElection
        case send
        case received(Side)
        case receivedDWR(Side), receivedDWA(Side)
        case receivedDPR(Side), receivedDPA(Side)
        case stop
    }

    package enum Action: Equatable, Sendable {
        /// I-Snd-Conn-Req.
        case connect
        /// R-Accept, R-Reject: of the connection that brought the CER.
        case accept, reject
        case processCER, processCEA
        case sendCER, sendCEA
        case elect
        /// Frees what the connections hold; `error` in answer to an error.
        case cleanup, error
        case disconnect(Side)
        case send(Side), process(Side)
        case processDWR, processDWA
        case sendDWA(Side)
        case sendDPR(Side), sendDPA(Side)
    }

    package private(set) var state: State

    package init(in state: State = .closed) { self.state = state }

    package mutating func handle(_ event: Event) -> [Action] {
        switch state {
        case .closed: inClosed(event)
        case .waitConnAck: inWaitConnAck(event)
        case .waitICEA: inWaitICEA(event)
        case .waitConnAckElect: inWaitConnAckElect(event)
        case .waitReturns: inWaitReturns(event)
        case .rOpen: inOpen(event, .responder)
        case .iOpen: inOpen(event, .initiator)
        case .closing: inClosing(event)
        }
    }

    private mutating func enter(_ next: State, _ actions: Action...) -> [Action] {
        state = next
        return actions
    }

    private mutating func inClosed(_ event: Event) -> [Action] {
        switch event {
        case .start: enter(.waitConnAck, .connect)
        case .peerConnected: enter(.rOpen, .accept, .processCER, .sendCEA)
        case .connected, .connectFailed, .receivedCEA, .receivedNonCEA, .disconnected, .timeout, .wonElection, .send,
            .received, .receivedDWR, .receivedDWA, .receivedDPR, .receivedDPA, .stop:
            []
        }
    }

    private mutating func inWaitConnAck(_ event: Event) -> [Action] {
        switch event {
        case .connected: enter(.waitICEA, .sendCER)
        case .connectFailed: enter(.closed, .cleanup)
        case .peerConnected: enter(.waitConnAckElect, .accept, .processCER)
        case .timeout: enter(.closed, .error)
        case .stop: enter(.closed, .cleanup)
        case .start, .receivedCEA, .receivedNonCEA, .disconnected, .wonElection, .send, .received, .receivedDWR,
            .receivedDWA, .receivedDPR, .receivedDPA:
            []
        }
    }

    private mutating func inWaitICEA(_ event: Event) -> [Action] {
        switch event {
        case .receivedCEA: enter(.iOpen, .processCEA)
        case .peerConnected: enter(.waitReturns, .accept, .processCER, .elect)
        case .disconnected(.initiator): enter(.closed, .disconnect(.initiator))
        case .receivedNonCEA, .timeout: enter(.closed, .error)
        case .stop: enter(.closed, .cleanup)
        case .start, .connected, .connectFailed, .disconnected(.responder), .wonElection, .send, .received,
            .receivedDWR, .receivedDWA, .receivedDPR, .receivedDPA:
            []
        }
    }

    private mutating func inWaitConnAckElect(_ event: Event) -> [Action] {
        switch event {
        case .connected: enter(.waitReturns, .sendCER, .elect)
        case .connectFailed: enter(.rOpen, .sendCEA)
        case .disconnected(.responder): enter(.waitConnAck, .disconnect(.responder))
        case .peerConnected: [.reject]
        case .timeout: enter(.closed, .error)
        case .stop: enter(.closed, .cleanup)
        case .start, .receivedCEA, .receivedNonCEA, .disconnected(.initiator), .wonElection, .send, .received,
            .receivedDWR, .receivedDWA, .receivedDPR, .receivedDPA:
            []
        }
    }

    private mutating func inWaitReturns(_ event: Event) -> [Action] {
        switch event {
        case .wonElection, .disconnected(.initiator), .receivedNonCEA:
            enter(.rOpen, .disconnect(.initiator), .sendCEA)
        case .receivedCEA: enter(.iOpen, .disconnect(.responder), .processCEA)
        case .disconnected(.responder): enter(.waitICEA, .disconnect(.responder))
        case .peerConnected: [.reject]
        case .timeout: enter(.closed, .error)
        case .stop: enter(.closed, .cleanup)
        case .start, .connected, .connectFailed, .send, .received, .receivedDWR, .receivedDWA, .receivedDPR,
            .receivedDPA:
            []
        }
    }

    private mutating func inOpen(_ event: Event, _ open: Side) -> [Action] {
        switch event {
        case .send: [.send(open)]
        case .received(open): [.process(open)]
        case .receivedDWR(open): [.processDWR, .sendDWA(open)]
        case .receivedDWA(open): [.processDWA]
        case .peerConnected: [.reject]
        case .stop: enter(.closing, .sendDPR(open))
        case .receivedDPR(open): enter(.closing, .sendDPA(open))
        case .disconnected(open): enter(.closed, .disconnect(open))
        // The other connection is gone in these states; a DPA that nobody asked for says nothing.
        case .disconnected, .received, .receivedDWR, .receivedDWA, .receivedDPR, .receivedDPA: []
        case .start, .connected, .connectFailed, .receivedCEA, .receivedNonCEA, .timeout, .wonElection: []
        }
    }

    private mutating func inClosing(_ event: Event) -> [Action] {
        switch event {
        case .receivedDPA(let side), .disconnected(let side): enter(.closed, .disconnect(side))
        case .timeout: enter(.closed, .error)
        case .received(let side): [.process(side)]
        case .receivedDPR(let side): [.sendDPA(side)]
        case .receivedDWR(let side): [.processDWR, .sendDWA(side)]
        case .peerConnected: [.reject]
        case .start, .connected, .connectFailed, .receivedCEA, .receivedNonCEA, .wonElection, .send, .receivedDWA,
            .stop:
            []
        }
    }
}
