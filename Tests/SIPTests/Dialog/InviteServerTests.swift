import Octets
import SIP
import Testing

@Suite("RFC 3261 §13.3, RFC 3262 §3: an INVITE at its server")
struct InviteServerTests {
    struct Bench {
        var server: InviteServer
        var now = matrixNow

        init(_ extra: String = "Supported: 100rel\n") throws {
            var entropy = Entropy(number: 3)
            server = InviteServer(
                try CallText.invite(extra), toTag: "srv", timing: ReliableProvisionalTests.timing, entropy: &entropy)
        }

        func response(_ status: Status, body: Bool = false) -> SIPMessage {
            var response = server.response(status, contact: "<sip:bob@192.0.2.4>")
            if body { response.setBody([UInt8]("v=0".utf8), contentType: "application/sdp") }
            return response
        }

        func ack(_ cseq: Int = 314_159) throws -> SIPMessage {
            try CallText.request("ACK", cseq: cseq, localTag: "srv", remoteTag: "1928301774")
        }
    }

    static func names(_ actions: [InviteServer.Action]) -> [String] {
        actions.map {
            switch $0 {
            case .respond(let response): "\(response.status?.rawValue ?? 0)"
            case .acknowledged: "acknowledged"
            case .unacknowledged: "BYE"
            case .provisionalLost: "lost"
            }
        }
    }

    /// A server in a state.
    static func bench(in state: String) throws -> (Bench, RAck) {
        var bench = try Bench()
        var rack = RAck(1, CSeq(314_159, .invite))
        if state.hasPrefix("183") || state == "2xx held" {
            let actions = bench.server.ring(bench.response(.sessionProgress, body: true), reliably: true, at: bench.now)
            if case .respond(let response) = actions.first {
                rack = RAck(try #require(try response.first(RSeq.self)).number, rack.cseq)
            }
        }
        switch state {
        case "2xx held", "accepted": _ = bench.server.accept(bench.response(.ok), at: bench.now)
        case "rejected": _ = bench.server.reject(bench.response(.busyHere))
        case "confirmed":
            _ = bench.server.accept(bench.response(.ok), at: bench.now)
            _ = bench.server.receive(acknowledgement: try bench.ack())
        default: break
        }
        return (bench, rack)
    }

    @Test("Every state × every event")
    func matrix() throws {
        let table = MatrixTable(
            """
            proceeding
                ring    | 180
                accept  | 200 > accepted
                reject  | 486 > done
                cancel  | 487 > done
                PRACK   | 481
                ACK, time | -
            183 sent
                ring    | - > proceeding
                accept  | - > proceeding
                reject  | 486 > done
                cancel  | 487 > done
                PRACK   | - > proceeding
                ACK     | - > proceeding
                time    | 504; lost > done
            2xx held
                ring, accept, ACK | - > proceeding
                reject  | 486 > done
                cancel  | 487 > done
                PRACK   | 200 > accepted
                time    | 504; lost > done
            accepted
                ring, accept, reject, cancel | -
                PRACK   | 481
                ACK     | acknowledged > done
                time    | BYE > done
            confirmed
                ring, accept, reject, cancel, ACK, time | - > done
                PRACK   | 481 > done
            rejected
                ring, accept, reject, cancel, ACK, time | - > done
                PRACK   | 481 > done
            """)
        table.check(
            states: ["proceeding", "183 sent", "2xx held", "accepted", "confirmed", "rejected"],
            events: ["ring", "accept", "reject", "cancel", "PRACK", "ACK", "time"]
        ) { state, event in
            do {
                var (bench, rack) = try Self.bench(in: state)
                let now = bench.now
                let actions: [String]
                switch event {
                case "ring":
                    actions = Self.names(
                        bench.server.ring(bench.response(.ringing), reliably: state != "proceeding", at: now))
                case "accept": actions = Self.names(bench.server.accept(bench.response(.ok), at: now))
                case "reject": actions = Self.names(bench.server.reject(bench.response(.busyHere)))
                case "cancel": actions = Self.names(bench.server.cancelled())
                case "PRACK":
                    actions = bench.server.acknowledge(rack, at: now).map(Self.names) ?? ["481"]
                case "ACK": actions = Self.names(bench.server.receive(acknowledgement: try bench.ack()))
                default: actions = Self.names(bench.server.fire(at: now + .seconds(32)))
                }
                return MatrixTable.Cell(actions: actions, next: "\(bench.server.state)")
            } catch {
                return MatrixTable.Cell(actions: ["\(error)"], next: state)
            }
        }
    }

    @Test(
        "RFC 3262 §3: reliable only to a client that knows it, always to one that insists",
        arguments: [
            ("", true, false), ("Supported: 100rel\n", true, true), ("Supported: 100rel\n", false, false),
            ("Require: 100rel\n", false, true),
        ])
    func reliability(extra: String, asked: Bool, reliable: Bool) throws {
        var bench = try Bench(extra)
        let actions = bench.server.ring(bench.response(.ringing), reliably: asked, at: bench.now)
        guard case .respond(let response) = try #require(actions.first) else { return }
        #expect(response.contains(.rseq) == reliable)
    }

    @Test("RFC 3261 §12.1.1: Record-Route in order and a Contact in responses that make a dialog")
    func responses() throws {
        let bench = try Bench("Record-Route: <sip:p2;lr>, <sip:p1;lr;x>\nRecord-Route: <sip:p0;lr>\n")
        let ringing = bench.response(.ringing)
        #expect(ringing.values(.recordRoute).map(\.string) == ["<sip:p2;lr>", "<sip:p1;lr;x>", "<sip:p0;lr>"])
        #expect(ringing.contains(.contact))
        #expect(ringing.toTag?.string == "srv")
        #expect(!bench.response(.busyHere).contains(.recordRoute))
        #expect(!bench.response(.trying).contains(.contact))
    }

    @Test("RFC 3261 §13.3.1.4: the 2xx again and again, the ACK of another INVITE does not count")
    func otherAcknowledgement() throws {
        var (bench, _) = try Self.bench(in: "accepted")
        #expect(bench.server.receive(acknowledgement: try bench.ack(314_158)) == [])
        #expect(Self.names(bench.server.fire(at: bench.now + .milliseconds(500))) == ["200"])
        #expect(bench.server.nextDeadline == bench.now + .milliseconds(1500))
    }
}
