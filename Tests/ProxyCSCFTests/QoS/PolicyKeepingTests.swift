import Cx
import Diameter
import IMS
import Octets
import ProxyCSCF
import Rx
import SIP
import Testing

@Suite("F1, F2: what the PCRF knows of is ended there, after kill -9 too")
struct PolicyKeepingTests {
    private static let kind = UInt8(ascii: "x")

    private func records(_ edge: PolicyEdge) -> Int { edge.edge.disk.keys.count { $0.first == Self.kind } }

    @Test("a call that stands: its BYE after the restart is followed by the STR")
    func standing() throws {
        var edge = try PolicyEdge(keeps: true)
        try edge.talk()
        let session = try edge.session()
        edge.edge.crash()
        let bye = try edge.send("BYE", fromPhone: true)
        let ended = try edge.answer(.ok, to: bye)
        #expect(try edge.end(ended).session == session)
        #expect(edge.asked(ended).first?.message[.destinationHost] == PolicyEdge.pcrf.host)
        let question = try #require(edge.asked(ended).first)
        let answer = SessionTerminationAnswer(.success).message(answering: question.message, origin: PolicyEdge.pcrf)
        #expect(records(edge) == 1)
        _ = edge.edge.handle(.answer(answer, question.ask))
        #expect(records(edge) == 0)
    }

    @Test("a call that stands: ASR after the restart ends it, and a change is an update")
    func goesOn() throws {
        var edge = try PolicyEdge(keeps: true)
        try edge.talk(isCaller: false)
        edge.edge.crash()
        let change = try edge.send(
            "UPDATE", fromPhone: true, PolicyEdge.description("10.11.12.13", ["m=audio 40000 RTP/AVP 8"]))
        let request = try edge.request(change)
        #expect(request.requestType == .update)
        #expect(request.afChargingIdentifier == "i2")
        #expect(request.framedIPAddress == OctetSlice([10, 11, 12, 13]))
        let after = edge.receive(AbortSessionRequest(session: try edge.session(), abortCause: .bearerReleased))
        #expect(after.allForwarded.map(\.method) == [.bye, .bye])
    }

    @Test("a call that was being set up is gone: STR")
    func setUp() throws {
        var edge = try PolicyEdge(keeps: true)
        let offered = try edge.call()
        let session = try edge.request(offered).session
        _ = try edge.grant(offered)
        edge.edge.crash()
        edge.edge.now += .seconds(2)
        let after = edge.edge.handle(.deadline)
        #expect(try edge.end(after).session == session)
    }

    @Test("an STR that nobody answers is sent again, later each time, and over a restart; then it is given up")
    func persistent() throws {
        var edge = try PolicyEdge(keeps: true)
        try edge.talk()
        let bye = try edge.send("BYE", fromPhone: true)
        var ask = try #require(edge.asked(try edge.answer(.ok, to: bye)).first).ask
        #expect(edge.edge.handle(.askFailed(ask, .unableToDeliver)).isEmpty)
        edge.edge.now += .seconds(4)
        ask = try #require(edge.asked(edge.edge.handle(.deadline)).first).ask
        _ = edge.edge.handle(.askFailed(ask, .unableToDeliver))
        edge.edge.crash()
        var tries = 0
        var last: [Action<ProxyWork>] = []
        while let next = edge.edge.role.nextDeadline, tries < 100 {
            edge.edge.now = next
            guard let again = edge.asked(edge.edge.handle(.deadline)).first else { continue }
            tries += 1
            last = edge.edge.handle(.askFailed(again.ask, .unableToDeliver))
            if last.shape.contains("observe error") { break }
        }
        #expect(tries == 12)
        #expect(records(edge) == 0)
    }

    @Test("a record that cannot be read is passed over")
    func damaged() throws {
        var edge = try PolicyEdge(keeps: true)
        try edge.talk()
        let disk = edge.edge.disk
        let (key, value) = try #require(disk.first { $0.key.first == Self.kind })
        for length in 0..<value.count {
            edge.edge.disk = disk
            edge.edge.disk[key] = Array(value[..<length])
            edge.edge.crash(after: .zero)
            #expect(edge.edge.handle(.command(Command("x"), CommandID(rawValue: 1))).shape.contains("observe warning"))
        }
    }
}
