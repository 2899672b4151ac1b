import IMS
import Octets
import SIP
import Testing
import UserEquipment

@Suite("TS 24.229 §5.1.4: a phone that is called")
struct CalleeTests {
    private static let offer = PhoneWorld.answer + "a=rtpmap:8 PCMA/8000\r\n"

    private func invite(_ body: String = offer, _ fields: [(HeaderName, String)] = []) -> SIPMessage {
        var invite = SIPMessage(.invite, uri: "sip:\(PhoneWorld.imsi)@127.0.0.1:5090")
        invite.append(.via, "SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK1")
        invite.append(.from, "<sip:bob@example.com>;tag=b")
        invite.append(.to, "<sip:a@example.com>")
        invite.append(.callID, "1")
        invite.append(.cseq, "1 INVITE")
        invite.append(.contact, "<sip:bob@192.0.2.1>")
        invite.append(.recordRoute, "<sip:p;lr>")
        invite.append(.pAssertedIdentity, "<sip:bob@example.com>")
        invite.append(.pCalledPartyID, "<sip:a@example.com>")
        for (name, value) in fields { invite.append(name, value) }
        if !body.isEmpty { invite.setBody(Array(body.utf8), contentType: "application/sdp") }
        return invite
    }

    private func receive(_ world: inout PhoneWorld, _ request: SIPMessage, _ id: UInt64 = 1) -> [SIPMessage] {
        world.role.handle(
            .request(request, ServerTransactionID(rawValue: id), from: PhoneWorld.proxy), at: world.now
        ).responses
    }

    private func refusal(_ request: SIPMessage, _ manner: [String: String] = [:]) throws -> SIPMessage? {
        var world = try PhoneWorld.registered(manner)
        return receive(&world, request).last
    }

    @Test("RFC 3261 §8.2.2.3: an option that the phone does not know is named in a 420")
    func badExtension() throws {
        let response = try refusal(invite(Self.offer, [(.require, "100rel, telepathy")]))
        #expect(response?.status == .badExtension)
        #expect(response?.firstValue(.unsupported)?.string == "telepathy")
        let precondition = invite(Self.offer, [(.require, "precondition")])
        #expect(try refusal(precondition)?.status == .ringing)
        #expect(try refusal(precondition, ["preconditions": "no"])?.status == .badExtension)
    }

    @Test("RFC 3261 §21.4.26: no codec in common is 488, a description that is none 400")
    func badOffer() throws {
        #expect(try refusal(invite(Self.offer.replacing("PCMA", with: "OPUS")))?.status == .notAcceptableHere)
        #expect(try refusal(invite(Self.offer.replacing("RTP/AVP", with: "RTP/SAVP")))?.status == .notAcceptableHere)
        #expect(try refusal(invite("v=7\r\n"))?.status == .badRequest)
    }

    @Test("RFC 4028 §9: an interval below 90 s is answered by 422")
    func interval() throws {
        let short = invite(Self.offer, [(.supported, "timer"), (.sessionExpires, "30")])
        let response = try refusal(short)
        #expect(response?.status == .sessionIntervalTooSmall)
        #expect(response?.firstValue(.minSE)?.string == "90")
        #expect(try refusal(short, ["session-expires": "never"])?.status == .ringing)
    }

    @Test("RFC 3264 §6: video is turned down with port zero, audio taken with the offer's payload types")
    func streams() throws {
        var world = try PhoneWorld.registered(["answer-after": "0", "reliable": "no"])
        let body =
            Self.offer.replacing(
                "m=audio 4000 RTP/AVP 8", with: "m=video 5000 RTP/AVP 96\r\nm=audio 4000 RTP/AVP 18 97"
            )
            .replacing("rtpmap:8 ", with: "rtpmap:97 ")
        _ = receive(&world, invite(body))
        let response = try #require(world.role.handle(.deadline, at: world.now).responses.last)
        #expect(response.status == .ok)
        let lines = response.body.string.split(separator: "\r\n").filter { $0.hasPrefix("m=") || $0.hasPrefix("a=rtp") }
        #expect(lines == ["m=video 0 RTP/AVP 96", "m=audio 5092 RTP/AVP 97", "a=rtpmap:97 PCMA/8000"])
    }

    @Test("RFC 3261 §13.2.1: an INVITE without an offer gets one in the 200, and its answer in the ACK")
    func offerless() throws {
        var world = try PhoneWorld.registered(["answer-after": "0"])
        #expect(receive(&world, invite("", [(.supported, "100rel")])).map(\.status) == [.ringing])
        let success = try #require(world.role.handle(.deadline, at: world.now).responses.last)
        #expect(success.status == .ok)
        #expect(success.body.string.contains("m=audio 5092 RTP/AVP 104 102 8 0 101"))
        var ack = SIPMessage(.ack, uri: "sip:\(PhoneWorld.imsi)@127.0.0.1:5090")
        ack.append(.from, "<sip:bob@example.com>;tag=b")
        ack.append(.to, try #require(success.firstValue(.to)))
        ack.append(.callID, "1")
        ack.append(.cseq, "1 ACK")
        ack.setBody(Array(Self.offer.utf8), contentType: "application/sdp")
        _ = world.role.handle(.acknowledgement(ack, from: PhoneWorld.proxy), at: world.now)
        let call = try #require(world.command("calls", ["phone": "a"]).reply?["calls"]?.list?.first)
        #expect(call["state"]?.text == "talking", "\(call.json)")
        #expect(call["media"]?["remote"]?.text == "192.0.2.1:4000")
        #expect(call["media"]?["codec"]?.text == "PCMA/8000")
        #expect(call["findings"]?.list == [])
    }

    @Test("RFC 3312 §5.1: nothing rings while the caller's resources are not there")
    func waitsForResources() throws {
        var world = try PhoneWorld.registered()
        let wish =
            "a=curr:qos local none\r\na=curr:qos remote none\r\na=des:qos mandatory local sendrecv\r\n"
            + "a=des:qos optional remote sendrecv\r\n"
        let sent = receive(&world, invite(Self.offer + wish, [(.supported, "100rel, precondition")]))
        #expect(sent.map(\.status) == [.sessionProgress])
        let body = try #require(sent.first).body.string
        for line in [
            "curr:qos local none", "curr:qos remote none", "des:qos mandatory local sendrecv",
            "des:qos mandatory remote sendrecv", "conf:qos remote sendrecv",
        ] { #expect(body.contains("a=\(line)\r\n"), "\(line)") }
        let ready = Self.offer + wish.replacing("local none", with: "local sendrecv")
        #expect(
            try refusal(invite(ready, [(.supported, "100rel, precondition")]))?.status == .ringing)
    }

    @Test("RFC 3261 §12.2.2: a request for a dialog that is not there gets 481")
    func strangers() throws {
        var world = try PhoneWorld.registered()
        for method in [Method.bye, .invite, .update, .info] {
            var request = SIPMessage(method, uri: "sip:\(PhoneWorld.imsi)@127.0.0.1:5090")
            request.append(.from, "<sip:bob@example.com>;tag=b")
            request.append(.to, "<sip:a@example.com>;tag=x")
            request.append(.callID, "1")
            request.append(CSeq(2, method))
            #expect(receive(&world, request).map(\.status) == [.callOrTransactionDoesNotExist])
        }
    }

    @Test("RFC 3261 §13.3.1.4: a 200 without ACK is repeated, and after 64·T1 the call ends with BYE")
    func noAcknowledgement() throws {
        var world = try PhoneWorld.registered(["answer-after": "0", "reliable": "no"])
        _ = receive(&world, invite())
        var repeats = 0
        var byes = 0
        while byes == 0, let deadline = world.role.nextDeadline, world.now < .zero + .seconds(300) {
            world.now = max(world.now, deadline)
            let actions = world.role.handle(.deadline, at: world.now)
            repeats += actions.responses.count
            if actions.sent?.0.method == .bye { byes += 1 }
        }
        #expect(byes == 1)
        #expect(repeats > 5)
        #expect(world.now == .zero + .seconds(128))
        let call = world.command("calls", ["phone": "a"]).reply?["calls"]?.list?.first
        #expect(call?["ending"]?.text == "lost")
    }

    @Test("findings: what the network must have done to an INVITE")
    func findings() throws {
        var world = try PhoneWorld.registered()
        var bad = invite(
            Self.offer,
            [
                (.pPreferredIdentity, "<sip:b@c>"), (.pChargingVector, "icid-value=1"), (.route, "<sip:x;lr>"),
                (.pAccessNetworkInfo, "3GPP-E-UTRAN-FDD"),
            ])
        for name in [HeaderName.pAssertedIdentity, .pCalledPartyID, .recordRoute] { bad.remove(name) }
        _ = receive(&world, bad)
        let call = try #require(world.command("calls", ["phone": "a"]).reply?["calls"]?.list?.first)
        #expect(call["findings"]?.list?.count == 7, "\(call.json)")
    }

    @Test("TS 24.229 §5.1.1.3, RFC 3680: the phone subscribes to its registration and answers the NOTIFYs")
    func registrationEvents() throws {
        var world = try PhoneWorld.registered()
        let actions = world.command("subscribe", ["phone": "a"])
        let (subscribe, _) = try #require(actions.sent)
        #expect(subscribe.requestURI.string == "sip:+15550001@\(PhoneWorld.domain)")
        #expect(subscribe.firstValue(HeaderName("Event"))?.string == "reg")
        #expect(subscribe.expires == 600_000)
        #expect(subscribe.firstValue(.accept)?.string == "application/reginfo+xml")
        #expect(subscribe.values(.route).count == 3)
        _ = try world.answer(actions, .ok, [(.expires, "600000")])
        var notify = SIPMessage(.notify, uri: "sip:\(PhoneWorld.imsi)@127.0.0.1:5090")
        notify.append(.from, "<sip:+15550001@\(PhoneWorld.domain)>;tag=n")
        notify.append(.to, try #require(subscribe.firstValue(.from)))
        notify.append(.callID, try #require(subscribe.callID))
        notify.append(.cseq, "1 NOTIFY")
        notify.append(.contact, "<sip:s>")
        notify.append(HeaderName("Event"), "reg")
        notify.append(HeaderName("Subscription-State"), "active;expires=600000")
        notify.setBody(Array("<reginfo/>".utf8), contentType: "application/reginfo+xml")
        let answered = world.role.handle(
            .request(notify, ServerTransactionID(rawValue: 9), from: PhoneWorld.proxy), at: world.now)
        #expect(answered.responses.map(\.status) == [.ok])
        #expect(answered.reply?["state"]?.text == "active")
        #expect(answered.reply?["documents"]?.list == ["<reginfo/>"])
        #expect(answered.reply?["findings"]?.list == [])
        let leaving = try #require(world.command("unsubscribe", ["phone": "a"]).sent).0
        #expect(leaving.expires == 0)
        #expect(leaving.toTag?.string == "n")
    }
}

extension [PhoneAction] {
    var responses: [SIPMessage] {
        compactMap { if case .respond(let response, _) = $0 { response } else { nil } }
    }
}
