import IMS
import Octets
import SIP
import Testing

@Suite("TS 24.229 §5.2.2.1: REGISTER towards the home network")
struct ForwardingTests {
    @Test("a REGISTER goes to the domain's entry point with what the network adds")
    func forwarded() throws {
        var edge = AccessEdge()
        let actions = try edge.send(Request())
        #expect(actions.shape == ["count registerReceived", "forward REGISTER to 127.0.0.1:5070"])
        let message = try #require(actions.forwarded).0.received()
        #expect(message.requestURI.string == "sip:\(AccessEdge.domain)")
        #expect(message.maxForwards == 69)
        #expect(message.texts(.require) == ["path"])
        #expect(message.texts(.path).count == 1)
        #expect(message.texts(.pVisitedNetworkID) == ["\"visited.example\""])
        let charging = try #require(message.texts(.pChargingVector).first)
        #expect(charging.hasPrefix("icid-value=\""))
        #expect(charging.contains(";icid-generated-at=192.0.2.1"))
        #expect(charging.contains(";orig-ioi=\"visited.example\""))
        #expect(!charging.contains("term-ioi"))
    }

    @Test("RFC 7315 §4.6: every REGISTER has an ICID of its own")
    func chargingIdentity() throws {
        var edge = AccessEdge()
        let first = try #require(try edge.send(Request()).forwarded).0
        let second = try #require(try edge.send(Request()).forwarded).0
        #expect(first.texts(.pChargingVector) != second.texts(.pChargingVector))
    }

    /// S7: any spelling that RFC 3261 §7.3.1 allows.
    static let smuggled = [
        "Path: <sip:evil@203.0.113.9;lr>", "PATH: <sip:evil@203.0.113.9;lr>", "pAtH : <sip:evil@203.0.113.9;lr>",
        "Path\t: <sip:evil@203.0.113.9;lr>", "Path:\r\n <sip:evil@203.0.113.9;lr>",
        "Path: <sip:evil@203.0.113.9;lr>, <sip:evil2@203.0.113.9;lr>\r\nPath: <sip:evil3@203.0.113.9;lr>",
        "Route: <sip:evil@203.0.113.9;lr>", "ROUTE: <sip:evil@203.0.113.9>, <sip:evil@203.0.113.9;lr>",
        "Record-Route: <sip:evil@203.0.113.9;lr>", "Service-Route: <sip:evil@203.0.113.9;lr>",
        "P-Asserted-Identity: <sip:evil@203.0.113.9>",
        "p-asserted-identity  : <sip:evil@203.0.113.9>,\r\n\t<tel:+1900>\r\nP-Asserted-Identity: <tel:+1901>",
        "P-Associated-URI: <sip:evil@203.0.113.9>", "P-Served-User: <sip:evil@203.0.113.9>;sescase=orig",
        "P-Visited-Network-ID: evil", "P-VISITED-NETWORK-ID: \"evil\"\r\nP-Visited-Network-ID: \"evil2\"",
        "P-Charging-Vector: icid-value=evil", "P-Charging-Function-Addresses: ccf=evil; ecf=evil",
        "P-Profile-Key: <sip:evil@203.0.113.9>", "P-User-Database: <aaa://evil>", "P-Called-Party-ID: <sip:evil@e>",
        "P-Asserted-Service: urn:urn-7:evil", "P-Private-Network-Indication: evil", "Feature-Caps: *;evil",
        "P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=evil;network-provided",
        "P-ACCESS-NETWORK-INFO: IEEE-802.11;x=evil;NETWORK-PROVIDED",
        "Security-Client: ipsec-3gpp;alg=hmac-md5-96;spi-c=1;spi-s=2;port-c=evil",
        "Security-Verify: ipsec-3gpp;q=0.1;evil", "security-server: ipsec-3gpp;evil",
    ]

    @Test("S7, A1, A3: nothing that only the network may say goes on", arguments: smuggled)
    func stripped(_ line: String) throws {
        var edge = AccessEdge()
        let message = try #require(try edge.send(Request(more: [line])).forwarded).0.received()
        #expect(!message.text.lowercased().contains("evil"), "\(message.text)")
        #expect(message.texts(.path).count == 1)
        #expect(message.texts(.pVisitedNetworkID) == ["\"visited.example\""])
        #expect(message.texts(.pChargingVector).count == 1)
    }

    @Test("what the phone may say goes on as it came")
    func kept() throws {
        var edge = AccessEdge()
        let lines = [
            "P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=0010100010000001", "X-Other: 1 ,2",
            "Supported: path, gruu", "User-Agent: phone",
        ]
        let message = try #require(try edge.send(Request(more: lines)).forwarded).0
        for line in lines { #expect(message.text.contains(line)) }
    }

    @Test("P-Access-Network-Info: only the value in the network's name goes")
    func accessNetwork() throws {
        var edge = AccessEdge()
        let line = "P-Access-Network-Info: IEEE-802.11;i-wlan-node-id=1, 3GPP-GERAN;cgi-3gpp=2;network-provided"
        let message = try #require(try edge.send(Request(more: [line])).forwarded).0
        #expect(message.texts(.pAccessNetworkInfo) == ["IEEE-802.11;i-wlan-node-id=1"])
    }

    @Test(
        "RFC 3329 §2.3.1: the option tag sec-agree ends at the P-CSCF, others do not",
        arguments: [
            (["Require: sec-agree", "Proxy-Require: sec-agree"], ["path"]),
            (["Require: SEC-AGREE, gruu"], ["gruu", "path"]), (["Require: path, sec-agree"], ["path"]),
        ])
    func securityAgreement(_ lines: [String], _ require: [String]) throws {
        var edge = AccessEdge()
        let message = try #require(try edge.send(Request(more: lines)).forwarded).0
        #expect(message.texts(.require) == require)
        #expect(message.texts(.proxyRequire) == [])
    }

    @Test("TS 24.229 §7.2A.2: integrity-protected is ours to say")
    func integrityProtected() throws {
        var edge = AccessEdge()
        for own in ["", ",integrity-protected=\"yes\"", ", INTEGRITY-PROTECTED=yes", ",integrity-protected=tls-yes"] {
            var request = Request()
            request.authorization? += own
            let message = try #require(try edge.send(request).forwarded).0.received()
            let credentials = try #require(try message.first(Authorization.self)).credentials
            #expect(credentials["integrity-protected"] == nil)
            #expect(credentials.username?.string == AccessEdge.privateIdentity)
            #expect(!message.text.contains("yes"))
        }
    }

    private func said(_ edge: inout AccessEdge, _ more: String, _ lines: [String] = [], from hop: Hop) throws -> String?
    {
        var request = Request(more: lines)
        request.authorization = "Digest username=\"\(AccessEdge.privateIdentity)\",realm=\"r\",uri=\"sip:r\"" + more
        let message = try #require(try edge.send(request, from: hop).forwarded).0.received()
        return try message.first(Authorization.self)?.credentials["integrity-protected"]?.string
    }

    @Test("TS 24.229 §5.2.2, §7.2A.2: of a phone with a password, whether the user is registered where it comes from")
    func digest() throws {
        let (initial, answer) = (",nonce=\"\",response=\"\"", ",nonce=\"n\",response=\"0123\",algorithm=MD5")
        var tls = PhoneDialog.tcpPhone
        tls.transport = .tls
        for (hop, pending, bound) in [
            (AccessEdge.phone, "ip-assoc-pending", "ip-assoc-yes"), (tls, "tls-pending", "tls-yes"),
        ] {
            var edge = AccessEdge()
            #expect(try said(&edge, initial, from: hop) == nil)
            #expect(try said(&edge, answer, from: hop) == pending)
            try edge.register(from: hop)
            #expect(try said(&edge, initial, from: hop) == (hop.transport == .tls ? bound : nil))
            #expect(try said(&edge, answer, from: hop) == bound)
            // Another connection, another port, another user.
            var other = hop
            other.connection = hop.connection.map { _ in ConnectionID(rawValue: 99) }
            other.remote.port += 1
            #expect(try said(&edge, answer, from: other) == pending)
        }
    }

    @Test(
        "TS 24.229 §7.2A.2: of a phone with AKA, that nothing protects it, or that TLS did before",
        arguments: ["AKAv1-MD5", "AKAv2-SHA-256"])
    func aka(_ algorithm: String) throws {
        var edge = AccessEdge()
        let answer = ",nonce=\"n\",response=\"0123\",algorithm=\(algorithm)"
        #expect(try said(&edge, answer, from: AccessEdge.phone) == "no")
        var tls = PhoneDialog.tcpPhone
        tls.transport = .tls
        #expect(try said(&edge, answer, from: tls) == "tls-connected")
        try edge.register(from: tls)
        #expect(try said(&edge, answer, from: tls) == "tls-connected")
    }

    @Test("of several Authorization headers each is marked, and none is lost")
    func severalAuthorizations() throws {
        var edge = AccessEdge()
        let second = "Digest username=\"b\",realm=\"other\",uri=\"sip:o\",nonce=\"\",response=\"\""
        let request = Request(more: ["AUTHORIZATION: \(second),integrity-protected=\"yes\""])
        let message = try #require(try edge.send(request).forwarded).0.received()
        let all = try message.all(Authorization.self)
        #expect(all.map { $0.credentials["integrity-protected"]?.string } == [nil, nil])
        #expect(all.map { $0.credentials.username?.string } == [AccessEdge.privateIdentity, "b"])
    }

    @Test("without Authorization there is nothing to mark, TS 24.229 §5.2.2.1")
    func noAuthorization() throws {
        var edge = AccessEdge()
        var request = Request()
        request.authorization = nil
        #expect(try #require(try edge.send(request).forwarded).0.contains(.authorization) == false)
    }

    @Test(
        "the phone chooses its home domain, not the address behind it",
        arguments: [
            "sip:\(AccessEdge.domain):22", "sip:\(AccessEdge.domain);maddr=203.0.113.9",
            "sip:\(AccessEdge.domain);transport=tcp", "sip:IMS.MNC001.mcc001.3gppnetwork.ORG",
        ])
    func nextHop(_ uri: String) throws {
        var edge = AccessEdge()
        #expect(try #require(try edge.send(Request(uri: uri)).forwarded).1 == AccessEdge.home)
    }
}
