import Octets
import SIP
import Testing

@Suite("RFC 3261 §13.2.2: an INVITE at its client, with forks")
struct InviteClientTests {
    struct Bench {
        var client: InviteClient
        let invite: SIPMessage

        init(offer: Bool = true) throws {
            invite = try CallText.invite(offer ? "Content-Type: application/sdp\n" : "", body: offer ? "v=0" : "")
            client = InviteClient(invite, timing: ReliableProvisionalTests.timing)
        }

        mutating func receive(
            _ status: Int, _ tag: String? = "a", rseq: Int? = nil, sdp: Bool = false, at offset: Duration = .zero
        ) throws -> [String] {
            var response = try CallText.response(
                status, to: invite, tag: tag,
                extra: rseq.map { [(.require, "100rel"), (.rseq, "\($0)")] } ?? [])
            if sdp { response.setBody([UInt8]("v=0".utf8), contentType: "application/sdp") }
            return InviteClientTests.names(client.receive(response, at: matrixNow + offset))
        }

        func id(_ tag: String) -> DialogID {
            DialogID(callID: "a84b4c76e66710", localTag: "1928301774", remoteTag: OctetSlice(tag))
        }
    }

    static func names(_ actions: [InviteClient.Action]) -> [String] {
        actions.map {
            switch $0 {
            case .early(let id): "early \(id.remoteTag)"
            case .acknowledge(let id, let rack, _): "PRACK \(id.remoteTag) \(rack.response)"
            case .progress(let id, let response): "\(response.status?.rawValue ?? 0) \(id?.remoteTag.string ?? "-")"
            case .confirmed(let id, _): "ACK \(id.remoteTag)"
            case .sendAcknowledgement(let ack): "again \(ack.toTag?.string ?? "")"
            case .terminated(let id): "end \(id.remoteTag)"
            case .rejected(let response): "rejected \(response.status?.rawValue ?? 0)"
            }
        }
    }

    @Test("RFC 3261 §13.2.2.1: each tag makes an early dialog once; a 100 or a response without a tag makes none")
    func early() throws {
        var bench = try Bench()
        #expect(try bench.receive(100, nil) == ["100 -"])
        #expect(try bench.receive(180, nil) == ["180 -"])
        #expect(try bench.receive(180, "a") == ["early a", "180 a"])
        #expect(try bench.receive(183, "a") == ["183 a"])
        #expect(try bench.receive(180, "b") == ["early b", "180 b"])
        #expect(bench.client.dialogs.map(\.remoteTag.string) == ["a", "b"])
    }

    @Test("RFC 3261 §13.2.2.4: two 2xx are two dialogs with an ACK each; a repeated 2xx gets its ACK again")
    func forkedSuccess() throws {
        var bench = try Bench()
        #expect(try bench.receive(180, "a") == ["early a", "180 a"])
        #expect(try bench.receive(180, "c") == ["early c", "180 c"])
        #expect(try bench.receive(200, "a", sdp: true) == ["ACK a"])
        let made = bench.client.acknowledge(bench.id("a"))
        let ack = try #require(made)
        #expect(ack.cseq == CSeq(314_159, .ack))
        #expect(try bench.receive(200, "b", sdp: true) == ["ACK b"])
        #expect(bench.client.acknowledge(bench.id("b"))?.toTag?.string == "b")
        #expect(try bench.receive(200, "a", sdp: true, at: .seconds(4)) == ["again a"])
        #expect(bench.client.nextDeadline == matrixNow + .seconds(32))
        #expect(Self.names(bench.client.fire(at: matrixNow + .seconds(32))) == ["end c"])
        #expect(bench.client.state == .completed)
        #expect(try bench.receive(200, "d", at: .seconds(33)) == [])
        #expect(bench.client.sessions.values.allSatisfy { $0.dialog.state == .confirmed })
    }

    @Test("RFC 3261 §13.2.2.3: a refusal ends all early dialogs; later final responses are ignored")
    func rejected() throws {
        var bench = try Bench()
        _ = try bench.receive(180, "a")
        _ = try bench.receive(183, "b")
        #expect(try bench.receive(486, "b") == ["end a", "end b", "rejected 486"])
        #expect(bench.client.sessions.isEmpty)
        #expect(try bench.receive(603, "c") == [])
        #expect(try bench.receive(180, "d") == [])
        #expect(!bench.client.mayCancel)
    }

    @Test("RFC 3261 §13.2.2: no response at all")
    func timeout() throws {
        var bench = try Bench()
        _ = try bench.receive(180, "a")
        #expect(Self.names(bench.client.failed()) == ["end a"])
        #expect(bench.client.failed().isEmpty)
    }

    @Test("RFC 3262 §4: PRACK in the dialog of each fork, by its own order")
    func reliable() throws {
        var bench = try Bench()
        #expect(try bench.receive(183, "a", rseq: 10, sdp: true) == ["early a", "PRACK a 10"])
        #expect(try bench.receive(183, "a", rseq: 10, sdp: true) == [])
        #expect(try bench.receive(183, "b", rseq: 99) == ["early b", "PRACK b 99"])
        #expect(try bench.receive(180, "a", rseq: 12) == [])
        #expect(try bench.receive(180, "a", rseq: 11) == ["PRACK a 11"])
        let made = bench.client.update(bench.id("a")) { session -> SIPMessage? in
            do { return try session.acknowledge(RAck(10, CSeq(314_159, .invite))) } catch { return nil }
        }
        let prack = try #require(made ?? nil)
        #expect(prack.method == .prack)
        #expect(prack.firstValue(.rack)?.string == "10 314159 INVITE")
        #expect(prack.cseq?.number == 314_160)
    }

    @Test("RFC 6228 §4: a 199 ends its early dialog and makes none")
    func earlyDialogTerminated() throws {
        var bench = try Bench()
        _ = try bench.receive(180, "a")
        #expect(try bench.receive(199, "a") == ["end a"])
        #expect(try bench.receive(199, "x") == ["199 -"])
        #expect(bench.client.dialogs.isEmpty)
    }

    @Test("Each fork has an exchange of its own (RFC 3261 §13.2.1)")
    func exchanges() throws {
        var bench = try Bench()
        _ = try bench.receive(183, "a", rseq: 1, sdp: true)
        _ = try bench.receive(180, "b")
        #expect(bench.client.sessions[bench.id("a")]?.offers.state == .stable)
        #expect(bench.client.sessions[bench.id("b")]?.offers.state == .offered(by: .local, in: .invite))
        _ = try bench.receive(200, "b")
        #expect(bench.client.sessions[bench.id("b")]?.violation == .answerMissing)
    }

    @Test("More forks than the limit are not followed")
    func forkLimit() throws {
        var bench = try Bench()
        for number in 0..<InviteClient.forkLimit { _ = try bench.receive(180, "t\(number)") }
        #expect(try bench.receive(180, "more") == ["180 -"])
        #expect(try bench.receive(200, "more") == [])
    }
}
