import IMS
import Octets
import SIP
import ServingCSCF
import Testing

@Suite("TS 24.229 §5.4.3.2: telephone numbers, from the dial plan to the gateway")
struct NumberTests {
    private static let plan = DialPlan([
        .init(prefix: "00", strip: 2, prepend: "+"),
        .init(prefix: "0", digits: 5...15, strip: 1, prepend: "+49"),
        .init(prefix: "", digits: 4...8, strip: 0, prepend: "+4930", context: "ims.example"),
        .init(prefix: "9", digits: 4...4, strip: 1, prepend: "+4930555"),
    ])

    private func exchange(_ adjust: (inout NumberSettings) -> Void) throws -> Exchange {
        try Exchange.registered {
            $0.sessions.numbers.dialPlan = Self.plan
            adjust(&$0.sessions.numbers)
        }
    }

    private static let gateways = BreakoutRules([
        .init(prefix: "+49", gateway: "sip:gw1.example.net", cost: 10),
        .init(prefix: "+49", gateway: "sip:gw2.example.net;transport=udp", cost: 20, strip: 1, prepend: "00"),
    ])

    @Test(
        "RFC 3966 §5.1.5: local numbers by the first rule that fits",
        arguments: [
            ("0044123456", nil, "+44123456"), ("030123456", nil, "+4930123456"), ("5551", "ims.example", "+49305551"),
            ("5551", "IMS.Example", "+49305551"), ("9123", nil, "+4930555123"), ("0301", nil, nil), ("5551", nil, nil),
            ("5551", "other.example", nil), ("*21*5551#", nil, nil), ("0012345678901234567", nil, nil),
            ("00", nil, nil),
        ] as [(String, String?, String?)])
    func dialPlan(digits: String, context: String?, number: String?) {
        #expect(Self.plan.globalNumber(digits, context: context)?.number == number)
    }

    @Test(
        "which Request-URIs are numbers, and what they become",
        arguments: [
            ("tel:+49-30-123", "sip:+4930123@gw1.example.net;user=phone"),
            ("tel:030123;phone-context=ims.example", "sip:+4930123@gw1.example.net;user=phone"),
            ("tel:5551;phone-context=ims.example", "sip:+49305551@gw1.example.net;user=phone"),
            ("sip:030123@\(Exchange.domain);user=phone", "sip:+4930123@gw1.example.net;user=phone"),
            ("sip:030123@\(Exchange.domain);user=dialstring", "sip:+4930123@gw1.example.net;user=phone"),
            ("sip:+4930123@\(Exchange.domain);user=phone", "sip:+4930123@gw1.example.net;user=phone"),
            (
                "sip:5551;phone-context=ims.example@\(Exchange.domain);user=phone",
                "sip:+49305551@gw1.example.net;user=phone"
            ),
            // No number: digits that are somebody's name.
            ("sip:030123@\(Exchange.domain)", "sip:030123@\(Exchange.domain)"),
        ])
    func recognition(uri: String, target: String) throws {
        var exchange = try exchange { $0.breakout = Self.gateways }
        let sent = try #require(try exchange.send(.originating(to: uri)).sent.first)
        #expect(sent.message.requestURI.string == target)
        #expect(sent.text(.to) == "<\(uri)>")
    }

    @Test("the rewriting is said in the log; a number that no rule makes global is incomplete")
    func visible() throws {
        var exchange = try exchange { $0.breakout = Self.gateways }
        let actions = try exchange.send(.originating(to: "tel:030123;phone-context=ims.example"))
        #expect(actions.observations.contains("The dial plan makes 030123 +4930123 (rule 2)."))
        let refused = try exchange.send(.originating(to: "tel:12;phone-context=x.example").with { $0.callID = "2" })
        #expect(refused.responses == [484])
        #expect(refused.refusal?.code == "NUMBER_INCOMPLETE")
    }

    @Test("a number of ours goes home: registered here, of a home range, or nobody else's")
    func home() throws {
        var exchange = try exchange {
            $0.breakout = Self.gateways
            $0.homeNumbers = ["+4930"]
        }
        for number in ["+15550001", "+4930777", "+33123456"] {
            let sent = try #require(
                try exchange.send(.originating(to: "tel:\(number)").with { $0.callID = number }).sent.first)
            #expect(sent.port == 5071)
            #expect(sent.message.requestURI.string == "sip:\(number)@\(Exchange.domain);user=phone")
        }
    }

    @Test("break-out by the least cost; the next gateway when one fails", arguments: [500, 503, 408])
    func failover(status: Int) throws {
        var exchange = try exchange { $0.breakout = Self.gateways }
        let one = try #require(try exchange.send(.originating(to: "tel:+4989123")).sent.first)
        #expect(one.port == 7001)
        #expect(one.text(.pAccessNetworkInfo) == nil)
        let next = try exchange.answer(one, status)
        let two = try #require(next.sent.first)
        #expect(two.port == 7002)
        #expect(two.message.requestURI.string == "sip:004989123@gw2.example.net;transport=udp;user=phone")
        #expect(try exchange.answer(two, 183).responses == [183])
        #expect(try exchange.answer(two, 503).responses == [500])
        // The one that failed is asked last for a while.
        let later = try exchange.send(.originating(to: "tel:+4989123").with { $0.callID = "2" })
        #expect(later.sent.map(\.port) == [7002])
        exchange.laboratory.now += .seconds(11)
        let rested = try exchange.send(.originating(to: "tel:+4989123").with { $0.callID = "3" })
        #expect(rested.sent.map(\.port) == [7001])
    }

    @Test("a busy subscriber behind a gateway is busy behind all", arguments: [404, 486, 603])
    func finalAnswers(status: Int) throws {
        var exchange = try exchange { $0.breakout = Self.gateways }
        let one = try #require(try exchange.send(.originating(to: "tel:+4989123")).sent.first)
        let actions = try exchange.answer(one, status)
        #expect(actions.responses == [status])
        #expect(actions.sent.isEmpty)
    }

    @Test("silent and unreachable gateways")
    func silentGateway() throws {
        var exchange = try exchange { $0.breakout = Self.gateways }
        let one = try #require(try exchange.send(.originating(to: "tel:+4989123")).sent.first)
        let late = exchange.laboratory.wait(.seconds(2))
        #expect(late.cancelled == [one.client])
        #expect(late.sent.map(\.port) == [7002])
        // The last one has as long as it needs.
        #expect(exchange.laboratory.wait(.seconds(2)).sent.isEmpty)
        #expect(exchange.fail(try #require(late.sent.first), .timeout).responses == [408])
        var other = try self.exchange { $0.breakout = Self.gateways }
        let first = try #require(try other.send(.originating(to: "tel:+4989123")).sent.first)
        #expect(other.fail(first, .transport).sent.map(\.port) == [7002])
    }

    @Test("a call through a gateway is followed like any other")
    func followed() throws {
        var exchange = try exchange { $0.breakout = Self.gateways }
        let one = try #require(try exchange.send(.originating(to: "tel:+4989123")).sent.first)
        _ = try exchange.answer(one, 200, tag: "gw", ["Contact: <sip:gw1.example.net>"])
        #expect(try exchange.laboratory.stat("sessions") == 1)
    }

    @Test("the longest prefix first, then the cost")
    func longestPrefix() throws {
        var exchange = try exchange {
            $0.breakout = BreakoutRules([
                .init(prefix: "", gateway: "sip:gw1.example.net"),
                .init(prefix: "+4989", gateway: "sip:gw2.example.net", cost: 99),
            ])
        }
        #expect(try exchange.send(.originating(to: "tel:+4989123")).sent.map(\.port) == [7002])
        #expect(try exchange.send(.originating(to: "tel:+4930123").with { $0.callID = "2" }).sent.map(\.port) == [7001])
    }

    @Test("equal cost: by weight")
    func weight() throws {
        var exchange = try exchange {
            $0.breakout = BreakoutRules([
                .init(prefix: "", gateway: "sip:gw1.example.net", weight: 9),
                .init(prefix: "", gateway: "sip:gw2.example.net", weight: 1),
            ])
        }
        var heavy = 0
        for number in 0..<400 {
            let sent = try exchange.send(.originating("MESSAGE", to: "tel:+4989123").with { $0.callID = "\(number)" })
                .sent
            if sent.first?.port == 7001 { heavy += 1 }
        }
        // P(lot₁ < lot₂) for uniform lots divided by 9 and 1 is 17/18.
        #expect((350...395).contains(heavy))
    }

    // MARK: ENUM

    private func pointer(
        _ order: UInt16, _ regexp: String, flags: String = "u", service: String = "E2U+sip", next: String? = nil
    ) -> NAPTRRecord {
        NAPTRRecord(
            order: order, preference: 10, flags: OctetSlice(flags), service: OctetSlice(service),
            regexp: OctetSlice(regexp), replacement: next.flatMap { DNSName($0) })
    }

    private func found(_ records: NAPTRRecord...) -> DNSAnswer { .found(.pointers(records), ttl: .seconds(60)) }

    private func asking(_ adjust: (inout NumberSettings) -> Void = { _ in }) throws -> (Exchange, [ServingCSCF.Order]) {
        var exchange = try Exchange.registered {
            $0.usesDNS = true
            $0.sessions.numbers.breakout = Self.gateways
            $0.sessions.numbers.lookupSuffixes = ["e164.arpa"]
            adjust(&$0.sessions.numbers)
        }
        let actions = try exchange.send(.originating(to: "tel:+442079460148"))
        return (exchange, actions)
    }

    @Test("RFC 6116 §3.2 and §4: the question, and the answer's SIP URI")
    func enumeration() throws {
        var (exchange, asked) = try asking()
        #expect(asked.shape == ["look up NAPTR 8.4.1.0.6.4.9.7.0.2.4.4.e164.arpa"])
        let sent = exchange.laboratory.lookedUp(
            asked,
            found(
                pointer(100, "!^.*$!mailto:info@example.com!", service: "E2U+email:mailto"),
                pointer(200, "!^(\\+44)(.*)$!sip:\\2@other.example!"))
        ).sent
        #expect(sent.map(\.host) == ["other.example"])
        #expect(sent.first?.message.requestURI == "sip:2079460148@other.example")
        #expect(sent.first?.text(.pAccessNetworkInfo) == nil)
    }

    @Test(
        "what is no help: the gateways",
        arguments: [
            "absent", "failed", "mail", "broken", "no match", "not SIP", "circle",
        ])
    func noHelp(what: String) throws {
        var (exchange, asked) = try asking {
            $0.breakout = BreakoutRules([.init(prefix: "+44", gateway: "sip:gw1.example.net")])
        }
        let answers: [String: DNSAnswer] = [
            "absent": .absent(ttl: nil), "failed": .failed(.timeout),
            "mail": found(pointer(1, "!^.*$!mailto:a@b!", service: "E2U+email:mailto")),
            "broken": found(pointer(1, "!(!sip:a@b!"), pointer(2, "sip:a@b"), pointer(3, "")),
            "no match": found(pointer(1, "!^\\+1!sip:a@b!")), "not SIP": found(pointer(1, "!^.*$!tel:+1!")),
            "circle": found(pointer(1, "", flags: "", service: "", next: "x.example")),
        ]
        let answer = try #require(answers[what])
        var actions = exchange.laboratory.lookedUp(asked, answer)
        var rounds = 0
        while actions.shape.first == "look up NAPTR x.example", rounds < 20 {
            rounds += 1
            actions = exchange.laboratory.lookedUp(actions, answer)
        }
        #expect(rounds == (what == "circle" ? 5 : 0))
        #expect(actions.sent.map(\.port) == [7001])
    }

    @Test("one tree after the other")
    func suffixes() throws {
        var (exchange, asked) = try asking { $0.lookupSuffixes = ["private.example", "e164.arpa"] }
        #expect(asked.shape == ["look up NAPTR 8.4.1.0.6.4.9.7.0.2.4.4.private.example"])
        let second = exchange.laboratory.lookedUp(asked, .absent(ttl: nil))
        #expect(second.shape == ["look up NAPTR 8.4.1.0.6.4.9.7.0.2.4.4.e164.arpa"])
        let sent = exchange.laboratory.lookedUp(second, found(pointer(1, "!^.*$!sip:info@\(Exchange.domain)!"))).sent
        #expect(sent.map(\.port) == [5071])
    }

    @Test("a caller who gives up while the number is looked up")
    func cancelled() throws {
        var (exchange, asked) = try asking()
        let server = ServerTransactionID(rawValue: exchange.laboratory.transactions)
        #expect(exchange.laboratory.handle(.cancelled(server)).responses == [487])
        #expect(exchange.laboratory.lookedUp(asked, .absent(ttl: nil)).isEmpty)
    }
}

extension Laboratory {
    /// The domain name system answers the first look-up among `actions`.
    fileprivate mutating func lookedUp(_ actions: [ServingCSCF.Order], _ answer: DNSAnswer) -> [ServingCSCF.Order] {
        for case .lookUp(_, let id) in actions { return handle(.lookedUp(answer, id)) }
        return []
    }
}
