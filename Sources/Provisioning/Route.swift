import IMS

/// One thing that can be asked: method and path, what it takes and gives, and who does it.
package struct Route: Sendable {
    package typealias Handler = @Sendable (Provisioner, Call) throws(Problem) -> ProvisioningAnswer

    /// A parameter of the query.
    package struct Parameter: Equatable, Sendable {
        package var name: String
        package var meaning: String
        /// A JSON schema.
        package var schema: Report

        static let after = Parameter(
            name: "after", meaning: "Begin after this one: `next` of the page before.", schema: ["type": "string"])
        static let number = Parameter(
            name: "after", meaning: "Begin after this number: `next` of the page before.",
            schema: ["type": "integer", "minimum": 0])
        static let limit = Parameter(
            name: "limit", meaning: "At most so many.",
            schema: ["type": "integer", "minimum": 1, "maximum": 1000, "default": 100])
        static let domain = Parameter(
            name: "domain", meaning: "Home domain of entries that name none; ours when left out.",
            schema: ["type": "string"])
    }

    package let method: ProvisioningRequest.Method
    /// `/v1/subscribers/{subscriber}`
    package let path: String
    /// The operationId.
    package let name: String
    package let summary: String
    package let query: [Parameter]
    /// The name of the body's schema; nil when there is none.
    package let body: String?
    package let bodyIsNeeded: Bool
    /// Statuses of success and the names of their schemas.
    package let answers: [Int: String?]
    package let handler: Handler
    private let segments: [String]

    init(
        _ method: ProvisioningRequest.Method, _ path: String, _ name: String, _ summary: String,
        query: [Parameter] = [], body: String? = nil, bodyIsNeeded: Bool = true, answers: [Int: String?],
        handler: @escaping Handler
    ) {
        self.method = method
        self.path = path
        self.name = name
        self.summary = summary
        self.query = query
        self.body = body
        self.bodyIsNeeded = bodyIsNeeded
        self.answers = answers
        self.handler = handler
        segments = path.split(separator: "/").map(String.init)
    }

    package var parameterNames: [String] {
        segments.filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
    }

    /// The values of the path's parameters; nil when the path is another one.
    func parameters(in path: [String]) -> [String: String]? {
        guard path.count == segments.count else { return nil }
        var parameters: [String: String] = [:]
        for (segment, value) in zip(segments, path) {
            if segment.hasPrefix("{") {
                guard !value.isEmpty else { return nil }
                parameters[String(segment.dropFirst().dropLast())] = value
            } else if segment != value {
                return nil
            }
        }
        return parameters
    }
}

/// A request under its route.
package struct Call: Sendable {
    var request: ProvisioningRequest
    private let parameters: [String: String]

    init(_ request: ProvisioningRequest, _ parameters: [String: String]) {
        self.request = request
        self.parameters = parameters
    }

    /// A parameter of the path, which the route declares.
    subscript(name: String) -> String {
        guard let value = parameters[name] else { preconditionFailure("the route has no parameter \(name)") }
        return value
    }

    /// The body, which `Provisioner` has seen to.
    var body: Report { request.body ?? .null }

    func number(_ name: String, _ range: ClosedRange<Int>) throws(Problem) -> Int? {
        guard let text = request.query[name] else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw Problem(
                .malformed,
                "\(name)=\(text): a whole number from \(range.lowerBound) to \(range.upperBound) is expected.")
        }
        return number
    }

    var limit: Int { get throws(Problem) { try number("limit", 1...1000) ?? 100 } }

    func boolean(_ name: String) throws(Problem) -> Bool {
        switch request.query[name] {
        case nil, "false"?: return false
        case "true"?: return true
        case let text?: throw Problem(.malformed, "\(name)=\(text): true or false is expected.")
        }
    }
}
