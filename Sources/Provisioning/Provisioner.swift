import Crypto
import HomeSubscriberServer
import IMS
import Octets
import SubscriberStore

/// Answers the requests of an operator out of a subscriber database, whether an HSS runs on it or not. The routes are
/// the table that the OpenAPI document is made of.
package struct Provisioner {
    let store: SubscriberStore
    /// The home network domain, for entries that name none.
    let domain: String

    package init(_ store: SubscriberStore, domain: String) {
        self.store = store
        self.domain = domain.lowercased()
    }

    package static let routes =
        Route.operation + Route.subscribers + Route.registrations + Route.privateIdentities + Route.publicIdentities
        + Route.catalogue

    package func perform(_ request: ProvisioningRequest) -> ProvisioningAnswer {
        let before = store.actor
        if let actor = request.actor { store.actor = actor }
        defer { store.actor = before }
        do throws(Problem) {
            let (route, parameters) = try Self.route(request)
            let call = Call(request, parameters)
            if let strange = request.query.keys.sorted().first(where: { key in
                !route.query.contains { $0.name == key }
            }) {
                let known = route.query.map(\.name)
                throw Problem(
                    .malformed, "The query has \(strange), which is not known here.",
                    hint: known.isEmpty ? "Nothing is known here." : "Known are \(known.joined(separator: ", ")).")
            }
            if route.body != nil, route.bodyIsNeeded, request.body == nil {
                throw Problem(.malformed, "The request has no body.", hint: "A JSON value is expected.")
            }
            if let body = request.body, let twice = body.memberThatStandsTwice {
                throw Problem(.malformed, "The member \(twice) stands twice in the same object.")
            }
            var answer = try route.handler(self, call)
            if let tag = answer.entityTag, request.method == .get, let known = request.ifNoneMatch,
                Self.matches(known, tag)
            {
                answer = ProvisioningAnswer(304, entityTag: tag)
            }
            answer.mayHaveChanged = request.method != .get
            return answer
        } catch {
            var answer = error.answer(to: request.path)
            answer.mayHaveChanged = request.method != .get  // a document may be done in part
            return answer
        }
    }

    /// What may be asked at a path; none for one that is not there.
    package static func methods(at path: [String]) -> [ProvisioningRequest.Method] {
        routes.filter { $0.parameters(in: path) != nil }.map(\.method).sorted()
    }

    private static func route(
        _ request: ProvisioningRequest
    ) throws(Problem) -> (Route, [String: String]) {
        for route in routes where route.method == request.method {
            if let parameters = route.parameters(in: request.path) { return (route, parameters) }
        }
        let others = methods(at: request.path)
        guard !others.isEmpty else {
            throw Problem(.unknown, "There is nothing at this path.", hint: "/openapi.json says what there is.")
        }
        var problem = Problem(
            .methodNotAllowed, "\(request.method.rawValue) is not for this resource.",
            hint: "It knows \(others.map(\.rawValue).joined(separator: ", ")).")
        problem.allow = others
        throw problem
    }

    // MARK: For handlers

    func using<Value>(
        _ body: (SubscriberStore) throws(SubscriberStore.Failure) -> Value
    ) throws(Problem) -> Value {
        do throws(SubscriberStore.Failure) { return try body(store) } catch { throw Problem(error) }
    }

    /// The subscription that an IMSI, MSISDN, IMPI or IMPU finds.
    func subscription(_ name: String) throws(Problem) -> Subscription {
        let found = try using { store throws(SubscriberStore.Failure) in try store.find(name) }
        guard let found else { throw Self.noSubscriber(name) }
        return found
    }

    static func noSubscriber(_ name: String) -> Problem {
        .unknown("subscriber", name, hint: "Name an IMSI, MSISDN, IMPI or IMPU; imsctl subscriber list shows them.")
    }

    /// Changes one subscription in a transaction of its own; `body` gets nil when there is none.
    func change(
        _ name: String, _ body: (Subscription?) throws(Problem) -> SubscriptionRecord
    ) throws(Problem) -> SubscriberStore.Applied {
        var problem: Problem?
        do throws(SubscriberStore.Failure) {
            return try store.change(name) { present throws(ProvisioningError) in
                do throws(Problem) {
                    return try body(present)
                } catch {
                    problem = error
                    throw ProvisioningError.refused(error.detail)
                }
            }
        } catch {
            throw problem ?? Problem(error)
        }
    }

    /// Changes the catalogue in a transaction of its own.
    func editCatalogue(
        _ body: (ServiceCatalogue) throws(Problem) -> SubscriberStore.CatalogueOrder
    ) throws(Problem) -> (changes: [SubscriberStore.CatalogueChange], after: ServiceCatalogue) {
        var problem: Problem?
        do throws(SubscriberStore.Failure) {
            return try store.editCatalogue { present throws(ProvisioningError) in
                do throws(Problem) {
                    return try body(present)
                } catch {
                    problem = error
                    throw ProvisioningError.refused(error.detail)
                }
            }
        } catch {
            throw problem ?? Problem(error)
        }
    }

    func record(
        reading entry: Report, over present: Subscription?, domain: String? = nil
    ) throws(Problem) -> SubscriptionRecord {
        do throws(DocumentProblem) {
            return try SubscriptionRecord(
                reading: entry, at: "", domain: domain ?? self.domain, over: present)
        } catch {
            throw Problem([error])
        }
    }

    // MARK: Entity tags

    /// Over what the operator has declared, no secret being in it: a tag that knew of a password's hash would tell it.
    static func entityTag(_ declaration: Report) -> String {
        let digest = SHA256.hash(data: Array(declaration.json.utf8))
        return "\"\(Hex.encode(digest.prefix(12)))\""
    }

    /// - Parameter present: nil when there is nothing yet.
    static func check(_ call: Call, against present: Report?) throws(Problem) {
        let tag = present.map(entityTag)
        if let wanted = call.request.ifMatch, !(tag.map { matches(wanted, $0) } ?? false) {
            throw Problem(
                .changedMeanwhile, present == nil ? "It is not there any more." : "It is not what If-Match says it is.",
                hint: "Read it again, and make the change to what is there now.")
        }
        if let unwanted = call.request.ifNoneMatch, let tag, matches(unwanted, tag) {
            throw Problem(.changedMeanwhile, "It is there already, which If-None-Match excludes.")
        }
    }

    private static func matches(_ list: String, _ tag: String) -> Bool {
        list.split(separator: ",").contains { entry in
            let text = entry.drop { $0 == " " }
            let strong = text.hasPrefix("W/") ? text.dropFirst(2) : text
            return strong == "*" || strong.prefix(tag.count) == tag
        }
    }
}

extension Report {
    /// A member whose name its object has twice: one of the two would be lost in silence.
    fileprivate var memberThatStandsTwice: String? {
        switch self {
        case .record(let members):
            var names: Set<String> = []
            for member in members {
                guard names.insert(member.name).inserted else { return member.name }
                if let twice = member.value.memberThatStandsTwice { return twice }
            }
            return nil
        case .list(let elements): return elements.lazy.compactMap(\.memberThatStandsTwice).first
        case .null, .boolean, .integer, .number, .text: return nil
        }
    }

    /// Member names with hyphens, as everything of the API has them.
    package var hyphenated: Report {
        switch self {
        case .record(let members):
            .record(members.map { .init(String($0.name.map { $0 == "_" ? "-" : $0 }), $0.value.hyphenated) })
        case .list(let elements): .list(elements.map(\.hyphenated))
        case .null, .boolean, .integer, .number, .text: self
        }
    }
}
