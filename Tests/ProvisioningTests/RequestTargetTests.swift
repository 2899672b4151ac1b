import Provisioning
import Testing

@Suite("RFC 3986 §3.3, §3.4: path and query of a request")
struct RequestTargetTests {
    @Test(
        "what is written is read again",
        arguments: [
            (["v1", "subscribers", "sip:+15550001@example.org"], "/v1/subscribers/sip:%2B15550001@example.org"),
            (["v1", "charging", "a/b c%"], "/v1/charging/a%2Fb%20c%25"),
            (["v1", "charging", "größe"], "/v1/charging/gr%C3%B6%C3%9Fe"),
        ])
    func path(segments: [String], target: String) throws {
        #expect(RequestTarget.write(segments) == target)
        #expect(RequestTarget.parse(target)?.path == segments)
    }

    @Test("a query")
    func query() throws {
        let (path, query) = try #require(RequestTarget.parse("/v1/audit?after=3&limit=%31&empty="))
        #expect(path == ["v1", "audit"])
        #expect(query == ["after": "3", "limit": "1", "empty": ""])
        #expect(RequestTarget.write(path, ["after": "a&b"]) == "/v1/audit?after=a%26b")
    }

    @Test(
        "what is not well formed is refused",
        arguments: ["", "v1", "/a%", "/a%2", "/a%zz", "/%ff", "/a?x=1&x=2", "/a?%C3=1"])
    func wrong(target: String) { #expect(RequestTarget.parse(target) == nil) }
}
