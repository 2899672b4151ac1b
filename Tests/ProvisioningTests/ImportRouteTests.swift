import HomeSubscriberServer
import IMS
import Provisioning
import Testing

@Suite("Provisioning: many subscribers at once")
struct ImportRouteTests {
    private func outcomes(_ answer: ProvisioningAnswer) -> [String] {
        (answer.body?["subscribers"]?.list ?? []).map { $0.text("result") ?? "?" }
    }

    private let document: Report = [
        "visited-networks": ["partners": ["a.example"]],
        "subscribers": [
            Desk.sim(), Desk.sim("001010000000002", msisdn: "+15550002"),
            Desk.sim("001010000000003", msisdn: "+15550002"),
        ],
    ]

    @Test("one that cannot be is refused alone, with its reason; the same again changes nothing")
    func imports() throws {
        let desk = try Desk()
        let first = try desk.perform(.post, "/v1/import", document)
        #expect(first.status == 200)
        #expect(outcomes(first) == ["added", "added", "refused"])
        let refusal = try #require(first.body?["subscribers"]?.list?.last)
        #expect(refusal.text("name") == "001010000000003")
        #expect(refusal.text("detail") == "msisdn 15550002 is there already")
        #expect(first.body?["services"]?.list?.first?.text("result") == "added")
        #expect(outcomes(try desk.perform(.post, "/v1/import", document)) == ["unchanged", "unchanged", "refused"])
        guard case .record(let members) = Desk.sim() else { return }
        let changed = Report.record(members + [.init("visited-networks", "partners")])
        #expect(outcomes(try desk.perform(.post, "/v1/import", ["subscribers": [changed]])) == ["changed"])
        #expect(try desk.perform(.get, "/v1/status").body?["subscribers"] == .integer(2))
    }

    @Test("dry-run says what it would come to, and leaves nothing")
    func rehearsal() throws {
        let desk = try Desk()
        #expect(
            try desk.perform(.post, "/v1/subscribers", Desk.sim("001010000000009", msisdn: "+15550002")).status == 201)
        let rehearsed = try desk.perform(.post, "/v1/import?dry-run=true", document)
        #expect(outcomes(rehearsed) == ["added", "refused", "refused"])
        #expect(try desk.perform(.get, "/v1/status").body?["subscribers"] == .integer(1))
        #expect(try desk.perform(.get, "/v1/visited-networks/partners").status == 404)
    }

    @Test("what cannot be read stops it, and names the entry")
    func mistake() throws {
        let desk = try Desk()
        let answer = try desk.perform(.post, "/v1/import", ["subscribers": [Desk.sim(), ["imsi": "1"]]])
        #expect(answer.status == 422)
        #expect(answer.body?["errors"]?.list?.first?.text("place") == "subscribers[1]")
        #expect(try desk.perform(.get, "/v1/status").body?["subscribers"] == .integer(0))
    }
}
