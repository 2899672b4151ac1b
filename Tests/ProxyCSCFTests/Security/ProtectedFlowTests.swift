import IMS
import Octets
import ProxyCSCF
import SIP
import Testing

@Suite("TS 33.203 §7.1: ways inside security associations")
struct ProtectedFlowTests {
    private var edge = ProtectedEdge()
    private var phone = ProtectedPhone()

    private mutating func clientListener() throws -> ListenerID {
        let port = try #require(phone.mechanism?.clientPort)
        return try #require(
            ProtectedEdge.listeners.first { $0.value.local.port == port && $0.value.transport == .udp }?.key)
    }

    private mutating func path() throws -> String {
        let message = try #require(try edge.edge.send(phone.second, from: phone.protected()).forwarded).0
        return try #require(message.texts(.path).first)
    }

    @Test("responses to what comes from port_uc leave from port_pc to port_us, from the 401 on and until the end")
    mutating func responses() throws {
        let challenged = try edge.challenge(phone)
        try phone.take(try #require(challenged.response))
        let client = try clientListener()
        let stream = ListenerID(rawValue: client.rawValue + 1)
        let port = { [phone] (transport: Transport) in
            Hop(
                transport, transport == .udp ? ProtectedEdge.serverDatagrams : ProtectedEdge.serverStreams,
                Endpoint(phone.address, phone.clientPort))
        }
        #expect(
            ProtectedEdge.routes(challenged) == [
                port(.udp): Hop(.udp, client, Endpoint(phone.address, phone.serverPort)),
                port(.tcp): Hop(.tcp, stream, Endpoint(phone.address, phone.serverPort)),
            ])
        edge.edge.now += .seconds(240)
        var ended: [Hop] = []
        for case .routeResponses(let hop, nil) in edge.fire() { ended.append(hop) }
        #expect(Set(ended) == [port(.udp), port(.tcp)])
    }

    @Test("a request for the phone leaves from port_pc to port_us, and may leave by TCP when it is long")
    mutating func terminating() throws {
        try edge.register(&phone)
        let path = try path()
        let client = try clientListener()
        let actions = try edge.edge.send(lines: TerminatingTests.invite(path), from: AccessEdge.core)
        let (message, hop, _) = try #require(actions.forwarded)
        #expect(hop == Hop(.udp, client, Endpoint(phone.address, phone.serverPort)))
        #expect(!hop.isFlow)
        // The phone's side of our Record-Route is the protected server port.
        #expect(message.texts(.recordRoute).first?.hasPrefix("<sip:pcscf.visited.example:5100;lr") == true)
    }

    @Test("a phone that registers over TCP and asks for it is called over TCP, from port_pc too")
    mutating func overTCP() throws {
        try phone.take(try #require(try edge.challenge(phone).response))
        var request = phone.second
        let contact = "<sip:001010000000001@10.11.12.13:6000;transport=tcp>"
        request.contacts = [contact]
        let registered = try edge.send(request, from: phone.protected(.tcp))
        let path = try #require(registered.forwarded?.0.texts(.path).first)
        _ = try edge.answer(
            registered, .ok, [(.contact, "\(contact);expires=600"), (.serviceRoute, AccessEdge.serviceRoute)])
        let stream = ListenerID(rawValue: try clientListener().rawValue + 1)
        let sent = try #require(
            try edge.edge.send(lines: TerminatingTests.invite(path), from: AccessEdge.core).forwarded)
        #expect(sent.1 == Hop(.tcp, stream, Endpoint(phone.address, phone.serverPort)))
    }

    @Test("after new associations the old Path leads by the new ones")
    mutating func afterRenewal() throws {
        try edge.register(&phone)
        let path = try path()
        var asking = phone
        var next = phone.renewed()
        asking.client = next.securityClient
        try next.take(
            try #require(
                try edge.answer(
                    try edge.send(asking.second, from: phone.protected()), .unauthorized, ProtectedEdge.challenge
                ).response))
        _ = try edge.authenticate(next)
        phone = next
        let client = try clientListener()
        let sent = try #require(
            try edge.edge.send(lines: TerminatingTests.invite(path), from: AccessEdge.core).forwarded)
        #expect(sent.1.listener == client)
    }

    @Test(
        "RFC 5626 §5.3.1: without associations the phone cannot be reached, and nothing is sent to it outside of them")
    mutating func gone() throws {
        try edge.register(&phone)
        let path = try path()
        edge.edge.now += .seconds(630)
        _ = edge.fire()
        let actions = try edge.edge.send(lines: TerminatingTests.invite(path), from: AccessEdge.core)
        #expect(actions.response?.status == .flowFailed)
        #expect(actions.forwarded == nil)
    }

    @Test("a dialog of the phone goes on through new associations and over TCP; from outside it does not")
    mutating func dialog() throws {
        try edge.register(&phone)
        var invite = Request(
            method: "INVITE", uri: "sip:bob@192.0.2.9", from: "<sip:a@x>;tag=f2",
            more: ["Route: \(AccessEdge.serviceRoute)"])
        invite.contacts = [phone.contact]
        let actions = try edge.send(invite, from: phone.protected())
        let sent = try #require(actions.forwarded).0
        #expect(sent.texts(.pAssertedIdentity) == ["<\(AccessEdge.publicIdentity)>"])
        let routes = sent.texts(.recordRoute).filter { $0.contains("pcscf") }
        #expect(routes.count == 2)
        #expect(routes.last?.hasPrefix("<sip:pcscf.visited.example:5100;lr") == true)
        _ = try edge.answer(
            actions, .ok, [(.contact, "<sip:bob@192.0.2.9>")] + sent.texts(.recordRoute).map { (.recordRoute, $0) })
        let bye =
            [
                "BYE sip:bob@192.0.2.9 SIP/2.0", "Via: SIP/2.0/UDP 10.11.12.13:6000;branch=z9hG4bKd",
                "From: <sip:a@x>;tag=f2", "To: <sip:b@x>;tag=s1", "Call-ID: c1@10.11.12.13", "CSeq: 2 BYE",
                "Max-Forwards: 70",
            ] + routes.reversed().map { "Route: \($0)" } + ["Route: <sip:scscf.\(AccessEdge.domain):5080;lr>"]
        let outside = Hop(.udp, AccessEdge.listener, Endpoint(phone.address, phone.serverPort))
        #expect(try edge.edge.send(lines: bye, from: outside).response?.status == .forbidden)
        #expect(try edge.edge.send(lines: bye, from: AccessEdge.phone).response != nil)
        #expect(try edge.edge.send(lines: bye, from: phone.protected(.tcp)).forwarded != nil)
    }

    @Test("de-registration: the 200 and answers under way still arrive, then the associations go")
    mutating func deregistration() throws {
        try edge.register(&phone)
        #expect(try edge.authenticate(phone, expires: 0).response?.status == .ok)
        #expect(edge.kernel.lifetimes.values.allSatisfy { $0 == .seconds(128) })
        #expect(edge.kernel.associations.count == 4)
        edge.edge.now += .seconds(128)
        _ = edge.fire()
        #expect(edge.kernel.associations.isEmpty)
    }
}
