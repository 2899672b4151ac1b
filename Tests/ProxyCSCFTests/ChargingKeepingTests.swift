import IMS
import Octets
import ProxyCSCF
import SIP
import Testing

@Suite("F2: what a P-CSCF charges for outlives kill -9")
struct ChargingKeepingTests {
    private func dialog(_ isCaller: Bool) throws -> (dialog: PhoneDialog, start: ChargingRecord) {
        let began = WallClock(nanoseconds: 1_700_000_000_000_000_000, at: .zero)
        var dialog = try PhoneDialog(isCaller: isCaller, AccessEdge.phone, []) {
            $0.clock = began
            $0.charges = true
        }
        // A change of the media is written with the session.
        let sdp = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
        dialog.edge.now = dialog.edge.now + .seconds(20)
        var lines = dialog.lines("UPDATE", fromPhone: true, ["Content-Type: application/sdp"])
        lines += ["Content-Length: \(sdp.utf8.count)", "", sdp]
        let update = try dialog.edge.send(lines: lines, from: AccessEdge.phone)
        let records = charged(try dialog.edge.answer(update, .ok))
        return (dialog, try #require(records.first { $0.kind == .interim }))
    }

    private func charged(_ actions: [Action<ProxyWork>]) -> [ChargingRecord] {
        actions.compactMap { if case .charge(let record) = $0 { record } else { nil } }
    }

    private func stop(_ dialog: inout PhoneDialog) throws -> ChargingRecord {
        let bye = try dialog.send("BYE", fromPhone: false)
        return try #require(charged(try dialog.edge.answer(bye, .ok)).first { $0.kind == .stop })
    }

    @Test(
        "the record of the end has who, when, what and the same names as without a restart", arguments: [true, false])
    func whole(_ isCaller: Bool) throws {
        let began = WallClock(nanoseconds: 1_700_000_000_000_000_000, at: .zero)
        var (dialog, interim) = try dialog(isCaller)
        let answeredAt = try #require(interim.answeredAt)
        let requestedAt = try #require(interim.requestedAt)
        dialog.edge.crash(after: .seconds(100))
        let now = WallClock(
            nanoseconds: Int64(bitPattern: began.nanoseconds(.zero + .seconds(120))), at: dialog.edge.now)
        var stop = try stop(&dialog)
        #expect(stop.endedAt == dialog.edge.now)
        #expect(try now.nanoseconds(#require(stop.answeredAt)) == began.nanoseconds(answeredAt))
        #expect(try now.nanoseconds(#require(stop.requestedAt)) == began.nanoseconds(requestedAt))
        #expect(stop.media == ["audio 4000 RTP/AVP 0"])
        #expect(stop.chargingID != nil && stop.user != nil && !stop.callingParties.isEmpty)
        #expect(stop.number == 2)
        // Nothing else differs.
        stop.kind = interim.kind
        stop.method = interim.method
        stop.number = interim.number
        (stop.requestedAt, stop.answeredAt, stop.endedAt) = (interim.requestedAt, interim.answeredAt, nil)
        #expect(stop == interim)
    }

    @Test("a session that was stored before charging was ends with what is known of it")
    func former() throws {
        var (dialog, interim) = try dialog(true)
        let (key, value) = try #require(dialog.edge.disk.first { $0.key.first == UInt8(ascii: "s") })
        let text = Array(interim.session.utf8)
        let place = try #require(value.indices.first { value[$0...].starts(with: text) })
        // Before the name of the session: a mark, number, side, method, Call-ID and the name's length.
        let head = 1 + 4 + 1 + (4 + "INVITE".utf8.count) + (4 + interim.callID.utf8.count) + 4
        dialog.edge.disk[key] = [1] + value[1..<place - head]
        dialog.edge.crash()
        let stop = try stop(&dialog)
        #expect(stop.session == interim.session)
        #expect(stop.callingParties.isEmpty)
    }
}
