import Cx
import Diameter
import IMS
import Octets
import SIP
import ServingCSCF
import Testing

@Suite("TS 33.203 Annex T: GIBA, a phone known by the address of its bearer")
struct BearerAuthenticationTests {
    /// As it comes from the I-CSCF: its Via, the P-CSCF's, and those of the phone.
    private func register(_ vias: [String], authorization: Message.Authorization = .none) -> String {
        var message = Message()
        message.authorization = authorization
        return message.text.replacing(
            "Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKt",
            with: (["127.0.0.1:5070;branch=z9hG4bKi", "pcscf.\(Laboratory.domain);branch=z9hG4bKp;received=127.0.0.1"]
                + vias.map { $0 + ";branch=z9hG4bKu" }).map { "Via: SIP/2.0/UDP " + $0 }.joined(separator: "\r\n"))
    }

    private func answer(
        _ laboratory: inout Laboratory, _ text: String, address: String? = "192.0.2.7"
    ) throws -> [ServingCSCF.Order] {
        let asked = try laboratory.deliver(text)
        let (question, id) = try #require(asked.question)
        let request = try MultimediaAuthRequest(decoding: question)
        #expect(request.authenticationItem.authorization == nil)
        var item = AuthenticationItem(itemNumber: 1, scheme: .earlyIMSSecurity)
        item.bearerAddress = address.flatMap(BearerAddress.init)
        let answer = MultimediaAuthAnswer(.success, sipNumberAuthItems: 1, authenticationItems: [item])
        return laboratory.handle(.answer(answer.message(answering: question, origin: Laboratory.hss), id))
    }

    @Test(
        "the address that the first proxy saw decides: 200 without a challenge",
        arguments: [
            (["192.0.2.7:5060"], "192.0.2.7"), (["10.0.0.1:5060;received=192.0.2.7"], "192.0.2.7"),
            (["[2001:db8:1:2:a::1]:5060"], "2001:db8:1:2::/64"),
            (["phone.\(Laboratory.domain);received=192.0.2.7", "198.51.100.1"], "192.0.2.7"),
        ])
    func accepted(vias: [String], address: String) throws {
        var laboratory = Laboratory()
        let asked = try answer(&laboratory, register(vias), address: address)
        #expect(asked.shape == ["ask SAR registration"])
        #expect(try laboratory.answer(asked, profile: Profile.standard).response?.status == .ok)
        #expect(try laboratory.stat("contacts") == 1)
    }

    @Test(
        "another address is refused, and so is one that the phone has written below its own",
        arguments: [
            ["198.51.100.1:5060"], ["192.0.2.7:5060;received=198.51.100.1"], ["198.51.100.1:5060", "192.0.2.7:5060"],
            ["phone.\(Laboratory.domain);received=198.51.100.1", "192.0.2.7"], ["unknown.example"],
        ])
    func refused(vias: [String]) throws {
        var laboratory = Laboratory()
        let asked = try answer(&laboratory, register(vias))
        #expect(asked.shape == ["ask SAR authenticationFailure"])
        let done = try laboratory.answer(asked, result: .success)
        #expect(done.response?.status == .forbidden)
        #expect(done.refusal?.code == "BEARER_ADDRESS_WRONG")
    }

    @Test("a phone that answers challenges is not let in by its address; a MAA without one is unusable")
    func schemes() throws {
        var laboratory = Laboratory()
        let text = register(["192.0.2.7:5060"], authorization: .raw("nonce=\"\", response=\"\""))
        #expect(try answer(&laboratory, text).refusal?.code == "SCHEME_NOT_SUPPORTED")
        let empty = try answer(&laboratory, register(["192.0.2.7:5060"]), address: nil)
        #expect(empty.refusal?.code == "HSS_ANSWER_UNUSABLE")
    }
}
