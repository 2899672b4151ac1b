import Cx
import Octets
import SIP
import ServiceTriggers
import Testing

@Suite("TS 24.229 §5.4.3.2, §5.4.3.3: the chain of application servers")
struct ServiceChainTests {
    static func priority(_ step: ServiceChain.Step) -> Int? {
        guard case .invoke(let match) = step else { return nil }
        return match.priority
    }

    @Test("Every server in the order of priorities, then onward, and onward again")
    func inOrder() throws {
        let criteria = Sample.criteria([3, 1, 2].map { Sample.criterion($0) })
        let request = try Sample.request()
        var chain = ServiceChain(.originating(isRegistered: true), for: request)
        #expect((1...3).map { _ in Self.priority(chain.next(in: criteria, for: request)) } == [1, 2, 3])
        #expect(chain.invocations == 3)
        #expect(chain.next(in: criteria, for: request) == .onward)
        #expect(chain.next(in: criteria, for: request) == .onward)
    }

    @Test("The remaining criteria see the request as the server sent it back; the earlier ones are done with")
    func reevaluation() throws {
        let tagged = [ServicePointTrigger(.sipHeader("X-Tag", content: "^on$"))]
        let criteria = Sample.criteria([
            Sample.criterion(1, all: tagged), Sample.criterion(2), Sample.criterion(3, all: tagged),
        ])
        let first = try Sample.request()
        let second = try Sample.request(headers: ["X-Tag: on"])
        var chain = ServiceChain(.originating(isRegistered: true), for: first)
        #expect(Self.priority(chain.next(in: criteria, for: first)) == 2)
        var untouched = chain
        #expect(untouched.next(in: criteria, for: first) == .onward)
        #expect(Self.priority(chain.next(in: criteria, for: second)) == 3)
        #expect(chain.next(in: criteria, for: second) == .onward)
    }

    static let diversion: [InitialFilterCriteria] = [
        Sample.criterion(1, all: [ServicePointTrigger(.sessionCase(.terminatingRegistered))]),
        Sample.criterion(2, all: [ServicePointTrigger(.sessionCase(.originatingAfterDiversion))]),
        Sample.criterion(3, all: [ServicePointTrigger(.sessionCase(.terminatingRegistered))]),
        Sample.criterion(4),
    ]

    @Test(
        "A terminating request that comes back unchanged stays terminating",
        arguments: ["sip:bob@example.org", "sip:bob@EXAMPLE.ORG"])
    func sameTarget(uri: String) throws {
        let criteria = Sample.criteria(Self.diversion)
        let first = try Sample.request()
        let back = try Sample.request(to: uri)
        var chain = ServiceChain(.terminating(isRegistered: true), for: first)
        #expect(Self.priority(chain.next(in: criteria, for: first)) == 1)
        #expect(Self.priority(chain.next(in: criteria, for: back)) == 3)
        #expect(Self.priority(chain.next(in: criteria, for: back)) == 4)
        #expect(chain.next(in: criteria, for: back) == .onward)
        #expect(!chain.isDiverted)
    }

    @Test("A changed Request-URI makes it originating after diversion, from the first criterion; once")
    func diverted() throws {
        let criteria = Sample.criteria(Self.diversion)
        let first = try Sample.request()
        let back = try Sample.request(to: "sip:carol@example.org")
        let again = try Sample.request(to: "tel:+15550003")
        var chain = ServiceChain(.terminating(isRegistered: true), for: first)
        #expect(Self.priority(chain.next(in: criteria, for: first)) == 1)
        #expect(Self.priority(chain.next(in: criteria, for: back)) == 2)
        #expect(chain.isDiverted)
        #expect(chain.context == ServiceContext(.originatingAfterDiversion, isRegistered: true))
        #expect(Self.priority(chain.next(in: criteria, for: again)) == 4)
        #expect(chain.next(in: criteria, for: again) == .onward)
        #expect(chain.invocations == 3)
    }

    @Test("Another URI of the same user is no diversion")
    func alias() throws {
        let criteria = Sample.criteria(Self.diversion)
        let first = try Sample.request()
        let alias = try Sample.request(to: "tel:+15550002")
        var chain = ServiceChain(.terminating(isRegistered: true), for: first)
        #expect(Self.priority(chain.next(in: criteria, for: first)) == 1)
        #expect(Self.priority(chain.next(in: criteria, for: alias, isSameUser: true)) == 3)
        #expect(!chain.isDiverted)
    }

    @Test("An originating request may change its target as it likes")
    func originating() throws {
        let criteria = Sample.criteria([Sample.criterion(1), Sample.criterion(2)])
        let first = try Sample.request()
        var chain = ServiceChain(.originating(isRegistered: false), for: first)
        #expect(Self.priority(chain.next(in: criteria, for: first)) == 1)
        #expect(Self.priority(chain.next(in: criteria, for: try Sample.request(to: "sip:carol@example.org"))) == 2)
        #expect(chain.context.sessionCase == .originatingUnregistered)
    }

    @Test("A new profile between two servers goes on behind the last priority")
    func newProfile() throws {
        let request = try Sample.request()
        var chain = ServiceChain(.originating(isRegistered: true), for: request)
        _ = chain.next(in: Sample.criteria([10, 20].map { Sample.criterion($0) }), for: request)
        let next = chain.next(in: Sample.criteria([5, 9, 10, 15, 20].map { Sample.criterion($0) }), for: request)
        #expect(Self.priority(next) == 15)
    }
}
