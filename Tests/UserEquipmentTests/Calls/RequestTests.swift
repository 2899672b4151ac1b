import IMS
import Octets
import SDP
import SIP
import Testing
import UserEquipment

@Suite("TS 24.229 §5.1.2A: what a registered phone sends")
struct RequestTests {
    private func invite(_ to: String = "sip:bob@example.com", _ manner: [String: String] = [:]) throws -> SIPMessage {
        var world = try PhoneWorld.registered(manner)
        return try #require(world.command("call", ["phone": "a", "to": to]).sent).0
    }

    @Test("§5.1.2A.1.1: the Route is the P-CSCF and then the Service-Route, in its order")
    func route() throws {
        let routes = try invite().values(.route).map(\.string)
        #expect(routes == ["<sip:127.0.0.1:5060;lr>", "<sip:orig@s1;lr>", "<sip:s2;lr>"])
    }

    @Test("§5.1.2A.1.1: identity and access network; the service in Contact, P-Preferred-Service and Accept-Contact")
    func headers() throws {
        let invite = try invite()
        #expect(invite.requestURI.string == "sip:bob@example.com")
        // The default public identity: the first of P-Associated-URI.
        #expect(invite.firstValue(.from)?.hasPrefix("<sip:+15550001@") == true)
        #expect(invite.firstValue(.pPreferredIdentity)?.string == "<sip:+15550001@\(PhoneWorld.domain)>")
        #expect(try invite.first(PAccessNetworkInfo.self)?.access.string == "3GPP-E-UTRAN-FDD")
        #expect(invite.firstValue(.pPreferredService)?.string == "urn:urn-7:3gpp-service.ims.icsi.mmtel")
        let feature = "+g.3gpp.icsi-ref=\"urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel\""
        #expect(invite.firstValue(.acceptContact)?.string == "*;\(feature)")
        let contact = try #require(invite.firstValue(.contact)).string
        #expect(contact == "<sip:\(PhoneWorld.imsi)@127.0.0.1:5090>;\(feature)")
        for tag: StaticString in ["100rel", "precondition", "timer"] {
            #expect(invite.listContains(.supported, token: tag))
        }
        #expect(try invite.first(SessionExpires.self)?.seconds == 1_800)
        #expect(!invite.contains(.require))
        #expect(invite.maxForwards == 70)
    }

    @Test("RFC 3312 §5, TS 24.229 §5.1.3.1: own resources mandatory, the peer's optional, none there yet")
    func offer() throws {
        let offer = try SessionDescription(parsing: try invite().body)
        try offer.validate()
        let stream = try #require(offer.media.first)
        #expect(offer.mediaCount == 1)
        let lines = stream.section.values(of: .attribute).map(\.string)
        for line in [
            "curr:qos local none", "curr:qos remote none", "des:qos mandatory local sendrecv",
            "des:qos optional remote sendrecv", "rtpmap:104 AMR-WB/16000", "rtpmap:102 AMR/8000", "rtpmap:8 PCMA/8000",
            "rtpmap:101 telephone-event/8000", "sendrecv",
        ] { #expect(lines.contains(line), "\(line)") }
        let plain = try SessionDescription(
            parsing: try invite("sip:b@c", ["preconditions": "no", "codecs": "g711"]).body)
        #expect(plain.media.first?.section.hasAttribute("des") == false)
        #expect(try plain.media.first?.line.formats.map(\.string) == ["8", "0", "101"])
    }

    @Test(
        "§5.1.2A.1.5: what is dialled, as a Request-URI",
        arguments: [
            ("+15550002", "tel:+15550002"), ("5550002", "tel:5550002;phone-context=\(PhoneWorld.domain)"),
            ("*21*+15550002#", "sip:*21*+15550002%23@\(PhoneWorld.domain);user=phone"),
            ("*21*5550002#", "sip:*21*5550002%23@\(PhoneWorld.domain);user=phone"),
            ("tel:+1-555-0002", "tel:+1-555-0002"), ("sip:+15550002@h;user=phone", "sip:+15550002@h;user=phone"),
            ("urn:service:sos", "urn:service:sos"),
        ])
    func dialled(_ number: String, _ uri: String) throws {
        #expect(try invite(number).requestURI.string == uri)
    }

    @Test("a phone that is not registered calls nobody")
    func unregistered() {
        var world = PhoneWorld()
        _ = world.phone()
        for name in ["call", "message", "subscribe"] {
            let report = world.command(name, ["phone": "a", "to": "sip:b@c"]).reply
            #expect(report?["error"]?.text?.contains("not registered") == true, "\(name)")
        }
    }

    @Test("RFC 4028 §7.3: 422 is answered by the INVITE again with the interval asked for, once for each longer one")
    func intervalTooSmall() throws {
        var world = try PhoneWorld.registered(["session-expires": "90"])
        let first = world.command("call", ["phone": "a", "to": "sip:b@c"])
        #expect(try first.sent?.0.first(SessionExpires.self)?.seconds == 90)
        let second = try world.answer(first, .sessionIntervalTooSmall, [(.minSE, "600")])
        let again = try #require(second.sent).0
        #expect(again.cseq?.number == 2)
        #expect(again.callID == first.sent?.0.callID)
        #expect(try again.first(MinSE.self)?.seconds == 600)
        #expect(try again.first(SessionExpires.self)?.seconds == 600)
        #expect(try world.answer(second, .sessionIntervalTooSmall, [(.minSE, "600")]).reply?["status"]?.integer == 422)
    }

    @Test("RFC 3261 §13.2.2.4: a second 2xx, of another fork, is acknowledged and its dialog ended")
    func secondFork() throws {
        var world = try PhoneWorld.registered(["preconditions": "no"])
        let call = world.command("call", ["phone": "a", "to": "sip:b@c"])
        let (invite, transaction) = try #require(call.sent)
        var seen: [[String]] = []
        for tag in ["one", "two", "one"] {
            var response = SIPMessage.response(.ok, to: invite, toTag: tag)
            response.append(.contact, "<sip:b@\(tag).example.com>")
            response.append(.recordRoute, "<sip:p;lr>")
            response.setBody(Array(PhoneWorld.answer.utf8), contentType: "application/sdp")
            let actions = world.role.handle(.response(response, transaction), at: world.now)
            seen.append(
                actions.compactMap {
                    switch $0 {
                    case .acknowledge(let ack, _): "ACK \(ack.toTag?.string ?? "")"
                    case .forward(let request, _, _): "\(request.method) \(request.toTag?.string ?? "")"
                    case .reply: "reply"
                    default: nil
                    }
                })
        }
        #expect(seen == [["ACK one", "reply"], ["ACK two", "BYE two"], ["ACK one"]])
    }

    @Test("findings: what the network must not let through to a caller")
    func findings() throws {
        var world = try PhoneWorld.registered()
        let call = world.command("call", ["phone": "a", "to": "sip:b@c", "until": "ringing"])
        let report = try #require(try world.answer(call, .ringing, [(.pChargingVector, "icid-value=1")]).reply)
        #expect(
            report["findings"]?.list?.compactMap { $0["clause"]?.text } == [
                "TS 24.229 §5.2.6.3", "RFC 3261 §12.1.1", "TS 24.229 §5.2.6.3",
            ])
    }
}

extension PhoneWorld {
    static let answer =
        "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n"

    /// A registered phone `a`.
    static func registered(_ manner: [String: String] = [:]) throws -> PhoneWorld {
        var world = PhoneWorld()
        _ = world.phone(manner)
        _ = try world.answer(
            world.command("register", ["phone": "a"]), .ok,
            [
                (.contact, "<sip:\(imsi)@127.0.0.1:5090>;expires=300"), (.path, "<sip:t@p;lr>"),
                (.serviceRoute, "<sip:orig@s1;lr>"), (.serviceRoute, "<sip:s2;lr>"),
                (.pAssociatedURI, "<sip:+15550001@\(domain)>, <tel:+15550001>"),
            ])
        return world
    }
}
