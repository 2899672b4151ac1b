import IMS
import Octets
import SIP
import ServingCSCF
import Testing

@MainActor
@Suite("RFC 5627 §5: globally routable URIs of devices")
struct GRUUTests {
    private static let identity = "sip:+15550001@\(Laboratory.domain)"
    private static let instance = "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6"

    private func message(cseq: Int = 1, instance: String = instance) -> Message {
        var message = Message()
        message.to = "<\(Self.identity)>"
        message.cseq = cseq
        message.contacts = ["<sip:a@10.0.0.1:5060>;+sip.instance=\"<\(instance)>\""]
        message.more = ["Supported: path, gruu"]
        return message
    }

    private func refresh(_ laboratory: inout Laboratory, _ message: Message) throws -> Contact {
        var message = message
        message.authorization = .response(.one)
        message.protection = "yes"
        return try #require(try laboratory.send(message).response?.all(Contact.self).first)
    }

    private func contact(_ actions: [ServingCSCF.Order]) throws -> Contact {
        try #require(try actions.response?.all(Contact.self).first)
    }

    /// An INVITE of another network to a URI; where it goes, or what it is answered.
    private func reach(_ laboratory: inout Laboratory, _ uri: String) throws -> String {
        let invite = """
            MESSAGE \(uri) SIP/2.0\r
            Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKm\(laboratory.transactions)\r
            Max-Forwards: 60\r
            Route: <\(Laboratory.serverName);lr>\r
            From: <sip:bob@other.example>;tag=b\r
            To: <\(uri)>\r
            Call-ID: m\(laboratory.transactions)@other.example\r
            CSeq: 1 MESSAGE\r
            P-Asserted-Identity: <sip:bob@other.example>\r
            Content-Length: 0\r\n\r\n
            """
        let actions = try laboratory.deliver(invite)
        return actions.requests.first?.message.requestURI.string ?? "\(actions.response?.status?.rawValue ?? 0)"
    }

    @Test("§5.3: pub-gruu and temp-gruu for the phone that asks; none for one that does not")
    func granted() throws {
        var laboratory = Laboratory()
        let contact = try contact(try laboratory.register(message()))
        #expect(contact.publicGRUU?.string == "\(Self.identity);gr=\(Self.instance)")
        let temporary = try SIPURI(parsing: try #require(contact.temporaryGRUU))
        #expect(temporary.isGRUU)
        #expect(temporary.gr?.isEmpty == true)
        #expect(temporary.host.string == Laboratory.domain)
        #expect(temporary.user?.string.contains("15550001") == false)
        // By which an I-CSCF finds us.
        #expect(TemporaryGRUU.mark(in: temporary) == TemporaryGRUU.mark(of: Laboratory.serverName))
        var plain = message(cseq: 5)
        plain.more = []
        #expect(try refresh(&laboratory, plain).publicGRUU == nil)
    }

    @Test("§5.4: both lead to the device, and to no other of the user")
    func reached() throws {
        var laboratory = Laboratory()
        let first = try contact(try laboratory.register(message()))
        var other = message(cseq: 1, instance: "urn:uuid:00000000-0000-1000-8000-000a95a0e128")
        other.contacts = ["<sip:b@10.0.0.2>;+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-000a95a0e128>\""]
        other.callID = "call-2"
        _ = try refresh(&laboratory, other)
        for gruu in [first.publicGRUU, first.temporaryGRUU] {
            #expect(try reach(&laboratory, try #require(gruu).string) == "sip:a@10.0.0.1:5060")
        }
        #expect(
            try reach(&laboratory, "\(Self.identity);gr=urn:uuid:00000000-0000-1000-8000-000a95a0e128")
                == "sip:b@10.0.0.2")
        #expect(try reach(&laboratory, "\(Self.identity);gr=urn:uuid:unknown") == "480")
    }

    @Test("§5.1: temporary ones stay good over refreshes, and end with another Call-ID; each is another one")
    func lifetime() throws {
        var laboratory = Laboratory()
        let first = try #require(try contact(try laboratory.register(message())).temporaryGRUU).string
        let second = try #require(try refresh(&laboratory, message(cseq: 3)).temporaryGRUU).string
        #expect(first != second)
        for gruu in [first, second] { #expect(try reach(&laboratory, gruu) == "sip:a@10.0.0.1:5060") }
        var again = message(cseq: 1)
        again.callID = "call-2"
        let third = try #require(try refresh(&laboratory, again).temporaryGRUU).string
        #expect(try reach(&laboratory, third) == "sip:a@10.0.0.1:5060")
        for gruu in [first, second] { #expect(try reach(&laboratory, gruu) != "sip:a@10.0.0.1:5060") }
    }

    @Test("One that was tampered with leads nowhere")
    func forged() throws {
        var laboratory = Laboratory()
        let gruu = try #require(try contact(try laboratory.register(message())).temporaryGRUU).string
        let digits = Array(gruu.utf8)
        for index in 10..<62 {
            var forged = digits
            forged[index] = forged[index] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
            #expect(try reach(&laboratory, OctetSlice(forged).string) != "sip:a@10.0.0.1:5060")
        }
    }

    @Test("An IMEI is told to nobody: the public GRUU has a UUID in its place")
    func equipmentIdentity() throws {
        var laboratory = Laboratory()
        let contact = try contact(try laboratory.register(message(instance: "urn:gsma:imei:35-1")))
        let gruu = try #require(contact.publicGRUU).string
        #expect(
            gruu.wholeMatch(
                of: /sip:\+15550001@.*;gr=urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/)
                != nil)
        #expect(try reach(&laboratory, gruu) == "sip:a@10.0.0.1:5060")
    }

    @Test("§5.1: a Contact that is a GRUU of ours is refused")
    func circle() throws {
        var laboratory = Laboratory()
        var message = message()
        message.contacts = ["<\(Self.identity);gr=x>"]
        #expect(try laboratory.send(message).refusal?.code == "CONTACT_IS_GRUU")
    }

    @Test("RFC 5628 §5: the user hears of both for every SIP identity, a server of the public one alone")
    func notified() throws {
        var laboratory = Laboratory()
        try laboratory.register(message(), profile: Profile.withServer)
        let own = try #require(try Laboratory.news(laboratory.send(Subscribe())).first)
        #expect(
            own.registrations.map { $0.contacts.first?.publicGRUU } == ["\(Self.identity);gr=\(Self.instance)", nil])
        let temporary = try #require(own.registrations.first?.contacts.first?.temporaryGRUU)
        var other = Laboratory()
        try other.register(message())
        let told = try Laboratory.news(other.send(Subscribe())).first?.registrations.first?.contacts.first
        #expect(try reach(&other, try #require(told?.temporaryGRUU)) == "sip:a@10.0.0.1:5060")
        #expect(told?.temporaryGRUU != temporary)
        var subscribe = Subscribe()
        subscribe.callID = "sub-2"
        subscribe.contact = "<sip:as.ims.example>"
        subscribe.asserted = ["<sip:as.ims.example>"]
        let theirs = try #require(try Laboratory.news(laboratory.send(subscribe)).first)
        #expect(theirs.registrations.first?.contacts.first?.publicGRUU != nil)
        #expect(theirs.registrations.first?.contacts.first?.temporaryGRUU == nil)
    }
}
