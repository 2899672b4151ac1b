import Cx
import IMS
import Octets
import SIP
import ServingCSCF
import Testing

@Suite("TS 24.229 §5.4.1.2.3: authentication that fails")
struct AuthenticationFailureTests {
    /// The phone's answer to the challenge with vector one.
    private func respond(_ laboratory: inout Laboratory, _ credentials: String) throws -> [ServingCSCF.Order] {
        _ = try laboratory.answer(try laboratory.send(Message()), .one)
        var second = Message()
        second.cseq = 2
        second.authorization = .raw("nonce=\"\(Vector.one.nonce)\", " + credentials)
        return try laboratory.send(second)
    }

    @Test("A wrong RES: the HSS is told, then 403")
    func wrongResponse() throws {
        var laboratory = Laboratory()
        let asked = try respond(&laboratory, "algorithm=AKAv1-MD5, response=\"00000000000000000000000000000000\"")
        #expect(asked.shape == ["count registerReceived", "ask SAR authenticationFailure"])
        let refused = try laboratory.answer(asked, result: .success)
        #expect(refused.shape == ["respond 403", "observe RES_MISMATCH", "count registerRefused"])
        #expect(try laboratory.stat("challenged") == 0)
    }

    @Test("A wrong RES while the HSS is away is 403 all the same")
    func wrongResponseWithoutHSS() throws {
        var laboratory = Laboratory()
        let asked = try respond(&laboratory, "response=\"00000000000000000000000000000000\"")
        #expect(
            try laboratory.fail(asked, .timeout).shape
                == ["respond 403", "observe RES_MISMATCH", "count registerRefused"])
    }

    @Test("A5: the nonce serves once; the right RES after a wrong one is challenged anew")
    func singleUse() throws {
        var laboratory = Laboratory()
        let asked = try respond(&laboratory, "response=\"00000000000000000000000000000000\"")
        _ = try laboratory.answer(asked, result: .success)
        var third = Message()
        third.cseq = 3
        third.authorization = .response(.one)
        #expect(try laboratory.send(third).shape == ["count registerReceived", "ask MAR"])
    }

    @Test("A wrong RES leaves a registration as it is, and the HSS out of it")
    func wrongResponseOfRegistered() throws {
        var laboratory = Laboratory()
        try laboratory.register()
        var again = Message()
        again.cseq = 3
        _ = try laboratory.answer(try laboratory.send(again), .two)
        again.cseq = 4
        again.authorization = .raw("nonce=\"\(Vector.two.nonce)\", response=\"00000000000000000000000000000000\"")
        #expect(
            try laboratory.send(again).shape
                == ["count registerReceived", "respond 403", "observe RES_MISMATCH", "count registerRefused"])
        #expect(try laboratory.stat("contacts") == 1)
    }

    @Test("An empty response: the phone saw a MAC failure; the hint names K and OPc")
    func emptyResponse() throws {
        var laboratory = Laboratory()
        let asked = try respond(&laboratory, "response=\"\"")
        #expect(asked.shape == ["count registerReceived", "ask SAR authenticationFailure"])
        let refused = try laboratory.answer(asked, result: .success)
        #expect(refused.shape == ["respond 403", "observe MAC_FAILURE", "count registerRefused"])
        #expect(try #require(refused.refusal).hint.contains("OPc"))
    }

    @Test("A5: another algorithm than the challenge's", arguments: ["MD5", "AKAv2-MD5", "SHA-256"])
    func otherAlgorithm(algorithm: String) throws {
        var laboratory = Laboratory()
        let asked = try respond(&laboratory, "algorithm=\(algorithm), response=\"\(Vector.one.response)\"")
        #expect(
            try laboratory.answer(asked, result: .success).shape
                == ["respond 403", "observe ALGORITHM_MISMATCH", "count registerRefused"])
    }

    @Test(
        "Malformed credentials are 400",
        arguments: [
            "auts=\"AAAA\", response=\"x\"", "auts=\"*\", response=\"x\"",
            "qop=auth-int, nc=00000001, cnonce=\"a\", response=\"\(Vector.one.response)\"",
            "qop=auth, response=\"\(Vector.one.response)\"",
        ])
    func malformed(credentials: String) throws {
        var laboratory = Laboratory()
        #expect(
            try respond(&laboratory, credentials).shape
                == ["count registerReceived", "respond 400", "observe MALFORMED_REGISTER", "count registerRefused"])
    }

    @Test("RFC 3310 §3.4: AUTS goes to the HSS with its RAND, a new challenge comes back")
    func resynchronisation() throws {
        var laboratory = Laboratory()
        let auts = [UInt8](1...14)
        let asked = try respond(&laboratory, "auts=\"\(Base64.encode(auts))\", response=\"x\"")
        #expect(asked.shape == ["count registerReceived", "ask MAR"])
        let request = try MultimediaAuthRequest(decoding: try #require(asked.question).0)
        #expect(request.authenticationItem == .resynchronisation(rand: Vector.one.rand, auts: auts))
        let challenged = try laboratory.answer(asked, .two)
        #expect(
            challenged.shape == ["respond 401", "count registerChallenged", "count resynchronised", "observe notice"])
        var third = Message()
        third.cseq = 3
        third.authorization = .response(.two)
        #expect(try laboratory.send(third).shape == ["count registerReceived", "ask SAR registration"])
    }

    @Test("A6: the third AUTS in a row is 403")
    func resynchronisationLoop() throws {
        var laboratory = Laboratory()
        var asked = try laboratory.send(Message())
        var message = Message()
        for round in 1...2 {
            _ = try laboratory.answer(asked, .one)
            message.cseq = round + 1
            message.authorization = .raw(
                "nonce=\"\(Vector.one.nonce)\", auts=\"\(Base64.encode([UInt8](1...14)))\", response=\"x\"")
            asked = try laboratory.send(message)
            #expect(asked.shape == ["count registerReceived", "ask MAR"])
        }
        _ = try laboratory.answer(asked, .one)
        message.cseq = 4
        asked = try laboratory.send(message)
        #expect(asked.shape == ["count registerReceived", "ask SAR authenticationFailure"])
        #expect(
            try laboratory.answer(asked, result: .success).shape
                == ["respond 403", "observe RESYNC_LOOP", "count registerRefused"])
    }

    @Test("A6: AUTS for a RAND that waits no more never reaches the HSS")
    func foreignResynchronisation() throws {
        var laboratory = Laboratory()
        var message = Message()
        message.authorization = .raw(
            "nonce=\"\(Vector.two.nonce)\", auts=\"\(Base64.encode([UInt8](1...14)))\", response=\"x\"")
        let request = try MultimediaAuthRequest(decoding: try #require(try laboratory.send(message).question).0)
        #expect(request.authenticationItem == .request(.digestAKAv1MD5))
    }

    @Test("A6: the HSS refuses the AUTS: 403 with the reason")
    func resynchronisationRefused() throws {
        var laboratory = Laboratory()
        let asked = try respond(&laboratory, "auts=\"\(Base64.encode([UInt8](1...14)))\", response=\"x\"")
        #expect(
            try laboratory.answer(asked, result: .base(.unableToComply)).shape
                == ["respond 403", "observe RESYNC_REFUSED", "count registerRefused"])
    }

    @Test("§5.4.1.2.2: a response under another Call-ID is challenged anew, and the challenge still waits")
    func otherCallID() throws {
        var laboratory = Laboratory()
        _ = try laboratory.answer(try laboratory.send(Message()), .one)
        var second = Message()
        second.cseq = 2
        second.authorization = .response(.one)
        second.callID = "other"
        #expect(try laboratory.send(second).shape == ["count registerReceived", "ask MAR"])
        second.callID = Message().callID
        #expect(try laboratory.send(second).shape == ["count registerReceived", "ask SAR registration"])
    }

    @Test("Timer reg-await-auth: the HSS is told; the response that comes later is challenged anew")
    func timeout() throws {
        var laboratory = Laboratory()
        _ = try laboratory.answer(try laboratory.send(Message()), .one)
        #expect(laboratory.wait(.seconds(239)).isEmpty)
        #expect(laboratory.wait(.seconds(1)).shape == ["ask SAR authenticationTimeout", "observe notice"])
        #expect(laboratory.role.nextDeadline == nil)
        var second = Message()
        second.cseq = 2
        second.authorization = .response(.one)
        #expect(try laboratory.send(second).shape == ["count registerReceived", "ask MAR"])
    }

    @Test(
        "S10: a REGISTER from elsewhere does not spoil the challenge of the phone; four wait, the fifth drops the first"
    )
    func overlapping() throws {
        var laboratory = Laboratory()
        let first = try laboratory.send(Message())
        var other = Message()
        other.callID = "other"
        let second = try laboratory.send(other)
        #expect(try laboratory.answer(second, .two).shape == ["respond 401", "count registerChallenged"])
        #expect(try laboratory.answer(first, .one).shape == ["respond 401", "count registerChallenged"])
        for _ in 0..<3 { _ = try laboratory.answer(try laboratory.send(other), .zeroes) }
        var answer = Message()
        answer.cseq = 2
        answer.authorization = .response(.one)
        #expect(try laboratory.send(answer).shape == ["count registerReceived", "ask SAR registration"])
        other.authorization = .response(.two)
        #expect(try laboratory.send(other).shape == ["count registerReceived", "ask MAR"])
    }
}
