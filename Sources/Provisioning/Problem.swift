import HomeSubscriberServer
import IMS
import SubscriberStore

/// Why a request came to nothing: the members of a problem document (`application/problem+json`), for programs and
/// people.
package struct Problem: Error, Equatable, Sendable {
    /// What a program may act on. The texts are stable.
    package enum Code: String, CaseIterable, Sendable {
        case malformed = "MALFORMED"
        case unauthorised = "UNAUTHORISED"
        case unknown = "UNKNOWN"
        case methodNotAllowed = "METHOD_NOT_ALLOWED"
        case exists = "EXISTS"
        case inUse = "IN_USE"
        case nothingToDo = "NOTHING_TO_DO"
        case changedMeanwhile = "CHANGED_MEANWHILE"
        case tooLarge = "TOO_LARGE"
        case notJSON = "NOT_JSON"
        case invalid = "INVALID"
        case failed = "FAILED"
        case busy = "BUSY"
        case diskFull = "DISK_FULL"

        package var status: Int {
            switch self {
            case .malformed: 400
            case .unauthorised: 401
            case .unknown: 404
            case .methodNotAllowed: 405
            case .exists, .inUse, .nothingToDo: 409
            case .changedMeanwhile: 412
            case .tooLarge: 413
            case .notJSON: 415
            case .invalid: 422
            case .failed: 500
            case .busy: 503
            case .diskFull: 507
            }
        }

        var title: String {
            switch self {
            case .malformed: "The request cannot be read"
            case .unauthorised: "The token is missing or wrong"
            case .unknown: "There is no such thing"
            case .methodNotAllowed: "This cannot be done with it"
            case .exists: "It is there already"
            case .inUse: "It is in use"
            case .nothingToDo: "There is nothing to do"
            case .changedMeanwhile: "It has changed meanwhile"
            case .tooLarge: "The request is too large"
            case .notJSON: "JSON is expected"
            case .invalid: "Something in it is wrong"
            case .failed: "The subscriber database failed"
            case .busy: "The subscriber database is busy"
            case .diskFull: "The disk is full"
            }
        }
    }

    package var code: Code
    /// One sentence.
    package var detail: String
    /// What to change; nil when there is nothing to say.
    package var hint: String?
    /// What is wrong in the body, and where.
    package var errors: [DocumentProblem]
    /// With `methodNotAllowed`.
    package var allow: [ProvisioningRequest.Method] = []

    package init(_ code: Code, _ detail: String, hint: String? = nil, errors: [DocumentProblem] = []) {
        self.code = code
        self.detail = detail
        self.hint = hint
        self.errors = errors
    }

    package static func unknown(_ kind: String, _ name: String, hint: String? = nil) -> Problem {
        Problem(.unknown, "There is no \(kind) \(name).", hint: hint)
    }

    /// - Parameter place: in front of the places in the problems, and taken off them.
    package init(_ problems: [DocumentProblem], in place: String = "") {
        let errors = problems.map { problem in
            guard !place.isEmpty, problem.place.hasPrefix(place) else { return problem }
            let rest = problem.place.dropFirst(place.count)
            return DocumentProblem(String(rest.drop { $0 == "." }), problem.sentence)
        }
        let first = errors.first.map { $0.place.isEmpty ? $0.sentence : "\($0.place): \($0.sentence)" } ?? ""
        let others = errors.count > 1 ? " (and \(errors.count - 1) more)" : ""
        self.init(.invalid, first + others, errors: errors)
    }

    package init(_ failure: SubscriberStore.Failure) {
        switch failure {
        case .refused(let error):
            switch error.kind {
            case .exists: self.init(.exists, error.sentence + ".", hint: "Change what is there, or remove it first.")
            case .inUse:
                self.init(.inUse, error.sentence + ".", hint: "Give those that have it another one first.")
            case .invalid, .unknown:
                self.init(.invalid, error.sentence, errors: [DocumentProblem(error.field, error.sentence)])
            }
        case .store(let error):
            switch error {
            case .busy: self.init(.busy, error.description)
            case .full: self.init(.diskFull, error.description)
            case .missing, .empty, .notADatabase, .foreign, .newer, .damaged, .keys, .cannotOpen, .readOnly, .failed:
                self.init(.failed, error.description)
            }
        }
    }

    /// - Parameter path: of the request.
    package func answer(to path: [String]) -> ProvisioningAnswer {
        var members: [Report.Member] = [
            .init("type", "about:blank"), .init("title", .text(code.title)), .init("status", .integer(code.status)),
            .init("detail", .text(detail)), .init("instance", .text(RequestTarget.write(path))),
            .init("code", .text(code.rawValue)),
        ]
        if let hint { members.append(.init("hint", .text(hint))) }
        if !errors.isEmpty {
            members.append(
                .init(
                    "errors",
                    .list(errors.map { ["place": .text($0.place), "detail": .text($0.sentence)] })))
        }
        var answer = ProvisioningAnswer(code.status, .record(members))
        answer.allow = allow
        return answer
    }
}
