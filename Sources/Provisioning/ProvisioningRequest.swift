import IMS

/// What an operator asks of the subscriber database: an HTTP request, or the same without HTTP where the HSS is stopped.
package struct ProvisioningRequest: Equatable, Sendable {
    package enum Method: String, CaseIterable, Comparable, Sendable {
        case get = "GET"
        case put = "PUT"
        case post = "POST"
        case patch = "PATCH"
        case delete = "DELETE"

        package static func < (left: Method, right: Method) -> Bool { left.rawValue < right.rawValue }
    }

    package var method: Method
    /// Decoded: `["v1", "subscribers", "sip:alice@example.org"]`.
    package var path: [String]
    /// Decoded.
    package var query: [String: String]
    package var body: Report?
    /// An entity tag, or `*`: HTTP's If-Match.
    package var ifMatch: String?
    /// HTTP's If-None-Match.
    package var ifNoneMatch: String?
    /// Who asks, for the audit trail.
    package var actor: String?

    package init(
        _ method: Method, _ path: [String], query: [String: String] = [:], body: Report? = nil, ifMatch: String? = nil,
        ifNoneMatch: String? = nil, actor: String? = nil
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.body = body
        self.ifMatch = ifMatch
        self.ifNoneMatch = ifNoneMatch
        self.actor = actor
    }
}

/// What comes of a request.
package struct ProvisioningAnswer: Equatable, Sendable {
    /// As of HTTP.
    package var status: Int
    package var body: Report?
    package var entityTag: String?
    /// Segments of where something new is.
    package var location: [String]?
    /// With 405: what the resource does know.
    package var allow: [ProvisioningRequest.Method] = []
    /// Whether the database may have changed, so that a running HSS has to look.
    package var mayHaveChanged = false

    package init(_ status: Int, _ body: Report? = nil, entityTag: String? = nil, location: [String]? = nil) {
        self.status = status
        self.body = body
        self.entityTag = entityTag
        self.location = location
    }

    package var isSuccess: Bool { (200..<300).contains(status) || status == 304 }
}
