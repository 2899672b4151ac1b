import Diameter
import Octets
import Testing

@Suite("Pending requests, RFC 6733 §3 and §5.5.4")
struct PendingRequestsTests {
    func request(_ number: UInt32, peer: Int = 0, due: Int64 = 5) -> PendingRequests.Request {
        var message = Sample.request()
        message.hopByHop = HopByHopID(rawValue: number)
        message.endToEnd = EndToEndID(rawValue: number + 100)
        let client = Errand.Client.role(AskID(rawValue: UInt64(number)))
        return PendingRequests.Request(
            Errand(for: client, message: message, deadline: .zero + .seconds(due)), peer: peer,
            association: AssociationID(rawValue: UInt64(peer)))
    }

    @Test("an answer takes out its request only with both identifiers and on its connection")
    func take() throws {
        var pending = PendingRequests()
        pending.insert(request(1))
        func answer(command: UInt32 = 300, hopByHop: UInt32 = 1, endToEnd: UInt32 = 101) throws -> DiameterMessage {
            try DiameterMessage(
                decoding: Wire.message(
                    flags: 0, command: command, application: 16_777_216, hopByHop: hopByHop, endToEnd: endToEnd))
        }
        let own = AssociationID(rawValue: 0)
        #expect(pending.take(answeredBy: try answer(endToEnd: 1), on: own) == nil)
        #expect(pending.take(answeredBy: try answer(hopByHop: 2), on: own) == nil)
        #expect(pending.take(answeredBy: try answer(command: 301), on: own) == nil)
        #expect(pending.take(answeredBy: try answer(), on: AssociationID(rawValue: 1)) == nil)
        #expect(pending.count == 1 && pending.count(at: 0) == 1)
        #expect(pending.take(answeredBy: try answer(), on: own) == request(1))
        #expect(pending.take(answeredBy: try answer(), on: own) == nil)
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
        #expect(
            pending.takeAll(at: 0).map(\.errand.client)
                == [1, 2, 3].map { Errand.Client.role(AskID(rawValue: $0)) })
        #expect(pending.count == 1 && pending.count(at: 1) == 1)
    }
}
