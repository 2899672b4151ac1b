import AKA
import Cx
import HomeSubscriberServer
import IMS
import Octets
import Testing

/// Rows A6, A8 and A9: what a stranger's REGISTERs may cost.
@Suite("Limits of challenges and resynchronisations")
struct ChallengeLimitTests {
    private func draw(_ home: inout Home, user: String = Home.user, _ identity: String = Home.identity) throws -> Bool {
        let before = home.refusals
        let answer = try home.authenticate(user: user, identity)
        if answer.result == .success { return true }
        #expect(answer.result == .base(.unableToComply))
        #expect(home.refusals == ["CHALLENGE_LIMIT"], "\(before)")
        #expect(home.counters == [.cxRequestReceived, .cxRequestRefused])
        return false
    }

    @Test("A8: five challenges at once, then one every three seconds; refused ones draw no number")
    func pace() throws {
        var home = try Home(.dictionary)
        for _ in 1...5 { #expect(try draw(&home)) }
        for _ in 1...100 { #expect(try !draw(&home)) }
        #expect(try home.subscription().privateIdentities[0].sqn.seq == 5)
        home.now = .zero + .milliseconds(2_999)
        #expect(try !draw(&home))
        home.now = .zero + .seconds(3)
        #expect(try draw(&home))
        #expect(try !draw(&home))
        home.now = .zero + .seconds(3_600)
        for _ in 1...5 { #expect(try draw(&home)) }
        #expect(try !draw(&home), "a long rest gives no more than the burst")
    }

    @Test("A scheme that we have not is 5006 whatever the pace, and draws nothing")
    func otherScheme() throws {
        var home = try Home(.dictionary)
        for _ in 1...5 { #expect(try draw(&home)) }
        for _ in 1...10 {
            #expect(try home.authenticate(item: .request(.other("Digest-None"))).result == .authSchemeNotSupported)
        }
        #expect(try home.subscription().privateIdentities[0].sqn.seq == 5)
    }

    @Test("A9: ten thousand REGISTERs in a second reach the database of one user eight times in ten seconds")
    func flood() throws {
        var home = try Home(.dictionary)
        try home.add(imsi: "001010000000002", msisdn: nil)
        var drawn = 0
        for step in 0..<10_000 {
            home.now = .zero + .milliseconds(step)
            if try draw(&home) { drawn += 1 }
        }
        #expect(drawn == 8)
        let other = "001010000000002@\(Home.domain)"
        #expect(try draw(&home, user: other, "sip:\(other)"), "others are not touched")
    }

    @Test("A user who proves the keys may register as often as it likes", arguments: Home.Kind.allCases)
    func authenticated(kind: Home.Kind) throws {
        var home = try Home(kind)
        for round in 0..<20 {
            #expect(try draw(&home))
            #expect(try home.assign(round == 0 ? .registration : .reRegistration).result == .success)
        }
    }

    @Test("A SAR that tells of a failed authentication proves nothing")
    func failures() throws {
        var home = try Home(.dictionary)
        for _ in 1...5 {
            #expect(try draw(&home))
            #expect(try home.assign(.authenticationFailure).result == .success)
        }
        #expect(try !draw(&home))
    }

    @Test("A6: two resynchronisations in a row, not three; none changes the number without a valid AUTS")
    func resynchronisations() throws {
        var home = try Home(.dictionary)
        let secrets = try Home.record().secrets
        func resynchronise(to seq: UInt64) throws -> CxResult {
            let record = try home.subscription().privateIdentities[0]
            let rand = try #require(record.lastChallenge)
            let sqn = try #require(SequenceNumber(seq: seq, ind: 0))
            let auts = ResynchronisationToken(secrets.functions, rand: rand, sqn: sqn)
            return try home.authenticate(item: .resynchronisation(rand: rand.octets, auts: auts.octets)).result
        }
        #expect(try draw(&home))
        #expect(try resynchronise(to: 100) == .success)
        #expect(try resynchronise(to: 200) == .success)
        let before = try home.subscription()
        #expect(try resynchronise(to: 300) == .base(.authorizationRejected))
        #expect(home.refusals == ["RESYNCHRONISATION_LIMIT"])
        #expect(try home.subscription() == before)
        #expect(try draw(&home), "a new registration begins anew")
        #expect(try resynchronise(to: 300) == .success)
    }

    @Test("The table is bounded, and what it forgets begins anew")
    func bounded() throws {
        let limits = ChallengeLimits(burst: 1, interval: .seconds(60), capacity: 2)
        var home = try Home(.dictionary, limits: limits)
        let others = (2...5).map { "00101000000000\($0)" }
        for imsi in others { try home.add(imsi: imsi, msisdn: nil) }
        #expect(try draw(&home))
        #expect(try !draw(&home))
        for imsi in others {
            let user = "\(imsi)@\(Home.domain)"
            #expect(try draw(&home, user: user, "sip:\(user)"))
        }
        #expect(try draw(&home))
    }
}
