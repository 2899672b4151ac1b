import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import IMS
import NodeIO
import Octets
import Provisioning
import ProvisioningAPI
import SubscriberStore
import Synchronization
import Testing

@Suite("Provisioning over HTTP")
struct ResponderTests {
    private static let token = "0123456789abcdef0123456789abcdef"

    /// What happened beside the answers.
    private final class Effects: Sendable {
        let changes = Atomic<Int>(0)
        let strangers = Atomic<Int>(0)
    }

    private func serve(
        _ body: @escaping @Sendable (any TestClientProtocol, Effects) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/api-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let effects = Effects()
        let database = DatabaseThread(try SubscriberStore(path: folder + "/hss.sqlite"), domain: Desk.domain)
        let responder = ProvisioningResponder(
            database, token: AccessToken(Self.token),
            effects: .init(
                changed: { effects.changes.add(1, ordering: .relaxed) },
                observed: { _ in effects.strangers.add(1, ordering: .relaxed) }))
        try await Application(responder: responder).test(.router) { try await body($0, effects) }
        database.close()
    }

    private static func headers(_ type: String? = "application/json", token: String = token) -> HTTPFields {
        var headers: HTTPFields = [.authorization: "Bearer \(token)"]
        headers[.contentType] = type
        return headers
    }

    @Test("A20: nothing without the token but what the API is")
    func token() async throws {
        try await serve { client, effects in
            for headers in [HTTPFields(), [.authorization: "Basic YWRtaW46YWRtaW4="], Self.headers(token: "wrong")] {
                try await client.execute(uri: "/v1/subscribers", method: .get, headers: headers) { response in
                    #expect(response.status == .unauthorized)
                    #expect(response.headers[.wwwAuthenticate] == "Bearer")
                }
            }
            #expect(effects.strangers.load(ordering: .relaxed) == 3)
            try await client.execute(uri: "/openapi.json", method: .get) { #expect($0.status == .ok) }
            try await client.execute(uri: "/v1/status", method: .get, headers: Self.headers()) {
                #expect($0.status == .ok)
            }
        }
    }

    @Test("A20: what a browser would take for a tag comes out escaped, and nothing may be cached or framed")
    func escaping() async throws {
        try await serve { client, _ in
            let body = """
                {"impi": "alice@example.org", "digest": {"password": "x"},
                 "identities": [{"identity": "sip:alice@example.org", "name": "<script>alert(1)</script>"}]}
                """
            try await client.execute(
                uri: "/v1/subscribers", method: .post, headers: Self.headers(), body: ByteBuffer(string: body)
            ) { #expect($0.status == .created) }
            try await client.execute(uri: "/v1/subscribers/alice@example.org", method: .get, headers: Self.headers()) {
                response in
                let text = String(buffer: response.body)
                #expect(!text.contains("<"))
                #expect(text.contains("\\u003cscript>"))
                #expect(Report(json: text)?["identities"]?.list?.first?["name"] == "<script>alert(1)</script>")
                #expect(response.headers[.contentType] == "application/json")
                #expect(response.headers[.xContentTypeOptions] == "nosniff")
                #expect(response.headers[.cacheControl] == "no-store")
                #expect(response.headers[.contentSecurityPolicy]?.contains("default-src 'none'") == true)
            }
            try await client.execute(uri: "/v1/%3Cscript%3E", method: .get, headers: Self.headers()) { response in
                #expect(!String(buffer: response.body).contains("<"))
                #expect(response.headers[.contentType] == "application/problem+json")
            }
        }
    }

    @Test("bodies that are too large, of another type, or no JSON")
    func bodies() async throws {
        try await serve { client, effects in
            func put(_ text: String, _ type: String? = "application/json") async throws -> Int {
                try await client.execute(
                    uri: "/v1/charging/x", method: .put, headers: Self.headers(type), body: ByteBuffer(string: text)
                ) { $0.status.code }
            }
            #expect(try await put("{}") == 201)
            #expect(try await put("{}", "application/json; charset=utf-8") == 200)
            #expect(try await put("{}", "text/plain") == 415)
            #expect(try await put("{}", nil) == 415)
            #expect(try await put("{") == 400)
            #expect(try await put("") == 400)
            #expect(try await put(String(repeating: "[", count: 40) + String(repeating: "]", count: 40)) == 400)
            #expect(try await put(String(repeating: " ", count: ProvisioningResponder.bodyLimit + 1)) == 413)
            let answered = effects.changes.load(ordering: .relaxed)
            #expect(answered >= 2)
            try await client.execute(uri: "/v1/charging/x", method: .get, headers: Self.headers()) { response in
                #expect(response.headers[.eTag] != nil)
            }
            #expect(effects.changes.load(ordering: .relaxed) == answered, "who only reads changes nothing")
        }
    }

    @Test("a method that a resource does not know is told with those that it does")
    func methods() async throws {
        try await serve { client, _ in
            for method in [HTTPRequest.Method.put, .trace, .options] {
                try await client.execute(uri: "/v1/subscribers", method: method, headers: Self.headers()) { response in
                    #expect(response.status == .methodNotAllowed)
                    #expect(response.headers[.allow] == "GET, POST")
                }
            }
        }
    }

    @Test("A20: the token is made at the first start, for its owner's eyes alone")
    func tokenFile() throws {
        let path = FileManager.default.temporaryDirectory.path + "/token-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let first = try AccessToken.load(path)
        let text = try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .newlines)
        #expect(text.count == 64)
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
        #expect(first.admits("Bearer \(text)"))
        #expect(try AccessToken.load(path).admits("bearer \(text)"))
        #expect(!first.admits("Bearer \(text)0"))
        #expect(!first.admits("Bearer \(text.dropLast())"))
        #expect(!first.admits("Bearer "))
        #expect(!first.admits(text))
        #expect("\(first)" == "(token)")
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        #expect(throws: StartFailure.self) { try AccessToken.load(path) }
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        try "admin\n".write(toFile: path, atomically: false, encoding: .utf8)
        #expect(throws: StartFailure.self) { try AccessToken.load(path) }
    }
}
