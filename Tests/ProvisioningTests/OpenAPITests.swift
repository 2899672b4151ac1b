import IMS
import Provisioning
import Testing

@Suite("Provisioning: the OpenAPI document is true")
struct OpenAPITests {
    static let user = "001010000000001@\(Desk.domain)"

    /// Requests that use every operation with success, in an order that works.
    static let tour: [(ProvisioningRequest.Method, String, Report?)] = {
        let one = "/v1/subscribers/001010000000001"
        var tour: [(ProvisioningRequest.Method, String, Report?)] = []
        for (path, body) in CatalogueRouteTests.entries {
            tour.append((.put, "/v1/\(path)", body))
            tour.append((.get, "/v1/\(path)", nil))
            tour.append((.get, "/v1/\(path.prefix { $0 != "/" })?limit=1", nil))
            if !path.hasPrefix("visited") { tour.append((.patch, "/v1/\(path)", ["charging": .null])) }
        }
        for owner in ["service-profiles/volte", "shared-ifc-sets/7"] {
            tour.append((.put, "/v1/\(owner)/ifc/9", ["server": "tas", "all": [["session-case": "originating"]]]))
            tour.append((.get, "/v1/\(owner)/ifc/9", nil))
            tour.append((.delete, "/v1/\(owner)/ifc/9", nil))
        }
        tour += [
            (.post, "/v1/subscribers", Desk.sim()), (.get, "/v1/subscribers", nil), (.get, one, nil),
            (.put, one, Desk.sim()), (.patch, one, ["charging": "prepaid"]), (.get, one + "/state", nil),
            (.post, one + "/bar", nil), (.post, one + "/unbar", nil),
            (.get, one + "/private-identities", nil), (.get, one + "/private-identities/\(user)", nil),
            (.patch, one + "/private-identities/\(user)", ["amf": "b9b9"]),
            (.get, one + "/private-identities/\(user)/sqn", nil),
            (.put, one + "/private-identities/\(user)/sqn", ["sqn": "000000000100"]),
            (
                .put, one + "/private-identities/bob@\(Desk.domain)",
                ["digest": ["password": "x"], "sets": [0]]
            ),
            (.delete, one + "/private-identities/bob@\(Desk.domain)", nil),
            (.get, one + "/public-identities", nil), (.put, one + "/public-identities/tel:+15550077", ["name": "X"]),
            (.get, one + "/public-identities/tel:+15550077", nil),
            (.patch, one + "/public-identities/tel:+15550077", ["barred": true]),
            (.delete, one + "/public-identities/tel:+15550077", nil),
            (.post, "/v1/apply", ["subscribers": [Desk.sim("001010000000009", msisdn: "+15550009")]]),
            (.post, "/v1/import", ["subscribers": [Desk.sim("001010000000008", msisdn: "+15550009")]]),
            (.get, "/v1/status", nil), (.get, "/v1/audit?limit=2", nil), (.get, "/v1/notices", nil),
            (.get, "/v1/integrity", nil), (.get, "/v1/catalogue", nil), (.delete, one, nil),
        ]
        for (path, _) in CatalogueRouteTests.entries.reversed() where !path.hasPrefix("charging") {
            tour.append((.delete, "/v1/\(path)", nil))
        }
        tour.append((.delete, "/v1/charging/prepaid", nil))
        return tour
    }()

    private let document = OpenAPIDocument.report

    /// The operation of a request, by the templates of the document alone.
    private func operation(
        _ method: ProvisioningRequest.Method, _ target: String
    ) -> (path: String, value: Report)? {
        guard let (segments, _) = RequestTarget.parse(target), case .record(let paths)? = document["paths"] else {
            return nil
        }
        for path in paths {
            let template = path.name.split(separator: "/")
            guard template.count == segments.count,
                zip(template, segments).allSatisfy({ $0.hasPrefix("{") || String($0) == $1 }),
                let value = path.value[method.rawValue.lowercased()]
            else { continue }
            return (path.name, value)
        }
        return nil
    }

    @Test("every operation answers as it says, and takes what it says")
    func tour() throws {
        let desk = try Desk()
        let schema = JSONSchema(components: try #require(document["components"]))
        var seen: Set<String> = []
        for (method, target, body) in Self.tour {
            let operation = try #require(self.operation(method, target), "\(method) \(target)").value
            if let body {
                let declared = operation["requestBody"]?["content"]?["application/json"]?["schema"]
                #expect(schema.objections(to: body, try #require(declared)) == [], "body of \(method) \(target)")
            }
            let answer = try desk.perform(method, target, body)
            #expect(answer.isSuccess, "\(method) \(target): \(answer.body?.json ?? "")")
            let response = try #require(
                operation["responses"]?[String(answer.status)], "\(method) \(target): \(answer.status)")
            let declared = response["content"]?["application/json"]?["schema"]
            #expect((declared == nil) == (answer.body == nil), "\(method) \(target)")
            if let declared, let given = answer.body {
                #expect(schema.objections(to: given, declared) == [], "answer to \(method) \(target)")
            }
            seen.insert(operation.text("operationId") ?? "")
        }
        // A kick and a push need a registration: the check with running programs has them.
        let all = Set(Provisioner.routes.map(\.name))
        #expect(all.subtracting(seen) == ["kickSubscriber", "pushProfile"])
    }

    @Test("every operation has one name, and stands for one route")
    func names() throws {
        guard case .record(let paths)? = document["paths"] else { return #expect(Bool(false)) }
        var names: [String] = []
        for path in paths {
            for method in ProvisioningRequest.Method.allCases {
                guard let operation = path.value[method.rawValue.lowercased()] else { continue }
                names.append(operation.text("operationId") ?? "")
                let declared = path.value["parameters"]?.list?.compactMap { $0.text("name") } ?? []
                let inPath = path.name.split(separator: "/").filter { $0.hasPrefix("{") }.map {
                    String($0.dropFirst().dropLast())
                }
                #expect(declared == inPath)
            }
        }
        #expect(names.count == Provisioner.routes.count)
        #expect(Set(names).count == names.count)
    }

    struct Mistake: Sendable {
        var method: ProvisioningRequest.Method
        var target: String
        var body: Report?

        init(_ method: ProvisioningRequest.Method, _ target: String, _ body: Report? = nil) {
            self.method = method
            self.target = target
            self.body = body
        }
    }

    @Test(
        "a mistake is answered with a problem document of a declared status",
        arguments: [
            Mistake(.get, "/v1/subscribers/nobody"), Mistake(.get, "/v1/subscribers?limit=0"),
            Mistake(.get, "/v1/subscribers?limt=1"), Mistake(.put, "/v1/subscribers/x"),
            Mistake(.put, "/v1/subscribers/x", ["imsi": []]),
            Mistake(.post, "/v1/subscribers", ["imsi": "1", "imsi": "2"]), Mistake(.patch, "/v1/charging/x", [:]),
            Mistake(.put, "/v1/application-servers/x", ["uri": "no uri"]), Mistake(.delete, "/v1/subscribers/x"),
            Mistake(.put, "/v1/service-profiles/x/ifc/1", ["server": "sip:a"]),
            Mistake(.post, "/v1/apply", ["subscribers": [["k": 1]]]), Mistake(.post, "/v1/subscribers/x/kick"),
        ])
    func mistakes(mistake: Mistake) throws {
        let answer = try Desk().perform(mistake.method, mistake.target, mistake.body)
        let operation = try #require(self.operation(mistake.method, mistake.target)).value
        let reference = try #require(operation["responses"]?[String(answer.status)]?.text("$ref"), "\(answer.status)")
        let name = String(reference.split(separator: "/").last ?? "")
        #expect(document["components"]?["responses"]?[name] != nil)
        let schema = JSONSchema(components: try #require(document["components"]))
        let problem = try #require(answer.body)
        #expect(schema.objections(to: problem, ["$ref": "#/components/schemas/Problem"]) == [])
        #expect(problem["status"]?.integer == answer.status)
        #expect(problem.text("detail")?.isEmpty == false)
    }

    @Test("what is not there is told apart from what cannot be done with it")
    func methods() throws {
        let desk = try Desk()
        #expect(try desk.perform(.get, "/v2/subscribers").status == 404)
        let answer = try desk.perform(.delete, "/v1/subscribers")
        #expect(answer.status == 405)
        #expect(answer.allow == [.get, .post])
    }
}
