import Cx
import Octets
import SIP
import ServiceTriggers
import Testing

/// What operators write: telephony, SMS over IP and registrations, from the document to the servers.
@Suite("TS 29.228 Annex E: filter criteria of a profile document")
struct ProfileTests {
    static func criterion(_ priority: Int, _ cnf: Int, _ triggers: [String], _ server: String, _ more: String = "")
        -> String
    {
        """
        <InitialFilterCriteria><Priority>\(priority)</Priority><TriggerPoint><ConditionTypeCNF>\(cnf)</ConditionTypeCNF>\
        \(triggers.map { "<SPT>\($0)</SPT>" }.joined())</TriggerPoint><ApplicationServer><ServerName>\(server)</ServerName>\
        \(more)</ApplicationServer></InitialFilterCriteria>
        """
    }

    static let document = """
        <?xml version="1.0" encoding="UTF-8"?>
        <IMSSubscription><PrivateID>001010000000001@ims.example.org</PrivateID><ServiceProfile>
        <PublicIdentity><Identity>sip:alice@example.org</Identity></PublicIdentity>
        """
        + criterion(
            10, 1,
            [
                "<ConditionNegated>0</ConditionNegated><Group>0</Group><Method>INVITE</Method>",
                "<ConditionNegated>0</ConditionNegated><Group>0</Group><Method>SUBSCRIBE</Method>",
                "<ConditionNegated>0</ConditionNegated><Group>1</Group><SessionCase>0</SessionCase>",
                "<ConditionNegated>1</ConditionNegated><Group>2</Group><RequestURI>urn:service:sos</RequestURI>",
            ], "sip:mmtel.example.org;lr", "<DefaultHandling>1</DefaultHandling>")
        + criterion(
            20, 0,
            [
                "<Group>0</Group><Method>MESSAGE</Method>", "<Group>1</Group><Method>MESSAGE</Method>",
                "<Group>0</Group><SIPHeader><Header>Content-Type</Header><Content>application/vnd\\.3gpp\\.sms</Content></SIPHeader>",
                "<Group>1</Group><SIPHeader><Header>Accept-Contact</Header><Content>\\+g\\.3gpp\\.smsip</Content></SIPHeader>",
            ], "sip:ipsmgw.example.org;lr")
        + criterion(
            30, 0,
            [
                "<Group>0</Group><Method>REGISTER</Method><Extension><RegistrationType>0</RegistrationType></Extension>",
                "<Group>1</Group><Method>REGISTER</Method><Extension><RegistrationType>2</RegistrationType></Extension>",
            ], "sip:ipsmgw.example.org;lr")
        + criterion(
            40, 1,
            [
                "<Group>0</Group><SessionCase>1</SessionCase>", "<Group>0</Group><SessionCase>2</SessionCase>",
                "<Group>1</Group><SessionDescription><Line>m</Line><Content>^audio</Content></SessionDescription>",
            ], "sip:voicemail.example.org;lr")
            + """
            <InitialFilterCriteria><Priority>50</Priority><ApplicationServer><ServerName>sip:log.example.org;lr</ServerName>\
            </ApplicationServer><ProfilePartIndicator>1</ProfilePartIndicator></InitialFilterCriteria>
            </ServiceProfile></IMSSubscription>
            """

    static func criteria() throws -> ServiceCriteria {
        let subscription = try IMSSubscription(parsing: Array(document.utf8))
        var table = ExpressionTable()
        return ServiceCriteria(try #require(subscription.serviceProfiles.first), table: &table)
    }

    static let rows: [(method: String, uri: String, headers: [String], context: ServiceContext, servers: [Int])] = [
        ("INVITE", "sip:bob@example.org", [], .originating(isRegistered: true), [10]),
        ("SUBSCRIBE", "sip:bob@example.org", [], .originating(isRegistered: true), [10]),
        ("INVITE", "urn:service:sos", [], .originating(isRegistered: true), []),
        ("INVITE", "sip:bob@example.org", [], .terminating(isRegistered: true), [40]),
        ("INVITE", "sip:bob@example.org", [], .terminating(isRegistered: false), [40, 50]),
        (
            "MESSAGE", "tel:+15550009", ["Content-Type: application/vnd.3gpp.sms"], .originating(isRegistered: true),
            [20]
        ),
        ("MESSAGE", "tel:+15550009", ["a: *;+g.3gpp.smsip"], .terminating(isRegistered: true), [20]),
        ("MESSAGE", "tel:+15550009", ["c: text/plain"], .terminating(isRegistered: true), []),
        ("REGISTER", "sip:example.org", [], .registration(.initialRegistration), [30]),
        ("REGISTER", "sip:example.org", [], .registration(.reRegistration), []),
        ("REGISTER", "sip:example.org", [], .registration(.deregistration), [30]),
        ("OPTIONS", "sip:bob@example.org", [], .originating(isRegistered: false), [50]),
    ]

    @Test("Which servers a request reaches", arguments: rows.indices)
    func reached(index: Int) throws {
        let row = Self.rows[index]
        let isInvite = row.method == "INVITE"
        let request = try Sample.request(
            row.method, to: row.uri, headers: row.headers, body: isInvite ? Sample.description : "",
            type: isInvite ? "application/sdp" : nil)
        #expect(try Self.criteria().allMatches(for: request, in: row.context).matches.map(\.priority) == row.servers)
    }

    @Test("Nothing is wrong with it")
    func lint() throws { #expect(try Self.criteria().lint() == []) }
}
