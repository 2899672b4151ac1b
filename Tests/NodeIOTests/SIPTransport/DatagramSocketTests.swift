import NIOCore
import NodeIO
import Octets
import SIP
import Testing

@Suite("UDP socket", .timeLimit(.minutes(1)))
struct DatagramSocketTests {
    let fixture = LoopFixture<SIPTransportEvent>()

    func socket(_ number: UInt16, _ address: IPAddress) async throws -> (NIOLoopBound<DatagramSocket>, Endpoint) {
        let local = Endpoint(address, try await FreePort.udp(address))
        let sink = fixture.sink
        let loop = fixture.loop
        let socket = try await fixture.make {
            DatagramSocket(listener: ListenerID(rawValue: number), local: local) { sink.yield($0) }
        }
        _ = try await loop.flatSubmit { socket.value.bind(on: loop, limits: SIPTransportLimits()) }.get()
        return (socket, local)
    }

    @Test(
        "Datagrams go both ways over IPv4 and IPv6 and name where they come from",
        arguments: [IPAddress.loopback, .v6(0, 1)])
    func bothWays(address: IPAddress) async throws {
        let (first, firstLocal) = try await socket(1, address)
        let (second, secondLocal) = try await socket(2, address)
        try await fixture.run {
            #expect(first.value.transmit([1, 2, 3], to: secondLocal))
            first.value.flush()
        }
        #expect(
            await fixture.next()
                == .datagram([1, 2, 3], from: Hop(.udp, ListenerID(rawValue: 2), firstLocal)))
        #expect(await fixture.next() == .burstEnded)
        try await fixture.run {
            #expect(second.value.transmit([4], to: firstLocal))
            second.value.flush()
        }
        #expect(await fixture.next() == .datagram([4], from: Hop(.udp, ListenerID(rawValue: 1), secondLocal)))
        try await fixture.run {
            first.value.shutDown()
            second.value.shutDown()
        }
    }

    @Test("A burst arrives in order, the largest datagram whole, and an empty one is one")
    func burst() async throws {
        let (first, firstLocal) = try await socket(1, .loopback)
        let (second, secondLocal) = try await socket(2, .loopback)
        let largest = (0..<DatagramSocket.largestPayload).map { UInt8(truncatingIfNeeded: $0) }
        try await fixture.run {
            for number in 0..<100 { _ = first.value.transmit([UInt8(number)], to: secondLocal) }
            _ = first.value.transmit(largest, to: secondLocal)
            _ = first.value.transmit([], to: secondLocal)
            first.value.flush()
        }
        let hop = Hop(.udp, ListenerID(rawValue: 2), firstLocal)
        for number in 0..<100 {
            #expect(await fixture.next { $0 != .burstEnded } == .datagram([UInt8(number)], from: hop))
        }
        #expect(await fixture.next { $0 != .burstEnded } == .datagram(largest, from: hop))
        #expect(await fixture.next { $0 != .burstEnded } == .datagram([], from: hop))
        try await fixture.run {
            first.value.shutDown()
            second.value.shutDown()
        }
    }

    @Test("What cannot leave is refused: too long, port 0, the other family")
    func refused() async throws {
        let (socket, local) = try await socket(1, .loopback)
        try await fixture.run {
            let tooLong = [UInt8](repeating: 0, count: DatagramSocket.largestPayload + 1)
            #expect(!socket.value.transmit(tooLong, to: local))
            #expect(!socket.value.transmit([1], to: Endpoint(.loopback, 0)))
            #expect(!socket.value.transmit([1], to: Endpoint(.v6(0, 1), 5060)))
            socket.value.shutDown()
        }
    }
}
