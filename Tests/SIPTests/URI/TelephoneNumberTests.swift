import Octets
import SIP
import Testing

@Suite("RFC 3261 §19.1.6: tel URIs and SIP URIs")
struct TelephoneNumberTests {
    @Test(
        "The RFC's examples",
        arguments: [
            ("tel:+358-555-1234567;postd=pp22", "sip:+358-555-1234567;postd=pp22@foo.com;user=phone"),
            ("tel:+358-555-1234567;POSTD=PP22", "sip:+358-555-1234567;postd=pp22@foo.com;user=phone"),
            (
                "tel:+358-555-1234567;postd=pp22;isub=1411",
                "sip:+358-555-1234567;isub=1411;postd=pp22@foo.com;user=phone"
            ),
            (
                "tel:+358-555-1234567;tsp=a.b;phone-context=5",
                "sip:+358-555-1234567;phone-context=5;tsp=a.b@foo.com;user=phone"
            ),
            (
                "tel:+358-555-1234567;phone-context=5;tsp=a.b",
                "sip:+358-555-1234567;phone-context=5;tsp=a.b@foo.com;user=phone"
            ),
        ])
    func conversion(_ tel: String, _ sip: String) throws {
        let number = try TelURI(parsing: tel)
        let uri = SIPURI(number, host: "foo.com")
        #expect(uri.text == sip)
        #expect(try SIPURI(parsing: uri.text).telephoneNumber?.matches(number) == true)
        #expect(SIPURI(number, host: "foo.com", isSecure: true).text == "sips" + sip.dropFirst(3))
    }

    @Test("What may not stand plain in a user is escaped and comes back")
    func escaping() throws {
        let number = try TelURI(parsing: "tel:*21%23;phone-context=example.com".replacing("%23", with: "#"))
        let uri = SIPURI(number, host: "foo.com")
        #expect(uri.text == "sip:*21%23;phone-context=example.com@foo.com;user=phone")
        #expect(try SIPURI(parsing: uri.text).telephoneNumber?.digits == "*21#")
        let odd = SIPURI(try TelURI(parsing: "tel:+1;x=[a]:b%3B"), host: "foo.com")
        #expect(odd.text == "sip:+1;x=%5ba%5d:b%3b@foo.com;user=phone".replacing("%5ba%5d:", with: "%5Ba%5D%3A"))
        #expect(try SIPURI(parsing: odd.text).user != nil)
    }

    @Test(
        "No number",
        arguments: [
            "sip:+1@h", "sip:alice@h;user=phone", "sip:h;user=phone", "sip:7042@h;user=phone", "sip:+1@h;user=ip",
            "sip:+1;ext=a@h;user=phone",
        ])
    func none(_ text: String) throws {
        #expect(try SIPURI(parsing: text).telephoneNumber == nil)
    }

    @Test("A number in the user part: global or with a context")
    func numbers() throws {
        #expect(try SIPURI(parsing: "sip:+1-201-555-0123@h;user=PHONE").telephoneNumber?.digits == "+12015550123")
        let local = try SIPURI(parsing: "sip:7042;phone-context=example.com@h;user=phone").telephoneNumber
        #expect(local?.phoneContext == "example.com")
    }
}

@Suite("RFC 5627, 6140, 5626: URIs of one device or many numbers")
struct GRUUTests {
    @Test("RFC 5627 §3.1: a public GRUU is the address of record and gr")
    func gruu() throws {
        let uri = try SIPURI(parsing: "sip:callee@example.com;gr=urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6")
        #expect(uri.isGRUU)
        #expect(uri.gr == "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6")
        #expect(uri.withoutGRUU.text == "sip:callee@example.com")
        let temporary = try SIPURI(parsing: "sip:tgruu.7hs==jd7vnzga5w7fajsc7-ajd6fabz0f8g5@example.com;gr")
        #expect(temporary.isGRUU)
        #expect(temporary.gr?.isEmpty == true)
        #expect(try !SIPURI(parsing: "sip:callee@example.com").isGRUU)
    }

    @Test("RFC 5627 §4.2: what a registrar hands out")
    func contacts() throws {
        var contact = try Contact(
            parsing: """
                <sip:callee@192.0.2.1>;pub-gruu="sip:callee@example.com;gr=urn:uuid:f81d"\
                ;temp-gruu="sip:tgruu.7hs==jd7vnzga5w7fajsc7-ajd6fabz0f8g5@example.com;gr";expires=3600
                """)
        #expect(contact.publicGRUU == "sip:callee@example.com;gr=urn:uuid:f81d")
        #expect(contact.temporaryGRUU == "sip:tgruu.7hs==jd7vnzga5w7fajsc7-ajd6fabz0f8g5@example.com;gr")
        contact.address.parameters.remove("temp-gruu")
        contact.set(publicGRUU: "sip:a@h")
        contact.set(temporaryGRUU: "sip:b@h;gr")
        #expect(
            contact.text == """
                <sip:callee@192.0.2.1>;pub-gruu="sip:a@h";expires=3600;temp-gruu="sip:b@h;gr"
                """)
    }

    @Test("RFC 6140 §5.1: bnc; RFC 5626 §5.3.2: ob")
    func flags() throws {
        #expect(try SIPURI(parsing: "sip:198.51.100.3;bnc").hasBulkNumbers)
        #expect(try SIPURI(parsing: "sip:a@h;ob").isOutbound)
        #expect(try !SIPURI(parsing: "sip:a@h").hasBulkNumbers)
        #expect(try !SIPURI(parsing: "sip:a@h").isOutbound)
    }
}
