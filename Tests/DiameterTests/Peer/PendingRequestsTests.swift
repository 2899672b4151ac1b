import Diameter
import Octets
import Testing

@Suite("Pending requests, RFC 6733 §3 and §5.5.4")
struct PendingRequestsTests {
    func request(_ number: UInt32, peer: Int = 0, due: Int64 = 5) -> PendingRequests.Request {
        var message = Sample.request()
        message.hopByHop = HopByHopID(rawValue: number)
        message.endToEnd = EndToEndID(rawValue: number + 100)
        return PendingRequests.Request(
            ask: AskID(rawValue: UInt64(number)), message: message, peer: peer,
            association: AssociationID(rawValue: UInt64(peer)), deadline: .zero + .seconds(due))
    }

    @Test("an answer takes out its request only with both identifiers and on its connection")
    func take() {
        var pending = PendingRequests()
        pending.insert(request(1))
        let hop = HopByHopID(rawValue: 1)
        let end = EndToEndID(rawValue: 101)
        #expect(pending.take(answeredBy: hop, EndToEndID(rawValue: 1), on: AssociationID(rawValue: 0)) == nil)
        #expect(pending.take(answeredBy: hop, end, on: AssociationID(rawValue: 1)) == nil)
        #expect(pending.count == 1 && pending.count(at: 0) == 1)
        #expect(pending.take(answeredBy: hop, end, on: AssociationID(rawValue: 0)) == request(1))
        #expect(pending.take(answeredBy: hop, end, on: AssociationID(rawValue: 0)) == nil)
        #expect(pending.count == 0 && pending.count(at: 0) == 0)
        #expect(pending.nextDeadline == nil)
    }

    @Test("requests expire at their deadline, not before, and only when still waiting")
    func expire() {
        var pending = PendingRequests()
        pending.insert(request(1, due: 5))
        pending.insert(request(2, due: 6))
        _ = pending.take(HopByHopID(rawValue: 1), on: AssociationID(rawValue: 0))
        #expect(pending.takeExpired(at: .zero + .seconds(5)) == nil)
        #expect(pending.takeExpired(at: .zero + .seconds(6)) == request(2, due: 6))
        #expect(pending.takeExpired(at: .zero + .seconds(60)) == nil)
    }

    @Test("all of one peer, oldest first, and none of another")
    func all() {
        var pending = PendingRequests()
        for number in [3, 1, 2] as [UInt32] { pending.insert(request(number, due: Int64(number))) }
        pending.insert(request(4, peer: 1))
        #expect(pending.takeAll(at: 0).map(\.ask.rawValue) == [1, 2, 3])
        #expect(pending.count == 1 && pending.count(at: 1) == 1)
    }
}
