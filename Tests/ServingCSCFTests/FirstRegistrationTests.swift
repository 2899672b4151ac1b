import Cx
import IMS
import Octets
import SIP
import ServingCSCF
import Testing

@Suite("TS 24.229 §5.4.1.2: first registration")
struct FirstRegistrationTests {
    @Test("§5.4.1.2.1: an unprotected REGISTER is challenged with one vector of the HSS")
    func challenge() throws {
        var laboratory = Laboratory()
        var message = Message()
        message.authorization = .initial
        let asked = try laboratory.send(message)
        #expect(asked.shape == ["count registerReceived", "ask MAR"])
        let request = try MultimediaAuthRequest(decoding: try #require(asked.question).0)
        #expect(request.userName == Laboratory.privateIdentity)
        #expect(request.publicIdentity == Laboratory.publicIdentity)
        #expect(request.serverName == Laboratory.serverName)
        #expect(request.sipNumberAuthItems == 1)
        #expect(request.authenticationItem == .request(.digestAKAv1MD5))

        let challenged = try laboratory.answer(asked, .one)
        #expect(challenged.shape == ["respond 401", "count registerChallenged"])
        let response = try #require(challenged.response)
        #expect(
            response.texts(.wwwAuthenticate) == [
                "Digest realm=\"\(Laboratory.domain)\",nonce=\"\(Vector.one.nonce)\",algorithm=AKAv1-MD5,qop=\"auth\","
                    + "ck=\"b40ba9a3c58b2a05bbf0d987b21bf8cb\",ik=\"f769bcd751044604127672711c6d3441\""
            ])
        #expect(laboratory.role.nextDeadline == .zero + .seconds(240))
    }

    @Test("RFC 3310 §3.2: without qop when so configured")
    func challengeWithoutQualityOfProtection() throws {
        var laboratory = Laboratory { $0.offersQualityOfProtection = false }
        let response = try #require(try laboratory.answer(try laboratory.send(Message()), .one).response)
        #expect(try #require(response.texts(.wwwAuthenticate).first).contains("qop") == false)
    }

    @Test("§5.4.1.2.2: RES right, SAR, bindings, 200 with all that the phone and its proxy need")
    func success() throws {
        var laboratory = Laboratory()
        _ = try laboratory.answer(try laboratory.send(Message()), .one)
        var second = Message()
        second.cseq = 2
        second.authorization = .response(.one)
        let asked = try laboratory.send(second)
        #expect(asked.shape == ["count registerReceived", "ask SAR registration"])
        let request = try ServerAssignmentRequest(decoding: try #require(asked.question).0)
        #expect(request.userName == Laboratory.privateIdentity)
        #expect(request.publicIdentities == [Laboratory.publicIdentity])
        #expect(request.serverName == Laboratory.serverName)
        #expect(request.userDataAlreadyAvailable == .notAvailable)

        let done = try laboratory.answer(
            asked, profile: Profile.standard,
            charging: ChargingInformation(
                primaryEventChargingFunctionName: "aaa://ecf.example",
                primaryChargingCollectionFunctionName: "aaa://ccf.example"))
        #expect(done.shape == ["respond 200", "count registerSucceeded"])
        let response = try #require(done.response)
        #expect(response.texts(.path) == ["<sip:token@pcscf.ims.example:5060;lr>"])
        #expect(response.texts(.serviceRoute) == ["<sip:orig@scscf.\(Laboratory.domain):5080;lr>"])
        #expect(
            response.texts(.pAssociatedURI) == ["<sip:+15550001@\(Laboratory.domain)>", "<tel:+15550001>"],
            "the temporary identity is barred and stays out; the default one comes first")
        #expect(
            response.texts(.contact) == [
                "<sip:001010000000001@10.0.0.1:5060>;+sip.instance=\"<urn:gsma:imei:35-1>\";expires=600"
            ])
        #expect(
            response.firstValue(.pChargingFunctionAddresses)?.string
                == "ccf=\"aaa://ccf.example\";ecf=\"aaa://ecf.example\"")
        #expect(response.toTag != nil)
        #expect(laboratory.role.nextDeadline == .zero + .seconds(240), "the wake-up of the challenge is still armed")
        #expect(try laboratory.stat("registrations") == 1)
        #expect(try laboratory.stat("challenged") == 0)
    }

    @Test("RFC 2617 §3.2.2.1: a response with qop=auth")
    func qualityOfProtection() throws {
        var laboratory = Laboratory()
        _ = try laboratory.answer(try laboratory.send(Message()), .one)
        var second = Message()
        second.cseq = 2
        second.authorization = .responseWithQualityOfProtection(.one)
        #expect(try laboratory.send(second).shape == ["count registerReceived", "ask SAR registration"])
    }

    @Test("RFC 3310 §3.3: zero octets in RES are part of the password")
    func zeroOctets() throws {
        var laboratory = Laboratory()
        #expect(try laboratory.register(vector: .zeroes).shape == ["respond 200", "count registerSucceeded"])
    }

    @Test("Without Authorization the private identity follows from To")
    func derivedPrivateIdentity() throws {
        var laboratory = Laboratory()
        let question = try #require(try laboratory.send(Message()).question)
        #expect(try MultimediaAuthRequest(decoding: question.0).userName == Laboratory.privateIdentity)
    }

    @Test("RFC 3261 §10.3 step 7: default and longest expiry", arguments: [(nil, 3600), (100_000, 7200), (60, 60)])
    func expiry(requested: Int?, granted: Int) throws {
        var laboratory = Laboratory()
        var message = Message()
        message.expires = requested
        let response = try #require(try laboratory.register(message).response)
        #expect(try #require(response.texts(.contact).first).hasSuffix(";expires=\(granted)"))
    }

    @Test("RFC 3261 §10.3 step 7: 423 before a vector is spent")
    func tooBrief() throws {
        var laboratory = Laboratory()
        var message = Message()
        message.expires = 59
        let refused = try laboratory.send(message)
        #expect(
            refused.shape == [
                "count registerReceived", "respond 423", "observe INTERVAL_TOO_BRIEF", "count registerRefused",
            ])
        #expect(try #require(refused.response).texts(.minExpires) == ["60"])
    }

    @Test("A profile whose identities are all barred does not register, and the HSS hears of it")
    func allBarred() throws {
        var laboratory = Laboratory()
        let done = try laboratory.register(profile: Profile.profile([(Laboratory.publicIdentity, true)]))
        #expect(
            done.shape == [
                "ask SAR administrativeDeregistration", "respond 403", "observe IDENTITY_BARRED",
                "count registerRefused",
            ])
        #expect(try laboratory.stat("registrations") == 0)
    }

    @Test("A profile that cannot be used is a refusal", arguments: [nil, "<IMSSubscription>", "no XML"])
    func unusableProfile(profile: String?) throws {
        var laboratory = Laboratory()
        let done = try laboratory.register(profile: profile)
        #expect(done.response?.status == .serverInternalError)
        #expect(done.shape.first == "ask SAR administrativeDeregistration")
    }
}
