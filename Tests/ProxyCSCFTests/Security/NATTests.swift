import IMS
import Octets
import ProxyCSCF
import SIP
import Testing

/// A phone at 10.11.12.13 behind a NAT at 198.51.100.7.
@Suite("TS 33.203 Annex M, RFC 3948: security associations through a NAT")
struct NATTests {
    static let nat = IPAddress.v4(0xC633_6407)
    private var edge = ProtectedEdge { $0.security.encapsulationPort = 4_500 }
    private var phone = ProtectedPhone()

    init() { phone.modes = ["trans", "UDP-enc-tun"] }

    private var outside: Hop { Hop(.udp, AccessEdge.listener, Endpoint(Self.nat, 40_000)) }

    private mutating func challenge(_ other: ProtectedPhone? = nil) throws -> [Action<ProxyWork>] {
        try edge.answer(
            try edge.send((other ?? phone).first, from: outside), .unauthorized, ProtectedEdge.challenge)
    }

    private mutating func register() throws {
        try phone.take(try #require(try challenge().response))
        #expect(try edge.authenticate(phone).response?.status == .ok)
    }

    private mutating func moved(_ to: Endpoint) -> [Action<ProxyWork>] {
        let spi = edge.kernel.associations.first?.spi.rawValue ?? 0
        let arguments = [
            "spi": "\(spi)", "destination": "127.0.0.1", "address": "\(to.address)", "port": "\(to.port)",
        ]
        return edge.carryOut(
            edge.edge.handle(.command(Command("security-association-moved", arguments), CommandID(rawValue: 3))))
    }

    @Test(
        "the list of a phone whose Via is not where it is: the tunnel is chosen, with the phone's own ports inside it")
    mutating func negotiation() throws {
        try register()
        #expect(phone.mechanism?.mode?.string == "UDP-enc-tun")
        #expect(edge.kernel.associations.count == 4)
        for association in edge.kernel.associations {
            let tunnel = try #require(association.tunnel)
            let isInbound = association.direction == .inbound
            #expect((isInbound ? tunnel.source : tunnel.destination) == Endpoint(Self.nat, 4_500))
            #expect((isInbound ? tunnel.destination : tunnel.source) == Endpoint(.loopback, 4_500))
            #expect((isInbound ? association.source : association.destination).address == phone.address)
            #expect(association.id.destination == (isInbound ? .loopback : Self.nat))
        }
        #expect(edge.kernel.associations.map(\.spi.rawValue)[1] == phone.clientSPI)
    }

    @Test("without a NAT the same list is answered with transport mode")
    mutating func direct() throws {
        try edge.register(&phone)
        #expect(phone.mechanism?.mode?.string == "trans")
        #expect(edge.kernel.associations.allSatisfy { $0.tunnel == nil })
    }

    @Test("a phone that offers no tunnel is refused with our list, which has one", arguments: [true, false])
    mutating func refused(demands: Bool) throws {
        phone.modes = ["trans"]
        phone.demands = demands
        let response = try #require(try edge.send(phone.first, from: outside).response)
        #expect(response.status == .forbidden)
        #expect(response.texts(.securityServer).contains { $0.contains("mod=UDP-enc-tun") })
    }

    @Test("where we have no port for it, and for addresses of no phone, there is no tunnel")
    mutating func impossible() throws {
        for address in [IPAddress.loopback, .v4(0), .v4(0xE000_0001), .v4(.max), .v6(0x2001_0DB8_0000_0000, 2)] {
            var other = phone
            other.address = address
            #expect(try edge.send(other.first, from: outside).response?.status == .forbidden, "\(address)")
        }
        edge = ProtectedEdge()
        #expect(try edge.send(phone.first, from: outside).response?.status == .forbidden)
    }

    @Test("the NAT gives the phone another port: the kernel is told once")
    mutating func port() throws {
        try register()
        let orders = moved(Endpoint(Self.nat, 20_000)).securityOrders
        #expect(orders.count == 1)
        for association in edge.kernel.associations {
            let tunnel = try #require(association.tunnel)
            #expect((association.direction == .inbound ? tunnel.source : tunnel.destination).port == 20_000)
        }
        #expect(moved(Endpoint(Self.nat, 20_000)).securityOrders.isEmpty)
        // A phone that begins anew is where it was.
        var again = phone.renewed(2)
        again.serverPort += 100
        _ = try challenge(again)
        #expect(edge.kernel.associations.last?.tunnel?.source == Endpoint(Self.nat, 20_000))
        // To another address nothing follows: the phone will find its registration gone.
        #expect(moved(Endpoint(.v4(0xC633_6408), 20_000)).securityOrders.isEmpty)
        #expect(edge.kernel.complaints.isEmpty)
    }

    @Test("agreeing anew through the tunnel: another one, to the port where the NAT has the phone")
    mutating func renewal() throws {
        try register()
        _ = moved(Endpoint(Self.nat, 20_000))
        let next = phone.renewed()
        phone.client = next.securityClient
        let response = try edge.answer(
            try edge.send(phone.second, from: phone.protected()), .unauthorized, ProtectedEdge.challenge
        ).response
        #expect(response?.texts(.securityServer).first?.contains("mod=UDP-enc-tun") == true)
        #expect(edge.kernel.associations.count == 8)
        #expect(
            edge.kernel.associations.suffix(4).allSatisfy {
                ($0.direction == .inbound ? $0.tunnel?.source : $0.tunnel?.destination) == Endpoint(Self.nat, 20_000)
            })
    }

    @Test("two phones behind one NAT; the SPIs of the second must be others, and at one private address its ports")
    mutating func neighbours() throws {
        try register()
        var other = phone
        other.identity = "001010000000002@\(AccessEdge.domain)"
        other.publicIdentity = "sip:\(other.identity)"
        other.address = .v4(0x0A0B_0C0E)
        #expect(try challenge(other).response?.status == .forbidden)  // the SPIs of the first
        other.clientSPI += 7
        other.serverSPI += 7
        #expect(try challenge(other).response?.status == .unauthorized)
        other.identity = "001010000000003@\(AccessEdge.domain)"
        other.address = phone.address
        other.clientSPI += 7
        other.serverSPI += 7
        #expect(try challenge(other).response?.status == .forbidden)  // the ports of the first
        #expect(edge.kernel.complaints.isEmpty)
    }

    @Test("a tunnel is kept over kill -9, with the port of the NAT")
    mutating func kept() throws {
        edge = ProtectedEdge {
            $0.security.encapsulationPort = 4_500
            $0.clock = WallClock(nanoseconds: 1_767_225_600_000_000_000, at: .zero)
        }
        try register()
        _ = moved(Endpoint(Self.nat, 20_000))
        let before = edge.kernel.associations
        edge.edge.crash()
        #expect(edge.edge.role.securityAssociations(at: edge.edge.now).map(\.tunnel) == before.map(\.tunnel))
    }
}

extension [Action<ProxyWork>] {
    fileprivate var securityOrders: [SecurityOrder] {
        compactMap { if case .perform(.security(let order), _) = $0 { order } else { nil } }
    }
}
