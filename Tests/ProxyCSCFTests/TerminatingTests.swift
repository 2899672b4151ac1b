import IMS
import Octets
import ProxyCSCF
import SIP
import Testing

@Suite("TS 24.229 §5.2.6.4: requests to a phone")
struct TerminatingTests {
    private static let contact = "sip:001010000000001@10.11.12.13:5060"

    /// An INVITE as the S-CSCF sends it to a binding.
    static func invite(_ path: String, _ more: [String] = [], method: String = "INVITE") -> [String] {
        [
            "\(method) \(contact) SIP/2.0", "Via: SIP/2.0/UDP 127.0.0.1:5080;branch=z9hG4bKs",
            "Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKi", "Route: \(path)",
            "Record-Route: <sip:scscf.\(AccessEdge.domain):5080;lr>", "From: <sip:bob@other.example>;tag=f2",
            "To: <tel:+15550001>", "Call-ID: c2", "CSeq: 1 \(method)", "Max-Forwards: 60",
            "Contact: <sip:bob@192.0.2.9>", "P-Called-Party-ID: <tel:+15550001>",
            "P-Asserted-Identity: <sip:bob@other.example>", "P-Charging-Vector: icid-value=i2;orig-ioi=other.example",
            "P-Charging-Function-Addresses: ccf=1", "P-Access-Network-Info: 3GPP-NR;cell=1", "P-Served-User: <sip:b@c>",
        ] + more
    }

    private func registered(_ hop: Hop = AccessEdge.phone) throws -> (AccessEdge, path: String) {
        var edge = AccessEdge()
        try edge.register(from: hop)
        return (edge, try edge.path(from: hop))
    }

    @Test("the flow token leads to the phone; what is the network's own stays there")
    func goesOn() throws {
        var (edge, path) = try registered()
        let actions = try edge.send(lines: Self.invite(path), from: AccessEdge.core)
        #expect(actions.shape == ["forward INVITE to \(AccessEdge.phone.remote)"])
        let (sent, hop, _) = try #require(actions.forwarded)
        #expect(hop.isFlow)
        let message = try sent.received()
        #expect(message.requestURI.string == Self.contact)
        #expect(!message.contains(.route))
        #expect(message.texts(.pCalledPartyID) == ["<tel:+15550001>"])
        #expect(message.texts(.pAssertedIdentity) == ["<sip:bob@other.example>"])
        for name: HeaderName in [
            .pChargingVector, .pChargingFunctionAddresses, .pAccessNetworkInfo, .pServedUser, .pVisitedNetworkID,
        ] { #expect(!message.contains(name)) }
        #expect(message.texts(.recordRoute).count == 2)
        #expect(message.texts(.recordRoute)[0].hasPrefix("<sip:pcscf.visited.example:5060;lr;seal=s"))
        #expect(message.maxForwards == 59)
    }

    @Test(
        "RFC 3325 §7: Privacy decides whether the phone is told who calls",
        arguments: [
            ("Privacy: id", false), ("Privacy: header;id", false), ("Privacy: none", true), ("Privacy: user", true),
            ("Privacy: ;;", false),
        ])
    func privacy(_ line: String, _ isTold: Bool) throws {
        var (edge, path) = try registered()
        let message = try #require(
            try edge.send(lines: Self.invite(path, [line]), from: AccessEdge.core).forwarded
        ).0
        #expect(message.contains(.pAssertedIdentity) == isTold)
    }

    @Test(
        "§5.2.6.4.4: the phone's answer gets the way back, the route and the identity from us", arguments: [183, 200])
    func answer(_ code: UInt16) throws {
        var (edge, path) = try registered()
        let (sent, _, client) = try #require(
            try edge.send(lines: Self.invite(path), from: AccessEdge.core).forwarded)
        let status = try #require(Status(rawValue: code))
        var answer = SIPMessage(status: status)
        for line: (HeaderName, String) in [
            (.via, "SIP/2.0/UDP 203.0.113.9:5080;branch=z9hG4bKevil"), (.from, "<sip:bob@other.example>;tag=f2"),
            (.to, "<tel:+15550001>;tag=t2"), (.callID, "c2"), (.cseq, "1 INVITE"),
            (.recordRoute, "<sip:203.0.113.9;lr;evil>"), (.pAssertedIdentity, "<sip:evil@x>"),
            (.pPreferredIdentity, "<sip:evil@x>"), (.pChargingVector, "icid-value=evil"),
            (.featureCaps, "*;+g.evil"), (.contact, "<\(Self.contact)>"), (.pAccessNetworkInfo, "3GPP-NR;cell=2"),
        ] { answer.append(line.0, line.1) }
        let relayed = try #require(edge.handle(.response(answer, client)).response).received()
        #expect(!relayed.text.contains("evil"), "\(relayed.text)")
        #expect(
            relayed.texts(.via) == [
                "SIP/2.0/UDP 127.0.0.1:5080;branch=z9hG4bKs", "SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKi",
            ])
        #expect(relayed.texts(.recordRoute) == sent.texts(.recordRoute))
        #expect(relayed.texts(.pAssertedIdentity) == ["<tel:+15550001>"])
        #expect(relayed.texts(.pAccessNetworkInfo) == ["3GPP-NR;cell=2"])
        let vector = try #require(try relayed.first(PChargingVector.self))
        #expect(vector.icid.string == "i2")
        #expect(vector.originatingOperator?.string == "other.example")
        #expect(vector.terminatingOperator?.string == "visited.example")
    }

    @Test("a called identity that is not registered is not asserted either")
    func calledByAnother() throws {
        var (edge, path) = try registered()
        var lines = Self.invite(path)
        lines.removeAll { $0.hasPrefix("P-Called") }
        let sent = try edge.send(lines: lines + ["P-Called-Party-ID: <sip:boss@x>"], from: AccessEdge.core)
        let answer = try #require(try edge.answer(sent, .ok).response)
        #expect(answer.texts(.pAssertedIdentity) == ["<\(AccessEdge.publicIdentity)>"])
    }

    @Test("RFC 5626 §5.3.1: a token that is none of ours is 403")
    func forgedToken() throws {
        var (edge, path) = try registered()
        let forged = path.replacing("<sip:", with: "<sip:00")
        for route in [forged, "<sip:orig@pcscf.visited.example:5060;lr>"] {
            #expect(
                try edge.send(lines: Self.invite(route), from: AccessEdge.core).shape
                    == ["respond 403", "observe FLOW_TOKEN_INVALID", "count requestRefused"])
        }
    }

    @Test("a phone's own token does not let it speak in the network's name")
    func tokenFromPhone() throws {
        var (edge, path) = try registered()
        let message = try #require(
            try edge.send(lines: Self.invite(path), from: AccessEdge.phone).forwarded
        ).0
        #expect(message.texts(.route) == [AccessEdge.serviceRoute])
        #expect(message.texts(.pAssertedIdentity) == ["<\(AccessEdge.publicIdentity)>"])
    }

    @Test("RFC 5626 §5.3.1: a flow that is gone is 430")
    func deadFlow() throws {
        let connection = ConnectionID(rawValue: 7)
        let phone = Hop(.tcp, ListenerID(rawValue: 1), Endpoint(.v4(0x0A0B_0C0D), 33_000), connection: connection)
        var (edge, path) = try registered(phone)
        let (_, _, client) = try #require(
            try edge.send(lines: Self.invite(path), from: AccessEdge.core).forwarded)
        #expect(edge.handle(.transactionFailed(client, .transport)).response?.status == .flowFailed)
        #expect(edge.handle(.connectionClosed(connection)).isEmpty)
        #expect(
            try edge.send(lines: Self.invite(path), from: AccessEdge.core).shape
                == ["respond 430", "observe FLOW_FAILED", "count requestRefused"])
    }

    @Test("a phone that does not answer is 408")
    func silentPhone() throws {
        var (edge, path) = try registered()
        let (_, _, client) = try #require(
            try edge.send(lines: Self.invite(path), from: AccessEdge.core).forwarded)
        #expect(edge.handle(.transactionFailed(client, .timeout)).response?.status == .requestTimeout)
    }

    @Test("RFC 5658 §5: where the transport changes there are two Record-Routes")
    func transports() throws {
        let phone = Hop(
            .tcp, ListenerID(rawValue: 1), Endpoint(.v4(0x0A0B_0C0D), 33_000), connection: ConnectionID(rawValue: 7))
        var (edge, path) = try registered(phone)
        let message = try #require(
            try edge.send(lines: Self.invite(path), from: AccessEdge.core).forwarded
        ).0
        let routes = message.texts(.recordRoute)
        #expect(routes.count == 3)
        #expect(routes[0].hasPrefix("<sip:pcscf.visited.example:5060;transport=tcp;lr;seal=d"))
        #expect(routes[1].hasPrefix("<sip:pcscf.visited.example:5060;lr;seal=u"))
    }
}
