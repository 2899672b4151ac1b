import Cx
import Diameter
import IMS
import Octets
import SIP
import ServingCSCF
import Testing

@Suite("Refusals: each with status, reason and subject")
struct RefusalTests {
    @Test(
        "What the HSS says to the MAR",
        arguments: [
            (CxResult.userUnknown, 403, "USER_UNKNOWN"), (.identitiesDontMatch, 403, "IDENTITIES_DONT_MATCH"),
            (.base(.authorizationRejected), 403, "IDENTITY_BARRED"),
            (.base(.tooBusy), 503, "HSS_BUSY"), (.base(.unableToDeliver), 480, "HSS_UNREACHABLE"),
            (.base(.unableToComply), 500, "HSS_REFUSED"),
        ])
    func vectorRefused(result: CxResult, status: Int, code: String) throws {
        var laboratory = Laboratory()
        let refused = try laboratory.answer(try laboratory.send(Message()), result: result)
        #expect(refused.shape == ["respond \(status)", "observe \(code)", "count registerRefused"])
        #expect(try #require(refused.response).contains(.retryAfter) == (status == 503))
        guard case .observe(let observation)? = refused.dropFirst().first else {
            Issue.record("no observation")
            return
        }
        #expect(observation.subject.privateIdentity == Laboratory.privateIdentity)
        #expect(observation.subject.publicIdentity == Laboratory.publicIdentity)
        #expect(observation.subject.callID == Message().callID)
    }

    @Test(
        "What the HSS says to the SAR",
        arguments: [
            (CxResult.userUnknown, 403, "USER_UNKNOWN"), (.identitiesDontMatch, 403, "IDENTITIES_DONT_MATCH"),
            (.identityAlreadyRegistered, 480, "SERVED_ELSEWHERE"), (.inAssignmentType, 500, "HSS_REFUSED"),
            (.base(.tooBusy), 503, "HSS_BUSY"),
        ])
    func assignmentRefused(result: CxResult, status: Int, code: String) throws {
        var laboratory = Laboratory()
        _ = try laboratory.answer(try laboratory.send(Message()), .one)
        var second = Message()
        second.cseq = 2
        second.authorization = .response(.one)
        let refused = try laboratory.answer(try laboratory.send(second), result: result)
        #expect(refused.shape == ["respond \(status)", "observe \(code)", "count registerRefused"])
        #expect(try laboratory.stat("registrations") == 0)
    }

    @Test(
        "No answer of the HSS, to MAR and to SAR",
        arguments: [
            (AskFailure.unableToDeliver, 480, "HSS_DOWN"), (.timeout, 504, "HSS_TIMEOUT"), (.tooBusy, 503, "HSS_BUSY"),
        ])
    func unanswered(failure: AskFailure, status: Int, code: String) throws {
        var laboratory = Laboratory()
        let expected = ["respond \(status)", "observe \(code)", "count registerRefused"]
        #expect(try laboratory.fail(try laboratory.send(Message()), failure).shape == expected)
        _ = try laboratory.answer(try laboratory.send(Message()), .one)
        var second = Message()
        second.cseq = 2
        second.authorization = .response(.one)
        #expect(try laboratory.fail(try laboratory.send(second), failure).shape == expected)
    }

    @Test("A MAA without a complete vector")
    func emptyVector() throws {
        var laboratory = Laboratory()
        let refused = try laboratory.answer(try laboratory.send(Message()), result: .success)
        #expect(refused.shape == ["respond 500", "observe HSS_ANSWER_UNUSABLE", "count registerRefused"])
    }

    @Test("An answer nobody asked for, or too late, is dropped")
    func lateAnswer() throws {
        var laboratory = Laboratory()
        let asked = try laboratory.send(Message())
        _ = try laboratory.fail(asked, .timeout)
        #expect(try laboratory.answer(asked, .one).isEmpty)
    }

    private func expect(_ code: String, _ status: Int, _ change: (inout Message) -> Void) throws {
        var laboratory = Laboratory()
        var message = Message()
        change(&message)
        #expect(
            try laboratory.send(message).shape
                == ["count registerReceived", "respond \(status)", "observe \(code)", "count registerRefused"])
    }

    @Test("Checks of the request alone come before the HSS is asked")
    func request() throws {
        try expect("DOMAIN_NOT_SERVED", 404) { $0.to = "<sip:001010000000001@ims.other.example>" }
        try expect("PATH_MISSING", 403) { $0.path = nil }
        try expect("CONTACT_MISSING", 400) { $0.contacts = [] }
        try expect("MALFORMED_REGISTER", 400) { $0.to = "<tel:+15550001>" }
        try expect("MALFORMED_REGISTER", 400) { $0.to = "<sip:\(Laboratory.domain)>" }
        try expect("MALFORMED_REGISTER", 400) { $0.contacts = ["<tel:+15550001>"] }
        try expect("EXTENSION_NOT_SUPPORTED", 420) { $0.more = ["Require: path, 100rel"] }
        try expect("MALFORMED_REGISTER", 400) {
            $0.username = ""
            $0.authorization = .initial
        }
    }

    @Test("RFC 3261 §8.2.2.3: 420 names what is not supported")
    func unsupported() throws {
        var laboratory = Laboratory()
        var message = Message()
        message.more = ["Require: path, 100rel"]
        #expect(try #require(try laboratory.send(message).response).texts(.unsupported) == ["100rel"])
    }

    @Test("A4: only our proxies may talk to us")
    func untrusted() throws {
        let stranger = Hop(.udp, ListenerID(rawValue: 0), Endpoint(.v4(0xC000_0201), 5060))
        var laboratory = Laboratory()
        let refused = try laboratory.send(Message(), from: stranger)
        #expect(refused.response?.status == .forbidden)
        #expect(refused.refusal?.code == "UNTRUSTED_PEER")
        var open = Laboratory { $0.trustedPeers = [.v4(0xC000_0201)] }
        #expect(try open.send(Message(), from: stranger).shape == ["count registerReceived", "ask MAR"])
    }

    @Test("More procedures than the limit: 503 with Retry-After")
    func overload() throws {
        var laboratory = Laboratory { $0.maximumProcedures = 1 }
        let waiting = try laboratory.send(Message())
        let refused = try laboratory.send(Message())
        #expect(refused.refusal?.code == "OVERLOADED")
        #expect(try #require(refused.response).contains(.retryAfter))
        #expect(try laboratory.answer(waiting, .one).response?.status == .unauthorized)
    }

    @Test("RFC 3261 §11.2: OPTIONS to the node is answered")
    func otherMethods() throws {
        var laboratory = Laboratory()
        var message = Message()
        message.method = "OPTIONS"
        #expect(try laboratory.send(message).shape == ["respond 200"])
    }
}
