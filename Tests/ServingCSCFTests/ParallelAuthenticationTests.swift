import IMS
import Octets
import SIP
import ServingCSCF
import Testing

@Suite("TS 24.229 §5.4.1.2: authentications side by side")
struct ParallelAuthenticationTests {
    private struct Phone {
        var message = Message()
        let vector: Vector

        init(_ name: String, _ vector: Vector) {
            self.vector = vector
            message.username = "\(name)@\(Laboratory.domain)"
            message.callID = name
            message.contacts = ["<sip:\(name)@10.0.0.1:5060>;+sip.instance=\"<urn:gsma:imei:\(name)>\""]
            message.authorization = .initial
        }

        /// The REGISTER that answers a challenge.
        mutating func prove(_ challenged: [ServingCSCF.Order]) throws -> Message {
            let challenge = try #require(try challenged.response?.first(WWWAuthenticate.self)).challenge
            let client = DigestClient(challenge, username: OctetSlice(message.username), password: vector.xres)
            var keys = try #require(client)
            let credentials = keys.credentials(
                method: .register, uri: OctetSlice("sip:\(Laboratory.domain)"), cnonce: "0a4f113b")
            message.authorization = .none
            message.more = ["Authorization: \(credentials.text)"]
            message.cseq += 1
            return message
        }
    }

    @Test("two phones of one user, each step of the one between those of the other: both are bound", arguments: [0, 1])
    func phones(first: Int) throws {
        var laboratory = Laboratory()
        var phones = [Phone("a", .one), Phone("b", .two)]
        let order = [first, 1 - first]
        var actions = try phones.map { try laboratory.send($0.message) }
        for index in order { actions[index] = try laboratory.answer(actions[index], phones[index].vector) }
        #expect(actions.map { $0.response?.status } == [.unauthorized, .unauthorized])
        #expect(try laboratory.stat("challenged") == 2)
        for index in phones.indices { actions[index] = try laboratory.send(try phones[index].prove(actions[index])) }
        #expect(actions.allSatisfy { $0.shape == ["count registerReceived", "ask SAR registration"] })
        for index in order {
            let done = try laboratory.answer(actions[index], profile: Profile.standard)
            #expect(done.response?.status == .ok)
        }
        #expect(try laboratory.stat("contacts") == 2)
        #expect(try laboratory.stat("challenged") == 0)
        #expect(try laboratory.stat("waiting") == 0)
    }

    @Test("one phone that begins anew before it has answered: the second challenge counts, the first times out unheard")
    func restarted() throws {
        var laboratory = Laboratory { $0.registrationAwaitsAuthentication = .seconds(240) }
        var phone = Phone("a", .one)
        _ = try laboratory.answer(try laboratory.send(phone.message), .two)
        phone.message.callID = "a-2"
        _ = laboratory.wait(.seconds(10))
        let challenged = try laboratory.answer(try laboratory.send(phone.message), .one)
        let asked = try laboratory.send(try phone.prove(challenged))
        #expect(try laboratory.answer(asked, profile: Profile.standard).response?.status == .ok)
        // Timer reg-await-auth of the first: the user is registered, so the HSS is not told of a failure.
        #expect(laboratory.wait(.seconds(231)).question == nil)
        #expect(try laboratory.stat("challenged") == 0)
        #expect(try laboratory.stat("contacts") == 1)
    }
}
