import Octets
import SIP
import Testing

/// RFC 5118 §4, with the values that the RFC states.
@Suite("RFC 5118: IPv6")
struct IPv6TortureTests {
    private func requestURI(_ name: String) throws -> SIPURI {
        guard case .sip(let uri) = try TortureMessage.rfc5118(name).parsed().parsedRequestURI() else {
            throw Unexpected()
        }
        return uri
    }

    @Test("Read and found valid", arguments: TortureMessage.ipv6)
    func accepted(_ torture: TortureMessage) throws {
        #expect(try torture.parsed().validateRequest(.everyKnownHeader) == nil)
    }

    @Test("§4.1: a reference in Request-URI, Via and Contact")
    func reference() throws {
        #expect(try requestURI("ipv6-good").host == "[2001:db8::10]")
        #expect(try TortureMessage.rfc5118("ipv6-good").parsed().first(Via.self)?.host == "[2001:db8::9:1]")
    }

    @Test("§4.2: without brackets it is 400")
    func withoutBrackets() throws {
        let error = try TortureMessage.rfc5118("ipv6-bad").parsed().validateRequest()
        #expect(error?.what == .uri)
        #expect(error?.status == .badRequest)
    }

    @Test("§4.3 and §4.4: where the port stands")
    func port() throws {
        let ambiguous = try requestURI("port-ambiguous")
        #expect(ambiguous.host == "[2001:db8::10:5070]")
        #expect(ambiguous.port == nil)
        let unambiguous = try requestURI("port-unambiguous")
        #expect(unambiguous.host == "[2001:db8::10]")
        #expect(unambiguous.port == 5070)
    }

    @Test("§4.5: received with and without brackets")
    func received() throws {
        let with = try #require(
            try TortureMessage.rfc5118("via-received-param-with-delim").parsed().first(Via.self)?.received)
        let without = try #require(
            try TortureMessage.rfc5118("via-received-param-no-delim").parsed().first(Via.self)?.received)
        #expect(IPAddress(with) == IPAddress("2001:db8::9:255"))
        #expect(IPAddress(without) == IPAddress("2001:db8::9:255"))
    }

    /// §4.6 calls the message valid, but its Content-Length of 268 is more than the body has, with either kind of line
    /// end. As a datagram that is a 400 (RFC 3261 §18.3); the rest of it is read all the same.
    @Test("§4.6: IPv6 in SDP")
    func sdp() throws {
        let octets = try TortureMessage.rfc5118("ipv6-in-sdp").wire
        let error = #expect(throws: SIPSyntaxError.self) { try SIPMessage(parsing: octets) }
        #expect(error?.what == .truncatedBody)
        let salvaged = try #require(SIPMessage.salvage(octets))
        #expect(salvaged.validateRequest(.everyKnownHeader) == nil)
        guard case .sip(let uri) = try salvaged.parsedRequestURI() else { throw Unexpected() }
        #expect(uri.host == "[2001:db8::10]")
        let text = OctetSlice(octets).string.replacing("Content-Length: 268", with: "Content-Length: 251")
        #expect(try SIPMessage(parsing: Array(text.utf8)).body.string.hasSuffix("H263-1998/90000\r\n"))
    }

    @Test("§4.7: both families in Via")
    func mixedVias() throws {
        let vias = try TortureMessage.rfc5118("mult-ip-in-header").parsed().all(Via.self)
        #expect(vias.map(\.host) == ["[2001:db8::9:1]", "192.0.2.1", "[2001:db8::9:255]"])
        #expect(vias.map(\.port) == [6050, nil, nil])
        #expect(vias.last?.received == "192.0.2.200")
    }

    @Test("§4.9: mapped addresses")
    func mapped() throws {
        let message = try TortureMessage.rfc5118("ipv4-mapped-ipv6").parsed()
        let via = try #require(try message.first(Via.self))
        #expect(via.host == "[::ffff:192.0.2.10]")
        #expect(via.port == 19823)
        guard case .sip(let contact) = try message.first(Contact.self)?.address.parsedURI() else { throw Unexpected() }
        #expect(IPAddress(contact.host) == IPAddress("::ffff:192.0.2.2"))
    }

    @Test("§4.10: the third colon is ignored")
    func extraColon() throws {
        #expect(try requestURI("ipv6-bug-abnf-3-colons").host == "[2001:db8::192.0.2.1]")
        #expect(try requestURI("ipv6-correct-abnf-2-colons").host == "[2001:db8::192.0.2.1]")
    }
}
