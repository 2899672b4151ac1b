import Octets
import SIP
import Testing

/// A subscriber with a clock, and NOTIFYs written for it.
struct SubscriberBench {
    var subscriber: Subscriber
    var entropy = Entropy(number: 5)
    var now = matrixNow
    private(set) var sent: [SIPMessage] = []
    private var notifyNumber = 0

    init(_ package: EventPackage = .registration, expires: Int? = nil) {
        var template = SIPMessage(.subscribe, uri: "sip:user@example.com")
        template.append(.route, "<sip:scscf.example.com;lr>")
        template.append(.from, "<sip:user@example.com>")
        template.append(.to, "<sip:user@example.com>")
        template.append(.contact, "<sip:pcscf.example.com>")
        subscriber = Subscriber(
            package, template: template, expires: expires, timing: ReliableProvisionalTests.timing)
    }

    mutating func start() -> [String] { names(subscriber.start(at: now, entropy: &entropy)) }

    mutating func respond(_ status: Int, _ headers: [(HeaderName, String)] = [], after span: Duration = .zero) throws
        -> [String]
    {
        now += span
        let request = try #require(sent.last)
        var response = SIPMessage.response(
            try #require(Status(rawValue: UInt16(status))), to: request, toTag: "n1")
        for (name, value) in headers { response.append(name, value) }
        return names(subscriber.receive(response, at: now, entropy: &entropy))
    }

    func notify(
        _ state: String?, tag: String = "n1", event: String? = nil, cseq: Int = 1,
        contact: String = "<sip:n@192.0.2.8>",
        routes: String = ""
    ) throws -> SIPMessage {
        let first = try #require(sent.first { $0.toTag == nil } ?? sent.first)
        let last = sent.last { $0.toTag == nil } ?? first
        return try SIPMessage(
            parsing: wire(
                """
                NOTIFY sip:pcscf.example.com SIP/2.0
                Via: SIP/2.0/UDP 192.0.2.8;branch=z9hG4bKn\(cseq)\(tag)
                \(routes)From: <sip:user@example.com>;tag=\(tag)
                To: <sip:user@example.com>;tag=\(last.fromTag?.string ?? "")
                Call-ID: \(last.callID?.string ?? "")
                CSeq: \(cseq) NOTIFY
                Contact: \(contact)
                Event: \(event ?? subscriber.eventPackage.name)
                \(state.map { "Subscription-State: \($0)\n" } ?? "")Content-Length: 0


                """))
    }

    mutating func notified(
        _ state: String?, tag: String = "n1", event: String? = nil, after span: Duration = .zero, cseq: Int? = nil
    ) throws -> [String] {
        now += span
        notifyNumber += 1
        let message = try notify(state, tag: tag, event: event, cseq: cseq ?? notifyNumber)
        return names(subscriber.receive(notify: message, at: now, entropy: &entropy))
    }

    mutating func fire(after span: Duration) -> [String] {
        now += span
        return names(subscriber.fire(at: now, entropy: &entropy))
    }

    /// Fires at the next deadline.
    mutating func fireNext() -> [String] {
        guard let deadline = subscriber.nextDeadline else { return [] }
        now = deadline
        return names(subscriber.fire(at: now, entropy: &entropy))
    }

    mutating func names(_ actions: [Subscriber.Action]) -> [String] {
        actions.map {
            switch $0 {
            case .send(let request):
                sent.append(request)
                return "SUBSCRIBE \(request.expires ?? -1)"
            case .respond(let response): return "\(response.status?.rawValue ?? 0)"
            case .notified: return "state"
            case .challenged: return "challenge"
            case .fork: return "fork"
            case .ended(let ending, let retryAt):
                return "ended \(ending) \(retryAt.map { "in " + seconds(from: now, to: $0) } ?? "never")"
            }
        }
    }

    /// Brings a fresh subscriber into a state.
    static func inState(_ state: String, _ package: EventPackage = .registration) throws -> SubscriberBench {
        var bench = SubscriberBench(package)
        if state == "idle" { return bench }
        _ = bench.start()
        switch state {
        case "pending", "active": _ = try bench.notified("\(state);expires=3600")
        case "terminated": _ = try bench.notified("terminated;reason=rejected")
        default: break
        }
        return bench
    }
}

func seconds(from start: Instant, to end: Instant) -> String {
    let milliseconds = (end - start).wholeNanoseconds / 1_000_000
    return milliseconds % 1000 == 0 ? "\(milliseconds / 1000)" : "\(Double(milliseconds) / 1000)"
}

@Suite("RFC 6665 §4.1: subscribers")
struct SubscriberTests {
    /// The figure of §4.1.2.
    @Test("Every state × every event")
    func matrix() {
        let table = MatrixTable(
            """
            idle
                start | SUBSCRIBE 3761 > notifyWait
                2xx, 403, 500, nothing, unsubscribe, timer N | -
                NOTIFY active, NOTIFY pending, NOTIFY terminated | 481
            notifyWait
                start, 2xx, unsubscribe | -
                403         | ended refused(Optional(403 Forbidden)) never > terminated
                500         | ended refused(Optional(500 Server Internal Error)) later > terminated
                nothing     | ended refused(nil) later > terminated
                timer N     | ended noNotify later > terminated
                NOTIFY active | 200; state > active
                NOTIFY pending | 200; state > pending
                NOTIFY terminated | 200; state; ended deactivated at once > terminated
            pending
                start, 2xx, 403, 500, nothing | -
                unsubscribe | SUBSCRIBE 0
                timer N     | ended timeout at once > terminated
                NOTIFY active | 200; state > active
                NOTIFY pending | 200; state
                NOTIFY terminated | 200; state; ended deactivated at once > terminated
            active
                start, 2xx, 403, 500, nothing | -
                unsubscribe | SUBSCRIBE 0
                timer N     | ended timeout at once > terminated
                NOTIFY active | 200; state
                NOTIFY pending | 200; state > pending
                NOTIFY terminated | 200; state; ended deactivated at once > terminated
            terminated
                start | SUBSCRIBE 3761 > notifyWait
                2xx, 403, 500, nothing, unsubscribe, timer N | -
                NOTIFY active, NOTIFY pending, NOTIFY terminated | 481
            """)
        table.check(
            states: ["idle", "notifyWait", "pending", "active", "terminated"],
            events: [
                "start", "2xx", "403", "500", "nothing", "unsubscribe", "timer N", "NOTIFY active", "NOTIFY pending",
                "NOTIFY terminated",
            ]
        ) { state, event in
            do {
                var bench = try SubscriberBench.inState(state)
                var other = bench
                if state == "idle" { _ = other.start() }
                let actions: [String]
                switch event {
                case "start": actions = bench.start()
                case "2xx", "403", "500":
                    // After the NOTIFY of the helper only `notifyWait` has an outstanding SUBSCRIBE whose refusal counts.
                    if state == "pending" || state == "active" { _ = try bench.respond(200, [(.expires, "3600")]) }
                    actions = state == "idle" ? [] : try bench.respond(event == "2xx" ? 200 : Int(event) ?? 0)
                case "nothing":
                    if state == "pending" || state == "active" { _ = try bench.respond(200, [(.expires, "3600")]) }
                    actions = bench.names(bench.subscriber.failed(at: bench.now, entropy: &bench.entropy))
                case "unsubscribe": actions = bench.names(bench.subscriber.unsubscribe(at: bench.now))
                case "timer N":
                    // In an established subscription the end of its time.
                    actions = bench.fire(after: state == "pending" || state == "active" ? .seconds(3600) : .seconds(32))
                default:
                    let value =
                        event == "NOTIFY terminated" ? "terminated;reason=deactivated" : String(event.dropFirst(7))
                    let message = try other.notify(value, cseq: 9)
                    actions = bench.names(
                        bench.subscriber.receive(notify: message, at: bench.now, entropy: &bench.entropy))
                }
                let simple = actions.map { action -> String in
                    guard action.hasPrefix("ended"), let cut = action.range(of: " in ") else { return action }
                    return action[..<cut.lowerBound] + (action.hasSuffix(" in 0") ? " at once" : " later")
                }
                return MatrixTable.Cell(actions: simple, next: "\(bench.subscriber.state)")
            } catch {
                return MatrixTable.Cell(actions: ["\(error)"], next: state)
            }
        }
    }

    @Test("RFC 6665 §4.1.2.1: the first SUBSCRIBE")
    func request() throws {
        var bench = SubscriberBench()
        _ = bench.start()
        let request = try #require(bench.sent.first)
        #expect(request.method == .subscribe)
        #expect(request.firstValue(.event)?.string == "reg")
        #expect(request.firstValue(.accept)?.string == "application/reginfo+xml")
        #expect(request.expires == 3761)
        #expect(request.cseq == CSeq(1, .subscribe))
        #expect(request.fromTag?.count == 24)
        #expect(request.callID?.count == 24)
        #expect(request.values(.route).map(\.string) == ["<sip:scscf.example.com;lr>"])
    }

    @Test("RFC 6665 §4.4.1: the dialog comes from the NOTIFY, its route set too; the refresh goes there")
    func refresh() throws {
        var bench = SubscriberBench()
        _ = bench.start()
        let message = try bench.notify("active;expires=3600", routes: "Record-Route: <sip:p1;lr>, <sip:p2;lr>\n")
        _ = bench.names(bench.subscriber.receive(notify: message, at: bench.now, entropy: &bench.entropy))
        #expect(bench.fireNext() == ["SUBSCRIBE 3761"])
        #expect(seconds(until: bench.now) == "3000")
        let refresh = try #require(bench.sent.last)
        #expect(refresh.requestURI.string == "sip:n@192.0.2.8")
        #expect(refresh.values(.route).map(\.string) == ["<sip:p1;lr>", "<sip:p2;lr>"])
        #expect(refresh.toTag?.string == "n1")
        #expect(refresh.cseq == CSeq(2, .subscribe))
        #expect(refresh.firstValue(.event)?.string == "reg")
        #expect(try bench.respond(200, [(.expires, "3600")]) == [])
        #expect(bench.subscriber.nextDeadline == bench.now + .seconds(32), "timer N waits for the NOTIFY")
        #expect(try bench.notified("active;expires=3600", cseq: 2) == ["200", "state"])
        #expect(bench.subscriber.nextDeadline == bench.now + .seconds(3000))
    }

    @Test("RFC 6665 §4.1.2.2: a refresh without a NOTIFY ends the subscription by timer N")
    func refreshTimerN() throws {
        var bench = try SubscriberBench.inState("active")
        #expect(bench.fireNext() == ["SUBSCRIBE 3761"])
        _ = try bench.respond(200, [(.expires, "3600")])
        #expect(bench.fire(after: .seconds(32)).first?.hasPrefix("ended noNotify") == true)
    }

    @Test("RFC 6665 §4.4.1: a refresh that is due before the first NOTIFY has made the dialog waits for it")
    func refreshBeforeNotify() throws {
        var bench = SubscriberBench(expires: 60)
        _ = bench.start()
        _ = try bench.respond(200, [(.expires, "60")])
        // Half way to the end would be after 30 s.
        #expect(bench.subscriber.nextDeadline == bench.now + .seconds(32), "timer N, nothing before it")
        #expect(bench.fire(after: .seconds(31)).isEmpty)
        #expect(try bench.notified("active") == ["200", "state"])
        #expect(bench.fire(after: .zero) == ["SUBSCRIBE 60"], "the refresh is made up for")
    }

    @Test("RFC 5839 §5 by RFC 6665 §4.1.2.2: a 204 says that no NOTIFY will come")
    func noNotification() throws {
        var bench = try SubscriberBench.inState("active")
        _ = bench.fireNext()
        _ = try bench.respond(204, [(.expires, "3600")])
        #expect(bench.subscriber.nextDeadline == bench.now + .seconds(3000))
    }

    @Test("RFC 5839 §5.7: a 204 to the SUBSCRIBE that ends a subscription concludes it")
    func noNotificationAtTheEnd() throws {
        var bench = try SubscriberBench.inState("active")
        #expect(bench.names(bench.subscriber.unsubscribe(at: bench.now)) == ["SUBSCRIBE 0"])
        #expect(try bench.respond(204) == ["ended unsubscribed never"])
        #expect(bench.subscriber.nextDeadline == nil)
    }

    @Test("RFC 5839 §7.1: a 204 outside a dialog is not valid, the NOTIFY is waited for", arguments: [0, 60])
    func noNotificationAtFirst(expires: Int) throws {
        var bench = SubscriberBench(expires: expires)
        _ = bench.start()
        #expect(try bench.respond(204, [(.expires, "\(expires)")]).isEmpty)
        #expect(bench.subscriber.nextDeadline == bench.now + .seconds(32), "timer N")
        #expect(bench.fireNext().first?.hasPrefix("ended noNotify") == true)
    }

    @Test(
        "RFC 6665 §4.1.2.2: the codes that end a subscription at its refresh",
        arguments: [
            (404, true), (405, true), (410, true), (416, true), (480, true), (481, true), (482, true), (483, true),
            (484, true), (485, true), (489, true), (501, true), (604, true), (400, false), (403, false), (486, false),
            (500, false), (503, false),
        ])
    func refreshRefused(status: Int, ends: Bool) throws {
        var bench = try SubscriberBench.inState("active")
        _ = bench.fireNext()
        let actions = try bench.respond(status)
        #expect((bench.subscriber.state == .terminated) == ends)
        if !ends {
            #expect(actions.isEmpty)
            #expect(bench.fireNext() == ["SUBSCRIBE 3761"], "once more half way to the end")
            #expect(seconds(until: bench.now) == "3300")
        }
    }

    @Test(
        "RFC 6665 §4.1.3: what each reason says about trying again",
        arguments: [
            ("terminated;reason=deactivated;retry-after=99", "0"), ("terminated;reason=timeout;retry-after=99", "0"),
            ("terminated;reason=rejected;retry-after=99", "never"), ("terminated;reason=noresource", "never"),
            ("terminated;reason=invariant;retry-after=5", "never"), ("terminated;reason=giveup;retry-after=99", "99"),
            ("terminated;reason=probation;retry-after=99", "99"), ("terminated", "0"),
            ("terminated;retry-after=7", "7"),
            ("terminated;reason=unheard-of", "0"), ("terminated;reason=Deactivated", "0"),
        ])
    func reasons(state: String, wait: String) throws {
        var bench = try SubscriberBench.inState("active")
        let ended = try #require(try bench.notified(state, cseq: 2).last)
        #expect(ended.hasSuffix(wait == "never" ? "never" : "in \(wait)"))
        guard wait != "never" else {
            #expect(bench.subscriber.nextDeadline == nil)
            return
        }
        let before = try #require(bench.sent.last)
        #expect(bench.fireNext() == ["SUBSCRIBE 3761"])
        let again = try #require(bench.sent.last)
        #expect(again.callID != before.callID)
        #expect(again.fromTag != before.fromTag)
        #expect(again.toTag == nil)
    }

    @Test("Failures in a row wait longer and longer, up to half an hour; a subscription that stood is forgiven")
    func backOff() {
        var backOff = SubscriptionBackOff()
        var entropy = Entropy(number: 9)
        var limits: [(Int, Int)] = []
        for wait in [5, 10, 20, 40, 80, 160, 320, 640, 1280, 1800, 1800] { limits.append((wait * 500, wait * 1000)) }
        for (low, high) in limits {
            let next = backOff.next(after: .noNotify, stood: .zero, retryAfter: nil, at: .zero, entropy: &entropy)
            let waited = (next ?? .zero).nanoseconds / 1_000_000
            #expect(waited >= low && waited <= high, "\(waited) ms")
        }
        let forgiven = backOff.next(
            after: .deactivated, stood: .seconds(60), retryAfter: nil, at: .zero, entropy: &entropy)
        #expect(forgiven == .zero)
        let hasty = backOff.next(after: .deactivated, stood: .zero, retryAfter: nil, at: .zero, entropy: &entropy)
        #expect((hasty ?? .zero) >= .zero + .seconds(5), "deactivated twice in a row is not tried at once")
    }

    @Test("RFC 6665 §4.2.1.1: after a 423 again with what the notifier asks for, once for each value")
    func tooBrief() throws {
        var bench = SubscriberBench(.registration, expires: 30)
        _ = bench.start()
        #expect(try bench.respond(423, [(.minExpires, "600")]) == ["SUBSCRIBE 600"])
        let again = try bench.respond(423, [(.minExpires, "600")])
        #expect(again == ["ended refused(Optional(423 Interval Too Brief)) never"])
    }

    @Test("RFC 6665 §4.4.3: a fetch asks with 0 and is not repeated")
    func fetch() throws {
        var bench = SubscriberBench(.registration, expires: 0)
        #expect(bench.start() == ["SUBSCRIBE 0"])
        #expect(try bench.respond(200, [(.expires, "0")]) == [])
        #expect(try bench.notified("terminated;reason=timeout") == ["200", "state", "ended timeout never"])
        #expect(bench.subscriber.nextDeadline == nil)
    }

    @Test("RFC 6665 §4.1.2.3: unsubscribing ends with the last NOTIFY, also when asked before the first")
    func unsubscribe() throws {
        var bench = SubscriberBench()
        _ = bench.start()
        #expect(bench.names(bench.subscriber.unsubscribe(at: bench.now)) == [])
        #expect(try bench.notified("active;expires=3600") == ["200", "state", "SUBSCRIBE 0"])
        _ = try bench.respond(200, [(.expires, "0")])
        #expect(try bench.notified("terminated;reason=timeout") == ["200", "state", "ended unsubscribed never"])
    }

    @Test(
        "RFC 6665 §4.1.3: NOTIFYs that are refused",
        arguments: [
            ("active;expires=9", "n1", "presence", "489"), ("active;expires=9", "n2", "reg", "481"),
            (nil, "n1", "reg", "400"), ("active;expires=9", "n1", "reg;id=7", "481"), ("", "n1", "reg", "400"),
        ] as [(String?, String, String, String)])
    func refusedNotify(state: String?, tag: String, event: String, answer: String) throws {
        var bench = try SubscriberBench.inState("active")
        #expect(try bench.notified(state, tag: tag, event: event, cseq: 9) == [answer])
        #expect(bench.subscriber.state == .active)
    }

    @Test("RFC 3261 §12.2.2: a NOTIFY out of order is refused and changes nothing")
    func outOfOrder() throws {
        var bench = try SubscriberBench.inState("active")
        _ = try bench.notified("active;expires=100", cseq: 5)
        #expect(try bench.notified("terminated", cseq: 4) == ["500"])
        #expect(bench.subscriber.state == .active)
    }

    @Test(
        "RFC 6665 §4.1.2.4: forks only where the package allows them",
        arguments: [
            (EventPackage.registration, "481"), (.dialog, "fork"),
        ])
    func forks(package: EventPackage, second: String) throws {
        var bench = try SubscriberBench.inState("notifyWait", package)
        #expect(try bench.notified("active;expires=3600", tag: "n1") == ["200", "state"])
        // The 2xx has not come and timer N is over with the first NOTIFY: a second dialog only within its time.
        #expect(try bench.notified("active;expires=3600", tag: "n2", cseq: 1) == [second])
    }

    @Test("RFC 6665 §4.1.2: a challenge is answered in the same subscription")
    func challenged() throws {
        var bench = SubscriberBench()
        _ = bench.start()
        #expect(try bench.respond(401) == ["challenge"])
        let actions = bench.subscriber.authorize([(.authorization, "Digest username=\"a\"")], at: bench.now)
        #expect(bench.names(actions) == ["SUBSCRIBE 3761"])
        #expect(bench.sent.last?.cseq?.number == 2)
        #expect(bench.sent.last?.callID == bench.sent.first?.callID)
        #expect(bench.sent.last?.contains(.authorization) == true)
        #expect(try bench.notified("active;expires=600") == ["200", "state"])
    }
}
