import Cx
import Octets
import SIP
import ServiceTriggers

/// Requests and criteria for the tests, short.
enum Sample {
    static let description = """
        v=0
        o=jdoe 3724394400 3724394405 IN IP4 198.51.100.1
        s=Call to John Smith
        i=SDP Offer #1
        c=IN IP4 198.51.100.1
        b=AS:64
        t=0 0
        m=audio 49170 RTP/AVP 0 97
        a=rtpmap:97 AMR/8000
        a=sendrecv
        m=video 51372 RTP/AVP 99
        a=rtpmap:99 h263-1998/90000

        """

    /// A request with extra header lines, and a body when a type is given.
    static func request(
        _ method: String = "INVITE", to uri: String = "sip:bob@example.org", headers: [String] = [],
        body: String = "", type: String? = nil
    ) throws -> SIPMessage {
        let body = body.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
        var lines = [
            "\(method) \(uri) SIP/2.0", "Via: SIP/2.0/UDP pcscf.example.org;branch=z9hG4bK77ef4c2312983.1",
            "Max-Forwards: 70", "To: Bob <sip:bob@example.org>", "From: Alice <sip:alice@example.org>;tag=1928301774",
            "Call-ID: a84b4c76e66710", "CSeq: 314159 \(method)",
        ]
        lines += headers
        if let type { lines.append("Content-Type: \(type)") }
        lines.append("Content-Length: \(body.utf8.count)")
        return try SIPMessage(parsing: Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8))
    }

    static func invite(headers: [String] = []) throws -> SIPMessage {
        try request(headers: headers, body: description, type: "application/sdp")
    }

    static func server(
        _ name: String = "sip:as.example.org;lr", _ handling: ApplicationServer.DefaultHandling? = nil
    ) -> ApplicationServer { ApplicationServer(serverName: name, defaultHandling: handling) }

    static func criterion(
        _ priority: Int, all triggers: [ServicePointTrigger]? = nil, any: [ServicePointTrigger]? = nil,
        server: ApplicationServer? = nil, part: InitialFilterCriteria.ProfilePartIndicator? = nil
    ) -> InitialFilterCriteria {
        let point =
            triggers.map { TriggerPoint(isConjunctive: true, servicePointTriggers: $0) }
            ?? any.map { TriggerPoint(isConjunctive: false, servicePointTriggers: $0) }
        return InitialFilterCriteria(
            priority: priority, triggerPoint: point,
            applicationServer: server ?? Sample.server("sip:as\(priority).example.org;lr"),
            profilePartIndicator: part)
    }

    static func criteria(
        _ criteria: [InitialFilterCriteria], shared: [Int] = [], sets: [Int: [InitialFilterCriteria]] = [:]
    ) -> ServiceCriteria {
        var table = ExpressionTable()
        let profile = ServiceProfile(
            publicIdentities: [PublicIdentityElement("sip:alice@example.org")], initialFilterCriteria: criteria,
            sharedIFCSetIDs: shared)
        return ServiceCriteria(profile, sharedSets: sets, table: &table)
    }
}
