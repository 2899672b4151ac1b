import Octets
import SIP
import Testing

@Suite("RFC 8141 §3: which URNs are the same")
struct URNTests {
    @Test(
        "§3.2: equivalent",
        arguments: [
            ("urn:example:a123,z456", "URN:example:a123,z456"), ("urn:example:a123,z456", "urn:EXAMPLE:a123,z456"),
            ("urn:example:a123,z456", "urn:example:a123,z456?+abc"),
            ("urn:example:a123,z456", "urn:example:a123,z456?=xyz"),
            ("urn:example:a123,z456", "urn:example:a123,z456#789"),
            ("urn:example:a123%2Cz456", "URN:EXAMPLE:a123%2cz456"), ("urn:service:SOS.fire", "urn:service:sos.FIRE"),
            (
                "urn:uuid:F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6", "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6"
            ),
        ])
    func equivalent(_ left: String, _ right: String) throws {
        let (mine, theirs) = (OctetSlice(left), OctetSlice(right))
        #expect(try #require(URN(mine)).matches(#require(URN(theirs))))
        #expect(try #require(URN(theirs)).matches(#require(URN(mine))))
    }

    @Test(
        "§3.2: different",
        arguments: [
            ("urn:example:a123,z456", "urn:example:a123,z456/foo"),
            ("urn:example:a123,z456/bar", "urn:example:a123,z456/baz"),
            ("urn:example:a123,z456", "urn:example:a123%2Cz456"), ("urn:example:a123,z456", "urn:example:A123,z456"),
            ("urn:example:a123,z456", "urn:example:a123,Z456"), ("urn:example:a123,z456", "urn:example:%D0%B0123,z456"),
            ("urn:example:a%4", "urn:example:A%4"), ("urn:a:b", "urn:b:b"),
        ])
    func different(_ left: String, _ right: String) throws {
        #expect(try !URI(parsing: left).matches(URI(parsing: right)))
        #expect(try !URI(parsing: right).matches(URI(parsing: left)))
    }

    @Test("No URN", arguments: ["", "urn:", "urn:a", "urn::b", "urn:a:", "urn:a:?+b", "sip:a:b"])
    func none(_ text: String) {
        #expect(URN(OctetSlice(text)) == nil)
    }

    @Test("URIs of other schemes: only the scheme has no case")
    func others() throws {
        #expect(try URI(parsing: "HTTP://a/B").matches(URI(parsing: "http://a/B")))
        #expect(try !URI(parsing: "http://a/B").matches(URI(parsing: "http://a/b")))
        #expect(try !URI(parsing: "http://a/B").matches(URI(parsing: "https://a/B")))
        #expect(try !URI(parsing: "ab:c").matches(URI(parsing: "a:bc")))
    }

    @Test("RFC 5626 §4.1: contacts of one device")
    func instances() throws {
        func contact(_ instance: String) throws -> Contact {
            try Contact(parsing: OctetSlice("<sip:a@h>;+sip.instance=\"<\(instance)>\""))
        }
        let device = try contact("urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF")
        #expect(try device.isSameInstance(as: contact("URN:uuid:00000000-0000-1000-8000-aabbccddeeff")))
        #expect(try !device.isSameInstance(as: contact("urn:uuid:00000000-0000-1000-8000-aabbccddeefe")))
        #expect(
            try contact("urn:gsma:imei:90420156-025763-0").isSameInstance(
                as: contact("urn:GSMA:imei:90420156-025763-0")))
        #expect(try !device.isSameInstance(as: Contact(parsing: "<sip:a@h>")))
        #expect(try contact("odd").isSameInstance(as: contact("odd")))
    }
}
