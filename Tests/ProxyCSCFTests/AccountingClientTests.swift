import Cx
import Diameter
import IMS
import Octets
import Rf
import Testing

@Suite("RFC 6733 §9.4: charging records until they are acknowledged")
struct AccountingClientTests {
    private static let function = DiameterOrigin(host: "cdf.charging.example", realm: "charging.example")

    private func client(kept: [(UInt64, [UInt8])] = [], limit: Int = 100_000) -> AccountingClient {
        var settings = AccountingClient.Settings(
            origin: DiameterOrigin(host: "pcscf.ims.example", realm: "ims.example"), realm: Self.function.realm,
            node: .pcscf, epoch: 1_700_000_000)
        settings.limit = limit
        return AccountingClient(settings, kept: kept)
    }

    private func record(_ number: Int) -> ChargingRecord {
        ChargingRecord(.event, method: "MESSAGE", callID: "c\(number)")
    }

    private func asked(_ outputs: [AccountingClient.Output]) -> [(DiameterMessage, AskID)] {
        outputs.compactMap { if case .ask(let message, let ask) = $0 { (message, ask) } else { nil } }
    }

    private func done(_ outputs: [AccountingClient.Output]) -> Int {
        outputs.count { if case .done = $0 { true } else { false } }
    }

    private func answer(_ request: DiameterMessage, _ code: ResultCode) -> DiameterMessage {
        AccountingAnswer(.base(code)).message(answering: request, origin: Self.function)
    }

    @Test("a record is kept first, sent, and forgotten when it is acknowledged")
    func acknowledged() throws {
        var client = client()
        var outputs: [AccountingClient.Output] = []
        client.take(record(1), at: .zero, into: &outputs)
        guard case .keep(1, let octets)? = outputs.first else { return #expect(Bool(false), "\(outputs)") }
        let (message, ask) = try #require(asked(outputs).first)
        #expect(message.octets == octets)
        #expect(AccountingClient.isOurs(ask))
        #expect(!message.isRetransmitted)
        outputs = []
        client.answered(answer(message, .success), ask, at: .zero, into: &outputs)
        #expect(done(outputs) == 1)
        #expect(client.count == 0)
    }

    @Test(
        "while nobody answers one record is tried at a time; then all go out, with the T flag where they may be copies")
    func away() throws {
        var client = client()
        var outputs: [AccountingClient.Output] = []
        for number in 1...40 { client.take(record(number), at: .zero, into: &outputs) }
        let first = asked(outputs)
        #expect(first.count == 16)
        outputs = []
        for (_, ask) in first { client.askFailed(ask, at: .zero + .seconds(3), into: &outputs) }
        #expect(asked(outputs).isEmpty)
        #expect(client.nextDeadline == .zero + .seconds(13))
        outputs = []
        client.fire(at: .zero + .seconds(13), into: &outputs)
        let probe = try #require(asked(outputs).first)
        #expect(asked(outputs).count == 1)
        #expect(probe.0.isRetransmitted)
        outputs = []
        client.answered(answer(probe.0, .success), probe.1, at: .zero + .seconds(14), into: &outputs)
        var delivered = done(outputs)
        while let next = asked(outputs).last, delivered < 40 {
            let batch = asked(outputs)
            outputs = []
            for (message, ask) in batch {
                client.answered(answer(message, .success), ask, at: .zero + .seconds(15), into: &outputs)
            }
            delivered += done(outputs)
            _ = next
        }
        #expect(delivered == 40)
        #expect(client.count == 0)
    }

    @Test(
        "a function that is full is tried again; one that refuses is not",
        arguments: [(ResultCode.outOfSpace, 1), (.tooBusy, 1), (.invalidAVPValue, 0)])
    func refused(code: ResultCode, left: Int) throws {
        var client = client()
        var outputs: [AccountingClient.Output] = []
        client.take(record(1), at: .zero, into: &outputs)
        let (message, ask) = try #require(asked(outputs).first)
        client.answered(answer(message, code), ask, at: .zero, into: &outputs)
        #expect(client.count == left)
    }

    @Test("what was kept before the last stop goes out first, with the T flag")
    func restarted() throws {
        var before = client()
        var outputs: [AccountingClient.Output] = []
        for number in 1...2 { before.take(record(number), at: .zero, into: &outputs) }
        let kept = outputs.compactMap { if case .keep(let number, let octets) = $0 { (number, octets) } else { nil } }
        var client = client(kept: kept + [(7, [1, 2, 3])])
        outputs = []
        client.start(at: .zero, into: &outputs)
        let sent = asked(outputs)
        #expect(sent.map(\.0.isRetransmitted) == [true, true])
        outputs = []
        client.take(record(3), at: .zero, into: &outputs)
        guard case .keep(8, _)? = outputs.first else { return #expect(Bool(false), "\(outputs)") }
    }

    @Test("records beyond the limit are said once and not sent")
    func full() {
        var client = client(limit: 2)
        var outputs: [AccountingClient.Output] = []
        for number in 1...5 { client.take(record(number), at: .zero, into: &outputs) }
        #expect(client.count == 2)
        let said = outputs.count { if case .observe = $0 { true } else { false } }
        #expect(said == 1)
    }

    @Test("all records of a session have one Session-Id, whoever made them and after a restart")
    func session() throws {
        var client = client()
        var outputs: [AccountingClient.Output] = []
        var record = ChargingRecord(.start, method: "INVITE", callID: "c")
        record.side = .originating
        record.user = "sip:alice@ims.example"
        client.take(record, at: .zero, into: &outputs)
        record.kind = .stop
        record.number = 1
        record.method = "BYE"
        var other = self.client()
        other.take(record, at: .zero + .seconds(60), into: &outputs)
        let requests = try asked(outputs).map { try AccountingRequest(decoding: $0.0) }
        #expect(Set(requests.map(\.session)).count == 1)
        #expect(requests.map(\.type) == [.start, .stop])
        #expect(requests.map(\.number) == [0, 1])
    }
}
