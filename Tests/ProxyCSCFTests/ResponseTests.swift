import IMS
import Octets
import SIP
import Testing

@Suite("TS 24.229 §5.2.2: responses to REGISTER")
struct ResponseTests {
    private static let keys = "ck=\"00112233445566778899aabbccddeeff\",ik=\"ffeeddccbbaa99887766554433221100\""
    private static let start = "Digest realm=\"\(AccessEdge.domain)\",nonce=\"bm9uY2U=\",algorithm=AKAv1-MD5"

    static let challenges = [
        "\(start),\(keys)", "Digest \(keys),realm=\"\(AccessEdge.domain)\",nonce=\"bm9uY2U=\",algorithm=AKAv1-MD5",
        "\(start), CK=\"00112233445566778899aabbccddeeff\" , Ik=ffeeddccbbaa99887766554433221100",
        "\(start),ck=00112233445566778899aabbccddeeff,opaque=\"ck=\\\"\",ik = \"ffeeddccbbaa99887766554433221100\"",
    ]

    private func expectNoKeys(_ message: SIPMessage) {
        let text = message.text.lowercased()
        #expect(!text.contains("00112233"), "\(text)")
        #expect(!text.contains("ffeeddcc"), "\(text)")
    }

    @Test("CK and IK stay in the network, however they are spelt", arguments: challenges)
    func keysKept(_ challenge: String) throws {
        var edge = AccessEdge()
        let actions = try edge.answer(try edge.send(Request()), .unauthorized, [(.wwwAuthenticate, challenge)])
        #expect(actions.shape == ["respond 401", "count registerChallenged"])
        let response = try #require(actions.response).received()
        expectNoKeys(response)
        let kept = try #require(try response.first(WWWAuthenticate.self)).challenge
        #expect(kept.nonce?.string == "bm9uY2U=")
        #expect(kept.realm?.string == AccessEdge.domain)
        #expect(kept["algorithm"]?.string == "AKAv1-MD5")
    }

    @Test("several challenges: each loses its keys, none is lost")
    func severalChallenges() throws {
        var edge = AccessEdge()
        let actions = try edge.answer(
            try edge.send(Request()), .unauthorized, Self.challenges.map { (.wwwAuthenticate, $0) })
        let response = try #require(actions.response).received()
        expectNoKeys(response)
        #expect(try response.all(WWWAuthenticate.self).count == Self.challenges.count)
    }

    @Test(
        "whatever the status and the header", arguments: [200, 401, 403, 407, 494, 500, 603],
        [HeaderName.wwwAuthenticate, .proxyAuthenticate])
    func anyStatus(_ status: UInt16, _ name: HeaderName) throws {
        var edge = AccessEdge()
        let code = try #require(Status(rawValue: status))
        for challenge in Self.challenges {
            let actions = try edge.answer(try edge.send(Request()), code, [(name, challenge)])
            expectNoKeys(try #require(actions.response))
        }
    }

    @Test("a challenge that cannot be read is not passed on: it might hold keys")
    func malformedChallenge() throws {
        var edge = AccessEdge()
        for challenge in ["Digest \(Self.keys),", "Digest \(Self.keys),ck=\"2\"", "Digest ck=\"00112233"] {
            let actions = try edge.answer(try edge.send(Request()), .unauthorized, [(.wwwAuthenticate, challenge)])
            #expect(actions.shape == ["respond 502", "observe MALFORMED_CHALLENGE", "count registerRefused"])
            expectNoKeys(try #require(actions.response))
        }
    }

    @Test("charging data stays in the network, what is the phone's reaches it")
    func success() throws {
        var edge = AccessEdge()
        let actions = try edge.answer(
            try edge.send(Request()), .ok,
            [
                (.contact, "<sip:001010000000001@10.11.12.13:5060>;expires=600"), (.path, "<sip:t@p;lr>"),
                (.serviceRoute, "<sip:orig@scscf:5080;lr>"), (.pAssociatedURI, "<sip:a@b>"),
                (.pChargingVector, "icid-value=1"), (.pChargingFunctionAddresses, "ccf=1"),
            ])
        #expect(actions.shape == ["respond 200", "count registerSucceeded"])
        let response = try #require(actions.response)
        #expect(!response.contains(.pChargingVector))
        #expect(!response.contains(.pChargingFunctionAddresses))
        #expect(response.texts(.serviceRoute) == ["<sip:orig@scscf:5080;lr>"])
        #expect(response.texts(.pAssociatedURI) == ["<sip:a@b>"])
        #expect(response.texts(.path) == ["<sip:t@p;lr>"])
    }

    @Test("other refusals are relayed as they are", arguments: [400, 403, 404, 420, 423, 480, 500, 503, 600])
    func relayed(_ status: UInt16) throws {
        var edge = AccessEdge()
        let code = try #require(Status(rawValue: status))
        let actions = try edge.answer(try edge.send(Request()), code, [(.minExpires, "60"), (.retryAfter, "5")])
        #expect(actions.shape == ["respond \(status)", "count registerRefused"])
        #expect(actions.response?.texts(.minExpires) == ["60"])
        #expect(try edge.isRegistered() == false)
    }

    @Test("RFC 3261 §16.7 step 5, RFC 4320 §4.1: a provisional response ends here; the final one still goes on")
    func provisional() throws {
        var edge = AccessEdge()
        let sent = try edge.send(Request())
        #expect(try edge.answer(sent, .trying).isEmpty)
        #expect(try edge.answer(sent, .ringing).isEmpty)
        #expect(try edge.answer(sent, .forbidden).shape == ["respond 403", "count registerRefused"])
        #expect(try edge.answer(sent, .ok).isEmpty)  // a second final response belongs to nobody
    }

    @Test("a redirection would tell the phone the core's addresses: 504")
    func redirection() throws {
        var edge = AccessEdge()
        let actions = try edge.answer(
            try edge.send(Request()), .movedTemporarily, [(.contact, "<sip:icscf2.internal>")])
        #expect(actions.shape == ["respond 504", "observe HOME_REDIRECTS", "count registerRefused"])
        #expect(actions.response?.text.contains("internal") == false)
    }

    @Test("§5.2.2.1: a home network that does not answer is 504", arguments: [TransactionFailure.timeout, .transport])
    func unreachable(_ failure: TransactionFailure) throws {
        var edge = AccessEdge()
        let (_, _, transaction) = try #require(try edge.send(Request()).forwarded)
        let actions = edge.handle(.transactionFailed(transaction, failure))
        #expect(actions.shape == ["respond 504", "observe ICSCF_UNREACHABLE", "count registerRefused"])
        #expect(edge.handle(.transactionFailed(transaction, failure)).isEmpty)
    }

    @Test("S10: overlapping REGISTERs of one phone are answered each for itself")
    func overlapping() throws {
        var edge = AccessEdge()
        let first = try edge.send(Request())
        let second = try edge.send(Request())
        let late = try edge.answer(second, .ok, [(.contact, "<sip:001010000000001@10.11.12.13:5060>;expires=600")])
        let early = try edge.answer(first, .unauthorized, [(.wwwAuthenticate, Self.challenges[0])])
        guard case .respond(_, let one)? = late.first, case .respond(_, let other)? = early.first else {
            Issue.record("no responses")
            return
        }
        #expect(one == ServerTransactionID(rawValue: 2))
        #expect(other == ServerTransactionID(rawValue: 1))
        #expect(try edge.registrations() == 1)
    }
}
