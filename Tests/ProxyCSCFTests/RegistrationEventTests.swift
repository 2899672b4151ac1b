import IMS
import Octets
import ProxyCSCF
import SIP
import Testing

@Suite("RFC 3680, TS 24.229 §5.2.3: the P-CSCF watches registrations")
struct RegistrationEventTests {
    private static let contact = "sip:001010000000001@10.11.12.13:5060"
    private static let second = "sip:001010000000001@10.11.12.14:5060"

    @Test("a registration is followed by a SUBSCRIBE to the default identity along the Service-Route")
    func subscribe() throws {
        let watch = try WatchingEdge()
        let message = try watch.subscribe.received()
        #expect(message.method == .subscribe)
        #expect(message.requestURI.string == AccessEdge.publicIdentity)
        #expect(message.texts(.to) == ["<\(AccessEdge.publicIdentity)>"])
        #expect(watch.hop == AccessEdge.core)
        #expect(message.texts(.route) == [AccessEdge.serviceRoute])
        #expect(message.texts(.event) == ["reg"])
        #expect(message.texts(.accept) == ["application/reginfo+xml"])
        #expect(message.expires == 600_000)
        #expect(message.texts(.pAssertedIdentity) == ["<sip:pcscf.visited.example:5060>"])
        #expect(message.texts(.contact) == ["<sip:pcscf.visited.example:5060>"])
        #expect(message.texts(.pChargingVector).count == 1)
    }

    @Test("once for each user, and not at all when it is switched off")
    func once() throws {
        var watch = try WatchingEdge()
        #expect(try watch.edge.register().forwarded == nil)
        var edge = AccessEdge()
        #expect(try edge.register().forwarded == nil)
    }

    @Test(
        "a contact that is gone at the registrar is gone here, for whatever reason",
        arguments: [
            ("deactivated", ["observe notice", "count deregistered"]),
            ("rejected", ["observe notice", "count deregistered"]), ("unregistered", []),
            ("expired", ["count registrationExpired"]),
            ("probation\" retry-after=\"5", ["observe notice", "count deregistered"]),
        ])
    func takenAway(_ event: String, _ shape: [String]) throws {
        var watch = try WatchingEdge()
        let active = "state=\"active\" event=\"registered\""
        let full = WatchingEdge.body(0, "full", [(Self.contact, active)])
        #expect(try watch.notify(full).shape == ["respond 200"])
        #expect(try watch.edge.isRegistered())
        let body = WatchingEdge.body(
            1, "partial", "terminated", [(Self.contact, "state=\"terminated\" event=\"\(event)\"")])
        #expect(try watch.notify(body).shape == ["respond 200"] + shape)
        #expect(try watch.edge.registrations() == 0)
        #expect(try watch.edge.isRegistered() == false)
    }

    @Test(
        "§5.2.5.2: what the network takes away takes its sessions with it; what ends by itself or by the phone does not",
        arguments: [
            ("deactivated", true), ("rejected", true), ("probation", true), ("expired", false), ("unregistered", false),
        ])
    func takenAwayInSession(_ event: String, _ isReleased: Bool) throws {
        var watch = try WatchingEdge()
        let active = "state=\"active\" event=\"registered\""
        _ = try watch.notify(WatchingEdge.body(0, "full", [(Self.contact, active)]))
        let invite = Request(
            method: "INVITE", uri: "sip:bob@192.0.2.9", more: ["Route: \(AccessEdge.serviceRoute)"])
        _ = try watch.edge.answer(try watch.edge.send(invite), .ok, [(.contact, "<sip:bob@192.0.2.9>")])
        let body = WatchingEdge.body(
            1, "partial", "terminated", [(Self.contact, "state=\"terminated\" event=\"\(event)\"")])
        let actions = try watch.notify(body)
        let byes = actions.compactMap { action -> String? in
            guard case .forward(let message, let hop, _) = action, message.method == .bye else { return nil }
            return "\(hop.remote)"
        }
        #expect(byes == (isReleased ? ["192.0.2.9:5060", "\(AccessEdge.phone.remote)"] : []))
    }

    @Test("another phone's contact is none of our business; a whole state without ours says that it is gone")
    func others() throws {
        var watch = try WatchingEdge()
        let gone = "state=\"terminated\" event=\"expired\""
        #expect(try watch.notify(WatchingEdge.body(0, "partial", [(Self.second, gone)])).shape == ["respond 200"])
        #expect(try watch.edge.isRegistered())
        let active = "state=\"active\" event=\"registered\""
        _ = try watch.notify(WatchingEdge.body(1, "full", [(Self.second, active)]))
        #expect(try watch.edge.isRegistered() == false)
    }

    @Test("shortened: the contact ends when the network says")
    func shortened() throws {
        var watch = try WatchingEdge()
        let shorter = "state=\"active\" event=\"shortened\" expires=\"30\""
        #expect(try watch.notify(WatchingEdge.body(0, "full", [(Self.contact, shorter)])).shape == ["respond 200"])
        watch.edge.now = .zero + .seconds(30)
        #expect(watch.edge.handle(.deadline).contains(.count(.registrationExpired)))
        #expect(try watch.edge.isRegistered() == false)
    }

    @Test("identities that come to the set may be preferred, those that leave it may not")
    func identities() throws {
        var watch = try WatchingEdge()
        let uri = "<contact id=\"1\" state=\"active\" event=\"created\"><uri>\(Self.contact)</uri></contact>"
        func body(_ version: Int, _ identities: [String], _ state: String) -> String {
            "<reginfo xmlns='urn:ietf:params:xml:ns:reginfo' version='\(version)' state='\(state)'>"
                + identities.map { "<registration aor='\($0)' id='\($0)' state='active'>\(uri)</registration>" }
                .joined()
                + "</reginfo>"
        }
        var request = Request(method: "MESSAGE", more: ["P-Preferred-Identity: <tel:+15559999>"])
        let tel = "<tel:+15559999>"
        #expect(try watch.edge.send(request).forwarded?.0.texts(.pAssertedIdentity) != [tel])
        _ = try watch.notify(body(0, [AccessEdge.publicIdentity, "tel:+15559999"], "full"))
        #expect(try watch.edge.send(request).forwarded?.0.texts(.pAssertedIdentity) == [tel])
        request.more = ["P-Preferred-Identity: <tel:+15550001>"]  // was there, is no more
        #expect(
            try watch.edge.send(request).forwarded?.0.texts(.pAssertedIdentity) == ["<\(AccessEdge.publicIdentity)>"])
    }

    @Test("RFC 3680 §5.2: an old document is discarded; a gap asks for the whole state")
    func versions() throws {
        var watch = try WatchingEdge()
        let active = "state=\"active\" event=\"registered\""
        _ = try watch.notify(WatchingEdge.body(5, "full", [(Self.contact, active)]))
        let gone = "state=\"terminated\" event=\"expired\""
        #expect(try watch.notify(WatchingEdge.body(5, "partial", [(Self.contact, gone)])).shape == ["respond 200"])
        #expect(try watch.edge.isRegistered())
        let actions = try watch.notify(WatchingEdge.body(7, "partial", [(Self.second, gone)]))
        #expect(actions.shape == ["respond 200", "forward SUBSCRIBE to \(AccessEdge.core.remote)"])
        let refresh = try #require(actions.forwarded).0
        #expect(refresh.toTag?.string == "n1")
        #expect(refresh.requestURI.string == "sip:scscf.\(AccessEdge.domain):5080")
    }

    @Test("a NOTIFY from a phone is no word of the network's")
    func forged() throws {
        var watch = try WatchingEdge()
        let gone = "state=\"terminated\" event=\"expired\""
        let actions = try watch.notify(
            WatchingEdge.body(0, "full", "terminated", [(Self.contact, gone)]), from: AccessEdge.phone)
        #expect(actions.response?.status != .ok)
        #expect(try watch.edge.isRegistered())
    }

    static let malformedDocuments = [
        "", "no xml", "<reginfo/>", "<reginfo xmlns=\"urn:ietf:params:xml:ns:reginfo\" version=\"x\" state=\"full\"/>",
        "<reginfo xmlns=\"urn:ietf:params:xml:ns:other\" version=\"0\" state=\"full\"/>",
        "<!DOCTYPE reginfo [<!ENTITY a \"b\">]><reginfo/>", "<reginfo", "<a><b></a></b>", "<a>&amp</a>", "<a>&xxe;</a>",
        "<a b=\"1\" b=\"2\"/>", "<a/><b/>", "<a b='<'/>", "<x:a/>", "<a>&#0;</a>", "<a>&#xFFFFFFFF;</a>",
        String(repeating: "<a>", count: 100), String(repeating: "<a", count: 25_000),
        "<reginfo xmlns=\"urn:ietf:params:xml:ns:reginfo\" version=\"0\" state=\"full\">"
            + String(repeating: "<r/>", count: 12_000) + "</reginfo>",
    ]

    @Test("a document that cannot be read changes nothing, and is answered", arguments: malformedDocuments)
    func malformed(_ body: String) throws {
        var watch = try WatchingEdge()
        let actions = try watch.notify(body)
        #expect(actions.first.map { [$0].shape } == ["respond 200"])
        #expect(actions.shape.contains("observe warning") == !body.isEmpty)
        #expect(try watch.edge.isRegistered())
    }

    @Test("character data may be escaped, split and commented; foreign elements are passed over (RFC 3680 §5.1)")
    func forms() throws {
        var watch = try WatchingEdge()
        let body = """
            \u{FEFF}<?xml version='1.0' encoding='UTF-8'?><!-- a > b --><r:reginfo
              xmlns:r = "urn:ietf:params:xml:ns:reginfo" xmlns:g='urn:ietf:params:xml:ns:gruuinfo'
              version="0" state="partial" ><r:registration aor="\(AccessEdge.publicIdentity)" id="1" state="active">
              <g:uri>sip:x@y</g:uri><r:contact id="2" state="terminated" event="expired"><g:pub-gruu uri="sip:z"/>
              <r:uri> sip:001010000000001&#64;<![CDATA[10.11.12.13]]>&#x3a;5060 </r:uri><r:unknown-param name="a">
              &lt;urn:x&gt;</r:unknown-param></r:contact></r:registration></r:reginfo>
            """
        #expect(try watch.notify(body).shape == ["respond 200", "count registrationExpired"])
    }

    @Test("the subscription is refreshed before it ends, and begun anew when the S-CSCF has lost it")
    func refreshed() throws {
        var watch = try WatchingEdge()
        let active = "state=\"active\" event=\"registered\""
        _ = try watch.notify(WatchingEdge.body(0, "full", [(Self.contact, active)]), state: "active;expires=500")
        watch.edge.now = .zero + .seconds(250)
        let refresh = watch.edge.handle(.deadline)
        #expect(refresh.shape == ["forward SUBSCRIBE to \(AccessEdge.core.remote)"])
        let again = try watch.edge.answer(refresh, .callOrTransactionDoesNotExist)
        #expect(again.shape.contains("observe info"))
    }

    @Test("when the user has gone, the last NOTIFY is still answered, later ones are not")
    func deregistered() throws {
        var watch = try WatchingEdge()
        let active = "state=\"active\" event=\"registered\""
        _ = try watch.notify(WatchingEdge.body(0, "full", [(Self.contact, active)]))
        try watch.edge.register(Request(expires: 0), bound: [])
        let gone = "state=\"terminated\" event=\"unregistered\""
        let last = WatchingEdge.body(1, "partial", "terminated", [(Self.contact, gone)])
        #expect(try watch.notify(last, state: "terminated;reason=noresource").shape == ["respond 200"])
        #expect(try watch.notify(last).response?.status == .forbidden)
    }

    @Test("an S-CSCF that knows no such subscription is not asked again")
    func refused() throws {
        var watch = try WatchingEdge()
        let response = SIPMessage.response(.notImplemented, to: watch.subscribe, toTag: "s")
        #expect(watch.edge.handle(.response(response, watch.client)).shape == ["observe info"])
        watch.edge.now = .zero + .seconds(599)
        #expect(watch.edge.handle(.deadline).isEmpty)
    }
}
