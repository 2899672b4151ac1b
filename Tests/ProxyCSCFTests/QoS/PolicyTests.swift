import Cx
import Diameter
import IMS
import Octets
import ProxyCSCF
import Rx
import SIP
import Testing

@Suite("TS 29.214 §4.4.1, annex A.1: sessions of phones at the PCRF")
struct PolicyTests {
    @Test("offer and answer wait for the PCRF; the BYE's answer ends the session there")
    func call() throws {
        var edge = try PolicyEdge()
        let offered = try edge.call()
        #expect(offered.shape == ["ask"])
        let first = try edge.request(offered)
        #expect(first.session == "pcscf.visited.example;7;0")
        #expect(first.requestType == .initial)
        #expect(first.specificActions.contains(.indicationOfReleaseOfBearer))
        #expect(try edge.grant(offered).shape == ["forward INVITE to \(AccessEdge.core.remote)"])

        let answered = try edge.answer(.ok, PolicyEdge.theirs)
        #expect(answered.shape == ["ask"])
        let final = try edge.request(answered)
        #expect(final.session == first.session)
        #expect(final.requestType == .update)
        #expect(final.serviceInfoStatus == .final)
        #expect(final.specificActions.isEmpty)
        // Whoever has answered is asked again.
        #expect(edge.asked(answered).first?.message[.destinationHost] == PolicyEdge.pcrf.host)
        let response = try edge.grant(answered)
        #expect(response.shape == ["respond 200"])
        #expect(response.response?.body.string == PolicyEdge.theirs)

        #expect(try edge.send("ACK", fromPhone: true).shape == ["acknowledge to \(AccessEdge.core.remote)"])
        let bye = try edge.send("BYE", fromPhone: true)
        #expect(edge.asked(bye).isEmpty)
        let ended = try edge.answer(.ok, to: bye)
        let end = try edge.end(ended)
        #expect(end.session == first.session)
        #expect(end.terminationCause == .logout)
        #expect(ended.response?.status == .ok)
        #expect(edge.sessions()?.isEmpty == true)
    }

    @Test("who, where and what: user, address, ICID, service, APN")
    func identification() throws {
        var edge = try PolicyEdge {
            $0.application = "urn:urn-7:3gpp-service.ims.icsi.mmtel"
            $0.accessPoint = "ims"
        }
        let offered = try edge.call()
        let request = try edge.request(offered)
        #expect(
            request.subscriptionIDs == [
                SubscriptionID(.endUserSIPURI, AccessEdge.publicIdentity), SubscriptionID(.endUserE164, "15550001"),
                SubscriptionID(.endUserIMSI, "001010000000001"),
            ])
        #expect(request.framedIPAddress == OctetSlice([10, 11, 12, 13]))
        #expect(request.framedIPv6Prefix == nil)
        #expect(request.afApplicationIdentifier == "urn:urn-7:3gpp-service.ims.icsi.mmtel")
        #expect(request.calledStationID == "ims")
        let icid = try #require(request.afChargingIdentifier?.string)
        _ = try edge.grant(offered)
        let vector = try #require(edge.invite).0.texts(.pChargingVector).first
        #expect(vector?.contains("icid-value=\"\(icid)\"") == true)
    }

    @Test("RFC 3162 §2.3: an IPv6 address is a prefix of 128 bits")
    func version6() throws {
        var edge = try PolicyEdge(register: false)
        let hop = Hop(.udp, AccessEdge.listener, Endpoint(.v6(0x2001_0DB8_0000_0000, 1), 5060))
        try edge.edge.register(from: hop)
        let request = try edge.request(try edge.call(from: hop))
        #expect(
            request.framedIPv6Prefix == OctetSlice([0, 128, 0x20, 1, 0xD, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]))
        #expect(request.framedIPAddress == nil)
    }

    @Test("a called phone: the ICID is the caller's, uplink what the phone answers")
    func called() throws {
        var edge = try PolicyEdge()
        let offered = try edge.ring()
        let request = try edge.request(offered)
        #expect(request.afChargingIdentifier == "i2")
        #expect(request.mediaComponents.first?.codecData.first?.string.hasPrefix("downlink\noffer\n") == true)
        #expect(try edge.grant(offered).shape == ["forward INVITE to \(AccessEdge.phone.remote)"])
        let answered = try edge.answer(.ok, PolicyEdge.phones)
        let data = try edge.request(answered).mediaComponents.first?.codecData.map { String($0.string.prefix(15)) }
        #expect(data == ["uplink\nanswer\nm", "downlink\noffer\n"])
        #expect(try edge.grant(answered).response?.status == .ok)
    }

    @Test("the same answer in 183 and 200 is asked for once; responses keep their order")
    func order() throws {
        var edge = try PolicyEdge()
        _ = try edge.grant(try edge.call())
        let early = try edge.answer(.sessionProgress, PolicyEdge.theirs)
        #expect(early.shape == ["ask"])
        #expect(try edge.answer(.ringing).isEmpty)
        #expect(try edge.answer(.ok, PolicyEdge.theirs).isEmpty)
        #expect(try edge.grant(early).shape == ["respond 183", "respond 180", "respond 200"])
    }

    @Test("annex A.3: a second callee that describes itself is another dialogue of the same session")
    func forks() throws {
        var edge = try PolicyEdge()
        _ = try edge.grant(try edge.call())
        let one = try edge.answer(.sessionProgress, PolicyEdge.theirs, tag: "s1")
        #expect(try edge.request(one).sipForkingIndication == nil)
        _ = try edge.grant(one)
        let other = PolicyEdge.description("192.0.2.10", ["m=audio 6 RTP/AVP 0"])
        let two = try edge.answer(.sessionProgress, other, tag: "s2")
        let request = try edge.request(two)
        #expect(request.sipForkingIndication == .severalDialogues)
        #expect(request.session == "pcscf.visited.example;7;0")
        _ = try edge.grant(two)
        let final = try edge.request(try edge.answer(.ok, PolicyEdge.theirs, tag: "s1"))
        #expect(final.sipForkingIndication == nil)
    }

    @Test("RFC 3264: an offer in the 2xx waits, its answer in the ACK does not")
    func lateOffer() throws {
        var edge = try PolicyEdge()
        #expect(try edge.call(nil).shape == ["forward INVITE to \(AccessEdge.core.remote)"])
        let offered = try edge.answer(.ok, PolicyEdge.theirs)
        #expect(try edge.request(offered).serviceInfoStatus == .preliminary)
        #expect(try edge.grant(offered).response?.status == .ok)
        let ack = try edge.send("ACK", fromPhone: true, PolicyEdge.phones)
        #expect(ack.shape == ["acknowledge to \(AccessEdge.core.remote)", "ask"])
        let request = try edge.request(ack)
        #expect(request.serviceInfoStatus == .final)
        #expect(
            request.mediaComponents.first?.codecData.map { String($0.string.prefix(14)) } == [
                "uplink\nanswer\n", "downlink\noffer",
            ])
    }

    @Test("a refresh is no news; another description is", arguments: ["INVITE", "UPDATE"])
    func changes(_ method: String) throws {
        var edge = try PolicyEdge()
        try edge.talk()
        let refresh = try edge.send(method, fromPhone: false, PolicyEdge.theirs)
        #expect(edge.asked(refresh).isEmpty)
        #expect(try edge.answer(.ok, PolicyEdge.phones, to: refresh).shape == ["respond 200"])
        let held = PolicyEdge.description("192.0.2.9", ["m=audio 50000 RTP/AVP 0", "a=inactive"])
        let change = try edge.send(method, fromPhone: false, held)
        let request = try edge.request(change)
        #expect(request.requestType == .update)
        #expect(request.mediaComponents.first?.flowStatus == .disabled)
        #expect(try edge.grant(change).forwarded?.0.method.text == method)
    }

    @Test("what comes to nothing ends at the PCRF too: refused, cancelled while it waits")
    func failures() throws {
        var edge = try PolicyEdge()
        _ = try edge.grant(try edge.call())
        let busy = try edge.answer(.busyHere)
        #expect(try edge.end(busy).session == "pcscf.visited.example;7;0")
        #expect(busy.response?.status == .busyHere)
        let again = try edge.call()
        let cancelled = edge.edge.handle(.cancelled(edge.edge.lastServer))
        #expect(try edge.end(cancelled).session == "pcscf.visited.example;7;1")
        #expect(cancelled.response?.status == .requestTerminated)
        // Its answer comes too late for anybody.
        #expect(try edge.grant(again).isEmpty)
    }

    @Test("a call for help says so: Service-URN without its prefix")
    func help() throws {
        var edge = try PolicyEdge(
            { _ in }, { $0.emergency = EmergencyService(destination: try? SIPURI(parsing: "sip:psap@127.0.0.1:5099")) })
        #expect(try edge.request(try edge.call(to: "urn:service:sos.police")).serviceURN == "sos.police")
    }

    @Test("without a PCRF nobody is asked")
    func off() throws {
        var dialog = try PhoneDialog(isCaller: true)
        let update = try dialog.send("UPDATE", fromPhone: true)
        #expect(!update.shape.contains("ask"))
        let report = dialog.edge.handle(.command(Command("policy-sessions"), CommandID(rawValue: 1)))
        #expect(report.shape == ["reply"])
    }
}
