import Octets
import SIP
import Testing

@Suite("RFC 4028: session timers")
struct SessionTimerTests {
    static func request(_ extra: String) throws -> SIPMessage { try CallText.invite(extra) }

    static func success(_ expires: String?, to request: SIPMessage) throws -> SIPMessage {
        try CallText.response(
            200, to: request, extra: expires.map { [(.sessionExpires, $0), (.require, "timer")] } ?? [])
    }

    /// A timer that runs since `matrixNow`.
    static func running(_ expires: String) throws -> SessionTimer {
        var timer = SessionTimer(SessionTimerPolicy())
        var request = try Self.request("")
        timer.prepare(&request)
        _ = timer.receive(try success(expires, to: request), at: matrixNow)
        return timer
    }

    @Test("RFC 4028 §7.1: the client asks; without a wish it only says that it knows timers")
    func ask() throws {
        var timer = SessionTimer(SessionTimerPolicy(interval: 600))
        var request = try Self.request("Supported: 100rel\n")
        timer.prepare(&request)
        #expect(request.listContains(.supported, token: "timer"))
        #expect(request.firstValue(.sessionExpires)?.string == "600")
        #expect(!request.contains(.minSE))
        var silent = SessionTimer(SessionTimerPolicy(interval: nil))
        var plain = try Self.request("")
        silent.prepare(&plain)
        #expect(plain.listContains(.supported, token: "timer"))
        #expect(!plain.contains(.sessionExpires))
    }

    @Test(
        "RFC 4028 §7.2: who refreshes, and when",
        arguments: [
            ("1800;refresher=uac", "refresh 900"), ("1800;refresher=uas", "terminate 1768"),
            ("90;refresher=uac", "refresh 45"),
            ("90;refresher=uas", "terminate 60"),
        ])
    func clientTimer(expires: String, next: String) throws {
        var timer = try Self.running(expires)
        let deadline = try #require(timer.nextDeadline)
        #expect(timer.fire(at: deadline + .milliseconds(-1)) == nil)
        let fired = timer.fire(at: deadline)
        let action = try #require(fired)
        #expect("\(action) \(seconds(until: deadline))" == next)
    }

    @Test("RFC 4028 §10: a refresh without a 2xx ends in a BYE before the end; a 2xx begins anew")
    func refresh() throws {
        var timer = try Self.running("1800;refresher=uac")
        #expect(timer.fire(at: matrixNow + .seconds(900)) == .refresh)
        #expect(timer.nextDeadline == matrixNow + .seconds(1800 - 32))
        var again = timer
        #expect(again.fire(at: matrixNow + .seconds(1768)) == .terminate)
        #expect(again.nextDeadline == nil)
        var update = try Self.request("")
        timer.prepare(&update)
        #expect(update.firstValue(.sessionExpires)?.string == "1800;refresher=uac", "§7.4: the roles stay")
        _ = timer.receive(try Self.success("1800;refresher=uac", to: update), at: matrixNow + .seconds(901))
        #expect(timer.nextDeadline == matrixNow + .seconds(901 + 900))
    }

    @Test(
        "RFC 4028 §10: 408, 481 and silence end the session, other answers do not",
        arguments: [
            (nil, true), (408, true), (481, true), (401, false), (491, false), (500, false),
        ] as [(UInt16?, Bool)])
    func refreshFailed(code: UInt16?, ends: Bool) throws {
        let timer = try Self.running("1800;refresher=uac")
        #expect((timer.refreshFailed(code.flatMap(Status.init(rawValue:))) == .terminate) == ends)
    }

    @Test("RFC 4028 §7.2: a server that knows no timers leaves it to the client; no wish, no timer")
    func onlyClient() throws {
        var timer = SessionTimer(SessionTimerPolicy(interval: 600))
        var request = try Self.request("")
        timer.prepare(&request)
        _ = timer.receive(try Self.success(nil, to: request), at: matrixNow)
        #expect(timer.nextDeadline == matrixNow + .seconds(300))
        var silent = SessionTimer(SessionTimerPolicy(interval: nil))
        _ = silent.receive(try Self.success(nil, to: request), at: matrixNow)
        #expect(silent.state == .off)
    }

    @Test("RFC 4028 §7.2: a 2xx without Session-Expires turns a running timer off when we asked for none")
    func turnedOff() throws {
        var timer = try Self.running("1800;refresher=uas")
        let request = try Self.request("")
        _ = timer.receive(try Self.success(nil, to: request), at: matrixNow)
        #expect(timer.state == .off)
    }

    @Test("RFC 4028 §7.3, §7.4: after a 422 again with the largest Min-SE and at least that interval")
    func tooSmall() throws {
        var timer = SessionTimer(SessionTimerPolicy(interval: 120))
        var request = try Self.request("")
        timer.prepare(&request)
        let refusal = try CallText.response(422, to: request, extra: [(.minSE, "3600")])
        #expect(timer.receive(refusal, at: matrixNow) == .retry)
        #expect(timer.receive(refusal, at: matrixNow) == .unchanged, "the same again is no reason to try again")
        var again = try Self.request("")
        timer.prepare(&again)
        #expect(again.firstValue(.minSE)?.string == "3600")
        #expect(again.firstValue(.sessionExpires)?.string == "3600")
    }

    @Test(
        "RFC 4028 §9: 422 for less than our minimum, if the client knows timers",
        arguments: [
            ("Supported: timer\nSession-Expires: 119\n", 120), ("Supported: timer\nSession-Expires: 120\n", nil),
            ("Session-Expires: 100\n", nil), ("Supported: timer\n", nil),
            ("Supported: timer\nSession-Expires: x\n", nil),
        ] as [(String, Int?)])
    func refuse(extra: String, minimum: Int?) throws {
        var timer = SessionTimer(SessionTimerPolicy(minimum: 120))
        #expect(timer.receive(try Self.request(extra)) == minimum)
    }

    /// Table 2 with the preference of the server for the free row.
    @Test(
        "RFC 4028 §9, table 2: the refresher",
        arguments: [
            ("Session-Expires: 1800\n", false, "1800;refresher=uas", false),
            ("Supported: timer\nSession-Expires: 1800\n", false, "1800;refresher=uac", true),
            ("Supported: timer\nSession-Expires: 1800\n", true, "1800;refresher=uas", true),
            ("Supported: timer\nSession-Expires: 1800;refresher=uac\n", true, "1800;refresher=uac", true),
            ("Supported: timer\nSession-Expires: 1800;refresher=uas\n", false, "1800;refresher=uas", true),
            ("Supported: timer\n", false, "1800;refresher=uac", true),
        ])
    func table2(extra: String, own: Bool, expires: String, requires: Bool) throws {
        var timer = SessionTimer(SessionTimerPolicy(prefersOwnRefresh: own))
        let request = try Self.request(extra)
        var response = try CallText.response(200, to: request)
        timer.answer(request, with: &response, at: matrixNow)
        #expect(response.firstValue(.sessionExpires)?.string == expires)
        #expect(response.listContains(.require, token: "timer") == requires)
        let weRefresh = expires.hasSuffix("uas")
        #expect(timer.nextDeadline == matrixNow + .seconds(weRefresh ? 900 : 1768))
    }

    @Test(
        "RFC 4028 §9: the interval is lowered to ours but never below Min-SE or 90, and never raised",
        arguments: [
            ("Session-Expires: 4000\n", "600"), ("Session-Expires: 4000\nMin-SE: 900\n", "900"),
            ("Session-Expires: 300\n", "300"), ("Session-Expires: 700\nMin-SE: 700\n", "700"),
        ])
    func lowered(extra: String, interval: String) throws {
        var timer = SessionTimer(SessionTimerPolicy(interval: 600))
        let request = try Self.request("Supported: timer\n" + extra)
        var response = try CallText.response(200, to: request)
        timer.answer(request, with: &response, at: matrixNow)
        #expect(response.firstValue(.sessionExpires)?.string == "\(interval);refresher=uac")
    }

    @Test("RFC 4028 §9: nobody asks, no timer")
    func off() throws {
        var timer = SessionTimer(SessionTimerPolicy())
        let request = try Self.request("")
        var response = try CallText.response(200, to: request)
        timer.answer(request, with: &response, at: matrixNow)
        #expect(!response.contains(.sessionExpires))
        #expect(timer.nextDeadline == nil)
    }
}

@Suite("RFC 4028 §8: session timers at a proxy")
struct ProxySessionTimerTests {
    let proxy = ProxySessionTimer(SessionTimerPolicy(interval: 1200, minimum: 300))

    @Test(
        "RFC 4028 §8.1: insert, lower, leave, raise together with Min-SE",
        arguments: [
            ("", "1200", nil), ("Session-Expires: 4000\n", "1200", nil), ("Session-Expires: 600\n", "600", nil),
            ("Session-Expires: 4000\nMin-SE: 2000\n", "2000", "2000"), ("Min-SE: 2000\n", "2000", "2000"),
            ("Session-Expires: 200\n", "300", "300"), ("Session-Expires: 200\nMin-SE: 100\n", "300", "300"),
            ("Supported: timer\nSession-Expires: 4000;refresher=uac\n", "1200;refresher=uac", nil),
            ("Supported: timer\nSession-Expires: 400\nMin-SE: 500\n", "500", "500"),
        ] as [(String, String, String?)])
    func request(extra: String, expires: String, minimum: String?) throws {
        var request = try CallText.invite(extra)
        let (verdict, _) = proxy.forward(&request)
        #expect(verdict == .forward)
        #expect(request.firstValue(.sessionExpires)?.string == expires)
        #expect(request.firstValue(.minSE)?.string == minimum)
    }

    @Test("RFC 4028 §8.1: 422 to a client that knows it")
    func refuse() throws {
        var request = try CallText.invite("Supported: timer\nSession-Expires: 299\n")
        #expect(proxy.forward(&request).0 == .refuse(minimum: 300))
    }

    @Test(
        "RFC 4028 §8.2: the response",
        arguments: [
            // The server answers: taken as it is. It does not: inserted when the client knows timers, else there is none.
            ("Supported: timer\n", "500;refresher=uas", "500;refresher=uas", 500),
            ("Supported: timer\n", nil, "1200;refresher=uac", 1200), ("", nil, nil, nil),
            ("", "500;refresher=uas", "500;refresher=uas", 500),
        ] as [(String, String?, String?, Int?)])
    func response(extra: String, answer: String?, forwarded: String?, expiry: Int?) throws {
        var proxy = proxy
        var request = try CallText.invite(extra)
        let (_, pending) = proxy.forward(&request)
        var response = try CallText.response(200, to: request, extra: answer.map { [(.sessionExpires, $0)] } ?? [])
        proxy.forward(response: &response, pending, at: matrixNow)
        #expect(response.firstValue(.sessionExpires)?.string == forwarded)
        #expect(proxy.expiration == expiry.map { matrixNow + .seconds($0) })
        #expect(response.listContains(.require, token: "timer") == (answer == nil && forwarded != nil))
        #expect(!proxy.isExpired(at: matrixNow + .seconds(499)))
        #expect(proxy.isExpired(at: matrixNow + .seconds(1200)) == (expiry != nil))
    }

    @Test("RFC 4028 §8.2: a refusal changes nothing")
    func refusal() throws {
        var proxy = proxy
        var request = try CallText.invite("Supported: timer\n")
        let (_, pending) = proxy.forward(&request)
        var busy = try CallText.response(486, to: request)
        proxy.forward(response: &busy, pending, at: matrixNow)
        #expect(!busy.contains(.sessionExpires))
        #expect(proxy.expiration == nil)
    }
}
