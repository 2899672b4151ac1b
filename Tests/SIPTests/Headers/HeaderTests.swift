import Octets
import SIP
import Testing

@Suite("Typed headers")
struct HeaderTests {
    @Test("Parameters: values, quotes, flags, editing")
    func parameters() throws {
        var contact = try Contact(
            parsing: "<sip:a@h> ; Q=0.5;expires=\"60\" ;+sip.instance=\"<urn:x>\"; ob ;e=\"a\\\"b\"")
        let parameters = contact.address.parameters
        #expect(parameters["q"] == "0.5")
        #expect(parameters["expires"] == "60")
        #expect(parameters["ob"] == "")
        #expect(parameters["e"] == "a\"b")
        #expect(parameters["none"] == nil)
        #expect(parameters.contains("OB"))
        #expect(parameters.all.count == 5)
        contact.address.parameters.set("expires", "30")
        contact.address.parameters.remove("ob")
        contact.address.parameters.set("text", "a b\"")
        #expect(contact.text == "<sip:a@h>; Q=0.5;expires=30 ;+sip.instance=\"<urn:x>\" ;e=\"a\\\"b\";text=\"a b\\\"\"")
    }

    @Test("Contact: q, expires, instance, *")
    func contact() throws {
        let contact = try Contact(
            parsing: #""A, B" <sip:a@h;x=y>;q=1.000;expires=4000000000;reg-id=1;+sip.instance="<urn:uuid:1>""#)
        #expect(contact.q == 1000)
        #expect(contact.expires == 4_000_000_000)
        #expect(contact.instanceID == "urn:uuid:1")
        #expect(contact.registrationID == 1)
        #expect(contact.address.displayName == "A, B")
        #expect(try Contact(parsing: " * ").isWildcard)
        #expect(try Contact(parsing: "<sip:a>;expires=x").expires == 3600)
        #expect(try Contact(parsing: "<sip:a>;expires=99999999999999999999999").expires == 0xFFFF_FFFF)
        #expect(try Contact(parsing: "<sip:a>").expires == nil)
    }

    @Test(
        "RFC 3261 §25.1: qvalue",
        arguments: [
            ("0", 0), ("1", 1000), ("0.5", 500), ("0.05", 50), ("1.0", 1000), ("0.", 0), ("1.001", nil), ("2", nil),
            ("0.1234", nil), ("-1", nil), (".5", nil), ("0,5", nil),
        ] as [(String, Int?)])
    func qualities(_ text: String, _ expected: Int?) throws {
        #expect((try? Contact(parsing: OctetSlice("<sip:a>;q=\(text)")))?.q == expected)
    }

    @Test("§20.10: a comma, question mark or semicolon needs brackets")
    func bareURIs() throws {
        #expect(try NameAddress(parsing: "sip:a@h;tag=1").uri == "sip:a@h")
        #expect(throws: SIPSyntaxError.self) { try NameAddress(parsing: "sip:a@h?x=y") }
        #expect(throws: SIPSyntaxError.self) { try NameAddress(parsing: "sip:a,b@h") }
        #expect(throws: SIPSyntaxError.self) { try NameAddress(parsing: "Bell, A <sip:a@h>") }
    }

    @Test("Via with white space everywhere, written without")
    func via() throws {
        let via = try Via(
            parsing:
                "SIP / 2.0 / UDP first.example.com : 4000;ttl=16\t;maddr=224.2.0.1 ;branch=z9hG4bKa7c6a8dlze.1;rport")
        #expect(via.host == "first.example.com")
        #expect(via.port == 4000)
        #expect(via.maddr == "224.2.0.1")
        #expect(via.branch == "z9hG4bKa7c6a8dlze.1")
        #expect(via.hasRport)
        #expect(via.rport == nil)
        #expect(
            via.text == "SIP/2.0/UDP first.example.com:4000;ttl=16\t;maddr=224.2.0.1 ;branch=z9hG4bKa7c6a8dlze.1;rport")
        #expect(Via(.tcp, host: "h", port: 5060, branch: "z9hG4bK1").text == "SIP/2.0/TCP h:5060;branch=z9hG4bK1")
    }

    @Test("RFC 7315: what the network tells itself")
    func privateExtensions() throws {
        let charging = try PChargingVector(
            parsing: "icid-value=1234bc9876e; icid-generated-at=192.0.6.8; orig-ioi=home1.net;term-ioi=\"x\"")
        #expect(charging.icid == "1234bc9876e")
        #expect(charging.generatedAt == "192.0.6.8")
        #expect(charging.originatingOperator == "home1.net")
        #expect(charging.terminatingOperator == "x")
        #expect(PChargingVector(icid: "a b", generatedAt: "h").text == "icid-value=\"a b\";icid-generated-at=h")
        #expect(throws: SIPSyntaxError.self) { try PChargingVector(parsing: "orig-ioi=x") }
        let visited = try PVisitedNetworkID(parsing: "\"other.net A\"")
        #expect(visited.network == "other.net A")
        #expect(visited.text == "\"other.net A\"")
        let access = try PAccessNetworkInfo(
            parsing: "3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=\"C359A3913B20E\";network-provided")
        #expect(access.access == "3GPP-E-UTRAN-FDD")
        #expect(access.isNetworkProvided)
        let functions = try PChargingFunctionAddresses(parsing: "ccf=192.0.8.1; ecf=\"[2001:db8::1]\";ccf=192.0.8.3")
        #expect(functions.collection == ["192.0.8.1", "192.0.8.3"])
        #expect(functions.event == ["[2001:db8::1]"])
        #expect(functions.text == "ccf=192.0.8.1; ecf=\"[2001:db8::1]\";ccf=192.0.8.3")
    }

    @Test("RFC 3329 and TS 33.203 Annex H: a security mechanism")
    func securityAgreement() throws {
        let header = try SecurityClient(
            parsing:
                "ipsec-3gpp; q=0.1;alg=hmac-sha-1-96; prot=esp; mod=trans; ealg=aes-cbc; spi-c=4294967295; spi-s=12345678; port-c=2468; port-s=1357"
        )
        let mechanism = header.mechanism
        #expect(mechanism.isIPsec3GPP)
        #expect(mechanism.q == 100)
        #expect(mechanism.integrityAlgorithm == "hmac-sha-1-96")
        #expect(mechanism.encryptionAlgorithm == "aes-cbc")
        #expect(mechanism.clientSPI == 4_294_967_295)
        #expect(mechanism.serverSPI == 12_345_678)
        #expect(mechanism.clientPort == 2468)
        #expect(mechanism.serverPort == 1357)
        #expect(mechanism.ipsecProtocol == "esp")
        #expect(mechanism.mode == "trans")
    }

    @Test("RFC 6665: Event and Subscription-State")
    func events() throws {
        let event = try Event(parsing: "reg;id=5")
        #expect(event.packageName == "reg")
        #expect(event.id == "5")
        let state = try SubscriptionState(parsing: "Terminated ;reason=timeout;retry-after=5")
        #expect(state.state == .terminated)
        #expect(state.reason == "timeout")
        #expect(state.retryAfter == 5)
        #expect(SubscriptionState(.active, expires: 600).text == "active;expires=600")
    }

    @Test("RFC 3326 §2: Reason")
    func reason() throws {
        let reason = try Reason(parsing: "SIP ;cause=200 ;text=\"Call completed elsewhere\"")
        #expect(reason.transportProtocol == "SIP")
        #expect(reason.cause == 200)
        #expect(reason.explanation == "Call completed elsewhere")
        #expect(Reason("Q.850", cause: 16, text: "Terminated").text == "Q.850;cause=16;text=Terminated")
    }

    @Test("RFC 3261 §20.43 and §20.33: the examples")
    func warningAndRetryAfter() throws {
        let warning = try Warning(parsing: "307 isi.edu \"Session parameter 'foo' not understood\"")
        #expect(warning.code == 307)
        #expect(warning.agent == "isi.edu")
        #expect(warning.explanation == "Session parameter 'foo' not understood")
        #expect(warning.text == "307 isi.edu \"Session parameter 'foo' not understood\"")
        let retry = try RetryAfter(parsing: "18000;duration=3600")
        #expect(retry.seconds == 18000)
        #expect(retry.duration == 3600)
        #expect(try RetryAfter(parsing: "120 (I'm in a meeting)").comment == "I'm in a meeting")
        #expect(throws: SIPSyntaxError.self) { try RetryAfter(parsing: "120 (open") }
        #expect(throws: SIPSyntaxError.self) { try RetryAfter(parsing: "soon") }
    }

    @Test(
        "§20.19: Expires up to 2³²−1",
        arguments: [
            ("0", 0), ("3600", 3600), ("4294967295", 4_294_967_295), ("4294967296", nil), ("-1", nil), ("", nil),
            ("1 ", 1),
        ] as [(String, Int?)])
    func expires(_ text: String, _ expected: Int?) {
        #expect((try? Expires(parsing: OctetSlice(text)))?.seconds == expected)
        #expect((try? MinExpires(parsing: OctetSlice(text)))?.seconds == expected)
    }

    @Test("§20.17: Date is in GMT")
    func date() throws {
        let date = try DateHeader(parsing: "Sat, 13 Nov 2010 23:29:00 GMT")
        #expect(date.day == 13 && date.month == 11 && date.year == 2010)
        #expect(date.hour == 23 && date.minute == 29 && date.second == 0)
        #expect(throws: SIPSyntaxError.self) { try DateHeader(parsing: "Sat, 13 Nov 2010 23:29:00 UTC") }
    }

    @Test("Addresses under other names")
    func addresses() throws {
        let message = try SIPMessage(
            parsing: Sample.request(
                "P-Associated-URI: <sip:a@h>, <tel:+1>\nService-Route: <sip:orig@s;lr>\nPath: <sip:p;lr>\nP-Associated-URI: \"C\" <sip:c@h>\n"
            ))
        #expect(try message.all(PAssociatedURI.self).map(\.address.uri) == ["sip:a@h", "tel:+1", "sip:c@h"])
        #expect(try message.first(ServiceRoute.self)?.address.uri == "sip:orig@s;lr")
        #expect(try message.first(Path.self)?.text == "<sip:p;lr>")
        #expect(try message.first(PAssertedIdentity.self) == nil)
    }
}
