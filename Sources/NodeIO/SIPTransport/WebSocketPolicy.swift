import NIOHTTP1

/// Whom a WebSocket listener lets in, RFC 7118 §4.1, RFC 6455 §4.2.1.
package struct WebSocketPolicy: Sendable, Hashable {
    /// Values of Origin (RFC 6454) whose pages may connect; empty for all. What is no browser sends none and may.
    package var origins: [String] = []
    /// The resource that is served; nil for every path.
    package var path: String?

    package init() {}

    static let subprotocol = "sip"

    /// A handshake is some 600 octets from a browser, more with cookies.
    static var headerLimits: NIOHTTPDecoderLimitConfiguration {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = 8 << 10
        limits.maxHeaderListSize = 16 << 10
        limits.maxHeaderFieldCount = 64
        return limits
    }

    struct Refusal: Error, Equatable {
        var status: HTTPResponseStatus
        var sentence: String
        var headers: [String: String] = [:]
    }

    /// nil when the handshake is welcome.
    func refusal(of head: HTTPRequestHead) -> Refusal? {
        guard head.method == .GET else {
            return Refusal(status: .methodNotAllowed, sentence: "only GET", headers: ["Allow": "GET"])
        }
        if let path, head.uri.prefix(while: { $0 != "?" }) != path[...] {
            return Refusal(status: .notFound, sentence: "SIP is not here")
        }
        let upgrade = head.headers[canonicalForm: "Upgrade"]
        guard upgrade.contains(where: { $0.lowercased() == "websocket" }) else {
            return Refusal(
                status: .upgradeRequired, sentence: "SIP over WebSocket only",
                headers: ["Upgrade": "websocket", "Connection": "Upgrade"])
        }
        guard head.headers["Sec-WebSocket-Version"] == ["13"] else {
            return Refusal(
                status: .upgradeRequired, sentence: "WebSocket version 13 only",
                headers: ["Sec-WebSocket-Version": "13"])
        }
        guard head.headers[canonicalForm: "Sec-WebSocket-Protocol"].contains(where: { $0 == Self.subprotocol }) else {
            return Refusal(status: .badRequest, sentence: "the handshake does not offer the subprotocol sip")
        }
        let length = head.headers["Content-Length"]
        guard length.allSatisfy({ $0 == "0" }), !head.headers.contains(name: "Transfer-Encoding") else {
            return Refusal(status: .badRequest, sentence: "a handshake has no body")
        }
        let origin = head.headers["Origin"]
        guard origins.isEmpty || origin.isEmpty || (origin.count == 1 && origins.contains(origin[0])) else {
            return Refusal(status: .forbidden, sentence: "pages of this origin may not connect")
        }
        return nil
    }
}
