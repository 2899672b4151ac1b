import AKA
import IMS
import Octets
import SIP
import Testing
import UserEquipment

@Suite("TS 24.229 §5.1.1: a phone registers")
struct RegistrationTests {
    private static let granted: [(HeaderName, String)] = [
        (.contact, "<sip:001010000000001@127.0.0.1:5090>;expires=300"), (.path, "<sip:t@p;lr>"),
        (.serviceRoute, "<sip:orig@s;lr>"), (.pAssociatedURI, "<sip:a@b>, <tel:+1>"),
    ]

    private func registering(_ world: inout PhoneWorld, _ more: [String: String] = [:]) -> [PhoneAction] {
        _ = world.phone(more)
        return world.command("register", ["phone": "a"])
    }

    @Test("§5.1.1.2: the first REGISTER names the identities and nothing secret")
    func first() throws {
        var world = PhoneWorld()
        let actions = registering(&world)
        let message = try #require(actions.sent).0
        #expect(message.requestURI.string == "sip:\(PhoneWorld.domain)")
        #expect(message.firstValue(.to)?.string == "<sip:\(PhoneWorld.imsi)@\(PhoneWorld.domain)>")
        #expect(message.cseq?.number == 1)
        #expect(message.maxForwards == 70)
        #expect(message.listContains(.supported, token: "path"))
        let contact = try #require(try message.first(Contact.self))
        #expect(contact.address.uri.string == "sip:\(PhoneWorld.imsi)@127.0.0.1:5090")
        #expect(contact.instanceID?.string == "urn:gsma:imei:00101000-000001-0")
        let credentials = try #require(actions.credentials)
        #expect(credentials.username?.string == "\(PhoneWorld.imsi)@\(PhoneWorld.domain)")
        #expect(credentials.nonce?.isEmpty == true)
        #expect(credentials.response?.isEmpty == true)
    }

    @Test("RFC 3310 §3.3: the answer to a challenge is the digest with RES, in the same dialog-to-be")
    func answered() throws {
        var world = PhoneWorld()
        let first = registering(&world)
        let second = try world.challenge(first, sqn: 32)
        let credentials = try #require(second.credentials)
        let vector = try PhoneWorld.vector(sqn: 32)
        let expected = DigestAccess.response(
            username: OctetSlice("\(PhoneWorld.imsi)@\(PhoneWorld.domain)"), realm: OctetSlice(PhoneWorld.domain),
            password: vector.xres, method: .register, uri: OctetSlice("sip:\(PhoneWorld.domain)"),
            nonce: OctetSlice(Base64.encode(vector.rand.octets + vector.autn.octets)), nc: "00000001",
            cnonce: credentials.cnonce, qop: "auth")
        #expect(credentials.response == OctetSlice(expected))
        #expect(credentials["algorithm"]?.string == "AKAv1-MD5")
        #expect(credentials.nonceCount?.string == "00000001")
        let (one, two) = (try #require(first.sent).0, try #require(second.sent).0)
        #expect(one.callID == two.callID)
        #expect(one.fromTag == two.fromTag)
        #expect(two.cseq?.number == 2)

        let done = try world.answer(second, .ok, Self.granted)
        let report = try #require(done.reply)
        #expect(report["outcome"]?.text == "registered")
        #expect(report["expires"]?.integer == 300)
        #expect(report["challenges"]?.list == ["answered"])
        #expect(report["associated-uris"]?.list == ["<sip:a@b>", "<tel:+1>"])
        for step in report["steps"]?.list ?? [] { #expect(step["findings"]?.list == []) }
        #expect(world.role.states["a"] == .registered)
    }

    @Test("RFC 3310 §3.4: a SQN that was used before is answered by AUTS")
    func synchronisationFailure() throws {
        var world = PhoneWorld()
        let second = try world.challenge(registering(&world, ["sqn": "6400"]), sqn: 32)
        let credentials = try #require(second.credentials)
        #expect(credentials.response?.isEmpty == true)
        let auts = try #require(credentials.auts.flatMap { ResynchronisationToken(octets: $0) })
        let milenage = Milenage(
            key: try #require(Secret128(hex: PhoneWorld.key)), opc: try #require(Secret128(hex: PhoneWorld.opc)))
        #expect(
            auts.sequenceNumber(milenage, rand: try PhoneWorld.vector(sqn: 32).rand)
                == SequenceNumber(rawValue: 6_400))
        let third = try world.challenge(second, sqn: 6_432)
        #expect(third.credentials?.auts == nil)
        let report = try #require(try world.answer(third, .ok, Self.granted).reply)
        #expect(report["challenges"]?.list == ["synchronisation failure", "answered"])
    }

    @Test("§5.1.1.5.3: a wrong MAC is answered by an empty response, without AUTS")
    func macFailure() throws {
        var world = PhoneWorld()
        let second = try world.challenge(
            registering(&world), sqn: 32, opc: "00000000000000000000000000000000")
        let credentials = try #require(second.credentials)
        #expect(credentials.response?.isEmpty == true)
        #expect(credentials.auts == nil)
        let report = try #require(try world.answer(second, .forbidden).reply)
        #expect(report["outcome"]?.text == "refused")
        #expect(report["status"]?.integer == 403)
        #expect(report["challenges"]?.list == ["MAC failure"])
    }

    @Test("a phone is not challenged for ever")
    func challengedOverAndOver() throws {
        var world = PhoneWorld()
        var actions = registering(&world)
        for round in 1...3 { actions = try world.challenge(actions, sqn: UInt64(round) * 32) }
        let report = try #require(try world.challenge(actions, sqn: 128).reply)
        #expect(report["outcome"]?.text == "refused")
        #expect(report["status"]?.integer == 401)
    }

    @Test(
        "a challenge that no phone can answer ends the attempt",
        arguments: [
            [], [(HeaderName.wwwAuthenticate, "Digest realm=\"r\",nonce=\"AAAA\",algorithm=AKAv1-MD5")],
            [(.wwwAuthenticate, "Digest realm=\"r\",nonce=\"\",algorithm=AKAv1-MD5")],
            [(.wwwAuthenticate, "Digest realm=\"r\",nonce=\"!\",algorithm=AKAv1-MD5")],
            [(.wwwAuthenticate, "Digest realm=\"r\",nonce=\"AAAA\",algorithm=MD5")],
            [(.wwwAuthenticate, "Basic realm=\"r\"")], [(.wwwAuthenticate, "Digest realm=\"r")],
        ])
    func unusable(_ fields: [(HeaderName, String)]) throws {
        var world = PhoneWorld()
        let report = try #require(try world.answer(registering(&world), .unauthorized, fields).reply)
        #expect(report["outcome"]?.text == "unusable", "\(report.json)")
        #expect(world.role.states["a"] == .refused)
    }

    @Test("§5.1.1.4: a re-REGISTER uses the credentials again with the next nonce count")
    func again() throws {
        var world = PhoneWorld()
        _ = try world.answer(try world.challenge(registering(&world), sqn: 32), .ok, Self.granted)
        let again = world.command("register", ["phone": "a"])
        #expect(again.credentials?.nonceCount?.string == "00000002")
        #expect(again.sent?.0.cseq?.number == 3)
        let challenged = try world.challenge(again, sqn: 64)
        #expect(challenged.credentials?.nonceCount?.string == "00000001")
    }

    @Test("§5.1.1.6: de-registration, Expires 0")
    func deregistration() throws {
        var world = PhoneWorld()
        _ = try world.answer(try world.challenge(registering(&world), sqn: 32), .ok, Self.granted)
        let leaving = world.command("deregister", ["phone": "a"])
        #expect(leaving.sent?.0.expires == 0)
        #expect(try leaving.sent?.0.first(Contact.self)?.expires == 0)
        let report = try #require(try world.answer(leaving, .ok).reply)
        #expect(report["outcome"]?.text == "deregistered")
        #expect(world.role.states["a"] == .idle)
        let anew = world.command("register", ["phone": "a"])
        #expect(anew.credentials?.nonce?.isEmpty == true)
    }

    @Test("§5.1.1.2: 423 is answered with the registrar's shortest time; one without it ends the attempt")
    func intervalTooBrief() throws {
        var world = PhoneWorld()
        let first = registering(&world, ["expires": "10"])
        let second = try world.answer(first, .intervalTooBrief, [(.minExpires, "60")])
        #expect(second.sent?.0.expires == 60)
        #expect(try world.answer(second, .intervalTooBrief, [(.minExpires, "60")]).reply != nil)
        let third = world.command("register", ["phone": "a"])
        let report = try #require(try world.answer(third, .intervalTooBrief).reply)
        #expect(report["status"]?.integer == 423)
    }

    @Test("no answer", arguments: [(TransactionFailure.timeout, 408), (.transport, 503)])
    func failure(_ failure: TransactionFailure, _ status: Int) throws {
        var world = PhoneWorld()
        let (_, transaction) = try #require(registering(&world).sent)
        let actions = world.role.handle(.transactionFailed(transaction, failure), at: world.now)
        #expect(actions.reply?["status"]?.integer == status)
        #expect(world.role.handle(.transactionFailed(transaction, failure), at: world.now).isEmpty)
    }

    @Test("findings: what a 200 and a 401 must not be")
    func findings() throws {
        var world = PhoneWorld()
        let second = try world.challenge(registering(&world), sqn: 32, more: ",CK=\"0\"")
        let report = try #require(try world.answer(second, .ok, [(.pChargingVector, "icid-value=1")]).reply)
        let steps = try #require(report["steps"]?.list)
        #expect(steps.count == 2)
        #expect(steps.first?["findings"]?.list?.compactMap { $0["clause"]?.text } == ["TS 24.229 §5.2.2"])
        #expect(
            steps.last?["findings"]?.list?.compactMap { $0["clause"]?.text } == [
                "RFC 3261 §10.3 step 8", "RFC 3608 §5", "RFC 7315 §4.1", "RFC 3327 §5.3", "RFC 7315 §4.5, §4.6",
            ])
    }

    @Test("faults: a wrong RES, a missing Contact")
    func faults() throws {
        var world = PhoneWorld()
        let right = try world.challenge(registering(&world), sqn: 32).credentials?.response
        var other = PhoneWorld()
        let wrong = try other.challenge(registering(&other, ["fault": "wrong-response"]), sqn: 32).credentials?.response
        #expect(right != nil && wrong != nil && right != wrong)
        var third = PhoneWorld()
        #expect(registering(&third, ["fault": "no-contact"]).sent?.0.contains(.contact) == false)
    }
}
