import AKA
import Cx
import Diameter
import HomeSubscriberServer
import IMS
import Octets
import Testing

@Suite("MAR, TS 29.228 §6.3")
struct MultimediaAuthTests {
    static func phone(sqn: SequenceNumber = .zero) throws -> USIM {
        USIM(
            key: try #require(Secret128(hex: Home.key)), opc: try #require(Secret128(hex: Home.opc)), sqn: sqn)
    }

    /// Shows the vector of an answer to a phone.
    static func show(_ answer: MultimediaAuthAnswer, to phone: inout USIM) throws -> (USIM.Outcome, AKAVector) {
        let vector = try #require(answer.authenticationItems.first?.vector)
        let rand = try #require(RandomChallenge(octets: vector.rand))
        let autn = try #require(AuthenticationToken(octets: vector.autn))
        return (phone.authenticate(rand, autn), vector)
    }

    @Test("A vector that the phone accepts, once; the number is stored", arguments: Home.Kind.allCases)
    func vector(kind: Home.Kind) throws {
        var home = try Home(kind)
        var phone = try Self.phone()
        for round in 1...3 {
            let answer = try home.authenticate()
            #expect(answer.result == .success)
            #expect(answer.userName == Home.user)
            #expect(answer.publicIdentity == Home.identity)
            #expect(answer.sipNumberAuthItems == 1)
            #expect(home.counters == [.cxRequestReceived, .vectorIssued])
            let (outcome, vector) = try Self.show(answer, to: &phone)
            #expect(
                outcome
                    == .success(
                        res: vector.xres.array, ck: vector.confidentialityKey.array, ik: vector.integrityKey.array))
            let record = try home.subscription().privateIdentities[0]
            #expect(record.sqn == SequenceNumber(seq: UInt64(round), ind: 0))
            #expect(record.lastChallenge == RandomChallenge(octets: vector.rand))
        }
    }

    @Test("More items than one are answered with one", arguments: Home.Kind.allCases)
    func items(kind: Home.Kind) throws {
        var home = try Home(kind)
        for count: UInt32 in [0, 5, .max] {
            #expect(try home.authenticate(items: count).authenticationItems.count == 1)
        }
        #expect(try home.subscription().privateIdentities[0].sqn.seq == 3)
    }

    @Test("Unknown, mismatched: 5001, 5002; nothing is drawn", arguments: Home.Kind.allCases)
    func identities(kind: Home.Kind) throws {
        var home = try Home(kind)
        try home.add(imsi: "001010000000002", msisdn: nil)
        #expect(try home.authenticate(user: "nobody@\(Home.domain)").result == .userUnknown)
        #expect(try home.authenticate("sip:nobody@\(Home.domain)").result == .userUnknown)
        #expect(try home.authenticate("sip:001010000000002@\(Home.domain)").result == .identitiesDontMatch)
        #expect(try home.subscription().privateIdentities[0].sqn == .zero)
        #expect(try home.subscription().servingCSCF == nil)
    }

    @Test("Schemes: AKA and Unknown are served, others are 5006", arguments: Home.Kind.allCases)
    func schemes(kind: Home.Kind) throws {
        var home = try Home(kind)
        #expect(try home.authenticate(item: .request(.unknown)).result == .success)
        #expect(try home.authenticate(item: AuthenticationItem()).result == .success)
        #expect(try home.authenticate(item: .request(.sipDigest)).result == .authSchemeNotSupported)
        #expect(home.refusals == ["SCHEME_NOT_SUPPORTED"])
        #expect(try home.authenticate(item: .request(.other("HTTP_DIGEST_MD5"))).result == .authSchemeNotSupported)
        #expect(try home.subscription().privateIdentities[0].sqn.seq == 2)
    }

    @Test("The S-CSCF that asks is stored, and the authentication is pending", arguments: Home.Kind.allCases)
    func pending(kind: Home.Kind) throws {
        var home = try Home(kind)
        _ = try home.authenticate()
        var after = try home.subscription()
        #expect(after.servingCSCF == AssignedServingCSCF(name: Home.server, host: Home.peer.host))
        #expect(
            after.registrations == [Registration(privateIdentity: 0, implicitSet: 0, isAuthenticationPending: true)])
        _ = try home.assign(.registration)
        _ = try home.authenticate()
        after = try home.subscription()
        #expect(after.registrations == [Registration(privateIdentity: 0, implicitSet: 0, state: .registered)])
        _ = try home.authenticate(server: Home.otherServer)
        after = try home.subscription()
        #expect(after.servingCSCF?.name == Home.otherServer)
        #expect(after.registrations[0].isAuthenticationPending)
        #expect(after.registrations[0].state == .registered, "the state waits for the SAR")
    }

    @Test(
        "TS 33.102 §6.3.5, A7: a phone that is ahead brings us up to it, once; the next vector is accepted",
        arguments: Home.Kind.allCases)
    func resynchronisation(kind: Home.Kind) throws {
        var home = try Home(kind)
        let ahead = try #require(SequenceNumber(seq: 9_000, ind: 0))
        var phone = try Self.phone(sqn: ahead)
        let (outcome, vector) = try Self.show(try home.authenticate(), to: &phone)
        guard case .synchronisationFailure(let auts) = outcome else {
            Issue.record("the phone took an old number: \(outcome)")
            return
        }
        let item = AuthenticationItem.resynchronisation(rand: vector.rand.array, auts: auts.octets)
        let answer = try home.authenticate(item: item)
        #expect(answer.result == .success)
        #expect(home.counters == [.cxRequestReceived, .resynchronised, .vectorIssued])
        let words = try #require(home.observations.first?.message)
        #expect(words.contains("RESYNCHRONISED") && words.contains(ahead.hex) && words.contains("000000000020"))
        #expect(try home.subscription().privateIdentities[0].sqn == SequenceNumber(seq: 9_001, ind: 0))
        let (second, _) = try Self.show(answer, to: &phone)
        guard case .success = second else {
            Issue.record("the phone refused the number after resynchronisation")
            return
        }
        #expect(try home.authenticate(item: item).result == .base(.authorizationRejected), "an AUTS counts once")
        #expect(home.refusals == ["AUTS_FOR_ANOTHER_CHALLENGE"])
    }

    @Test("A6, A7: a bad AUTS changes nothing: wrong MAC-S, wrong RAND, wrong length", arguments: Home.Kind.allCases)
    func badResynchronisation(kind: Home.Kind) throws {
        var home = try Home(kind)
        let first = try home.authenticate()
        let rand = try #require(first.authenticationItems.first?.vector).rand.array
        let before = try home.subscription()
        let auts = [UInt8](repeating: 7, count: 14)
        #expect(
            try home.authenticate(item: .resynchronisation(rand: rand, auts: auts)).result
                == .base(.authorizationRejected))
        #expect(home.refusals == ["AUTS_MAC_FAILURE"])
        #expect(
            try home.authenticate(item: .resynchronisation(rand: [UInt8](repeating: 1, count: 16), auts: auts)).result
                == .base(.authorizationRejected))
        #expect(home.refusals == ["AUTS_FOR_ANOTHER_CHALLENGE"])
        home.proveAuthentication()
        #expect(
            try home.authenticate(item: .resynchronisation(rand: rand, auts: [1, 2, 3])).result
                == .base(.invalidAVPValue))
        #expect(home.refusals == ["RESYNCHRONISATION_MALFORMED"])
        #expect(try home.subscription() == before)
    }

    @Test(
        "A5: a wrong response costs no second number, and no other scheme is had for the asking",
        arguments: Home.Kind.allCases)
    func downgrade(kind: Home.Kind) throws {
        var home = try Home(kind)
        #expect(try home.authenticate().result == .success)
        let drawn = try home.subscription().privateIdentities[0]
        #expect(try home.assign(.authenticationFailure).result == .success)
        #expect(try home.subscription().privateIdentities[0] == drawn, "a failure draws and forgets nothing")
        for scheme in [AuthenticationScheme.sipDigest, .other("Digest-MD5"), .other("Digest-AKAv2-SHA-256")] {
            #expect(try home.authenticate(item: .request(scheme)).result == .authSchemeNotSupported, "\(scheme)")
        }
        #expect(try home.subscription().privateIdentities[0] == drawn)
    }

    @Test("A8: a counter next to its end is refused with an alarm and never wraps", arguments: Home.Kind.allCases)
    func exhausted(kind: Home.Kind) throws {
        var home = try Home(kind, sqn: "ffffffdfffc0")
        #expect(try home.authenticate().result == .success)
        #expect(home.observations.contains { $0.level == .warning })
        let before = try home.subscription()
        #expect(before.privateIdentities[0].sqn.hex == "ffffffdfffe0", "2^16 numbers stay in reserve")
        #expect(try home.authenticate().result == .base(.unableToComply))
        #expect(home.refusals == ["SQN_EXHAUSTED"])
        #expect(home.observations.map(\.level) == [.error], "the operator has to hear of it")
        #expect(try home.subscription() == before)
    }

    @Test("TUAK: a vector that a SIM with TUAK accepts, and its AUTS", arguments: Home.Kind.allCases)
    func tuak(kind: Home.Kind) throws {
        let key = String(repeating: "ab", count: 16)
        let record = try SubscriberRecord(
            imsi: Home.imsi, domain: Home.domain, msisdn: "491700000001", algorithm: "tuak", key: key,
            op: String(repeating: "55", count: 32))
        var home = try Home(kind, record: record)
        #expect(try home.subscription().privateIdentities[0].secrets == record.secrets)
        let ahead = try #require(SequenceNumber(seq: 77, ind: 0))
        var phone = USIM(record.secrets, sqn: ahead)
        let (outcome, vector) = try Self.show(try home.authenticate(), to: &phone)
        guard case .synchronisationFailure(let auts) = outcome else {
            Issue.record("the phone took an old number: \(outcome)")
            return
        }
        let item = AuthenticationItem.resynchronisation(rand: vector.rand.array, auts: auts.octets)
        let (second, fresh) = try Self.show(try home.authenticate(item: item), to: &phone)
        #expect(
            second
                == .success(
                    res: fresh.xres.array, ck: fresh.confidentialityKey.array, ik: fresh.integrityKey.array))
        #expect(fresh.xres.count == 8 && fresh.confidentialityKey.count == 16)
    }

    @Test("A directory that cannot write gives no vector")
    func full() throws {
        var home = try Home(.dictionary)
        home.failWrites(.full)
        let answer = try home.authenticate()
        #expect(answer.result == .base(.unableToComply))
        #expect(answer.authenticationItems.isEmpty)
        #expect(home.refusals == ["STORE_FULL"])
        #expect(try home.authorise().result == .firstRegistration, "reading goes on")
        home.failWrites(nil)
        #expect(try home.authenticate().result == .success)
    }

    @Test("For phones that cut RES at an octet 0, challenges whose RES has none")
    func zeroOctets() throws {
        let request = MultimediaAuthRequest(
            userName: Home.user, publicIdentity: Home.identity, authenticationItem: .request(.digestAKAv1MD5),
            serverName: Home.server)
        func responsesWithZero(avoiding: Bool) throws -> Int {
            var directory = DictionaryDirectory()
            try directory.add(Home.record())
            var entropy = Entropy(number: 1)
            var count = 0
            for _ in 0..<300 {
                let answer = try MultimediaAuth.decide(
                    request, from: DiameterIdentity("scscf"), index: 0, avoidingZero: avoiding, on: &directory,
                    entropy: &entropy
                ).answer
                let vector = try #require(answer.authenticationItems.first?.vector)
                if vector.xres.array.contains(0) { count += 1 }
            }
            return count
        }
        #expect(try responsesWithZero(avoiding: true) == 0)
        #expect(try responsesWithZero(avoiding: false) > 0)
    }
}
