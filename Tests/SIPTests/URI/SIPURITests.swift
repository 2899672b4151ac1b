import Octets
import SIP
import Testing

@Suite("RFC 3261 §19.1: SIP URIs")
struct SIPURITests {
    @Test(
        "§19.1.4: sets of equivalent URIs",
        arguments: [
            ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com;security=on"),
            ("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"),
            (
                "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
                "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com"
            ),
            (
                "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
                "sip:alice@atlanta.com?priority=urgent&subject=project%20x"
            ),
        ])
    func equivalent(_ left: String, _ right: String) throws {
        #expect(try SIPURI(parsing: left).matches(SIPURI(parsing: right)))
        #expect(try SIPURI(parsing: right).matches(SIPURI(parsing: left)))
    }

    @Test(
        "§19.1.4: sets of URIs that are not equivalent",
        arguments: [
            ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
            ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
            ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
            ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
            ("sip:a@b", "sips:a@b"), ("sip:a@b", "sip:b"), ("sip:a@b", "sip:a:pw@b"), ("sip:a@b;user=phone", "sip:a@b"),
            ("sip:a@b;ttl=1", "sip:a@b"), ("sip:a@b;maddr=x", "sip:a@b"), ("sip:a@b;method=INVITE", "sip:a@b"),
            ("sip:a%2Cb@c", "sip:a,b@c"), ("sip:a%254@c", "sip:a%34@c"),
        ])
    func different(_ left: String, _ right: String) throws {
        #expect(try !SIPURI(parsing: left).matches(SIPURI(parsing: right)))
        #expect(try !SIPURI(parsing: right).matches(SIPURI(parsing: left)))
    }

    @Test(
        "RFC 5954 §4.2: an IPv6 address is the same however it is written",
        arguments: [
            ("sip:bob@[::ffff:192.0.2.128]", "sip:bob@[::ffff:c000:280]"),
            ("sip:bob@[2001:db8::9:1]", "sip:bob@[2001:db8::9:01]"),
            ("sip:bob@[0:0:0:0:0:FFFF:129.144.52.38]", "sip:bob@[::FFFF:129.144.52.38]"),
        ])
    func addresses(_ left: String, _ right: String) throws {
        #expect(try SIPURI(parsing: left).matches(SIPURI(parsing: right)))
        #expect(try !SIPURI(parsing: left).matches(SIPURI(parsing: "sip:bob@[2001:db8::9:2]")))
        #expect(try !SIPURI(parsing: left).matches(SIPURI(parsing: "sip:bob@192.0.2.128")))
    }

    @Test("§19.1.4: equality is not transitive")
    func notTransitive() throws {
        let plain = try SIPURI(parsing: "sip:carol@chicago.com")
        let on = try SIPURI(parsing: "sip:carol@chicago.com;security=on")
        let off = try SIPURI(parsing: "sip:carol@chicago.com;security=off")
        #expect(plain.matches(on) && plain.matches(off) && !on.matches(off))
    }

    @Test("§19.1.1: all parts")
    func parts() throws {
        let uri = try SIPURI(parsing: "sips:alice:secret@[2001:db8::1]:5061;lr;transport=tcp;x=%41?Subject=a&To=b")
        #expect(uri.isSecure)
        #expect(uri.user == "alice")
        #expect(uri.password == "secret")
        #expect(uri.host == "[2001:db8::1]")
        #expect(uri.port == 5061)
        #expect(uri.isLooseRouter)
        #expect(uri.transport == .tcp)
        #expect(uri.parameters["x"] == "A")
        #expect(uri.headers == "Subject=a&To=b")
        #expect(uri.text == "sips:alice:secret@[2001:db8::1]:5061;lr;transport=tcp;x=%41?Subject=a&To=b")
    }

    @Test(
        "§19.1.3: the RFC's examples are read and written as they are",
        arguments: [
            "sip:alice@atlanta.com", "sip:alice:secretword@atlanta.com;transport=tcp",
            "sips:alice@atlanta.com?subject=project%20x&priority=urgent",
            "sip:+1-212-555-1212:1234@gateway.com;user=phone",
            "sips:1212@gateway.com", "sip:alice@192.0.2.4", "sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com",
            "sip:alice;day=tuesday@atlanta.com",
        ])
    func examples(_ text: String) throws {
        #expect(try SIPURI(parsing: text).text == text)
    }

    @Test(
        "Refused",
        arguments: [
            "sip", "sip:", "sip:@h", "sip::@h", "sip:a@", "sip:a@h:", "sip:a@h:x", "sip:a@h:70000", "sip:a@h?",
            "sip:a@h?x",
            "sip:a@h;;", "sip:a@h; lr", "sip:a b@h", "sip:a@h h", "sip:a%zz@h", "sip:a%@h", "sip:a@[::1", "sip:a@[::g]",
            "sip:a@h;x=y@z", "sip:<a@h>", "sip:\"a\"@h", "sip:a@h;x=\"y\"", "sip:a\u{0}@h", "sip:é@h", "http://h",
        ])
    func refused(_ text: String) {
        #expect(throws: SIPSyntaxError.self) { try SIPURI(parsing: text) }
    }

    @Test(
        "§10.3 step 5: the address of record",
        arguments: [
            ("sip:alice@EXAMPLE.com;transport=tcp?x=y", "sip:alice@example.com"),
            ("sip:%61l%69ce:pw@h:5060", "sip:alice@h"),
            ("sip:alice@h:5070", "sip:alice@h:5070"), ("sips:a@h:5061", "sips:a@h"), ("sip:H", "sip:h"),
            ("sip:Alice@h", "sip:Alice@h"), ("sip:a%0d%0ab@h", "sip:a%0D%0Ab@h"), ("sip:a%40b@h", "sip:a%40b@h"),
            ("sip:+15551234;ext=1@h;user=phone", "sip:+15551234;ext=1@h"),
            ("sip:a@[2001:DB8:0::1]:5060", "sip:a@[2001:db8::1]"),
        ])
    func addressOfRecord(_ text: String, _ expected: String) throws {
        #expect(try SIPURI(parsing: text).addressOfRecord == expected)
    }

    @Test(
        "RFC 3261 §19.1.1: no parameter name twice",
        arguments: [
            ("sip:a@h;x=1;x=2", 12), ("sip:a@h;lr;lr", 11), ("sip:a@h;lr;x=u;LR=on", 15), ("sips:h;x=1;%78=1;y", 11),
        ])
    func repeatedParameter(_ text: String, _ offset: Int) {
        #expect(throws: SIPSyntaxError(.duplicate, at: offset)) { try SIPURI(parsing: text) }
    }

    @Test("More parameters or headers than anyone needs are refused")
    func limits() throws {
        let parameters = (1...65).map { ";x\($0)=1" }
        #expect(try SIPURI(parsing: "sip:a@h" + parameters.dropLast().joined()).parameters.contains("x64"))
        #expect(throws: SIPSyntaxError.self) { try SIPURI(parsing: "sip:a@h" + parameters.joined()) }
        #expect(throws: SIPSyntaxError.self) {
            try SIPURI(parsing: "sip:a@h?x=1" + String(repeating: "&x=1", count: 64))
        }
    }

    @Test(
        "§19.1.2: any text as a user part",
        arguments: [
            ("alice", "alice"), ("a@b:c%41", "a%40b%3Ac%2541"), ("+1;ext=2", "+1;ext=2"), ("\u{e9} \"", "%C3%A9%20%22"),
        ])
    func escaping(_ plain: String, _ escaped: String) throws {
        let user = SIPURI.user(escaping: OctetSlice(plain))
        #expect(user.string == escaped)
        let uri = try SIPURI(parsing: SIPURI(user: user, host: "h").text)
        #expect(uri.user?.withoutURIEscapes.string == plain)
    }

    @Test("Parameters are set, replaced and removed")
    func editing() throws {
        var uri = try SIPURI(parsing: "sip:a@h;transport=udp;lr")
        uri.parameters.set("transport", "tcp")
        uri.parameters.set("ob")
        uri.parameters.set("x", "a b;c")
        uri.parameters.remove("lr")
        #expect(uri.text == "sip:a@h;transport=tcp;ob;x=a%20b%3Bc")
        #expect(uri.parameters["x"] == "a b;c")
        #expect(try SIPURI(parsing: uri.text).text == uri.text)
    }

    @Test("Other schemes")
    func others() throws {
        guard case .other(let text) = try URI(parsing: "urn:service:sos") else { throw Unexpected() }
        #expect(text == "urn:service:sos")
        #expect(try URI(parsing: "urn:service:sos").matches(URI(parsing: "urn:service:sos")))
        #expect(throws: SIPSyntaxError.self) { try URI(parsing: "urn:a b") }
        #expect(throws: SIPSyntaxError.self) { try URI(parsing: "urn:") }
    }
}
