import IMS
import Octets
import ProxyCSCF
import SIP
import Testing

@Suite("TS 24.229 §5.2.10, RFC 5031: calls for help")
struct EmergencyTests {
    private static let stranger = Hop(.udp, AccessEdge.listener, Endpoint(.v4(0x0A0B_0C0E), 5060))
    private static let psap = Hop(.udp, AccessEdge.listener, Endpoint(.v4(0xC000_0209), 5060))

    private func edge(
        _ destination: String? = "sip:psap@192.0.2.9;lr", _ adjust: (inout EmergencyService) -> Void = { _ in }
    ) throws -> AccessEdge {
        let uri = try destination.map { try SIPURI(parsing: $0) }
        var edge = AccessEdge {
            $0.emergency = EmergencyService(numbers: ["112": "sos", "110": "sos.police"], destination: uri)
            adjust(&$0.emergency)
        }
        try edge.register()
        return edge
    }

    private func call(_ uri: String, _ more: [String] = []) -> Request {
        Request(
            method: "INVITE", uri: uri, to: "<\(uri)>", expires: nil, authorization: nil,
            more: ["Route: \(AccessEdge.serviceRoute)"] + more)
    }

    @Test(
        "a URN or a number that is dialled here goes to the PSAP, by its Route",
        arguments: [
            ("urn:service:sos", "urn:service:sos"), ("URN:service:SOS.fire", "urn:service:SOS.fire"),
            ("tel:112", "urn:service:sos"), ("tel:112;phone-context=\(AccessEdge.domain)", "urn:service:sos"),
            ("sip:112@\(AccessEdge.domain);user=phone", "urn:service:sos"),
            ("sip:110;phone-context=+49@\(AccessEdge.domain);user=phone", "urn:service:sos.police"),
            ("sip:%3112@\(AccessEdge.domain)", "urn:service:sos"),
        ])
    func routed(_ uri: String, _ service: String) throws {
        var edge = try edge()
        let actions = try edge.send(call(uri, ["Resource-Priority: esnet.1", "P-Asserted-Identity: <sip:evil@x>"]))
        #expect(actions.shape == ["observe notice", "forward INVITE to 192.0.2.9:5060"])
        let message = try #require(actions.forwarded).0.received()
        #expect(message.requestURI.string == service)
        #expect(message.texts(.route) == ["<sip:psap@192.0.2.9;lr>"])
        #expect(message.texts(.pAssertedIdentity) == ["<\(AccessEdge.publicIdentity)>", "<tel:+15550001>"])
        #expect(message.texts(.resourcePriority) == ["esnet.1"])
        #expect(message.texts(.recordRoute).count == 1)
        #expect(message.texts(.pChargingVector).count == 1)
        #expect(try edge.answer(actions, .ok).response?.status == .ok)
    }

    @Test(
        "others are ordinary calls",
        arguments: ["urn:service:counseling", "tel:+112", "tel:1120", "sip:11@\(AccessEdge.domain)", "sip:x@112"])
    func ordinary(_ uri: String) throws {
        var edge = try edge()
        let forwarded = try edge.send(call(uri)).forwarded
        #expect(forwarded?.1 != Self.psap)
    }

    @Test("a PSAP that is no router gets the call under its own URI")
    func plainUserAgent() throws {
        var edge = try edge("sip:psap@192.0.2.9")
        let (message, hop, _) = try #require(try edge.send(call("tel:112")).forwarded)
        #expect(message.requestURI.string == "sip:psap@192.0.2.9")
        #expect(!message.contains(.route))
        #expect(hop == Self.psap)
    }

    @Test("§5.2.10.4: 380 with the alternative, when that is the policy or there is no PSAP", arguments: [true, false])
    func alternative(_ isPolicy: Bool) throws {
        var edge =
            isPolicy ? try edge { $0.answer = .alternative } : try edge(nil)
        let actions = try edge.send(call("tel:112"))
        #expect(actions.shape == ["respond 380", "observe EMERGENCY_ALTERNATIVE", "count requestRefused"])
        let response = try #require(actions.response).received()
        #expect(response.texts(.contact) == ["<urn:service:sos>"])
        #expect(response.texts(.contentType) == ["application/3gpp-ims+xml"])
        #expect(response.texts(.pAssertedIdentity) == ["<sip:pcscf.visited.example:5060>"])
        #expect(
            response.body.string.hasSuffix(
                "<ims-3gpp version=\"1\"><alternative-service><type>emergency</type>"
                    + "<reason>emergency calls are not served here</reason>"
                    + "<action>emergency-registration</action></alternative-service></ims-3gpp>\r\n"))
    }

    @Test("§5.2.10.2: without registration 403, unless the operator serves such calls: then nobody is asserted")
    func unregistered() throws {
        var edge = try edge()
        #expect(
            try edge.send(call("urn:service:sos"), from: Self.stranger).shape
                == ["respond 403", "observe EMERGENCY_NOT_REGISTERED", "count requestRefused"])
        edge = try self.edge { $0.servesUnregistered = true }
        let lines = ["P-Preferred-Identity: <\(AccessEdge.publicIdentity)>"]
        let actions = try edge.send(call("urn:service:sos", lines), from: Self.stranger)
        let message = try #require(actions.forwarded).0
        #expect(!message.contains(.pAssertedIdentity))
        #expect(!message.contains(.pPreferredIdentity))
        #expect(try edge.send(call("sip:bob@other.example"), from: Self.stranger).response?.status == .forbidden)
        var text = call("urn:service:sos")
        text.method = "MESSAGE"
        #expect(try edge.send(text, from: Self.stranger).response?.status == .forbidden)
        // The dialog goes on, though nobody is registered there.
        let entry = try #require(message.texts(.recordRoute).first)
        let bye = [
            "BYE sip:psap@192.0.2.9 SIP/2.0", "Via: SIP/2.0/UDP 10.11.12.14:5060;branch=z9hG4bKb", "Route: \(entry)",
            "From: <\(AccessEdge.publicIdentity)>;tag=f1", "To: <urn:service:sos>;tag=p1", "Call-ID: c1@10.11.12.13",
            "CSeq: 2 BYE",
        ]
        #expect(try edge.send(lines: bye, from: Self.stranger).forwarded?.1 == Self.psap)
    }

    @Test("who registered for an emergency only may call for help and nobody else")
    func emergencyRegistration() throws {
        var edge = try edge()
        let contact = "<sip:001010000000001@10.11.12.14:5060;sos>"
        let request = Request(contacts: [contact])
        let bound = ["<sip:001010000000001@10.11.12.13:5060>;expires=600", "\(contact);expires=600"]
        try edge.register(request, from: Self.stranger, bound: bound)
        #expect(try edge.send(call("tel:112"), from: Self.stranger).forwarded?.1 == Self.psap)
        #expect(
            try edge.send(call("sip:bob@other.example"), from: Self.stranger).shape
                == ["respond 403", "observe EMERGENCY_REGISTRATION", "count requestRefused"])
        #expect(try edge.send(call("sip:bob@other.example")).forwarded != nil)
    }
}
