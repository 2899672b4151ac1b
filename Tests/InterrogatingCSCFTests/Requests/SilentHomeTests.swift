import Cx
import Diameter
import IMS
import InterrogatingCSCF
import Octets
import SIP
import Testing

@Suite("F8: the HSS cannot be asked")
struct SilentHomeTests {
    private func unanswered(_ entry: inout EntryPoint, _ request: Request = .invite) throws -> [Action<Never>] {
        let (_, ask) = try #require(try entry.send(request).question)
        return entry.handle(.askFailed(ask, .unableToDeliver))
    }

    @Test("a call goes where the callee was last served; to one of whom nothing is known it is 480")
    func known() throws {
        var entry = EntryPoint()
        #expect(try unanswered(&entry).shape.first == "respond 480")
        _ = try entry.respond(try entry.call(servedBy: EntryPoint.second), .ok)
        #expect(try unanswered(&entry).routes == ["<\(EntryPoint.second);lr>"])
    }

    @Test("registrations that went by are known too, with all their identities, until the phone leaves")
    func registered() throws {
        var entry = EntryPoint()
        func register(_ entry: inout EntryPoint, _ fields: [(HeaderName, String)]) throws {
            let forwarded = try entry.answer(try entry.send(Request()), name: EntryPoint.third)
            let (request, _, client) = try #require(forwarded.forwarded)
            var response = SIPMessage.response(.ok, to: request, toTag: "s1")
            for (name, value) in fields { response.append(name, value) }
            _ = entry.handle(.response(response, client))
        }
        let identities = "<sip:bob@\(EntryPoint.domain)>, <tel:+15550001>"
        try register(&entry, [(.contact, "<sip:b@10.0.0.1>;expires=600"), (.pAssociatedURI, identities)])
        #expect(try unanswered(&entry).routes == ["<\(EntryPoint.third);lr>"])
        #expect(try unanswered(&entry, .request("MESSAGE", to: "tel:+15550001")).routes == ["<\(EntryPoint.third);lr>"])
        try register(&entry, [(.pAssociatedURI, identities)])
        #expect(try unanswered(&entry).shape.first == "respond 480")
    }

    @Test("there is one S-CSCF only: it has everybody who is registered")
    func only() throws {
        var entry = EntryPoint(pool: [.init(EntryPoint.first)])
        let forwarded = try unanswered(&entry)
        #expect(forwarded.routes == ["<\(EntryPoint.first);lr>"])
        let again = try entry.fail(forwarded, .transport)
        let (_, ask) = try #require(again.question)
        #expect(entry.handle(.askFailed(ask, .unableToDeliver)).shape.first == "respond 480")
        #expect(try entry.requests() == [0, 0])
    }
}
