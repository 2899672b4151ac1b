import Foundation
import IMS
import NodeIO
import Octets
import Provisioning
import SubscriberStore
import Yams

/// Where provisioning requests are answered: by a running HSS over HTTP, or out of the database of a stopped one.
package protocol ProvisioningPort {
    func perform(_ request: ProvisioningRequest) throws(OperationFailure) -> ProvisioningAnswer
}

extension ProvisioningPort {
    /// The body of the answer; a sentence for everything but success.
    @discardableResult
    package func ask(
        _ method: ProvisioningRequest.Method, _ path: [String], query: [String: String] = [:], body: Report? = nil,
        ifMatch: String? = nil
    ) throws(OperationFailure) -> Report {
        try answer(to: ProvisioningRequest(method, ["v1"] + path, query: query, body: body, ifMatch: ifMatch)).body
            ?? .record([])
    }

    /// The whole answer, which is one of success.
    package func answer(to request: ProvisioningRequest) throws(OperationFailure) -> ProvisioningAnswer {
        let answer = try perform(request)
        guard !answer.isSuccess else { return answer }
        throw OperationFailure(problem: answer.body ?? .null, status: answer.status)
    }

    /// Everything of a collection that comes in pages: `next` of one page is `after` of the following.
    package func pages(
        _ path: [String], limit: Int, _ body: (Report) -> Int
    ) throws(OperationFailure) {
        var left = limit
        var after: String?
        repeat {
            var query = ["limit": String(min(1000, left))]
            query["after"] = after
            let page = try ask(.get, path, query: query)
            left -= body(page)
            after = page["next"]?.text ?? page["next"]?.integer.map { String($0) }
        } while after != nil && left > 0
    }
}

extension OperationFailure {
    /// A problem document as a sentence with a hint.
    package init(problem: Report, status: Int) {
        var sentence = problem["detail"]?.text ?? "the HSS answered \(status)"
        let errors = problem["errors"]?.list ?? []
        if errors.count > 1 {
            sentence = errors.map { error in
                let place = error["place"]?.text ?? ""
                return (place.isEmpty ? "" : "\(place): ") + (error["detail"]?.text ?? "")
            }.joined(separator: "\n")
        }
        if let hint = problem["hint"]?.text { sentence += " – \(hint)" }
        let exit: ExitStatus =
            switch status {
            case 400, 413, 415, 422: .usage
            case 401: .configuration
            case 500...: .unavailable
            default: .failed
            }
        self.init(exit, sentence)
    }
}

/// The database of an HSS that does not run, or whose API is off: answered in this process.
package struct StoppedHSS: ProvisioningPort {
    private let provisioner: Provisioner
    /// Tells an HSS that runs without its API to look.
    private let changed: () -> Void

    init(
        _ state: StateDirectory, creates: Bool, changed: @escaping () -> Void
    ) throws(OperationFailure) {
        provisioner = Provisioner(
            try Subscribers.open(state, creates: creates), domain: ReachableNetwork.domain(state))
        self.changed = changed
    }

    package func perform(_ request: ProvisioningRequest) throws(OperationFailure) -> ProvisioningAnswer {
        let answer = provisioner.perform(request)
        if answer.mayHaveChanged { changed() }
        return answer
    }
}

extension Core {
    /// - Parameter creates: whether a database that is not there is made; only those who add something want that.
    package func provisioning(creates: Bool = false) throws(OperationFailure) -> any ProvisioningPort {
        let settings = try ProvisioningSettings(state)
        let isRunning = process(.hss) != nil || answers(.hss)
        if isRunning, settings.isEnabled {
            return RunningHSS(settings.endpoint, token: try settings.token, state: state.path)
        }
        return try StoppedHSS(state, creates: creates) {
            if isRunning { _ = try? ask(.hss, Command("reload")) }
        }
    }

    /// One that was not started by imsctl, but serves this directory.
    private func answers(_ function: CoreFunction) -> Bool {
        guard access(state.socket(of: function), F_OK) == 0 else { return false }
        return (try? ask(function, Command("notices"), timeout: .seconds(1))) != nil
    }
}

/// What the HSS's configuration says of its database and of its API.
struct ProvisioningSettings {
    /// The path of an SQLite file, or the address of a PostgreSQL database.
    var database: String
    /// nil for where the database says it is.
    var masterKeyFile: String?
    var isEnabled = true
    var endpoint: Endpoint
    private var tokenFile: String

    /// Whether the database is there, as far as its path says.
    var databaseExists: Bool { database.contains("://") || FileManager.default.fileExists(atPath: database) }

    init(_ state: StateDirectory) throws(OperationFailure) {
        let file = state.configuration(of: .hss)
        let node: Yams.Node?
        do {
            node = try (try? String(contentsOfFile: file, encoding: .utf8)).flatMap { try Yams.compose(yaml: $0) }
        } catch {
            throw OperationFailure(.configuration, "\(file) is no YAML: \(error)")
        }
        func absolute(_ path: String) -> String {
            path.hasPrefix("/") || path.contains("://") ? path : "\(state.path)/\(path)"
        }
        database = absolute(node?["hss"]?["database"]?.string ?? "hss.sqlite")
        masterKeyFile = (node?["hss"]?["master-key-file"]?.string).map(absolute)
        let keys = node?["hss"]?["api"]
        isEnabled = keys?["enabled"]?.bool ?? true
        endpoint = keys?["listen"]?.string.flatMap { Endpoint($0) } ?? Endpoint(.loopback, 3880)
        if endpoint.address == .any { endpoint = Endpoint(.loopback, endpoint.port) }
        tokenFile = absolute(keys?["token-file"]?.string ?? "hss.token")
    }

    var token: String {
        get throws(OperationFailure) {
            guard let text = try? String(contentsOfFile: tokenFile, encoding: .utf8) else {
                throw OperationFailure(
                    .configuration,
                    "the token of the provisioning API cannot be read from \(tokenFile): run this as the user who started the HSS"
                )
            }
            return text.trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }
}
