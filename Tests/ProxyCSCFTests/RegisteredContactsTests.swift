import IMS
import Octets
import SIP
import Testing

@Suite("TS 24.229 §5.2.2.1: what a P-CSCF remembers")
struct RegisteredContactsTests {
    private static let contact = "<sip:001010000000001@10.11.12.13:5060>"
    private static let second = "<sip:001010000000001@10.11.12.14:5060>"
    private static let otherPhone = Hop(.udp, AccessEdge.listener, Endpoint(.v4(0x0A0B_0C0E), 5060))

    @Test("a contact lasts as long as the registrar granted, not as long as the phone asked")
    func expiry() throws {
        var edge = AccessEdge()
        try edge.register(bound: ["\(Self.contact);expires=100"])
        #expect(edge.role.nextDeadline == .zero + .seconds(100))
        edge.now = .zero + .seconds(99)
        #expect(edge.handle(.deadline).isEmpty)
        #expect(try edge.isRegistered())
        edge.now = .zero + .seconds(100)
        #expect(edge.handle(.deadline).shape == ["count registrationExpired"])
        #expect(try edge.isRegistered() == false)
        #expect(try edge.registrations() == 0)
    }

    @Test("a refresh moves the end")
    func refresh() throws {
        var edge = AccessEdge()
        try edge.register()
        edge.now = .zero + .seconds(500)
        try edge.register()
        edge.now = .zero + .seconds(600)
        #expect(edge.handle(.deadline).isEmpty)
        #expect(try edge.isRegistered())
        #expect(edge.role.nextDeadline == .zero + .seconds(1_100))
        edge.now = .zero + .seconds(1_100)
        #expect(edge.handle(.deadline).shape == ["count registrationExpired"])
    }

    @Test("de-registration forgets: the 200 lists the contact no more")
    func deregistration() throws {
        var edge = AccessEdge()
        try edge.register()
        let actions = try edge.register(Request(expires: 0), bound: [])
        #expect(actions.shape == ["respond 200", "count deregistered"])
        #expect(try edge.isRegistered() == false)
        #expect(try edge.registrations() == 0)
    }

    @Test("Contact: * forgets every contact of the user")
    func wildcard() throws {
        var edge = AccessEdge()
        try edge.register()
        try edge.register(
            Request(contacts: [Self.second]), from: Self.otherPhone,
            bound: ["\(Self.contact);expires=600", "\(Self.second);expires=600"])
        #expect(try edge.registrations() == 2)
        let actions = try edge.register(Request(contacts: ["*"], expires: 0), bound: [])
        #expect(actions.shape == ["respond 200", "count deregistered"])
        #expect(try edge.registrations() == 0)
        #expect(try edge.isRegistered() == false)
        #expect(try edge.isRegistered(Self.otherPhone) == false)
    }

    @Test("a contact that the registrar took away meanwhile is gone, one of another P-CSCF is not ours")
    func replaced() throws {
        var edge = AccessEdge()
        try edge.register()
        try edge.register(
            Request(contacts: [Self.second]), from: Self.otherPhone,
            bound: ["\(Self.second);expires=600", "<sip:elsewhere@192.0.2.7>;expires=600"])
        #expect(try edge.registrations() == 1)
        #expect(try edge.isRegistered() == false)
        #expect(try edge.isRegistered(Self.otherPhone))
    }

    @Test("the phone moved: the old flow is nobody's")
    func moved() throws {
        var edge = AccessEdge()
        try edge.register()
        try edge.register(from: Self.otherPhone)
        #expect(try edge.isRegistered() == false)
        #expect(try edge.isRegistered(Self.otherPhone))
    }

    @Test("A11: another user with the same contact URI does not take the first one's place")
    func stolenContact() throws {
        var edge = AccessEdge()
        try edge.register()
        var other = Request(to: "<sip:thief@\(AccessEdge.domain)>")
        other.authorization = "Digest username=\"thief@\(AccessEdge.domain)\",realm=\"r\",nonce=\"\",uri=\"sip:r\""
        try edge.register(other, from: Self.otherPhone)
        #expect(try edge.isRegistered())
        other.expires = 0
        try edge.register(other, from: Self.otherPhone, bound: [])
        #expect(try edge.isRegistered())
        #expect(try edge.isRegistered(Self.otherPhone) == false)
    }

    @Test("users behind one flow: it is known until the last has left")
    func sharedFlow() throws {
        var edge = AccessEdge()
        try edge.register()
        let other = Request(to: "<sip:other@\(AccessEdge.domain)>", contacts: ["<sip:other@10.11.12.13:5060>"])
        try edge.register(other)
        try edge.register(Request(expires: 0), bound: [])
        #expect(try edge.isRegistered())
        var leaving = other
        leaving.expires = 0
        try edge.register(leaving, bound: [])
        #expect(try edge.isRegistered() == false)
    }

    @Test("a REGISTER that only asks changes nothing")
    func fetch() throws {
        var edge = AccessEdge()
        try edge.register()
        let actions = try edge.register(Request(contacts: []), bound: ["\(Self.contact);expires=50"])
        #expect(actions.shape == ["respond 200", "count registerSucceeded"])
        #expect(try edge.isRegistered())
        #expect(edge.role.nextDeadline == .zero + .seconds(50))
    }

    @Test("two contacts, one expires")
    func oneOfTwo() throws {
        var edge = AccessEdge()
        try edge.register(
            Request(contacts: [Self.contact, Self.second]),
            bound: ["\(Self.contact);expires=100", "\(Self.second);expires=200"])
        edge.now = .zero + .seconds(150)
        #expect(edge.handle(.deadline).shape == ["count registrationExpired"])
        #expect(try edge.registrations() == 1)
        #expect(try edge.isRegistered())
        #expect(edge.role.nextDeadline == .zero + .seconds(200))
    }

    @Test("registering and leaving a thousand times leaves nothing behind that grows")
    func comingAndGoing() throws {
        var edge = AccessEdge()
        for _ in 0..<1_000 {
            try edge.register()
            try edge.register(Request(expires: 0), bound: [])
        }
        edge.now = .zero + .seconds(600)
        #expect(edge.handle(.deadline).isEmpty)
        #expect(edge.role.nextDeadline == nil)
    }

    @Test("an Expires beyond reason does no harm")
    func longest() throws {
        var edge = AccessEdge()
        try edge.register(bound: ["\(Self.contact);expires=99999999999999999999"])
        #expect(edge.role.nextDeadline == .zero + .seconds(4_294_967_295))
    }
}
