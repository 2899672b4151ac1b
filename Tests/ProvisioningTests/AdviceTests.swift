import IMS
import Provisioning
import Testing

@Suite("Provisioning: what an operator should look at twice")
struct AdviceTests {
    private func warnings(_ entry: Report) throws -> [String] {
        let answer = try Desk().perform(.post, "/v1/subscribers", entry)
        #expect(answer.status == 201)
        return answer.body?["warnings"]?.list?.compactMap(\.text) ?? []
    }

    @Test("nothing strange, nothing said")
    func plain() throws { #expect(try warnings(Desk.sim()) == []) }

    @Test("an OPc that is the OP of a published test set (TS 35.208 §4)")
    func publishedOP() throws {
        let found = try warnings(
            Desk.sim().with("opc", "cdc202d5123e20f62b6d676ac72cb318"))
        #expect(found.count == 1 && found[0].contains("OP of a published 3GPP test set"))
    }

    @Test("another realm, a short number, an IMSI of another network")
    func identities() throws {
        let foreign = try warnings(Desk.sim().with("domain", "example.org"))
        #expect(foreign.contains { $0.hasPrefix("The realm of 001010000000001@example.org is not ours") })
        #expect(foreign.contains { $0.hasPrefix("The domain of sip:+15550001@example.org is not ours") })
        let short = try warnings(Desk.sim().with("msisdn", "15551"))
        #expect(short == ["sip:+15551@\(Desk.domain) has a number of 5 digits: is the country code in it?"])
        let stranger = try warnings(Desk.sim("262010000000001"))
        #expect(stranger.count == 1 && stranger[0].hasPrefix("The IMSI 262010000000001 is not of network 001/001"))
    }

    @Test("one OPc for different keys looks like an OP")
    func sharedOPc() throws {
        let document: Report = [
            "subscribers": [
                Desk.sim(),
                Desk.sim("001010000000002", msisdn: "+15550002").with("k", "0396eb317b6d1c36f19c1c84cd6ffd16"),
            ]
        ]
        let answer = try Desk().perform(.post, "/v1/apply?dry-run=true", document)
        #expect(answer.body?["warnings"]?.list?.count == 1)
        #expect(answer.body?["warnings"]?.list?.first?.text?.contains("it looks like an OP") == true)
        #expect(answer.body?["subscribers"]?.list?.map { $0.text("result") } == ["checked", "checked"])
    }
}

extension Report {
    func with(_ name: String, _ value: String) -> Report {
        guard case .record(let members) = self else { return self }
        return .record(members.filter { $0.name != name } + [.init(name, .text(value))])
    }
}
