import Octets
import SIP
import Testing

@Suite("RFC 3261 §17.2.3, §18.2, RFC 3581: server side of the stack")
struct ServerSideTests {
    typealias Bench = StackBench

    @Test("§17.2.2: a request reaches the role once, however often it comes; the response is repeated")
    func absorption() throws {
        var bench = Bench()
        let first = bench.receive(request())
        let (message, id) = try #require(first.requests.first)
        #expect(first == [.request(message, id, from: Bench.peer)])
        for _ in 0..<50 { #expect(bench.receive(request()) == []) }
        let response = bench.respond(.ok, to: message, id)
        #expect(response.count == 1)
        for _ in 0..<50 { #expect(bench.receive(request()) == response) }
        #expect(bench.stack.liveTransactions == 1)
        #expect(bench.advance(.seconds(33)) == [])
        #expect(bench.stack.liveTransactions == 0)
        #expect(bench.receive(request()).requests.count == 1)
    }

    @Test("§17.2.3: another branch, sent-by or method is another transaction")
    func matching() {
        var bench = Bench()
        #expect(bench.receive(request()).requests.count == 1)
        #expect(bench.receive(request(branch: "z9hG4bKpeer2")).requests.count == 1)
        #expect(bench.receive(request(sentBy: "192.0.2.1:5071")).requests.count == 1)
        #expect(bench.receive(request(sentBy: "client.example.org:5070")).requests.count == 1)
        #expect(bench.receive(request("MESSAGE")).requests.count == 1)
        #expect(bench.receive(request("PING")).requests.count == 1)
        #expect(bench.stack.liveTransactions == 6)
        #expect(bench.receive(request(sentBy: "CLIENT.example.ORG:5070")) == [], "host names know no case")
        #expect(bench.receive(request("PING")) == [])
    }

    @Test("§17.2.3: with the magic cookie the rest of the message plays no part")
    func matchingByBranchOnly() {
        var bench = Bench()
        #expect(bench.receive(request()).requests.count == 1)
        #expect(bench.receive(request(cseq: 9, callID: "other", fromTag: "other")) == [])
    }

    @Test("§17.2.3: without the magic cookie the RFC 2543 rules match", arguments: ["1", nil] as [String?])
    func legacyMatching(branch: String?) {
        var bench = Bench()
        #expect(bench.receive(request(branch: branch)).requests.count == 1)
        #expect(bench.receive(request(branch: branch)) == [])
        #expect(bench.receive(request(branch: branch, cseq: 2)).requests.count == 1)
        #expect(bench.receive(request(branch: branch, callID: "other")).requests.count == 1)
        #expect(bench.receive(request(branch: branch, fromTag: "other")).requests.count == 1)
        #expect(bench.receive(request(branch: branch, toTag: "x")).requests.count == 1)
        #expect(bench.receive(request(branch: branch, via: ";x=1")).requests.count == 1)
    }

    @Test("§17.2.3: an RFC 2543 ACK finds its INVITE by the To tag of the response")
    func legacyAcknowledgement() throws {
        var bench = Bench()
        let (message, id) = try #require(bench.receive(request("INVITE", branch: nil)).requests.first)
        _ = bench.respond(.busyHere, to: message, id, tag: "mine")
        let foreign = bench.receive(request("ACK", branch: nil, toTag: "theirs"))
        #expect(foreign.count == 1)
        guard case .acknowledgement = foreign.first else { return #expect(Bool(false), "passed to the TU") }
        #expect(bench.receive(request("ACK", branch: nil, toTag: "mine")) == [])
        #expect(bench.advance(.seconds(4)).isEmpty, "Confirmed: no more retransmissions")
    }

    @Test("§18.2.1: received is added when sent-by is not the source; RFC 3581 §4: rport is filled in")
    func received() throws {
        var bench = Bench()
        let cases: [(String, String, String, UInt16)] = [
            ("192.0.2.1:5070", "", "SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bK0", 5070),
            ("10.1.2.3:5090", "", "SIP/2.0/UDP 10.1.2.3:5090;branch=z9hG4bK1;received=192.0.2.1", 5090),
            ("client.example.org", "", "SIP/2.0/UDP client.example.org;branch=z9hG4bK2;received=192.0.2.1", 5060),
            (
                "192.0.2.1:5099", ";rport",
                "SIP/2.0/UDP 192.0.2.1:5099;branch=z9hG4bK3;rport=5070;received=192.0.2.1", 5070
            ),
            (
                "10.1.2.3", ";rport;x=y",
                "SIP/2.0/UDP 10.1.2.3;branch=z9hG4bK4;rport=5070;x=y;received=192.0.2.1", 5070
            ),
        ]
        for (index, (sentBy, via, expected, port)) in cases.enumerated() {
            let text = request(branch: "z9hG4bK\(index)", sentBy: sentBy, via: via)
            let (message, id) = try #require(bench.receive(text).requests.first)
            #expect(message.firstValue(.via)?.string == expected)
            let sent = try #require(bench.respond(.ok, to: message, id).transmitted.first)
            #expect(sent.hop == Hop(.udp, Bench.udp, Endpoint(.v4(0xC000_0201), port)))
            #expect(sent.message.values(.via).map(\.string) == [expected])
        }
    }

    @Test("§18.2.1: only the top Via is completed, however the values are written")
    func topViaOnly() throws {
        var bench = Bench()
        let below = ", SIP/2.0/UDP 203.0.113.1;branch=z9hG4bKbelow;rport"
        let rest = "SIP/2.0/UDP 203.0.113.1;branch=z9hG4bKbelow;rport"
        let top = "SIP/2.0/UDP 10.1.2.3:5070;branch=z9hG4bKpeer1"
        for (via, expected) in [
            (";rport" + below, [top + ";rport=5070;received=192.0.2.1", rest]),
            (below, [top + ";received=192.0.2.1", rest]),
            (";rport=9", [top + ";rport=5070;received=192.0.2.1"]),
            (";x=\"a;rport\"", [top + ";x=\"a;rport\";received=192.0.2.1"]),
            (";RPort ;y", [top + ";rport=5070 ;y;received=192.0.2.1"]),
        ] {
            bench = Bench()
            let (message, id) = try #require(bench.receive(request(sentBy: "10.1.2.3:5070", via: via)).requests.first)
            let normal = message.values(.via).map { $0.string.split(separator: " ").joined(separator: " ") }
            #expect(
                normal.map { $0.lowercased() }.map(Self.sorted) == expected.map { $0.lowercased() }.map(Self.sorted))
            #expect(bench.respond(.ok, to: message, id).transmitted.count == 1)
        }
    }

    /// Parameters may stand in any order.
    private static func sorted(_ via: String) -> [String] {
        via.split(separator: ";").map { $0.filter { $0 != " " } }.sorted()
    }

    @Test("§18.2.1: a received that the client wrote itself is overwritten")
    func forgedReceived() throws {
        var bench = Bench()
        let text = request(sentBy: "10.1.2.3", via: ";received=203.0.113.9")
        let (message, id) = try #require(bench.receive(text).requests.first)
        #expect(message.firstValue(.via)?.string.hasSuffix(";received=192.0.2.1") == true)
        #expect(bench.respond(.ok, to: message, id).transmitted.first?.hop.remote.address == .v4(0xC000_0201))
    }

    @Test("§18.2.2: maddr in a Via does not lead responses elsewhere")
    func maddr() throws {
        var bench = Bench()
        let (message, id) = try #require(bench.receive(request(via: ";maddr=203.0.113.9")).requests.first)
        #expect(bench.respond(.ok, to: message, id).transmitted.first?.hop == Bench.peer)
    }

    @Test("IPv6: brackets in sent-by are no difference")
    func ipv6() throws {
        var bench = Bench()
        let hop = Hop(.udp, Bench.udp6, Endpoint(.v6(0x2001_0db8_0000_0000, 9), 5070))
        let output = bench.receive(request(sentBy: "[2001:db8::9]:5070"), from: hop)
        let (message, id) = try #require(output.requests.first)
        #expect(message.firstValue(.via)?.string == "SIP/2.0/UDP [2001:db8::9]:5070;branch=z9hG4bKpeer1")
        #expect(bench.respond(.ok, to: message, id).transmitted.first?.hop == hop)
    }

    @Test("§17.2.1: 100 by itself after 200 ms, then the role's own; each INVITE again gets the last")
    func inviteProvisionals() throws {
        var bench = Bench()
        let (message, id) = try #require(bench.receive(request("INVITE")).requests.first)
        #expect(bench.receive(request("INVITE")) == [])
        let trying = bench.advance(.milliseconds(200))
        #expect(trying.transmitted.first?.message.status == .trying)
        #expect(trying.transmitted.first?.message.toTag == nil)
        #expect(bench.receive(request("INVITE")) == trying)
        let ringing = bench.respond(.ringing, to: message, id)
        #expect(bench.receive(request("INVITE")) == ringing)
    }

    @Test("§17.2.1: a refusal of an INVITE is repeated by timer G until the ACK")
    func refusedInvite() throws {
        var bench = Bench()
        let (message, id) = try #require(bench.receive(request("INVITE")).requests.first)
        let refusal = bench.respond(.busyHere, to: message, id)
        #expect(bench.advance(.seconds(4)) == refusal + refusal + refusal)  // at 0.5, 1.5 and 3.5 s
        #expect(bench.receive(request("ACK", toTag: "local")) == [])
        #expect(bench.advance(.seconds(4)) == [])
        #expect(bench.receive(request("INVITE")) == [], "Confirmed absorbs")
        _ = bench.advance(.seconds(2))
        #expect(bench.stack.liveTransactions == 0)
    }

    @Test("RFC 6026 §8.7: after a 2xx the INVITE is absorbed, further 2xx pass, the ACK goes to the role")
    func acceptedInvite() throws {
        var bench = Bench()
        let (message, id) = try #require(bench.receive(request("INVITE")).requests.first)
        let accepted = bench.respond(.ok, to: message, id)
        #expect(bench.receive(request("INVITE")) == [])
        #expect(bench.respond(.ok, to: message, id) == accepted)
        #expect(bench.respond(.busyHere, to: message, id) == [])
        let ack = bench.receive(request("ACK", branch: "z9hG4bKack", toTag: "local"))
        guard case .acknowledgement(let passed, from: Bench.peer) = ack.first else {
            return #expect(Bool(false), "\(ack)")
        }
        #expect(passed.method == .ack)
        #expect(bench.advance(.seconds(33)) == [])
        #expect(bench.stack.liveTransactions == 0)
    }

    @Test("RFC 4320 §4.1: a 100 to a slow non-INVITE after 3.5 s, not before; §4.2: no 408")
    func slowNonInvite() throws {
        var bench = Bench()
        let (message, id) = try #require(bench.receive(request()).requests.first)
        #expect(bench.respond(.trying, to: message, id) == [])
        #expect(bench.advance(.milliseconds(3499)) == [])
        #expect(bench.advance(.milliseconds(1)).transmitted.first?.message.status == .trying)
        #expect(bench.respond(.requestTimeout, to: message, id) == [])
        _ = bench.advance(.seconds(33))
        #expect(bench.stack.liveTransactions == 0)
    }

    @Test("A proxy's own timer F has fired: its 504 still finds the phone's transaction, TS 24.229 §5.2.2.1")
    func lateAnswer() throws {
        var bench = Bench()
        let (message, id) = try #require(bench.receive(request()).requests.first)
        _ = bench.advance(.seconds(32))
        #expect(bench.respond(.serverTimeout, to: message, id).transmitted.first?.message.status == .serverTimeout)
    }

    @Test("A role that never answers keeps no transaction for ever")
    func silentRole() {
        var bench = Bench()
        _ = bench.receive(request())
        _ = bench.receive(request("INVITE"))
        _ = bench.advance(.seconds(134))
        #expect(bench.stack.liveTransactions == 1)
        _ = bench.advance(.seconds(80))
        #expect(bench.stack.liveTransactions == 0)
        #expect(bench.stack.nextDeadline == nil)
    }

    @Test("RFC 6026 §8.3: a response too late or a second final one is discarded")
    func lateResponse() throws {
        var bench = Bench()
        let (message, id) = try #require(bench.receive(request()).requests.first)
        _ = bench.respond(.ok, to: message, id)
        #expect(bench.respond(.notFound, to: message, id) == [])
        _ = bench.advance(.seconds(40))
        #expect(bench.respond(.ok, to: message, id) == [])
        #expect(bench.respond(.ok, to: message, ServerTransactionID(rawValue: .max)) == [])
    }
}
