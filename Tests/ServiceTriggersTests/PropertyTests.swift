import Cx
import Octets
import SIP
import ServiceTriggers
import Testing

/// What the annexes say, without any thought of speed.
private enum Naive {
    static func matches(_ criterion: InitialFilterCriteria, _ facts: Facts) -> Bool {
        if let part = criterion.profilePartIndicator, (part == .registered) != facts.context.isRegistered {
            return false
        }
        guard let point = criterion.triggerPoint else { return true }
        let groups = Set(point.servicePointTriggers.flatMap(\.groups))
        if groups.isEmpty { return false }
        let verdicts = groups.map { group in
            let members = point.servicePointTriggers.filter { $0.groups.contains(group) }.map { holds($0, facts) }
            return point.isConjunctive ? members.contains(true) : !members.contains(false)
        }
        return point.isConjunctive ? !verdicts.contains(false) : verdicts.contains(true)
    }

    static func holds(_ trigger: ServicePointTrigger, _ facts: Facts) -> Bool {
        let plain =
            switch trigger.condition {
            case .requestURI(let uri): uri == facts.uri
            case .method(let method):
                method == facts.method
                    && (method != "REGISTER" || trigger.registrationTypes.isEmpty
                        || facts.context.registrationType.map(trigger.registrationTypes.contains) ?? false)
            case .sipHeader(let name, let content):
                facts.headers.contains {
                    $0.0 == name && (content.map($0.1.contains) ?? true)
                }
            case .sessionCase(let value): value == facts.context.sessionCase
            case .sessionDescription(let line, let content):
                facts.hasDescription
                    && Sample.description.split(separator: "\n").contains {
                        $0.hasPrefix("\(line)=") && (content.map($0.dropFirst(2).contains) ?? true)
                    }
            }
        return plain != trigger.isNegated
    }
}

/// A request as it was drawn.
private struct Facts {
    var method: String
    var uri: String
    var headers: [(String, String)]
    var hasDescription: Bool
    var context: ServiceContext

    func request() throws -> SIPMessage {
        try Sample.request(
            method, to: uri, headers: headers.map { "\($0.0): \($0.1)" },
            body: hasDescription ? Sample.description : "", type: hasDescription ? "application/sdp" : nil)
    }
}

private struct Draw {
    var entropy: Entropy

    mutating func below(_ bound: Int) -> Int { Int(entropy.next32() % UInt32(bound)) }
    mutating func one<Value>(_ values: [Value]) -> Value { values[below(values.count)] }
    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

    static let methods = ["INVITE", "MESSAGE", "REGISTER", "FOO"]
    static let uris = ["sip:bob@example.org", "sip:carol@example.org", "tel:+15550001"]
    static let names = ["Subject", "X-One", "Priority"]
    static let words = ["red", "green", "blue"]

    mutating func types() -> [ServicePointTrigger.RegistrationType] {
        ServicePointTrigger.RegistrationType.allCases.filter { _ in chance(30) }
    }

    mutating func condition() -> ServicePointTrigger.Condition {
        switch below(5) {
        case 0: .requestURI(one(Self.uris))
        case 1: .method(one(Self.methods))
        case 2: .sipHeader(one(Self.names), content: chance(60) ? one(Self.words) : nil)
        case 3: .sessionCase(one(ServicePointTrigger.SessionCase.allCases))
        default:
            .sessionDescription(line: one(["m", "a", "k"]), content: chance(60) ? one(["audio", "AMR", "red"]) : nil)
        }
    }

    mutating func trigger() -> ServicePointTrigger {
        let groups = (0..<below(4)).map { _ in below(4) }
        return ServicePointTrigger(
            condition(), groups: groups.isEmpty && chance(90) ? [0] : groups, isNegated: chance(40),
            registrationTypes: types())
    }

    mutating func criterion(_ priority: Int) -> InitialFilterCriteria {
        let triggers = (0..<below(8)).map { _ in trigger() }
        let point = chance(90) ? TriggerPoint(isConjunctive: chance(50), servicePointTriggers: triggers) : nil
        return InitialFilterCriteria(
            priority: priority, triggerPoint: point, applicationServer: Sample.server(),
            profilePartIndicator: one([nil, nil, .registered, .unregistered]))
    }

    mutating func facts() -> Facts {
        Facts(
            method: one(Self.methods), uri: one(Self.uris),
            headers: (0..<below(4)).map { _ in (one(Self.names), one(Self.words) + " " + one(Self.words)) },
            hasDescription: chance(50),
            context: ServiceContext(
                one(ServicePointTrigger.SessionCase.allCases), isRegistered: chance(50),
                registrationType: one([nil] + ServicePointTrigger.RegistrationType.allCases)))
    }
}

@Suite("TS 29.228 Annexes C and F: random trigger points against a naive evaluator")
struct PropertyTests {
    @Test("First match, all matches and explanation agree with it", arguments: 0..<20)
    func agrees(seed: Int) throws {
        var draw = Draw(entropy: Entropy(number: UInt64(seed)))
        var matched = 0
        for _ in 0..<60 {
            let sources = (0..<6).map { draw.criterion($0) }
            // Some of them come by way of a shared set, TS 29.228 Annex B.2.2A: it makes no difference.
            let own = sources.filter { _ in draw.chance(70) }
            let others = sources.filter { source in !own.contains { $0.priority == source.priority } }
            let criteria = Sample.criteria(own, shared: [7], sets: [7: others])
            for _ in 0..<4 {
                let facts = draw.facts()
                let request = try facts.request()
                let expected = sources.filter { Naive.matches($0, facts) }.map(\.priority)
                matched += expected.count
                let (matches, exhaustion) = criteria.allMatches(for: request, in: facts.context)
                #expect(matches.map(\.priority) == expected && exhaustion == nil)
                let told = criteria.explain(request, in: facts.context).lines.filter { $0.verdict == .matches }
                #expect(told.map(\.priority) == expected)
                var first: Int?
                if case .match(let match) = criteria.firstMatch(for: request, in: facts.context) {
                    first = match.priority
                }
                #expect(first == expected.first)
            }
        }
        #expect((200...1_200).contains(matched), "\(matched) of 1440 matched: the draw decides nothing")
    }
}
