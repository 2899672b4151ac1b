import Cx
import Diameter
import IMS
import InterrogatingCSCF
import Octets
import SIP
import Testing

@Suite("RFC 3261 §11: S-CSCFs are asked whether they are there")
struct ServerProbeTests {
    private static let pool = [EntryPoint.first, EntryPoint.second].map { ServingCSCFCandidate($0) }

    private func entry() -> EntryPoint { EntryPoint(pool: Self.pool) { $0.probeInterval = .seconds(5) } }

    private func wait(_ entry: inout EntryPoint, until seconds: Int) -> [Action<Never>] {
        entry.now = .zero + .seconds(seconds)
        return entry.handle(.deadline)
    }

    private func questions(_ actions: [Action<Never>]) -> [(name: String, message: SIPMessage, ClientTransactionID)] {
        actions.compactMap { action in
            guard case .forward(let message, _, let client) = action, message.method == .options else { return nil }
            return (message.requestURI.string, message, client)
        }
    }

    @Test("each of the pool, every five seconds, from the first event on")
    func asked() throws {
        var entry = entry()
        #expect(entry.role.nextDeadline == nil)
        _ = try entry.underWay()
        #expect(entry.role.nextDeadline == .zero)
        let first = questions(wait(&entry, until: 0))
        #expect(first.map(\.name) == [EntryPoint.first, EntryPoint.second])
        #expect(Set(first.compactMap { $0.message.callID?.string }).count == 2)
        for (_, message, client) in first {
            #expect(entry.handle(.response(.response(.ok, to: message, toTag: "s"), client)).isEmpty)
        }
        #expect(entry.role.nextDeadline == .zero + .seconds(5))
        #expect(questions(wait(&entry, until: 5)).count == 2)
    }

    @Test("one that is silent twice is passed over by the first call already, and taken again once it answers")
    func silent() throws {
        var entry = entry()
        _ = try entry.underWay()
        let asked = questions(wait(&entry, until: 0))
        _ = entry.handle(.response(.response(.forbidden, to: asked[1].message, toTag: "s"), asked[1].2))
        #expect(wait(&entry, until: 2).isEmpty)
        #expect(try entry.call(servedBy: EntryPoint.first).routes == ["<\(EntryPoint.first);lr>"])
        let second = questions(wait(&entry, until: 5))
        _ = entry.handle(.response(.response(.ok, to: second[1].message, toTag: "s"), second[1].2))
        #expect(wait(&entry, until: 7).shape == ["observe warning"])

        let again = try entry.call(servedBy: EntryPoint.first)
        #expect(again.shape == ["ask about \(Request.callee) registrationAndCapabilities"])
        let moved = try entry.locate(again, LocationInfoAnswer(.success, serverCapabilities: nil))
        #expect(moved.routes == ["<\(EntryPoint.second);lr>"])

        let next = questions(wait(&entry, until: 10))
        let back = entry.handle(.response(.response(.ok, to: next[0].message, toTag: "s"), next[0].2))
        #expect(back.shape == ["observe notice"])
        #expect(try entry.call(servedBy: EntryPoint.first).routes == ["<\(EntryPoint.first);lr>"])
    }

    @Test("the news of one that stays away is told once")
    func toldOnce() throws {
        var entry = entry()
        _ = try entry.underWay()
        let asked = questions(wait(&entry, until: 0))
        #expect(entry.handle(.transactionFailed(asked[0].2, .timeout)).shape == [])
        let next = questions(wait(&entry, until: 5))
        #expect(entry.handle(.transactionFailed(next[0].2, .transport)).shape == ["observe warning"])
        let third = questions(wait(&entry, until: 10))
        #expect(entry.handle(.transactionFailed(third[0].2, .timeout)).shape == [])
    }

    @Test("nobody is asked where the operator does not want it")
    func never() throws {
        var entry = EntryPoint()
        _ = try entry.underWay()
        #expect(entry.role.nextDeadline == nil)
    }
}
