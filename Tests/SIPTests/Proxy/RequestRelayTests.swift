import Octets
import SIP
import Testing

@Suite("RFC 3261 §16: requests on their way, by name")
struct RequestRelayTests {
    private let server = ServerTransactionID(rawValue: 7)
    private let first = ClientTransactionID(rawValue: 1)

    private func relay(limit: Int = 8) -> RequestRelay {
        var own = OwnNames(listeners: [SIPListener]())
        own.insert(host: "p.example.com", port: 5060)
        return RequestRelay(own: own, limit: limit)
    }

    private func started(
        _ relay: inout RequestRelay, names: inout ClientTransactionNames, method: Method = .invite
    ) throws -> [RequestRelay.Order] {
        var orders: [RequestRelay.Order] = []
        relay.start(
            outgoing(method, callID: "a"), server, to: [try Target("sip:bob@192.0.2.1")], tag: "t", at: .zero,
            names: &names, into: &orders)
        return orders
    }

    @Test("a branch carries the name of its request, until the request has ended")
    func names() throws {
        var relay = relay()
        var names = ClientTransactionNames()
        let orders = try started(&relay, names: &names, method: .message)
        guard case .forward(let request, let uri, first, server) = try #require(orders.first) else {
            return #expect(orders.isEmpty, "no branch first")
        }
        #expect(uri == "sip:bob@192.0.2.1")
        #expect(relay.server(of: first) == server)
        #expect(relay.contains(server))
        var later: [RequestRelay.Order] = []
        let response = SIPMessage.response(.ok, to: request, toTag: "b")
        let isOurs = relay.receive(response, from: first, at: .zero, names: &names, into: &later)
        #expect(isOurs)
        #expect(later == [.respond(response, to: server), .ended(server)])
        #expect(relay.count == 0)
        #expect(relay.server(of: first) == nil)
    }

    @Test("§16.9: a branch without a way there ends the request while its orders are carried out")
    func noWay() throws {
        var relay = relay()
        var names = ClientTransactionNames()
        var orders = try started(&relay, names: &names)
        let isOurs = relay.failed(first, .transport, at: .zero, names: &names, into: &orders)
        #expect(isOurs)
        guard case .respond(let response, server) = orders.dropFirst().first else {
            return #expect(orders.isEmpty, "no response second")
        }
        // §16.7 step 6: a 503 is not passed on.
        #expect(response.status == .serverInternalError)
        #expect(orders.last == .ended(server))
    }

    @Test("what is not of this relay is not taken")
    func strangers() throws {
        var relay = relay(limit: 1)
        var names = ClientTransactionNames()
        #expect(!relay.isFull)
        _ = try started(&relay, names: &names)
        #expect(relay.isFull)
        let stranger = ClientTransactionID(rawValue: 99)
        var orders: [RequestRelay.Order] = []
        let response = SIPMessage.response(.ok, to: outgoing(.invite, callID: "a"), toTag: "b")
        let received = relay.receive(response, from: stranger, at: .zero, names: &names, into: &orders)
        let failed = relay.failed(stranger, .timeout, at: .zero, names: &names, into: &orders)
        let cancelled = relay.cancelled(ServerTransactionID(rawValue: 99), into: &orders)
        #expect(!received && !failed && !cancelled)
        #expect(orders.isEmpty)
    }
}
