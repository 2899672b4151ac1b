import Octets
import SIP
import Testing

@Suite("RFC 3840 §9 and RFC 3841 §8: feature parameters")
struct FeatureSetTests {
    private func set(_ parameters: String) throws -> FeatureSet {
        try Contact(parsing: OctetSlice("<sip:a@h>" + parameters)).features()
    }

    @Test("RFC 3841 §7.2.3: the predicate of a contact; what is no feature is left out")
    func contact() throws {
        let features = try Contact(
            parsing: """
                <sip:user@example.com>;audio;video;mobility="fixed";+sip.message="TRUE";other-param=66372\
                ;methods="INVITE,OPTIONS,BYE,CANCEL,ACK";schemes="sip,http";q=0.5;expires=60
                """
        ).features()
        #expect(
            features.terms.map(\.tag.string) == [
                "sip.audio", "sip.video", "sip.mobility", "sip.message", "sip.methods", "sip.schemes",
            ])
        #expect(features["sip.audio"] == .isTrue)
        #expect(features["sip.message"] == .isTrue)
        #expect(features["sip.mobility"] == .list([.init(.token("fixed"))]))
        #expect(features["sip.methods"]?.contains(token: "bye") == true)
        #expect(features["sip.methods"]?.contains(token: "REFER") == false)
        #expect(features["sip.text"] == nil)
    }

    @Test("RFC 3841 §8: the example")
    func example() throws {
        let features = try AcceptContact(
            parsing: """
                *;mobility="fixed";events="!presence,message-summary";language="en,de";description="<PC>"\
                ;+sip.newparam;+rangeparam="#-4:+5.125"
                """
        ).features
        #expect(
            features.terms == [
                .init("sip.mobility", .list([.init(.token("fixed"))])),
                .init(
                    "sip.events",
                    .list([.init(.token("presence"), isNegated: true), .init(.token("message-summary"))])),
                .init("language", .list([.init(.token("en")), .init(.token("de"))])),
                .init("sip.description", .string("PC")), .init("sip.newparam", .isTrue),
                .init("rangeparam", .list([.init(.numbers(from: -4, to: 5.125))])),
            ])
    }

    @Test("RFC 3841 §8: names are decoded")
    func names() throws {
        #expect(try set(";+a!b'c").terms.map(\.tag) == ["a:b/c"])
        #expect(
            try set(";+G.3GPP.ICSI-Ref=\"urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel\"").terms.map(\.tag) == [
                "g.3gpp.icsi-ref"
            ])
        #expect(try set(";type=\"x\";language=\"en\"").terms.map(\.tag) == ["type", "language"])
        #expect(try set(";video=\"FALSE\";+sip.video").terms.count == 1)
        #expect(try set(";expires=1").isEmpty)
    }

    @Test(
        "RFC 3841 §7.2.4: what matches what",
        arguments: [
            (";audio", ";audio", true), (";audio", ";audio=\"FALSE\"", false), (";audio", ";video", true),
            (";methods=\"INVITE,BYE\"", ";methods=\"bye\"", true), (";methods=\"INVITE\"", ";methods=\"BYE\"", false),
            (";class=\"!business\"", ";class=\"personal\"", true),
            (";class=\"!business\"", ";class=\"BUSINESS\"", false),
            (";class=\"!a\"", ";class=\"!b\"", true), (";class=\"!a,a\"", ";class=\"a\"", true),
            (";description=\"<PC>\"", ";description=\"<PC>\"", true),
            (";description=\"<PC>\"", ";description=\"<pc>\"", false),
            (";description=\"<PC>\"", ";description=\"PC\"", false),
            (";description=\"<PC>\"", ";description=\"!PC\"", true),
            (";+n=\"#=5\"", ";+n=\"#>=4\"", true), (";+n=\"#=5\"", ";+n=\"#<=4\"", false),
            (";+n=\"#1:3\"", ";+n=\"#3:9\"", true),
            (";+n=\"#1:3\"", ";+n=\"#3.5:9\"", false), (";+n=\"#=5\"", ";+n=\"5\"", false),
            (";+n=\"!#1:9\"", ";+n=\"#2:3\"", false),
            (";+n=\"!#1:9\"", ";+n=\"#2:10\"", true), (";+n=\"!#=5\"", ";+n=\"x\"", true),
            (";+n=\"#3:1\"", ";+n=\"#>=0\"", false),
            ("", ";audio", true),
        ])
    func matching(_ left: String, _ right: String, _ expected: Bool) throws {
        #expect(try set(left).matches(set(right)) == expected)
        #expect(try set(right).matches(set(left)) == expected)
    }

    @Test(
        "Malformed values are refused",
        arguments: [
            ";audio=\"a b\"", ";audio=\"a,,b\"", ";audio=\",\"", ";audio=\"!\"", ";audio=\"!!a\"", ";audio=\"<a\"",
            ";audio=\"<a>b>\"",
            ";audio=\"#\"", ";audio=\"#5\"", ";audio=\"#=\"", ";audio=\"#=a\"", ";audio=\"#1:\"", ";audio=\"#:1\"",
            ";audio=\"#>=1.2.3\"",
            ";audio=\"#=.5\"", ";audio=\"#=1e5\"", ";audio=\"#=inf\"", ";audio=\"#=+\"", ";audio=\"a;b\"",
            ";audio=\"<\"",
        ])
    func refused(_ parameters: String) throws {
        #expect(throws: SIPSyntaxError.self) { try set(parameters) }
    }

    @Test("Reliability S4: more features than anyone has are refused, many of one name are not")
    func limits() throws {
        let many = (0..<65).map { ";+a\($0)" }.joined()
        #expect(throws: SIPSyntaxError.self) { try set(many) }
        #expect(try set(String(repeating: ";+a", count: 10_000)).terms.count == 1)
        #expect(throws: SIPSyntaxError.self) { try set(";+a=\"" + String(repeating: "x,", count: 64) + "x\"") }
        let digits = String(repeating: "9", count: 65)
        #expect(throws: SIPSyntaxError.self) { try set(";+a=\"#=\(digits)\"") }
    }
}

@Suite("RFC 3841 and RFC 6809: headers with feature parameters")
struct FeatureHeaderTests {
    static let rows = [
        HeaderRow(
            AcceptContact.self,
            accepts: [
                "*;audio;require", "*;video;explicit", "*;methods=\"BYE\";class=\"business\";q=1.0", "*",
                "*;+g.3gpp.icsi-ref=\"urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel\";require;explicit",
            ],
            refuses: [
                "", "audio", "* audio", "*;", "*;audio=\"a b\"", "*;require;require", "*;explicit;a;explicit", "<*>",
            ]),
        HeaderRow(
            RejectContact.self, accepts: ["*;actor=\"msg-taker\";video"], refuses: ["", "sip:a@h", "*;video=\"<a\""]),
        HeaderRow(
            FeatureCaps.self, accepts: ["*;+g.3gpp.srvcc=\"<sip:a@b>\"", "*", "*;+sip.foo=\"a,!b\""],
            refuses: ["", "*;foo", "*;+", "+sip.foo", "*;audio"]),
        HeaderRow(
            RequestDisposition.self, accepts: ["proxy", "no-queue", "parallel"], writes: [("No-Fork", "no-fork")],
            refuses: ["", "forkish", "no fork", "proxy;x"]),
    ]

    @Test("Grammar", arguments: rows)
    func grammar(_ row: HeaderRow) throws { try row.check() }

    @Test("RFC 3841 §9.1: one directive of each type")
    func directives() throws {
        let request = try SIPMessage(parsing: Sample.request("Request-Disposition: proxy, recurse\nd: parallel\n"))
        #expect(try RequestDisposition.directives(of: request) == [.proxy, .recurse, .parallel])
        for directive in RequestDisposition.allCases {
            var request = SIPMessage(.options, uri: "sip:a")
            request.append(directive)
            #expect(try RequestDisposition.directives(of: request) == [directive])
            let others = RequestDisposition.allCases.filter {
                request.append($0)
                defer { request.set(directive) }
                return (try? RequestDisposition.directives(of: request)) == nil
            }
            #expect(others.count == 1, "\(directive) excludes \(others)")
        }
    }
}

@Suite("RFC 3841 §7.2: caller preferences")
struct CallerPreferencesTests {
    private static func candidates(_ contacts: [String]) throws -> [CallerPreferences.Candidate] {
        try contacts.map {
            let contact = try Contact(parsing: OctetSlice($0))
            return CallerPreferences.Candidate(try contact.features(), q: contact.q ?? 1000)
        }
    }

    private static func order(_ lines: String, _ contacts: [String], _ start: String = "INVITE") throws -> [Int] {
        let request = try SIPMessage(parsing: Sample.wire("\(start) sip:user@example.com SIP/2.0\n" + lines))
        return try CallerPreferences(of: request).order(candidates(contacts)).map(\.index)
    }

    @Test("§7.2.5: the example")
    func example() throws {
        let request = try SIPMessage(
            parsing: Sample.wire(
                """
                INVITE sip:user@example.com SIP/2.0
                Reject-Contact: *;actor="msg-taker";video
                Accept-Contact: *;audio;require
                Accept-Contact: *;video;explicit
                Accept-Contact: *;methods="BYE";class="business";q=1.0

                """))
        let candidates = try Self.candidates([
            "sip:u1@h.example.com;audio;video;methods=\"INVITE,BYE\";q=0.2",
            "sip:u2@h.example.com;audio=\"FALSE\";methods=\"INVITE\";actor=\"msg-taker\";q=0.2",
            "sip:u3@h.example.com;audio;actor=\"msg-taker\";methods=\"INVITE\";video;q=0.3",
            "sip:u4@h.example.com;audio;methods=\"INVITE,OPTIONS\";q=0.2", "sip:u5@h.example.com;q=0.5",
        ])
        let preferences = try CallerPreferences(of: request)
        #expect(!preferences.isImplicit)
        let choices = preferences.order(candidates)
        #expect(choices.map(\.index) == [4, 0, 3])
        #expect(choices.map(\.q) == [500, 200, 200])
        #expect(choices.map { ($0.preference * 100).rounded() } == [100, 83, 50])
    }

    @Test("§7.2.2: the method and the event package are preferences, too")
    func implicit() throws {
        let contacts = ["<sip:a@h>;methods=\"INVITE\"", "<sip:b@h>;methods=\"INVITE,MESSAGE\"", "<sip:c@h>"]
        #expect(try Self.order("", contacts, "MESSAGE") == [1, 2])
        #expect(try Self.order("", contacts, "INVITE") == [0, 1, 2])
        let subscribers = [
            "<sip:a@h>;methods=\"SUBSCRIBE\";events=\"presence\"", "<sip:b@h>;methods=\"SUBSCRIBE\";events=\"reg\"",
        ]
        #expect(try Self.order("Event: reg\n", subscribers, "SUBSCRIBE") == [1])
    }

    @Test("§7.2.4: implied preferences never leave nobody; explicit ones may")
    func nobody() throws {
        let contacts = ["<sip:a@h>;methods=\"INVITE\";q=0.1", "<sip:b@h>;methods=\"INVITE\""]
        #expect(try Self.order("", contacts, "FROB") == [1, 0])
        #expect(try Self.order("Accept-Contact: *;methods=\"FROB\";require\n", contacts) == [])
        #expect(try Self.order("Accept-Contact: *;methods=\"FROB\"\n", contacts) == [1, 0])
    }

    @Test("Figure 1: a match that is not said, with explicit and require")
    func explicit() throws {
        let contacts = ["<sip:a@h>;audio", "<sip:b@h>;audio;video"]
        #expect(try Self.order("Accept-Contact: *;audio;video;explicit;require\n", contacts) == [1])
        #expect(try Self.order("Accept-Contact: *;audio;video;explicit\n", contacts) == [1, 0])
        #expect(try Self.order("Accept-Contact: *;audio;video\n", contacts) == [1, 0])
        #expect(try Self.order("Accept-Contact: *;require\n", contacts) == [0, 1])
    }

    @Test("§7.2.4: only what a contact says itself can have it rejected")
    func rejection() throws {
        let contacts = ["<sip:a@h>;automata", "<sip:b@h>;automata=\"FALSE\"", "<sip:c@h>;audio", "<sip:d@h>"]
        #expect(try Self.order("Reject-Contact: *;automata\n", contacts) == [1, 2, 3])
        #expect(try Self.order("Reject-Contact: *\n", contacts) == [3])
    }

    @Test("Reliability S4: more predicates than anyone sends are refused")
    func limits() throws {
        let many = Array(repeating: "*;audio", count: 17).joined(separator: ",")
        #expect(throws: SIPSyntaxError.self) { try Self.order("Accept-Contact: \(many)\n", []) }
        #expect(throws: SIPSyntaxError.self) { try Self.order("Reject-Contact: \(many)\n", []) }
    }
}
