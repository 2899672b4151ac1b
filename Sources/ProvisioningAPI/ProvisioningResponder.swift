import Foundation
import HTTPTypes
import Hummingbird
import IMS
import NIOCore
import NIOPosix
import NodeIO
import Provisioning
import SubscriberStore
import Synchronization

/// HTTP on one side, `Provisioner` on the other: token, limits, JSON, headers. The database is asked on a thread of its
/// own, one request after the other.
package struct ProvisioningResponder: HTTPResponder {
    package typealias Context = BasicRequestContext

    /// Octets of a body; of a provisioning document more.
    package static let bodyLimit = 1 << 20
    package static let documentLimit = 16 << 20

    /// What happens outside of an answer.
    package struct Effects: Sendable {
        /// The database may have changed: the HSS looks at once.
        package var changed: @Sendable () -> Void
        package var observed: @Sendable (Observation) -> Void

        package init(
            changed: @escaping @Sendable () -> Void = {}, observed: @escaping @Sendable (Observation) -> Void = { _ in }
        ) {
            self.changed = changed
            self.observed = observed
        }
    }

    private let database: DatabaseThread
    private let token: AccessToken
    private let effects: Effects

    package init(_ database: DatabaseThread, token: AccessToken, effects: Effects) {
        self.database = database
        self.token = token
        self.effects = effects
    }

    package func respond(to request: Request, context: Context) async -> Response {
        let target = request.head.path ?? "/"
        guard let (path, query) = RequestTarget.parse(target) else {
            return response(
                to: request, Problem(.malformed, "The path or query is not well formed.").answer(to: []))
        }
        if path == ["openapi.json"], request.method == .get {
            return response(to: request, ProvisioningAnswer(200, OpenAPIDocument.report))
        }
        guard token.admits(request.headers[.authorization]) else {
            effects.observed(.strangerRefused)
            let problem = Problem(
                .unauthorised, "The token of the API is needed.",
                hint: "Send Authorization: Bearer and what the file hss.api.token-file holds.")
            return response(to: request, problem.answer(to: path))
        }
        do throws(Problem) {
            var order = ProvisioningRequest(try method(request, path), path, query: query)
            order.ifMatch = request.headers[.ifMatch]
            order.ifNoneMatch = request.headers[.ifNoneMatch]
            order.actor = actor(request)
            order.body = try await body(of: request, order)
            let answer = await database.perform(order)
            if answer.mayHaveChanged { effects.changed() }
            return response(to: request, answer)
        } catch {
            return response(to: request, error.answer(to: path))
        }
    }

    private func method(_ request: Request, _ path: [String]) throws(Problem) -> ProvisioningRequest.Method {
        if let method = ProvisioningRequest.Method(rawValue: request.method.rawValue) { return method }
        let known = Provisioner.methods(at: path)
        guard !known.isEmpty else { throw Problem(.unknown, "There is nothing at this path.") }
        var problem = Problem(.methodNotAllowed, "This method is not for this resource.")
        problem.allow = known
        throw problem
    }

    /// Who the audit trail says it was: the token says nothing of a person, so whoever holds it may.
    private func actor(_ request: Request) -> String {
        guard let name = HTTPField.Name("IMS-Operator"), let given = request.headers[name], given.utf8.count <= 64,
            !given.isEmpty, given.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
        else { return "api" }
        return "api, \(given)"
    }

    private func body(of request: Request, _ order: ProvisioningRequest) async throws(Problem) -> Report? {
        guard order.method != .get, order.method != .delete else { return nil }
        let isDocument = order.path == ["v1", "apply"] || order.path == ["v1", "import"]
        let limit = isDocument ? Self.documentLimit : Self.bodyLimit
        let octets: ByteBuffer
        do { octets = try await request.body.collect(upTo: limit) } catch {
            throw Problem(
                .tooLarge, "The body has more than \(limit) octets, or did not come whole.",
                hint: "Send it in parts: every entry can be put by itself.")
        }
        guard octets.readableBytes > 0 else { return nil }
        let type = request.headers[.contentType]?.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased()
        let isPatch = order.method == .patch && type == "application/merge-patch+json"
        guard type == "application/json" || isPatch else {
            throw Problem(.notJSON, "The body is of no type that is known here.", hint: "Send it as application/json.")
        }
        guard let body = Report(json: octets.readableBytesView) else {
            throw Problem(.malformed, "The body is not JSON, or nests deeper than 32 levels.")
        }
        return body
    }

    private func response(to request: Request, _ answer: ProvisioningAnswer) -> Response {
        var headers: HTTPFields = [:]
        headers[.cacheControl] = "no-store"
        headers[.xContentTypeOptions] = "nosniff"
        headers[.contentSecurityPolicy] = "default-src 'none'; frame-ancestors 'none'"
        if let name = HTTPField.Name("Referrer-Policy") { headers[name] = "no-referrer" }
        if let name = HTTPField.Name("Cross-Origin-Resource-Policy") { headers[name] = "same-origin" }
        headers[.eTag] = answer.entityTag
        headers[.location] = answer.location.map { RequestTarget.write($0) }
        if !answer.allow.isEmpty { headers[.allow] = answer.allow.map(\.rawValue).joined(separator: ", ") }
        if answer.status == Problem.Code.unauthorised.status { headers[.wwwAuthenticate] = "Bearer" }
        guard let body = answer.body else { return Response(status: .init(code: answer.status), headers: headers) }
        headers[.contentType] = answer.isSuccess ? "application/json" : "application/problem+json"
        // Outside of strings JSON has no such character; inside, nothing that a browser takes for a tag is left.
        let text = body.json.replacing("<", with: "\\u003c")
        return Response(
            status: .init(code: answer.status), headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}

/// The database on a thread of its own.
package final class DatabaseThread: Sendable {
    private struct State {
        var provisioner: Provisioner
        var store: SubscriberStore
    }

    private let state: Mutex<State>
    private let threads = NIOThreadPool(numberOfThreads: 1)

    package init(_ store: sending SubscriberStore, domain: String) {
        state = Mutex(State(provisioner: Provisioner(store, domain: domain), store: store))
        threads.start()
    }

    package func perform(_ request: ProvisioningRequest) async -> ProvisioningAnswer {
        do {
            return try await threads.runIfActive { self.state.withLock { $0.provisioner.perform(request) } }
        } catch {
            return Problem(.busy, "The HSS is stopping.").answer(to: request.path)
        }
    }

    package func close() {
        try? threads.syncShutdownGracefully()
        state.withLock { state in
            do throws(StoreError) { try state.store.close() } catch { Console.complain("hss: \(error)") }
        }
    }
}

extension Observation {
    fileprivate static let strangerRefused = Observation.refused(
        Refusal(
            "API_TOKEN", answer: "401", "Somebody used the provisioning API without its token.",
            hint: "The file hss.api.token-file holds it."), about: Subject())
}
