import Octets
import SIP
import Testing

@Suite("RFC 3966: tel URIs")
struct TelURITests {
    @Test(
        "§6: the RFC's examples",
        arguments: [
            ("tel:+1-201-555-0123", true, "+12015550123"), ("tel:7042;phone-context=example.com", false, "7042"),
            ("tel:863-1234;phone-context=+1-914-555", false, "8631234"),
        ])
    func examples(_ text: String, _ isGlobal: Bool, _ digits: String) throws {
        let uri = try TelURI(parsing: text)
        #expect(uri.isGlobal == isGlobal)
        #expect(uri.digits == digits)
        #expect(uri.description == text)
    }

    @Test(
        "§4: equivalent",
        arguments: [
            ("tel:+1-201-555-0123", "tel:+12015550123"), ("TEL:+1(201)555.0123", "tel:+12015550123"),
            ("tel:+1;a=b;c=d", "tel:+1;C=D;A=B"), ("tel:1;phone-context=+1-914", "tel:1;phone-context=+1914"),
            ("tel:1;phone-context=Example.com", "tel:1;phone-context=example.COM"), ("tel:+1;ext=1-2", "tel:+1;ext=12"),
        ])
    func equivalent(_ left: String, _ right: String) throws {
        #expect(try TelURI(parsing: left).matches(TelURI(parsing: right)))
    }

    @Test(
        "§4: different",
        arguments: [
            ("tel:+1", "tel:1;phone-context=a"), ("tel:+1", "tel:+2"), ("tel:+1;ext=1", "tel:+1"),
            ("tel:+1;a=b", "tel:+1;a=c"),
            ("tel:1;phone-context=a", "tel:1;phone-context=b"),
        ])
    func different(_ left: String, _ right: String) throws {
        #expect(try !TelURI(parsing: left).matches(TelURI(parsing: right)))
    }

    @Test(
        "Refused",
        arguments: [
            "tel:", "tel:+", "tel:-", "tel:123", "tel:+1a", "tel:+1 2", "tel:+1;", "tel:+1;=x", "tel:+1;;a",
            "tel:1;phone-contex=a", "tel:+1;ext=a", "tel:+1;ext=", "tel:+1;ext=-", "tel:+1;isub=", "tel:+1;isub",
            "tel:+1;ext=1;isub=2", "tel:+1;ext=1;EXT=1", "tel:+1;a=1;a=2", "tel:1;phone-context=",
            "tel:1;phone-context=+",
            "tel:1;phone-context=+a", "tel:1;phone-context=a b", "tel:1;phone-context=.a", "tel:+1;a_b", "tel:+1;a=",
            "tel:+1;a=b?c", "tel:+1;a=%4", "tel:1g;phone-context=a", "tel:+1*", "tel:+1#", "tel: +1",
        ])
    func refused(_ text: String) {
        #expect(throws: SIPSyntaxError.self) { try TelURI(parsing: text) }
    }

    @Test("§3, §5: subaddress, extension, context, mandatory parameters")
    func parameters() throws {
        let uri = try TelURI(parsing: "tel:+1-201;ext=1-2(3);m-own=1;x=y")
        #expect(uri.phoneExtension == "123")
        #expect(uri.mandatoryParameters == ["m-own"])
        #expect(uri.isdnSubaddress == nil)
        let subaddress = try TelURI(parsing: "tel:+1;isub=1411%3Ba/b?c@d")
        #expect(subaddress.isdnSubaddress == "1411;a/b?c@d")
        #expect(try TelURI(parsing: "tel:*1A#;phone-context=+1-914").phoneContext == "+1-914")
        #expect(try TelURI(parsing: "tel:*1A#;phone-context=+1-914").digits == "*1a#")
    }

    @Test("More parameters than anyone needs are refused")
    func limits() {
        let parameters = (0..<65).map { ";p\($0)" }.joined()
        #expect(throws: SIPSyntaxError.self) { try TelURI(parsing: "tel:+1" + parameters) }
    }

    @Test("TS 23.003 §13.4: canonical form")
    func addressOfRecord() throws {
        #expect(try TelURI(parsing: "tel:+1-201-555-0123;npdi").addressOfRecord == "tel:+12015550123")
        #expect(
            try TelURI(parsing: "tel:70-42;phone-context=Example.com").addressOfRecord
                == "tel:7042;phone-context=example.com")
    }
}
