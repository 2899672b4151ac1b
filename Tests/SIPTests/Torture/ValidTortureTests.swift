import Octets
import SIP
import Testing

/// RFC 4475 §3.1.1 and the well-formed messages of §3.2 to §3.4, with the values that the RFC states.
@Suite("RFC 4475: well-formed messages")
struct ValidTortureTests {
    @Test("All are read and found valid", arguments: TortureMessage.valid + TortureMessage.wellFormed)
    func accepted(_ torture: TortureMessage) throws {
        let message = try torture.parsed()
        #expect(
            (message.isRequest
                ? message.validateRequest(.everyKnownHeader) : message.validateResponse(.everyKnownHeader)) == nil)
    }

    @Test("§3.1.1.1: folds, white space, compact forms, unknown headers")
    func shortTortuousInvite() throws {
        let message = try TortureMessage.rfc4475("wsinv").parsed()
        #expect(message.method == .invite)
        #expect(message.maxForwards == 68)
        #expect(message.cseq == CSeq(9, .invite))
        let to = try #require(try message.first(To.self))
        #expect(to.address.uri == "sip:vivekg@chair-dnrc.example.com")
        #expect(to.tag == "1918181833n")
        let from = try #require(try message.first(From.self))
        #expect(from.address.displayName == #"J Rosenberg \\\""#)
        #expect(from.tag == "98asjd8")
        let vias = try message.all(Via.self)
        #expect(vias.map(\.host) == ["192.0.2.2", "spindle.example.com", "192.168.255.111"])
        #expect(vias.map(\.transport) == ["UDP", "TCP", "UDP"])
        #expect(vias.map(\.branch) == ["390skdjuw", "z9hG4bK9ikj8", "z9hG4bK30239"])
        #expect(message.firstValue(.subject) == "")
        #expect(message.firstValue(HeaderName("UnknownHeaderWithUnusualValue")) == ";;,,;;,;")
        #expect(
            message.firstValue(HeaderName("newfangledheader"))?.string.split(separator: " ")
                == ["newfangled", "value", "continued", "newfangled", "value"])
        let contact = try #require(try message.first(Contact.self))
        #expect(contact.q == 330)
        #expect(contact.address.parameters["newparam"] == "newvalue")
        #expect(contact.address.parameters["secondparam"] == "")
        let route = try #require(try message.first(Route.self)?.address.parsedURI())
        guard case .sip(let uri) = route else { throw Unexpected() }
        #expect(uri.isLooseRouter)
        #expect(uri.parameters["unknownwith"] == "value")
        #expect(message.body.count == 150)
    }

    @Test("§3.1.1.2: every character that is allowed")
    func unusualCharacters() throws {
        let message = try TortureMessage.rfc4475("intmeth").parsed()
        #expect(message.method.text == "!interesting-Method0123456789_*+`.%indeed'~")
        #expect(message.cseq?.number == 139_122_385)
        guard case .sip(let uri) = try message.parsedRequestURI() else { throw Unexpected() }
        #expect(uri.user == "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*")
        #expect(uri.password == "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)")
        #expect(uri.host == "example.com")
        #expect(message.callID == "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{")
        #expect(try message.first(To.self)?.address.displayName == "BEL:\\\u{07} NUL:\\\u{00} DEL:\\\u{7F}")
        let from = try #require(try message.first(From.self))
        #expect(from.address.displayName == "token1~` token2'+_ token3*%!.-")
        #expect(from.tag == "_token~1'+`*%!-.")
        #expect(from.address.parameters["fromParam''~+*_!.-%"] == "работающий")
        #expect(try message.first(Via.self)?.branch == "z9hG4bK-.!%66*_+`'~")
        #expect(message.firstValue(HeaderName("extensionHeader-!.%*+_`'~")) == "\u{FEFF}大停電")
        #expect(message.maxForwards == 255)
    }

    @Test("§3.1.1.3: escapes count as their characters, once")
    func escapes() throws {
        let message = try TortureMessage.rfc4475("esc01").parsed()
        guard case .sip(let target) = try message.parsedRequestURI() else { throw Unexpected() }
        #expect(target.user?.withoutURIEscapes == "sips:user@example.com")
        #expect(target.host == "example.net")
        guard case .sip(let to) = try message.first(To.self)?.address.parsedURI() else { throw Unexpected() }
        #expect(to.addressOfRecord == "sip:user@example.com")
        guard case .sip(let contact) = try message.first(Contact.self)?.address.parsedURI() else { throw Unexpected() }
        #expect(contact.isLooseRouter)
        #expect(contact.parameters["name"] == "value%41")
    }

    @Test("§3.1.1.4: NUL in a user part shortens nothing")
    func escapedNulls() throws {
        let message = try TortureMessage.rfc4475("escnull").parsed()
        let contacts = try message.all(Contact.self).map { try $0.address.parsedURI() }
        #expect(contacts.count == 2)
        guard case .sip(let one) = contacts.first, case .sip(let two) = contacts.last else { throw Unexpected() }
        #expect(!one.matches(two))
        guard case .sip(let to) = try message.first(To.self)?.address.parsedURI() else { throw Unexpected() }
        #expect(to.addressOfRecord == "sip:null-%00-null@example.com")
    }

    @Test("§3.1.1.5: % where it is no escape")
    func percentIsNoEscape() throws {
        let message = try TortureMessage.rfc4475("esc02").parsed()
        #expect(message.method != .register)
        #expect(message.method.text == "RE%47IST%45R")
        #expect(try message.first(To.self)?.address.displayName == "%Z%45")
        #expect(message.count(.contact) == 2)
        #expect(message.firstValue(HeaderName("C%6Fntact")) == "<sip:alias2@host2.example.com>")
    }

    @Test("§3.1.1.6: no white space between display name and <")
    func noSpaceBeforeBracket() throws {
        let from = try TortureMessage.rfc4475("lwsdisp").parsed().first(From.self)
        #expect(from?.address.displayName == "caller")
        #expect(from?.tag == "323")
    }

    @Test("§3.1.1.7: long values")
    func longValues() throws {
        let message = try TortureMessage.rfc4475("longreq").parsed()
        #expect(message.count(.via) == 34)
        #expect(message.cseq == CSeq(3_882_340, .invite))
        #expect(try message.all(Via.self).last?.received == "192.0.2.5")
        #expect(message.body.count == 150)
    }

    @Test("§3.1.1.8: octets behind the body are dropped, also when it is forwarded")
    func trailingOctets() throws {
        let message = try TortureMessage.rfc4475("dblreq").parsed()
        #expect(message.method == .register)
        #expect(message.body.isEmpty)
        #expect(!OctetSlice(message.serialized()).string.contains("INVITE"))
    }

    @Test("§3.1.1.9: semicolons and an escaped @ in the user part")
    func semicolonsInUser() throws {
        let message = try TortureMessage.rfc4475("semiuri").parsed()
        guard case .sip(let uri) = try message.parsedRequestURI() else { throw Unexpected() }
        #expect(uri.user?.withoutURIEscapes == "user;par=u@example.net")
        #expect(uri.host == "example.com")
        #expect(message.count(.accept) == 6)
    }

    @Test("§3.1.1.10: known and unknown transports")
    func transports() throws {
        let vias = try TortureMessage.rfc4475("transports").parsed().all(Via.self)
        #expect(vias.map(\.transport) == ["UDP", "SCTP", "TLS", "UNKNOWN", "TCP"])
        #expect(vias.map { Transport(token: $0.transport) } == [.udp, .sctp, .tls, nil, .tcp])
    }

    @Test("§3.1.1.11: a body with zeros in it")
    func binaryBody() throws {
        let message = try TortureMessage.rfc4475("mpart01").parsed()
        #expect(message.body.count == 553)
        #expect(message.body.firstIndex(of: 0) != nil)
        #expect(message.serialized().suffix(553).elementsEqual(message.body.array))
    }

    @Test("§3.1.1.12 and §3.1.1.13: reason phrases")
    func reasonPhrases() throws {
        let unusual = try TortureMessage.rfc4475("unreason").parsed()
        #expect(unusual.status == .ok)
        #expect(unusual.reason == "= 2**3 * 5**2 но сто девяносто девять - простое")
        let empty = try TortureMessage.rfc4475("noreason").parsed()
        #expect(empty.status == .trying)
        #expect(empty.reason == "")
    }

    @Test("§3.2.1: the magic cookie alone is no branch of RFC 3261")
    func cookieAlone() throws {
        #expect(try TortureMessage.rfc4475("badbranch").parsed().first(Via.self)?.branch == "z9hG4bK")
    }

    @Test("§3.3.2 and §3.3.3: other schemes in the Request-URI", arguments: ["unkscm", "novelsc"])
    func otherSchemes(_ name: String) throws {
        let message = try TortureMessage.rfc4475(name).parsed()
        guard case .other(let text) = try message.parsedRequestURI() else { throw Unexpected() }
        #expect(text == message.requestURI)
    }

    @Test("§3.3.4: other schemes in headers")
    func otherSchemesInHeaders() throws {
        let message = try TortureMessage.rfc4475("unksm2").parsed()
        #expect(try message.first(To.self)?.address.uri == "isbn:2983792873")
        #expect(try message.first(Contact.self)?.address.uri == "name:John_Smith")
    }

    @Test("§3.3.5: the extensions to name in Unsupported")
    func requiredExtensions() throws {
        let message = try TortureMessage.rfc4475("bext01").parsed()
        #expect(message.values(.require) == ["nothingSupportsThis", "nothingSupportsThisEither"])
        #expect(message.values(.proxyRequire) == ["noProxiesSupportThis", "norDoAnyProxiesSupportThis"])
    }

    @Test("§3.3.6, §3.3.7, §3.3.11, §3.3.15")
    func singleValues() throws {
        #expect(try TortureMessage.rfc4475("invut").parsed().firstValue(.contentType) == "application/unknownformat")
        #expect(try TortureMessage.rfc4475("zeromf").parsed().maxForwards == 0)
        #expect(try TortureMessage.rfc4475("sdp01").parsed().firstValue(.accept) == "text/nobodyKnowsThis")
        let credentials = try TortureMessage.rfc4475("regaut01").parsed().first(Credentials.self)
        #expect(credentials?.scheme == "NoOneKnowsThisScheme")
        #expect(credentials?["opaque-data"] == "here")
    }

    @Test("§3.3.10: a 200 that would go to everybody")
    func broadcast() throws {
        let message = try TortureMessage.rfc4475("bcast").parsed()
        #expect(try message.all(Via.self).map(\.host) == ["192.0.2.198", "255.255.255.255"])
    }

    @Test("§3.3.12 and §3.3.13: a parameter of the header, a parameter of the URI")
    func parameterOwnership() throws {
        let header = try #require(try TortureMessage.rfc4475("cparam01").parsed().first(Contact.self))
        #expect(header.address.parameters.contains("unknownparam"))
        #expect(header.address.uri == "sip:+19725552222@gw1.example.net")
        let inside = try #require(try TortureMessage.rfc4475("cparam02").parsed().first(Contact.self))
        #expect(!inside.address.parameters.contains("unknownparam"))
        guard case .sip(let uri) = try inside.address.parsedURI() else { throw Unexpected() }
        #expect(uri.parameters.contains("unknownparam"))
    }

    @Test("§3.3.14: a header inside a Contact URI")
    func headerInContact() throws {
        let contact = try TortureMessage.rfc4475("regescrt").parsed().first(Contact.self)
        guard case .sip(let uri) = try contact?.address.parsedURI() else { throw Unexpected() }
        #expect(uri.headers == "Route=%3Csip:sip.example.com%3E")
    }

    @Test("§3.4.1: RFC 2543, without branch, tag, Content-Length and Max-Forwards")
    func oldInvite() throws {
        let message = try TortureMessage.rfc4475("inv2543").parsed()
        #expect(try message.first(Via.self)?.branch == nil)
        #expect(message.fromTag == nil)
        #expect(message.maxForwards == nil)
        #expect(message.body.count == 105)
        let to = try message.first(To.self)
        #expect(to?.address.uri == "sip:+16505552222@ss1.example.net")
        #expect(to?.address.parameters["user"] == "phone")
    }
}

struct Unexpected: Error {}
