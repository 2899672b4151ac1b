import Cx
import Diameter
import IMS
import Octets
import SIP
import ServingCSCF
import Testing

@Suite("TS 24.229 §5.4.3.6.1: requests of users with SIP Digest")
struct RequestAuthenticationTests {
    private static let target = "sip:bob@\(Exchange.domain)"

    @Test("a phone with a password and without TLS proves each request; its credentials go no further")
    func challenged() throws {
        var phone = try SoftPhone()
        let asked = try phone.send(.originating(to: Self.target))
        #expect(asked.shape == ["respond 407"])
        let challenge = try #require(try asked.response?.first(ProxyAuthenticate.self)).challenge
        #expect(challenge.realm?.string == Laboratory.domain)
        #expect(challenge.algorithm == .md5)
        #expect(challenge.offers(qop: "auth"))
        #expect(!challenge.isStale)

        try phone.take(asked)
        let request = try phone.proved(.originating(to: Self.target))
        let sent = try #require(try phone.send(request).sent.first)
        #expect(sent.text(.proxyAuthorization) == nil)
        #expect(sent.message.requestURI.string == Self.target)
    }

    @Test("RFC 7616 §3.4: one nonce serves many requests by its count, and no count twice")
    func nonceCount() throws {
        var phone = try SoftPhone()
        try phone.take(try phone.send(.originating("MESSAGE", to: Self.target)))
        for _ in 0..<3 {
            let request = try phone.proved(.originating("MESSAGE", to: Self.target))
            #expect(try phone.send(request).sent.count == 1)
        }
        let once = try phone.proved(.originating("MESSAGE", to: Self.target))
        #expect(try phone.send(once).sent.count == 1)
        let again = try phone.send(once.with { $0.callID = "copied" })
        #expect(again.responses == [407])
        #expect(try again.response?.first(ProxyAuthenticate.self)?.challenge.isStale == false)
    }

    @Test("RFC 7616 §3.3: an old nonce with the right password is stale; the next one is taken")
    func stale() throws {
        var phone = try SoftPhone()
        try phone.take(try phone.send(.originating(to: Self.target)))
        phone.exchange.laboratory.now += .seconds(301)
        let old = try phone.send(try phone.proved(.originating(to: Self.target)))
        #expect(old.responses == [407])
        #expect(try old.response?.first(ProxyAuthenticate.self)?.challenge.isStale == true)
        try phone.take(old)
        #expect(try phone.send(try phone.proved(.originating(to: Self.target))).sent.count == 1)
    }

    @Test("a wrong password, another user's name and another Request-URI are refused")
    func refused() throws {
        var phone = try SoftPhone()
        let asked = try phone.send(.originating(to: Self.target))
        try phone.take(asked, password: "Secret")
        let wrong = try phone.send(try phone.proved(.originating(to: Self.target)))
        #expect(wrong.refusal?.code == "PASSWORD_WRONG")
        #expect(wrong.responses == [403])
        try phone.take(asked, username: "mallory@\(Laboratory.domain)")
        let other = try phone.send(try phone.proved(.originating(to: Self.target)))
        #expect(other.refusal?.code == "CREDENTIALS_OF_ANOTHER")
        try phone.take(asked)
        let moved = try phone.proved(.originating(to: Self.target)).with { $0.uri = "sip:premium@\(Exchange.domain)" }
        let refused = try phone.send(moved)
        #expect(refused.refusal?.code == "CREDENTIALS_FOR_ANOTHER_URI")
        #expect(refused.responses == [400])
    }

    @Test(
        "§7.2A.2: over the phone's own TLS session nothing is asked",
        arguments: [("tls-pending", false), ("tls-yes", false), ("ip-assoc-pending", true), ("ip-assoc-yes", true)])
    func transport(protection: String, isAsked: Bool) throws {
        var phone = try SoftPhone(protection: protection)
        #expect(try phone.send(.originating(to: Self.target)).responses == (isAsked ? [407] : []))
    }

    @Test("A phone with AKA is never asked, nor one with a password where the operator does not want it")
    func others() throws {
        var exchange = try Exchange.registered()
        #expect(try exchange.send(.originating(to: Self.target)).sent.count == 1)
        var phone = try SoftPhone { $0.requestAuthentication = .never }
        #expect(try phone.send(.originating(to: Self.target)).sent.count == 1)
    }

    @Test("neither is an application server that speaks for the user, nor a request inside a dialog")
    func server() throws {
        var phone = try SoftPhone()
        var request = Request.originating(to: Self.target)
        request.more.append("P-Served-User: <\(Exchange.alice)>;sescase=orig;regstate=reg")
        #expect(try phone.send(request).sent.count == 1)

        try phone.take(try phone.send(.originating(to: Self.target)))
        let sent = try #require(try phone.send(try phone.proved(.originating(to: Self.target))).sent.first)
        #expect(try phone.exchange.answer(sent, 200).responses == [200])
        let route = try #require(sent.text(.recordRoute))
        let bye = Request.originating("BYE", to: "sip:bob@10.0.0.7").with {
            $0.routes = [route]
            $0.to += ";tag=callee"
            $0.cseq = 9
            $0.callID = sent.text(.callID) ?? ""
        }
        #expect(try phone.send(bye).responses == [])
    }

    @Test("nobody is asked who calls for help")
    func emergency() throws {
        var phone = try SoftPhone()
        #expect(try phone.send(.originating(to: "urn:service:sos.fire")).responses != [407])
        #expect(try phone.send(.originating(to: "urn:service:counseling")).responses == [407])
    }

    @Test("the subscription to the own registration state is asked for too")
    func subscription() throws {
        var phone = try SoftPhone()
        var subscribe = Request.originating("SUBSCRIBE", to: "sip:+15550001@\(Exchange.domain)")
        subscribe.more[0] = "P-Asserted-Identity: <sip:+15550001@\(Exchange.domain)>"
        subscribe.more += ["Event: reg", "Expires: 600", "Accept: application/reginfo+xml"]
        let asked = try phone.send(subscribe)
        #expect(asked.responses == [407])
        try phone.take(asked)
        #expect(try phone.send(try phone.proved(subscribe)).responses == [200])
    }

    @Test("Two phones of one user, one of them with a SIM: its Contact tells which one must prove itself")
    func mixed() throws {
        var phone = try SoftPhone()
        var sim = Message()
        sim.username = "sim@\(Laboratory.domain)"
        sim.callID = "sim"
        sim.contacts = ["<sip:sim@10.0.0.77:5060>;+sip.instance=\"<urn:gsma:imei:35-2>\""]
        try phone.registerWithKeys(sim)
        let request = Request.originating(to: Self.target)
        #expect(try phone.send(request).sent.count == 1)  // its Contact is neither's
        let soft = try phone.send(request.with { $0.contact = "<\(Exchange.contact)>" })
        #expect(soft.responses == [407])
        #expect(try phone.send(request.with { $0.contact = "<sip:sim@10.0.0.77:5060>" }).sent.count == 1)
    }

    @Test("TS 29.228 §6.2.2: a password that is changed in the HSS counts from the PPR on")
    func newPassword() throws {
        var phone = try SoftPhone()
        // MD5 of the same user and realm with the password `changed`.
        let ha1 = OctetSlice(
            DigestAccess.secret(
                .md5, username: OctetSlice(Laboratory.privateIdentity), realm: OctetSlice(Laboratory.domain),
                password: Array("changed".utf8))
        ).string
        let push = PushProfileRequest(
            userName: Laboratory.privateIdentity,
            authenticationItem: .digest(DigestCredential(realm: Laboratory.domain, ha1: ha1)))
        let message = push.message(
            session: "s", origin: Laboratory.hss, destinationRealm: DiameterIdentity(Laboratory.domain),
            destinationHost: DiameterIdentity("scscf.\(Laboratory.domain)"))
        let pushed = phone.exchange.laboratory.handle(
            .asked(message, RequestToken(rawValue: 1), from: Laboratory.hss.host))
        #expect(pushed.shape == ["count cxRequestReceived", "answer 2001 SUCCESS"])
        let asked = try phone.send(.originating(to: Self.target))
        try phone.take(asked)
        #expect(try phone.send(try phone.proved(.originating(to: Self.target))).responses == [403])
        try phone.take(asked, password: "changed")
        #expect(try phone.send(try phone.proved(.originating(to: Self.target))).sent.count == 1)
    }

    @Test("the secrets outlive a crash with the registrations, and go with them")
    func kept() throws {
        let clock = WallClock(1_800_000_000, at: .zero)
        var phone = try SoftPhone { $0.clock = clock }
        #expect(phone.disk.keys.contains { $0.first == UInt8(ascii: "a") })
        let records = phone.disk.map { StoredRecord(key: $0.key, value: $0.value) }
        var second = Exchange { $0.clock = clock }
        #expect(second.laboratory.role.restore(records).isEmpty)
        #expect(try second.send(.originating(to: Self.target)).responses == [407])

        let ended = try phone.exchange.laboratory.order("deregister", ["identity": Exchange.alice]).actions
        _ = phone.settle(ended)
        #expect(!phone.disk.keys.contains { $0.first == UInt8(ascii: "a") })
    }
}
