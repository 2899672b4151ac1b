import IMS

/// The OpenAPI 3.1 document of the API, made of the routes that answer, so that it cannot say anything else.
package enum OpenAPIDocument {
    package static let report: Report = [
        "openapi": "3.1.0",
        "info": [
            "title": "Provisioning of the HSS",
            "version": "1",
            "description":
                "Subscribers, what they share, and what the network makes of them (TS 23.008, TS 29.228). Keys go in and never come out. Every error is a problem document.",
        ],
        "security": [["token": []]],
        "paths": .record(paths),
        "components": [
            "securitySchemes": [
                "token": [
                    "type": "http", "scheme": "bearer",
                    "description":
                        "The content of the file hss.api.token-file, which the HSS makes at its first start.",
                ]
            ],
            "schemas": .record(Schema.all),
            "responses": .record(Problem.Code.allCases.map { .init($0.rawValue, response(to: $0)) }),
        ],
    ]

    private static var paths: [Report.Member] {
        var order: [String] = []
        var operations: [String: [Report.Member]] = [:]
        for route in Provisioner.routes {
            if operations[route.path] == nil { order.append(route.path) }
            operations[route.path, default: []].append(
                .init(route.method.rawValue.lowercased(), operation(route)))
        }
        return order.map { path in
            let names = Provisioner.routes.first { $0.path == path }?.parameterNames ?? []
            var members: [Report.Member] = []
            if !names.isEmpty { members.append(.init("parameters", .list(names.map(pathParameter)))) }
            return Report.Member(path, .record(members + (operations[path] ?? [])))
        }
    }

    private static func pathParameter(_ name: String) -> Report {
        let meaning =
            switch name {
            case "subscriber": "IMSI, MSISDN, IMPI or IMPU."
            case "impi": "A private identity, such as alice@example.org."
            case "impu": "A public identity, such as sip:alice@example.org or tel:+4930123456."
            case "priority": "The priority of a filter criterion; lower goes first."
            default: "The name under which it is kept."
            }
        return [
            "name": .text(name), "in": "path", "required": true, "description": .text(meaning),
            "schema": ["type": "string", "minLength": 1],
        ]
    }

    private static func operation(_ route: Route) -> Report {
        var members: [Report.Member] = [
            .init("operationId", .text(route.name)), .init("summary", .text(route.summary)),
        ]
        var parameters = route.query.map { parameter -> Report in
            [
                "name": .text(parameter.name), "in": "query", "required": false,
                "description": .text(parameter.meaning), "schema": parameter.schema,
            ]
        }
        if route.isConditional { parameters += ["If-Match", "If-None-Match"].map(condition) }
        if !parameters.isEmpty { members.append(.init("parameters", .list(parameters))) }
        if let body = route.body {
            var content: [Report.Member] = [.init("application/json", ["schema": Schema.reference(body)])]
            if route.method == .patch {
                content.append(.init("application/merge-patch+json", ["schema": Schema.reference(body)]))
            }
            members.append(
                .init("requestBody", ["required": .boolean(route.bodyIsNeeded), "content": .record(content)]))
        }
        members.append(.init("responses", .record(responses(route))))
        return .record(members)
    }

    private static func condition(_ name: String) -> Report {
        [
            "name": .text(name), "in": "header", "required": false,
            "description": "An entity tag that an answer had in ETag, or *.", "schema": ["type": "string"],
        ]
    }

    private static func responses(_ route: Route) -> [Report.Member] {
        let good = route.answers.sorted { $0.key < $1.key }.map { status, schema -> Report.Member in
            var members: [Report.Member] = [.init("description", .text(words(status)))]
            if let schema {
                members.append(
                    .init("content", ["application/json": ["schema": Schema.reference(schema)]]))
            }
            return .init(String(status), .record(members))
        }
        let bad = Problem.Code.allCases.filter { route.mayFail(with: $0) }
        var statuses: [Report.Member] = []
        for code in bad where !statuses.contains(where: { $0.name == String(code.status) }) {
            statuses.append(
                .init(String(code.status), ["$ref": .text("#/components/responses/\(code.rawValue)")]))
        }
        return good + statuses
    }

    private static func words(_ status: Int) -> String {
        switch status {
        case 201: "It is added."
        case 204: "It is removed."
        case 304: "It is as If-None-Match says."
        default: "It is done."
        }
    }

    private static func response(to code: Problem.Code) -> Report {
        [
            "description": .text(code.title + "."),
            "content": ["application/problem+json": ["schema": Schema.reference("Problem")]],
        ]
    }
}

extension Route {
    /// Whether If-Match and If-None-Match mean something.
    var isConditional: Bool { answers[304] != nil || [.put, .patch, .delete].contains(method) }

    package func mayFail(with code: Problem.Code) -> Bool {
        let writes = method != .get
        return switch code {
        case .malformed, .unauthorised, .tooLarge, .failed, .busy: true
        case .unknown: path.contains("{")
        case .methodNotAllowed: false  // another operation then
        case .exists, .inUse, .nothingToDo, .diskFull: writes
        case .changedMeanwhile: isConditional && writes
        case .notJSON: body != nil
        case .invalid: writes
        }
    }
}
