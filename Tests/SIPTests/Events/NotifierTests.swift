import Octets
import SIP
import Testing

/// A notifier with a clock; the body of each notification is its version.
struct NotifierBench {
    var notifier: Notifier
    var now = matrixNow
    private(set) var notified: [SIPMessage] = []
    private(set) var first: [String] = []
    private var subscribeNumber = 1

    static func subscribe(
        _ extra: String = "", event: String = "reg", cseq: Int = 1, toTag: String? = nil, expires: Int? = nil
    ) throws -> SIPMessage {
        try SIPMessage(
            parsing: wire(
                """
                SUBSCRIBE sip:user@example.com SIP/2.0
                Via: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKs\(cseq)
                Record-Route: <sip:p2;lr>, <sip:p1;lr>
                From: <sip:ue@example.com>;tag=sub
                To: <sip:user@example.com>\(toTag.map { ";tag=\($0)" } ?? "")
                Call-ID: s1
                CSeq: \(cseq) SUBSCRIBE
                Contact: <sip:ue@192.0.2.1:5070>
                Event: \(event)
                \(expires.map { "Expires: \($0)\n" } ?? "")\(extra)Content-Length: 0


                """))
    }

    init(
        _ package: EventPackage = .registration, isGranted: Bool = true, expires: Int? = nil, extra: String = ""
    ) throws {
        let request = try Self.subscribe(extra, event: package.name, expires: expires)
        let (notifier, actions) = try Notifier.accept(
            request, for: package, toTag: "not", contact: "<sip:scscf.example.com>", isGranted: isGranted, at: now)
        self.notifier = notifier
        first = names(actions)
    }

    mutating func refresh(expires: Int? = nil, cseq: Int? = nil) throws -> [String] {
        subscribeNumber += 1
        let request = try Self.subscribe(
            event: notifier.eventPackage.name, cseq: cseq ?? subscribeNumber, toTag: "not", expires: expires)
        return names(notifier.receive(refresh: request, at: now))
    }

    mutating func respond(_ status: Int, _ headers: [(HeaderName, String)] = []) throws -> [String] {
        var response = SIPMessage.response(
            try #require(Status(rawValue: UInt16(status))), to: try #require(notified.last), toTag: nil)
        for (name, value) in headers { response.append(name, value) }
        return names(notifier.receive(response: response, at: now))
    }

    mutating func changed(after span: Duration = .zero) -> [String] {
        now += span
        return names(notifier.changed(at: now))
    }

    mutating func fire(after span: Duration = .zero) -> [String] {
        now += span
        return names(notifier.fire(at: now))
    }

    mutating func names(_ actions: [Notifier.Action]) -> [String] {
        actions.map {
            switch $0 {
            case .respond(let response): return "\(response.status?.rawValue ?? 0)"
            case .ended: return "ended"
            case .compose(let composition):
                let notify = notifier.notify(composition, body: Array("v\(composition.version)".utf8), at: now)
                notified.append(notify)
                return
                    "NOTIFY \(composition.isWhole ? "whole" : "part") \(notify.firstValue(.subscriptionState)?.string ?? "")"
            }
        }
    }
}

@Suite("RFC 6665 §4.2: notifiers")
struct NotifierTests {
    static func bench(in state: String) throws -> NotifierBench {
        var bench = try NotifierBench(isGranted: state != "pending")
        _ = try bench.respond(200)
        if state == "terminated" {
            _ = bench.names(bench.notifier.terminate(.noresource, at: bench.now))
            _ = try bench.respond(200)
        }
        bench.now += .seconds(10)
        return bench
    }

    /// The figure of §4.2.2, with `resp_wait` gone by in `accept`.
    @Test("Every state × every event")
    func matrix() {
        let table = MatrixTable(
            """
            pending
                SUBSCRIBE   | 200; NOTIFY whole pending,expires=3600
                SUBSCRIBE 0 | 200; NOTIFY whole terminated,reason=timeout > terminated
                changed     | NOTIFY part pending,expires=3751
                grant       | NOTIFY whole active,expires=3751 > active
                terminate   | NOTIFY whole terminated,reason=rejected > terminated
                expiry      | NOTIFY whole terminated,reason=timeout > terminated
                481, timeout | ended > terminated
                2xx, 500    | -
            active
                SUBSCRIBE   | 200; NOTIFY whole active,expires=3600
                SUBSCRIBE 0 | 200; NOTIFY whole terminated,reason=timeout > terminated
                changed     | NOTIFY part active,expires=3751
                grant       | -
                terminate   | NOTIFY whole terminated,reason=rejected > terminated
                expiry      | NOTIFY whole terminated,reason=timeout > terminated
                481, timeout | ended > terminated
                2xx, 500    | -
            terminated
                SUBSCRIBE, SUBSCRIBE 0 | 481
                changed, grant, terminate, expiry, 481, timeout, 2xx, 500 | -
            """)
        table.check(
            states: ["pending", "active", "terminated"],
            events: [
                "SUBSCRIBE", "SUBSCRIBE 0", "changed", "grant", "terminate", "expiry", "2xx", "481", "500", "timeout",
            ]
        ) { state, event in
            do {
                var bench = try Self.bench(in: state)
                let actions: [String]
                switch event {
                case "SUBSCRIBE": actions = try bench.refresh(expires: 3600)
                case "SUBSCRIBE 0": actions = try bench.refresh(expires: 0)
                case "changed": actions = bench.changed()
                case "grant": actions = bench.names(bench.notifier.grant(at: bench.now))
                case "terminate": actions = bench.names(bench.notifier.terminate(.rejected, at: bench.now))
                case "expiry": actions = bench.fire(after: .seconds(3751))
                case "2xx": actions = try bench.respond(200)
                case "481": actions = try bench.respond(481)
                case "500": actions = try bench.respond(500)
                default: actions = bench.names(bench.notifier.failed())
                }
                // Semicolons and equals signs part the cells of the table.
                return MatrixTable.Cell(
                    actions: actions.map { String($0.map { $0 == ";" ? "," : $0 }) }, next: "\(bench.notifier.state)")
            } catch {
                return MatrixTable.Cell(actions: ["\(error)"], next: state)
            }
        }
    }

    @Test("RFC 6665 §4.2.1.2: the 2xx and at once the whole state, within the dialog")
    func accept() throws {
        let bench = try NotifierBench(expires: 600)
        #expect(bench.first == ["200", "NOTIFY whole active;expires=600"])
        let notify = try #require(bench.notified.first)
        #expect(notify.requestURI.string == "sip:ue@192.0.2.1:5070")
        #expect(notify.values(.route).map(\.string) == ["<sip:p2;lr>", "<sip:p1;lr>"])
        #expect(notify.fromTag?.string == "not")
        #expect(notify.toTag?.string == "sub")
        #expect(notify.firstValue(.event)?.string == "reg")
        #expect(notify.firstValue(.contentType)?.string == "application/reginfo+xml")
        #expect(notify.firstValue(.contact)?.string == "<sip:scscf.example.com>")
        #expect(notify.body.string == "v0")
    }

    @Test(
        "RFC 6665 §4.2.1: never longer than asked for; the package's default without a wish",
        arguments: [
            (nil, 3761), (60, 60), (700_000, 600_000),
        ] as [(Int?, Int)])
    func expiry(wish: Int?, granted: Int) throws {
        let bench = try NotifierBench(expires: wish)
        #expect(bench.first.last == "NOTIFY whole active;expires=\(granted)")
        #expect(bench.notifier.expiration == matrixNow + .seconds(granted))
    }

    @Test("RFC 6665 §4.4.3: a fetch gets the state and the end in one")
    func fetch() throws {
        let bench = try NotifierBench(expires: 0)
        #expect(bench.first == ["200", "NOTIFY whole terminated;reason=timeout"])
        #expect(bench.notifier.nextDeadline == nil)
    }

    @Test(
        "RFC 6665 §4.2.1.1: 489, 423 and 406",
        arguments: [
            ("presence", "", nil, "489 Allow-Events reg"), ("reg", "", 59, "423 Min-Expires 60"), ("reg", "", 60, nil),
            ("reg", "", 0, nil), ("reg", "Accept: application/pidf+xml\n", nil, "406 - -"),
            ("reg", "Accept: application/*\n", nil, nil), ("reg", "Accept: text/plain, */*;q=0.1\n", nil, nil),
            ("reg", "Accept: Application/RegInfo+XML\n", nil, nil), ("reg", "Accept: */*;q=0\n", nil, "406 - -"),
            ("REG", "", nil, "489 Allow-Events reg"),
        ] as [(String, String, Int?, String?)])
    func refusal(event: String, extra: String, expires: Int?, answer: String?) throws {
        let request = try NotifierBench.subscribe(extra, event: event, expires: expires)
        let response = Notifier.refusal(of: request, for: .registration, toTag: "t")
        guard let answer else {
            #expect(response == nil)
            return
        }
        let refusal = try #require(response)
        let found = [HeaderName.allowEvents, .minExpires].first(where: refusal.contains)
        let told =
            "\(refusal.status?.rawValue ?? 0) \(found?.text ?? "-") \(found.flatMap { refusal.firstValue($0)?.string } ?? "-")"
        #expect(told == answer)
    }

    @Test("RFC 3680 §4.10: no more than one notification in 5 s; changes in between become one")
    func rate() throws {
        var bench = try NotifierBench(expires: 600)
        #expect(try bench.respond(200) == [])
        #expect(bench.changed(after: .seconds(1)) == [])
        #expect(bench.changed(after: .seconds(1)) == [])
        #expect(bench.notifier.nextDeadline == matrixNow + .seconds(5))
        #expect(bench.fire(after: .seconds(3)) == ["NOTIFY part active;expires=595"])
        #expect(bench.fire() == [])
        #expect(bench.notified.map(\.body.string) == ["v0", "v1"])
        #expect(bench.notified.compactMap(\.cseq?.number) == [1, 2])
    }

    @Test("A change while a NOTIFY is unanswered waits for the answer")
    func inFlight() throws {
        var bench = try NotifierBench(.messageSummary, expires: 600)
        #expect(bench.changed() == [])
        #expect(bench.changed() == [])
        #expect(try bench.respond(200) == ["NOTIFY whole active;expires=600"])
        #expect(try bench.respond(200) == [])
    }

    @Test("RFC 6665 §4.2.2: after a failure that does not end the subscription everything is told again, later")
    func retryAfter() throws {
        var bench = try NotifierBench(expires: 600)
        #expect(try bench.respond(500, [(.retryAfter, "30")]) == [])
        #expect(bench.notifier.nextDeadline == matrixNow + .seconds(30))
        #expect(bench.fire(after: .seconds(30)) == ["NOTIFY whole active;expires=570"])
    }

    @Test(
        "RFC 6665 §4.2.2: the answers that end a subscription",
        arguments: [
            404, 405, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604,
        ])
    func ends(status: Int) throws {
        var bench = try NotifierBench()
        #expect(try bench.respond(status) == ["ended"])
        #expect(bench.changed() == [])
    }

    @Test("RFC 6665 §4.2.2: made shorter, never longer; retry-after where asked")
    func shorten() throws {
        var bench = try NotifierBench(expires: 600)
        #expect(bench.names(bench.notifier.shorten(to: 700, at: bench.now)) == [])
        #expect(bench.names(bench.notifier.shorten(to: 60, at: bench.now)) == ["NOTIFY part active;expires=60"])
        #expect(
            bench.names(bench.notifier.terminate(.probation, retryAfter: 120, at: bench.now))
                == ["NOTIFY whole terminated;reason=probation;retry-after=120"])
    }

    @Test("RFC 3261 §12.2.2: a refresh out of order is refused; one for another event finds nothing")
    func badRefresh() throws {
        var bench = try NotifierBench()
        #expect(try bench.refresh(expires: 600, cseq: 1) == ["500"])
        let other = try NotifierBench.subscribe(event: "reg;id=2", cseq: 5, toTag: "not")
        #expect(bench.names(bench.notifier.receive(refresh: other, at: bench.now)) == ["481"])
    }
}
