import Cx
import Octets
import SIP
import ServiceTriggers
import Testing

/// One row: a condition, what it is held against, and whether it holds.
struct TriggerRow: Sendable, CustomStringConvertible {
    var condition: ServicePointTrigger.Condition
    var holds: Bool
    var method = "INVITE"
    var uri = "sip:bob@example.org"
    var headers: [String] = []
    var body = ""
    var type: String?
    var context = ServiceContext.originating(isRegistered: true)
    var types: [ServicePointTrigger.RegistrationType] = []

    var description: String { "\(condition) in \(method) \(uri) \(headers) → \(holds)" }

    static func uri(_ wanted: String, _ uri: String, _ holds: Bool) -> TriggerRow {
        TriggerRow(condition: .requestURI(wanted), holds: holds, uri: uri)
    }

    static func method(_ wanted: String, _ method: String, _ holds: Bool) -> TriggerRow {
        TriggerRow(condition: .method(wanted), holds: holds, method: method)
    }

    static func register(
        _ wanted: [ServicePointTrigger.RegistrationType], _ type: ServicePointTrigger.RegistrationType, _ holds: Bool
    ) -> TriggerRow {
        TriggerRow(
            condition: .method("REGISTER"), holds: holds, method: "REGISTER", uri: "sip:example.org",
            context: .registration(type), types: wanted)
    }

    static func header(_ name: String, _ content: String? = nil, in headers: String..., holds: Bool) -> TriggerRow {
        TriggerRow(condition: .sipHeader(name, content: content), holds: holds, headers: headers)
    }

    static func sdp(_ line: String, _ content: String? = nil, _ holds: Bool) -> TriggerRow {
        TriggerRow(
            condition: .sessionDescription(line: line, content: content), holds: holds, body: Sample.description,
            type: "application/sdp")
    }

    static func sessionCase(
        _ wanted: ServicePointTrigger.SessionCase, _ context: ServiceContext, _ holds: Bool
    ) -> TriggerRow { TriggerRow(condition: .sessionCase(wanted), holds: holds, context: context) }
}

@Suite("TS 29.228 Annex B.2.3: service point triggers, a table")
struct TriggerTableTests {
    static let uris: [TriggerRow] = [
        .uri("sip:bob@example.org", "sip:bob@example.org", true),
        .uri("sip:bob@EXAMPLE.org", "sip:bob@example.org", true),
        .uri("sip:Bob@example.org", "sip:bob@example.org", false),
        .uri("sip:b%6fb@example.org", "sip:bob@example.org", true),
        .uri("sip:bob@example.org:5060", "sip:bob@example.org", false),
        .uri("sip:bob@example.org;transport=tcp", "sip:bob@example.org", false),
        .uri("sip:bob@example.org;foo=1", "sip:bob@example.org", true),
        .uri("sip:bob@example.org;foo=1", "sip:bob@example.org;foo=2", false),
        .uri("sips:bob@example.org", "sip:bob@example.org", false),
        .uri("sip:bob@example.org", "sip:bob@example.org;user=phone", false),
        .uri("sip:example.org", "sip:bob@example.org", false),
        .uri("sip:bob@example.or", "sip:bob@example.org", false),
        .uri("sip:bob@example.org", "sip:bobby@example.org", false),
        .uri("tel:+15550001", "tel:+15550001", true),
        .uri("tel:+15550001", "tel:+1-555-0001", true),
        .uri("tel:+15550001", "tel:+15550002", false),
        .uri("tel:+15550001", "sip:+15550001@example.org;user=phone", false),
        .uri("urn:service:sos", "urn:service:sos", true),
        .uri("urn:service:sos", "URN:service:sos", true),
        .uri("urn:service:sos", "urn:service:sos.police", false),
        .uri("sip:.*@example.org", "sip:bob@example.org", false),
        .uri("not a uri", "sip:bob@example.org", false),
    ]

    static let knownMethods = [
        "INVITE", "REGISTER", "MESSAGE", "SUBSCRIBE", "PUBLISH", "REFER", "OPTIONS", "INFO", "UPDATE", "NOTIFY", "FOO",
    ]

    static let sameMethods: [TriggerRow] = knownMethods.map { .method($0, $0, true) }
    static let otherMethods: [TriggerRow] = knownMethods.map { .method($0, "BYE", false) }

    static let methods: [TriggerRow] = [
        .method("invite", "INVITE", false), .method("INVITE", "invite", false), .method("INVIT", "INVITE", false),
        .method("INVITE ", "INVITE", false), .method("INV.*", "INVITE", false), .method("FOO", "foo", false),
    ]

    static let sameTypes: [TriggerRow] = ServicePointTrigger.RegistrationType.allCases.flatMap { wanted in
        ServicePointTrigger.RegistrationType.allCases.map { TriggerRow.register([wanted], $0, wanted == $0) }
    }

    static let registrations: [TriggerRow] =
        [
            .register([], .initialRegistration, true), .register([], .reRegistration, true),
            .register([], .deregistration, true),
            .register([.initialRegistration, .deregistration], .initialRegistration, true),
            .register([.initialRegistration, .deregistration], .reRegistration, false),
            .register([.initialRegistration, .deregistration], .deregistration, true),
            // Types mean nothing but for REGISTER, and a REGISTER of unknown type is of none.
            TriggerRow(condition: .method("INVITE"), holds: true, types: [.deregistration]),
            TriggerRow(
                condition: .method("REGISTER"), holds: false, method: "REGISTER", types: [.initialRegistration]),
            TriggerRow(condition: .method("REGISTER"), holds: true, method: "REGISTER"),
        ]

    static let headerNames: [TriggerRow] = [
        .header("Subject", in: "Subject: lunch", holds: true),
        .header("subject", in: "Subject: lunch", holds: true),
        .header("SUBJECT", in: "s: lunch", holds: true),
        .header("s", in: "Subject: lunch", holds: true),
        .header("Subject", in: "Priority: urgent", holds: false),
        .header("Subject", holds: false),
        .header("Contact", in: "m: <sip:alice@pc33.example.org>", holds: true),
        .header("Event", in: "o: reg", holds: true),
        .header("Supported", in: "k: 100rel", holds: true),
        .header("Refer-To", in: "r: <sip:carol@example.org>", holds: true),
        .header("Accept-Contact", in: "a: *;mobility=mobile", holds: true),
        .header("X-Foo", in: "X-Foo: 1", holds: true),
        .header("x-foo", in: "X-FOO: 1", holds: true),
        .header("X-Foo", in: "X-Foobar: 1", holds: false),
        .header("X-Fo.*", in: "X-Foobar: 1", holds: true),
        .header("x-fo.*", in: "X-Foobar: 1", holds: true),
        .header("X-Fo", in: "X-Foobar: 1", holds: false),
        .header(".*", holds: true),
        .header(
            "P-Asserted-(Identity|Service)", in: "P-Asserted-Service: urn:urn-7:3gpp-service.ims.icsi.mmtel",
            holds: true),
        .header(
            "P-Asserted-(Identity|Service)", in: "P-Preferred-Service: urn:urn-7:3gpp-service.ims.icsi.mmtel",
            holds: false),
        .header("Sub[a-z]+", in: "s: lunch", holds: true),
        .header("Via", holds: true), .header("To", holds: true), .header("Route", holds: false),
    ]

    static let headerContents: [TriggerRow] = [
        .header("Subject", "lunch", in: "Subject: lunch", holds: true),
        .header("Subject", "lun", in: "Subject: lunch", holds: true),
        .header("Subject", "Lunch", in: "Subject: lunch", holds: false),
        .header("Subject", "^lunch$", in: "Subject:    lunch  ", holds: true),
        .header("Subject", "^unch", in: "Subject: lunch", holds: false),
        .header("Subject", "", in: "Subject: lunch", holds: true),
        .header("Subject", "", holds: false),
        .header("Subject", "^$", in: "Subject:", holds: true),
        .header("Subject", "l.*h", in: "s: lunch", holds: true),
        .header("Subject", "dinner", in: "Subject: lunch", holds: false),
        .header("Event", "^reg($|;)", in: "Event: reg", holds: true),
        .header("Event", "^reg($|;)", in: "o: reg;id=1", holds: true),
        .header("Event", "^reg($|;)", in: "Event: registration", holds: false),
        .header("Supported", "^timer$", in: "Supported: 100rel, timer", holds: true),
        .header("Supported", "^timer$", in: "Supported: 100rel", "Supported: timer", holds: true),
        .header("Supported", "^timer$", in: "Supported: 100rel", "k: precondition,timer", holds: true),
        .header("Supported", "^time$", in: "Supported: 100rel, timer", holds: false),
        .header("Supported", "100rel.*timer", in: "Supported: 100rel, timer", holds: true),
        .header("Supported", "100rel.*timer", in: "Supported: 100rel", "Supported: timer", holds: false),
        .header("Contact", "^<sip:b@", in: "Contact: <sip:a@example.org>, <sip:b@example.org>", holds: true),
        .header("Contact", "^<sip:b@", in: "Contact: <sip:a@example.org;x=\",<sip:b@\">", holds: false),
        .header(
            "P-Asserted-Identity", "<sip:alice@example.org>",
            in: "P-Asserted-Identity: <sip:alice@example.org>, <tel:+15550001>", holds: true),
        .header(
            "P-Asserted-Identity", "^<tel:\\+1555[0-9]{4}>$",
            in: "P-Asserted-Identity: <sip:alice@example.org>, <tel:+15550001>", holds: true),
        .header(
            "Accept-Contact", "icsi-ref=\"[^\"]*mmtel",
            in: "a: *;+g.3gpp.icsi-ref=\"urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel\"", holds: true),
        .header("Accept-Contact", "\\+g\\.3gpp\\.smsip", in: "Accept-Contact: *;+g.3gpp.smsip", holds: true),
        .header("Accept-Contact", "\\+g\\.3gpp\\.smsip", in: "Accept-Contact: *;+gx3gpp.smsip", holds: false),
        .header("From", "alice@example\\.org", holds: true),
        .header("From", "tag=1[0-9]*4$", holds: true),
        .header("To", "alice", holds: false),
        .header("X-.*", "1", in: "X-A: 2", "X-B: 1", holds: true),
        .header("X-.*", "^1$", in: "X-A: 2", "X-B: 11", holds: false),
        .header("Supp.*", "^timer$", in: "k: 100rel, timer", holds: true),
        .header("Subject", "caf\u{E9}", in: "Subject: un caf\u{E9}", holds: true),
        .header("Content-Type", "sdp", holds: false),
        .header("Subject", "a  b", in: "Subject: a\r\n  b", holds: false),
        .header("Subject", "a +b", in: "Subject: a\r\n  b", holds: true),
    ]

    static let descriptions: [TriggerRow] = [
        .sdp("m", nil, true), .sdp("m=", nil, true), .sdp("k", nil, false), .sdp("u", nil, false), .sdp("i", nil, true),
        .sdp("m", "audio", true), .sdp("m", "^audio", true), .sdp("m", "video", true), .sdp("m", "^video .* 99$", true),
        .sdp("m", "message", false), .sdp("m", "m=audio", false), .sdp("m", "^$", false), .sdp("m", "", true),
        .sdp("a", "AMR/8000", true), .sdp("a", "^sendrecv$", true), .sdp("a", "sendonly", false),
        .sdp("a", "audio", false),
        .sdp("c", "IP4 198\\.51\\.100\\.1$", true), .sdp("c", "IP6", false), .sdp("b", "^AS:64$", true),
        .sdp("o", "^jdoe ", true), .sdp("v", "^0$", true), .sdp("s", "John", true), .sdp("t", "^0 0$", true),
        .sdp("[abm]", "^video", true), .sdp("[ab]", "^video", false), .sdp("a|m", "^audio", true),
        .sdp("M", nil, false),
        .sdp("x", nil, false), .sdp("mm", nil, false), .sdp(".", "Offer", true),
        TriggerRow(condition: .sessionDescription(line: "m", content: nil), holds: false),
        TriggerRow(
            condition: .sessionDescription(line: "m", content: "audio"), holds: false, body: "m=audio\n",
            type: "text/plain"),
        TriggerRow(
            condition: .sessionDescription(line: "m", content: "audio"), holds: false, body: "m=audio\n",
            type: "application/sdp"),
        TriggerRow(
            condition: .sessionDescription(line: "m", content: "audio"), holds: true,
            body:
                "--x\nContent-Type: text/plain\n\nhi\n--x\nContent-Type: application/sdp\n\n\(Sample.description)\n--x--\n",
            type: "multipart/mixed;boundary=x"),
        TriggerRow(
            condition: .sessionDescription(line: "m", content: "audio"), holds: false,
            body: "--x\nContent-Type: text/plain\n\nm=audio 1 RTP/AVP 0\n--x--\n", type: "multipart/mixed;boundary=x"),
        TriggerRow(
            condition: .sessionDescription(line: "m", content: "audio"), holds: true,
            headers: ["Content-Disposition: session"], body: Sample.description, type: "APPLICATION/SDP"),
    ]

    static func sessionCases(isRegistered: Bool) -> [TriggerRow] {
        ServicePointTrigger.SessionCase.allCases.flatMap { wanted in
            ServicePointTrigger.SessionCase.allCases.map { actual in
                let context = ServiceContext(actual, isRegistered: isRegistered)
                return TriggerRow.sessionCase(wanted, context, wanted == actual)
            }
        }
    }

    static let cases: [TriggerRow] = sessionCases(isRegistered: true) + sessionCases(isRegistered: false)

    static let all: [TriggerRow] = [
        uris, sameMethods, otherMethods, methods, sameTypes, registrations, headerNames, headerContents, descriptions,
        cases,
    ].flatMap { $0 }

    @Test("The table has at least 200 rows") func size() { #expect(Self.all.count >= 200) }

    /// Conditions that no evaluation can use fail whether negated or not.
    private static func isUsable(_ row: TriggerRow) -> Bool {
        switch row.condition {
        case .sessionDescription("x", _), .sessionDescription("mm", _), .sessionDescription("M", _): false
        case .sessionDescription: row.body != "m=audio\n" || row.type != "application/sdp"
        default: true
        }
    }

    @Test("Each row alone, conjunctive and disjunctive", arguments: all)
    func row(_ row: TriggerRow) throws {
        let request = try Sample.request(
            row.method, to: row.uri, headers: row.headers, body: row.body, type: row.type)
        let trigger = ServicePointTrigger(row.condition, registrationTypes: row.types)
        var negated = trigger
        negated.isNegated = true
        for (triggers, expected) in [([trigger], row.holds), ([negated], !row.holds && Self.isUsable(row))] {
            for criterion in [Sample.criterion(1, all: triggers), Sample.criterion(1, any: triggers)] {
                let criteria = Sample.criteria([criterion])
                let (matches, exhaustion) = criteria.allMatches(for: request, in: row.context)
                #expect(matches.count == (expected ? 1 : 0))
                #expect(exhaustion == nil)
                let line = try #require(criteria.explain(request, in: row.context).lines.first)
                #expect(line.verdict == (expected ? .matches : .doesNotMatch))
            }
        }
    }
}
