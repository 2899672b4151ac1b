import IMS
import Provisioning
import SubscriberStore
import Testing

@Suite("Provisioning: what subscribers share")
struct CatalogueRouteTests {
    static let entries: [(path: String, body: Report)] = [
        (
            "application-servers/tas",
            [
                "uri": "sip:tas.example.org:5090", "default-handling": "terminate", "service-info": "a < b",
                "include-register-request": true,
                "sh": ["host": "tas.example.org", "pull": ["ifc"], "update": ["repository-data"], "subscribe": []],
            ]
        ),
        (
            "shared-ifc-sets/7",
            ["ifc": [["priority": 1, "server": "sip:as.example.org", "all": [["method": "INVITE"]]]]]
        ),
        (
            "service-profiles/volte",
            [
                "media-profile": 3, "services": ["urn:urn-7:3gpp-service.ims.icsi.mmtel"],
                "ifc": [
                    [
                        "priority": 2, "server": "sip:as.example.org", "part": "registered",
                        "any": [
                            ["method": "REGISTER", "registration": ["initial"]],
                            [["header": "Accept-Contact", "content": "mm.*", "not": true], ["sdp": "m"]],
                        ],
                    ]
                ],
            ]
        ),
        ("capability-sets/voice", ["mandatory": [1, 2], "optional": [], "servers": ["sip:scscf.example.org"]]),
        ("visited-networks/partners", ["a.example", "b.example"]),
        ("charging/prepaid", ["primary-event": "aaa://ocs.example.org"]),
    ]

    @Test("what is put is read as it was; put again it changes nothing", arguments: entries.map(\.path))
    func fixedPoint(path: String) throws {
        let desk = try Desk()
        let body = try #require(Self.entries.first { $0.path == path }?.body)
        #expect(try desk.perform(.put, "/v1/\(path)", body).status == 201)
        let read = try desk.perform(.get, "/v1/\(path)")
        #expect(read.body == body)
        let again = try desk.perform(.put, "/v1/\(path)", read.body)
        #expect(again.status == 200)
        #expect(again.body?.text("result") == "unchanged")
        #expect(try desk.perform(.delete, "/v1/\(path)").status == 204)
        #expect(try desk.perform(.get, "/v1/\(path)").status == 404)
    }

    @Test("a criterion that is XML with a trigger in two groups stays what it is")
    func xml() throws {
        let desk = try Desk()
        let xml = """
            <InitialFilterCriteria><Priority>5</Priority><TriggerPoint><ConditionTypeCNF>1</ConditionTypeCNF>\
            <SPT><ConditionNegated>0</ConditionNegated><Group>0</Group><Group>1</Group><Method>INVITE</Method></SPT>\
            </TriggerPoint><ApplicationServer><ServerName>sip:as.example.org</ServerName></ApplicationServer>\
            </InitialFilterCriteria>
            """
        #expect(try desk.perform(.put, "/v1/service-profiles/p", ["ifc": [.text(xml)]]).status == 201)
        let read = try desk.perform(.get, "/v1/service-profiles/p").body
        #expect(read?["ifc"]?.list?.first?.text?.contains("<Group>0</Group><Group>1</Group>") == true)
        #expect(try desk.perform(.put, "/v1/service-profiles/p", read).body?.text("result") == "unchanged")
        #expect(try desk.perform(.put, "/v1/service-profiles/p/ifc/6", .text(xml)).status == 422)
    }

    @Test("filter criteria one by one, by their priorities")
    func criteria() throws {
        let desk = try Desk()
        _ = try desk.perform(.put, "/v1/application-servers/tas", ["uri": "sip:tas.example.org"])
        let path = "/v1/service-profiles/default/ifc/20"
        #expect(try desk.perform(.get, path).status == 404)
        #expect(try desk.perform(.put, path, ["server": "tas", "all": [["method": "INVITE"]]]).status == 200)
        #expect(try desk.perform(.get, path).body?["priority"] == 20)
        #expect(try desk.perform(.put, path, ["server": "nobody"]).status == 422)
        #expect(try desk.perform(.delete, "/v1/application-servers/tas").body?.text("code") == "IN_USE")
        #expect(try desk.perform(.delete, path).status == 200)
        #expect(try desk.perform(.delete, path).status == 404)
        #expect(try desk.perform(.delete, "/v1/application-servers/tas").status == 204)
    }

    @Test("a condition that XML would not keep is refused, and harms nothing")
    func hostile() throws {
        let desk = try Desk()
        let bad: Report = ["priority": 1, "server": "sip:as.example.org", "all": [["method": "IN\u{1}VITE"]]]
        #expect(try desk.perform(.put, "/v1/service-profiles/p", ["ifc": [bad]]).status == 422)
        #expect(try desk.perform(.get, "/v1/catalogue").status == 200)
    }

    @Test("the profile of those that name none stays")
    func defaultProfile() throws {
        #expect(try Desk().perform(.delete, "/v1/service-profiles/default").body?.text("code") == "IN_USE")
    }

    @Test("what is wrong is told by its place in the body")
    func places() throws {
        let answer = try Desk().perform(
            .put, "/v1/service-profiles/a.b",
            ["ifc": [["priority": 1, "server": "sip:x", "all": [["methd": "INVITE"]]]]])
        #expect(answer.body?["errors"]?.list?.first?.text("place") == "ifc[0].all[0]")
    }

    @Test("a document that is applied twice changes nothing the second time")
    func apply() throws {
        let desk = try Desk()
        let document: Report = [
            "charging": ["prepaid": ["primary-event": "aaa://ocs.example.org"]],
            "subscribers": [Desk.sim().with("charging", "prepaid")],
        ]
        func results() throws -> [String?] {
            let body = try #require(try desk.perform(.post, "/v1/apply", document).body)
            return ["services", "subscribers"].map { body[$0]?.list?.first?.text("result") }
        }
        #expect(try results() == ["added", "added"])
        #expect(try results() == ["unchanged", "unchanged"])
    }

    @Test("of two writers at once If-Match lets one through: no change is lost")
    func concurrent() async throws {
        let desk = try Desk()
        let path = "/v1/visited-networks/partners"
        #expect(try desk.perform(.put, path, ["home.example"]).status == 201)
        let file = desk.folder + "/hss.sqlite"
        let accepted = try await withThrowingTaskGroup(of: Int.self) { group in
            for writer in 0..<4 {
                group.addTask {
                    let provisioner = Provisioner(try SubscriberStore(path: file), domain: Desk.domain)
                    var accepted = 0
                    for turn in 0..<25 {
                        let target = ["v1", "visited-networks", "partners"]
                        let present = provisioner.perform(ProvisioningRequest(.get, target))
                        let networks = (present.body?.list ?? []) + [.text("w\(writer)-\(turn).example")]
                        let answer = provisioner.perform(
                            ProvisioningRequest(.put, target, body: .list(networks), ifMatch: present.entityTag))
                        switch answer.status {
                        case 200: accepted += 1
                        case 412: break
                        default: Issue.record("\(answer.status)")
                        }
                    }
                    return accepted
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(accepted > 0)
        #expect(try desk.perform(.get, path).body?.list?.count == 1 + accepted)
    }
}
