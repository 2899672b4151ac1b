import IMS
import Octets
import SIP
import Testing
import UserEquipment

@Suite("RFC 5626 §4.4: the virtual phone keeps its flow alive")
struct KeepAliveTests {
    private func registered(
        _ timer: Int?, outbound: Bool = true, over transport: Transport = .udp
    ) throws -> (world: PhoneWorld, request: SIPMessage) {
        let proxy = Hop(transport, PhoneWorld.proxy.listener, PhoneWorld.proxy.remote)
        var world = PhoneWorld(UserEquipment.Configuration(proxy: proxy, contact: "127.0.0.1:5090"))
        _ = world.phone(outbound ? ["outbound": "true"] : [:])
        let actions = world.command("register", ["phone": "a"])
        guard case .forward(let request, _, let transaction)? = actions.first else {
            throw Complaint("nothing was sent")
        }
        var response = SIPMessage.response(.ok, to: request, toTag: "s1")
        response.append(.contact, "<sip:\(PhoneWorld.imsi)@127.0.0.1:5090>;expires=300")
        if let timer { response.append(.flowTimer, "\(timer)") }
        let done = world.role.handle(.response(response, transaction), at: world.now)
        #expect(done.reply?["flow-timer"]?.integer == timer)
        return (world, request)
    }

    /// The pauses between pings, and what they say.
    private func pings(_ world: inout PhoneWorld, _ count: Int) -> [(pause: Duration, ping: FlowPing)] {
        var pings: [(Duration, FlowPing)] = []
        var last = world.now
        while pings.count < count, let deadline = world.role.nextDeadline {
            world.now = deadline
            _ = world.role.handle(.deadline, at: deadline)
            for ping in world.role.takeKeepAlives() {
                pings.append((deadline - last, ping))
                last = deadline
            }
        }
        return pings
    }

    @Test("§4.2: it says reg-id and outbound, when it is to")
    func registration() throws {
        let with = try registered(120).request
        #expect(try with.first(Contact.self)?.registrationID == 1)
        #expect(with.listContains(.supported, token: "outbound"))
        let without = try registered(nil, outbound: false).request
        #expect(try without.first(Contact.self)?.registrationID == nil)
        #expect(!without.listContains(.supported, token: "outbound"))
    }

    @Test("each pause is drawn anew, between 80 % and 100 % of Flow-Timer")
    func pauses() throws {
        var (world, _) = try registered(120)
        let found = pings(&world, 200).map(\.pause)
        #expect(found.count == 200)
        #expect(found.allSatisfy { $0 >= .seconds(96) && $0 <= .seconds(120) })
        #expect(Set(found).count > 150)
        #expect(found.contains { $0 < .seconds(100) } && found.contains { $0 > .seconds(116) })
    }

    @Test("§4.4.2, RFC 8489 §5: over UDP a Binding request, each with a transaction of its own")
    func datagrams() throws {
        var (world, _) = try registered(25)
        let found = pings(&world, 2).map(\.ping)
        #expect(found.allSatisfy { $0.octets.count == 20 && $0.hop == PhoneWorld.proxy })
        #expect(found.allSatisfy { $0.octets.prefix(8) == [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42] })
        #expect(found.first?.octets != found.last?.octets)
        let answer = STUNBinding.answer(to: found.first?.octets ?? [], from: Endpoint(.loopback, 5090))
        #expect(answer?.prefix(2) == [1, 1])
    }

    @Test("§4.4.1: over a stream two empty lines; WebSocket has pings of its own", arguments: Transport.allCases)
    func streams(_ transport: Transport) throws {
        guard transport != .udp else { return }
        var (world, _) = try registered(120, over: transport)
        world.now = world.now + .seconds(120)
        _ = world.role.handle(.deadline, at: world.now)
        let isStream = transport == .tcp || transport == .tls
        #expect(world.role.takeKeepAlives().map(\.octets) == (isStream ? [Array("\r\n\r\n".utf8)] : []))
    }

    @Test("without Flow-Timer, and after de-registration, nothing is sent")
    func silent() throws {
        #expect(try registered(nil).world.role.nextDeadline == nil)
        #expect(try registered(0).world.role.nextDeadline == nil)
        var (world, _) = try registered(30)
        let leaving = world.command("deregister", ["phone": "a"])
        _ = try world.answer(leaving, .ok)
        #expect(pings(&world, 1).isEmpty)
    }
}
