import Octets
import SIP
import Testing

@Suite("RFC 3261 §12, RFC 4028 §8: a session as a proxy on its path sees it")
struct ObservedDialogTests {
    static func isOwn(_ uri: SIPURI) -> Bool { uri.host.equals("p2") }

    /// Alice – p1 – p2 (we) – p3 – Bob. The INVITE as it left us, the response as Bob makes it.
    struct Bench {
        let invite: SIPMessage
        var dialog: ObservedDialog

        init(status: Int = 180, extra: String = "", policy: SessionTimerPolicy? = nil) throws {
            var invite = try CallText.invite(
                "Record-Route: <sip:p2;lr>\nRecord-Route: <sip:p1;lr>\n" + extra, cseq: 7)
            var pending: ProxySessionTimer.Pending?
            let timer = policy.map(ProxySessionTimer.init)
            if let timer { pending = timer.forward(&invite).1 }
            self.invite = invite
            dialog = try ObservedDialog(
                invite: invite, response: Self.response(status, to: invite), timer: timer, pending: pending,
                isOwn: ObservedDialogTests.isOwn)
        }

        static func response(
            _ status: Int, to invite: SIPMessage, extra: [(HeaderName, String)] = [], tag: String = "bob"
        ) throws -> SIPMessage {
            try CallText.response(
                status, to: invite, tag: tag, routes: ["<sip:p3;lr>", "<sip:p2;lr>", "<sip:p1;lr>"], extra: extra)
        }

        mutating func answer(
            _ status: Int, at offset: Duration = .zero, extra: [(HeaderName, String)] = []
        ) throws {
            var response = try Self.response(status, to: invite, extra: extra)
            dialog.forward(response: &response, to: invite, at: matrixNow + offset)
        }

        static func request(
            _ method: String, cseq: Int, from: ObservedDialog.Party, contact: String? = nil, extra: String = ""
        ) throws -> SIPMessage {
            try CallText.request(
                method, cseq: cseq, localTag: from == .caller ? "bob" : "1928301774",
                remoteTag: from == .caller ? "1928301774" : "bob", contact: contact, extra: extra)
        }
    }

    @Test(
        "RFC 3261 §12: early, confirmed by the 2xx, terminated by BYE of either",
        arguments: [
            ObservedDialog.Party.caller, .callee,
        ])
    func life(party: ObservedDialog.Party) throws {
        var bench = try Bench()
        #expect(bench.dialog.state == .early)
        try bench.answer(200, at: .seconds(3))
        #expect(bench.dialog.state == .confirmed)
        #expect(bench.dialog.confirmedAt == matrixNow + .seconds(3))
        var bye = try Bench.request("BYE", cseq: 8, from: party)
        #expect(bench.dialog.sender(of: bye) == party)
        _ = bench.dialog.forward(&bye)
        #expect(bench.dialog.state == .terminated(.bye(by: party)))
    }

    @Test("RFC 3261 §12.3: refusals, 199 and a 2xx elsewhere end an early dialog; a confirmed one stays")
    func earlyEnds() throws {
        var bench = try Bench()
        try bench.answer(486)
        #expect(bench.dialog.state == .terminated(.rejected(.busyHere)))
        bench = try Bench()
        try bench.answer(199)
        #expect(bench.dialog.state == .terminated(.rejected(.earlyDialogTerminated)))
        bench = try Bench()
        bench.dialog.otherForkAccepted()
        #expect(bench.dialog.state == .terminated(.otherFork))
        bench = try Bench()
        try bench.answer(200)
        bench.dialog.otherForkAccepted()
        #expect(bench.dialog.state == .confirmed)
    }

    @Test("Messages of other dialogs are told apart")
    func foreign() throws {
        let bench = try Bench()
        let other = try CallText.request("BYE", cseq: 9, localTag: "x", remoteTag: "y")
        #expect(bench.dialog.sender(of: other) == nil)
        #expect(throws: DialogError.noDialog) {
            try ObservedDialog(
                invite: bench.invite, response: CallText.response(180, to: bench.invite, tag: nil), isOwn: Self.isOwn)
        }
    }

    @Test("RFC 3261 §12.2: the release goes to each side by its own part of the route set, with its own next number")
    func release() throws {
        var bench = try Bench()
        #expect(bench.dialog.release() == nil, "an early session is answered or cancelled")
        try bench.answer(200)
        var info = try Bench.request("INFO", cseq: 12, from: .caller)
        _ = bench.dialog.forward(&info)
        var update = try Bench.request("UPDATE", cseq: 101, from: .callee, contact: "<sip:bob@192.0.2.99>")
        _ = bench.dialog.forward(&update)
        var success = SIPMessage.response(.ok, to: update, toTag: nil)
        success.append(.contact, "<sip:alice@192.0.2.50>")
        bench.dialog.forward(response: &success, to: update, at: matrixNow)
        let released = bench.dialog.release(reason: Reason(cause: 503))
        let release = try #require(released)
        #expect(release.toCallee.requestURI.string == "sip:bob@192.0.2.99")
        #expect(release.toCallee.values(.route).map(\.string) == ["<sip:p3;lr>"])
        #expect(release.toCallee.cseq == CSeq(13, .bye))
        #expect(release.toCallee.fromTag?.string == "1928301774")
        #expect(release.toCallee.toTag?.string == "bob")
        #expect(release.toCallee.firstValue(.reason)?.string == "SIP;cause=503")
        #expect(release.toCaller.requestURI.string == "sip:alice@192.0.2.50")
        #expect(release.toCaller.values(.route).map(\.string) == ["<sip:p1;lr>"])
        #expect(release.toCaller.cseq == CSeq(102, .bye))
        #expect(release.toCaller.fromTag?.string == "bob")
        #expect(release.toCaller.toTag?.string == "1928301774")
        #expect(bench.dialog.state == .terminated(.released))
        #expect(bench.dialog.release() == nil)
    }

    /// Alice – p2 (we) – s – p2 again – Bob: both phones are ours.
    @Test("RFC 3261 §16.3: a proxy that a request passes twice ends each time's session by that time's part")
    func spiral() throws {
        for (recorded, toCaller, toCallee) in [
            (["<sip:p2;lr>"], [], ["<sip:s;lr>", "<sip:p2;lr>"]),
            (["<sip:p2;lr>", "<sip:s;lr>", "<sip:p2;lr>"], ["<sip:s;lr>", "<sip:p2;lr>"], []),
        ] {
            let invite = try CallText.invite(recorded.map { "Record-Route: \($0)\n" }.joined(), cseq: 7)
            var response = try CallText.response(
                200, to: invite, tag: "bob", routes: ["<sip:p2;lr>", "<sip:s;lr>", "<sip:p2;lr>"], extra: [])
            var dialog = try ObservedDialog(invite: invite, response: response, isOwn: Self.isOwn)
            dialog.forward(response: &response, to: invite, at: matrixNow)
            let released = dialog.release(unseen: 256)
            let release = try #require(released)
            #expect(release.toCaller.values(.route).map(\.string) == toCaller)
            #expect(release.toCallee.values(.route).map(\.string) == toCallee)
            #expect(release.toCallee.cseq == CSeq(7 + 1 + 256, .bye))
        }
    }

    @Test("The texts of a dialog are slices of one array, and of no message")
    func memory() throws {
        var bench = try Bench()
        try bench.answer(200)
        let texts = [
            bench.dialog.id.callID, bench.dialog.id.localTag, bench.dialog.id.remoteTag,
            bench.dialog.address(of: .caller), bench.dialog.address(of: .callee),
        ]
        let size = try #require(texts.first).base.count
        #expect(texts.allSatisfy { $0.base.count == size })
        #expect(size < bench.invite.serialized().count, "\(size) octets")
    }

    @Test("RFC 3261 §12.2: a refused target refresh changes no target")
    func refusedRefresh() throws {
        var bench = try Bench()
        try bench.answer(200)
        var update = try Bench.request("UPDATE", cseq: 101, from: .callee, contact: "<sip:bob@192.0.2.99>")
        _ = bench.dialog.forward(&update)
        var refusal = SIPMessage.response(.requestPending, to: update, toTag: nil)
        bench.dialog.forward(response: &refusal, to: update, at: matrixNow)
        let released = bench.dialog.release()
        #expect(released?.toCallee.requestURI.string == "sip:bob@192.0.2.4")
    }

    @Test("RFC 4028 §8.2, §8.3: the session runs out unless it is refreshed")
    func sessionTimer() throws {
        var bench = try Bench(extra: "Supported: timer\n", policy: SessionTimerPolicy(interval: 600))
        #expect(bench.invite.firstValue(.sessionExpires)?.string == "600")
        try bench.answer(200, extra: [(.sessionExpires, "600;refresher=uac"), (.require, "timer")])
        #expect(bench.dialog.nextDeadline == matrixNow + .seconds(600))
        var update = try Bench.request(
            "UPDATE", cseq: 8, from: .caller, extra: "Supported: timer\nSession-Expires: 600;refresher=uac\n")
        #expect(bench.dialog.forward(&update) == nil)
        var success = SIPMessage.response(.ok, to: update, toTag: nil)
        success.append(.sessionExpires, "600;refresher=uac")
        bench.dialog.forward(response: &success, to: update, at: matrixNow + .seconds(300))
        let early = bench.dialog.fire(at: matrixNow + .seconds(600))
        #expect(!early)
        let late = bench.dialog.fire(at: matrixNow + .seconds(900))
        #expect(late)
        #expect(bench.dialog.state == .terminated(.expired))
    }

    @Test("RFC 4028 §8.1: too short a refresh is for 422")
    func tooShort() throws {
        var bench = try Bench(policy: SessionTimerPolicy(interval: 600, minimum: 300))
        try bench.answer(200)
        var update = try Bench.request(
            "UPDATE", cseq: 8, from: .caller, extra: "Supported: timer\nSession-Expires: 100\n")
        #expect(bench.dialog.forward(&update) == 300)
    }
}
