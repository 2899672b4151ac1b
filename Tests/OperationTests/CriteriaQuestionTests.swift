import HomeSubscriberServer
import IMS
import Octets
import Operation
import ServiceTriggers
import Testing

@Suite("Why a request of a user goes to which application server")
struct CriteriaQuestionTests {
    static let domain = "ims.mnc001.mcc001.3gppnetwork.org"

    static func subscription() throws -> Subscription {
        let file = try SubscriberFile(
            yaml: """
                application-servers:
                  telephony: {uri: "sip:tas.example.org"}
                shared-ifc-sets:
                  "7": {ifc: [{priority: 5, server: "sip:all.example.org"}]}
                service-profiles:
                  volte:
                    shared-ifc-sets: [7]
                    ifc:
                      - {priority: 10, server: "sip:mo.example.org", all: [{method: INVITE}, {session-case: originating}]}
                      - {priority: 20, server: "sip:mt.example.org", all: [{method: INVITE}, {session-case: terminating-registered}]}
                      - {priority: 30, server: "sip:reg.example.org", all: [{method: REGISTER, registration: [initial]}]}
                subscribers:
                  - {imsi: "001010000000001", msisdn: "+15550001", k: 465b5ce8b199b49faa5f0a2ee238a6bc, opc: cd63cb71954a9f4e48a5994e37a02baf, service-profile: volte}
                """, file: "s.yaml", domain: domain)
        let record = try #require(file.records.first)
        let profile = try #require(file.document.catalogue.serviceProfiles.first)
        let sets = file.document.catalogue.criteriaSets.map {
            SharedCriteria(number: $0.number, criteria: $0.criteria.map(\.criterion))
        }
        let content = ServiceProfileContent(
            name: profile.name, criteria: profile.criteria.map(\.criterion), sharedSets: sets)
        return Subscription(
            id: SubscriptionID(rawValue: 1), privateIdentities: record.privateIdentities,
            publicIdentities: record.publicIdentities.map { identity in
                var identity = identity
                identity.serviceProfile = content
                return identity
            },
            registrations: record.registrations.map { registration in
                var registration = registration
                registration.state = .registered
                return registration
            })
    }

    static func request(_ method: String, _ uri: String) -> [UInt8] {
        Array(
            """
            \(method) \(uri) SIP/2.0
            Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1
            From: <sip:+15550001@\(domain)>;tag=1
            To: <\(uri)>
            Call-ID: 1
            CSeq: 1 \(method)
            Max-Forwards: 70
            """.utf8)
    }

    @Test(
        "The case is seen from the request, and lines may end as editors end them",
        arguments: [
            ("INVITE", "sip:bob@example.org", [5, 10]), ("INVITE", "sip:+15550001@\(domain)", [5, 20]),
            ("INVITE", "tel:+15550001", [5, 20]), ("REGISTER", "sip:\(domain)", [5, 30]),
            ("MESSAGE", "sip:bob@example.org", [5]),
        ])
    func seen(method: String, uri: String, matching: [Int]) throws {
        let message = try CriteriaQuestion.request(Self.request(method, uri), file: "request")
        let question = try CriteriaQuestion(Self.subscription(), user: "001010000000001", request: message)
        let lines = question.explanation.lines
        #expect(lines.map(\.priority) == [5, 10, 20, 30])
        #expect(lines.first?.origin == .sharedSet(7))
        #expect(lines.filter { $0.verdict == .matches }.map(\.priority) == matching)
    }

    @Test("The case may be said")
    func said() throws {
        let message = try CriteriaQuestion.request(Self.request("INVITE", "sip:bob@example.org"), file: "request")
        let question = try CriteriaQuestion(
            Self.subscription(), user: "tel:+15550001", request: message, case: .terminatingUnregistered)
        #expect(question.identity.identity.text == "tel:+15550001")
        #expect(question.explanation.lines.filter { $0.verdict == .matches }.map(\.priority) == [5])
        #expect(question.report["session-case"]?.text == "terminating unregistered")
        #expect(question.report["criteria"]?.list?.first?["shared-set"]?.integer == 7)
    }

    @Test("What is no request is refused with its file", arguments: ["", "hello", "SIP/2.0 200 OK\nCSeq: 1 INVITE\n"])
    func noRequest(text: String) {
        let failure = #expect(throws: OperationFailure.self) {
            try CriteriaQuestion.request(Array(text.utf8), file: "request.txt")
        }
        #expect(failure?.sentence.hasPrefix("request.txt ") == true)
    }

    @Test("Criteria in XML of Cx, whole and alone")
    func xml() throws {
        let element = """
            <InitialFilterCriteria><Priority>1</Priority><ApplicationServer><ServerName>as.example.org</ServerName>\
            </ApplicationServer></InitialFilterCriteria>
            """
        let whole = """
            <?xml version="1.0"?><IMSSubscription><PrivateID>a@b</PrivateID><ServiceProfile><PublicIdentity>\
            <Identity>sip:a@b</Identity></PublicIdentity>\(element)</ServiceProfile></IMSSubscription>
            """
        for (text, owner) in [(whole, "service profile of sip:a@b"), (element, "service profile 1")] {
            let findings = try CriteriaFile(text, file: "ifc.xml", domain: Self.domain).catalogue.lint()
            #expect(findings.map(\.owner) == [owner])
            #expect(findings.map(\.severity) == [.error])
        }
        let failure = #expect(throws: OperationFailure.self) {
            try CriteriaFile(
                whole.replacing("</ServerName>", with: "</ServerName><DefaultHandling>2</DefaultHandling>"),
                file: "ifc.xml", domain: Self.domain)
        }
        #expect(failure?.sentence.contains("DefaultHandling") == true)
    }
}
