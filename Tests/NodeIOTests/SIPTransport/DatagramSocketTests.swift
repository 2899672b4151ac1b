import Glibc
import NIOCore
import NodeIO
import Octets
import SIP
import Testing

@Suite("UDP socket", .timeLimit(.minutes(1)))
struct DatagramSocketTests {
    let fixture = LoopFixture<SIPTransportEvent>()

    func socket(
        _ number: UInt16, _ address: IPAddress, limits: SIPTransportLimits = SIPTransportLimits()
    ) async throws -> (NIOLoopBound<DatagramSocket>, Endpoint) {
        let local = Endpoint(address, try await FreePort.udp(address))
        let sink = fixture.sink
        let loop = fixture.loop
        let socket = try await fixture.make {
            DatagramSocket(listener: ListenerID(rawValue: number), local: local) { sink.yield($0) }
        }
        try await loop.flatSubmit { socket.value.bind(on: loop, limits: limits) }.get()
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

    @Test("Where the kernel cannot tell what has arrived, the sockets are looked at by the clock")
    func byTheClock() async throws {
        var limits = SIPTransportLimits()
        limits.pollInterval = .milliseconds(1)
        let (first, firstLocal) = try await socket(1, .loopback, limits: limits)
        let (second, secondLocal) = try await socket(2, .loopback, limits: limits)
        try await fixture.run {
            for number in 0..<200 { #expect(first.value.transmit([UInt8(number)], to: secondLocal)) }
            first.value.flush()
        }
        let hop = Hop(.udp, ListenerID(rawValue: 2), firstLocal)
        for number in 0..<200 {
            #expect(await fixture.next { $0 != .burstEnded } == .datagram([UInt8(number)], from: hop))
        }
        try await fixture.run {
            first.value.shutDown()
            second.value.shutDown()
        }
    }

    @Test(
        "RFC 3261 §18.4: nobody is at the port, ICMP says so, and that is a failure of sending; others are not touched",
        arguments: [IPAddress.loopback, .v6(0, 1)])
    func unreachable(address: IPAddress) async throws {
        let (first, firstLocal) = try await socket(1, address)
        let (second, secondLocal) = try await socket(2, address)
        let nobody = Endpoint(address, try await FreePort.udp(address))
        let failed = SIPTransportEvent.sendFailed(Hop(.udp, ListenerID(rawValue: 1), nobody))
        let hop = Hop(.udp, ListenerID(rawValue: 2), firstLocal)
        for round in 0..<20 as Range<UInt8> {
            try await fixture.run {
                // Singly and many at once: the error of one must not hit the next.
                #expect(first.value.transmit([1], to: nobody))
                first.value.flush()
                for number in 0..<10 as Range<UInt8> {
                    #expect(first.value.transmit([round, number], to: secondLocal))
                    if number == 5 { #expect(first.value.transmit([2], to: nobody)) }
                }
                first.value.flush()
            }
            var arrived: [[UInt8]] = []
            var failures = 0
            while arrived.count < 10 || failures == 0 {
                switch await fixture.next({ $0 != .burstEnded }) {
                case .datagram(let octets, hop)?: arrived.append(octets)
                case failed?: failures += 1
                case let other:
                    Issue.record("\(String(describing: other))")
                    return
                }
            }
            #expect(arrived == (0..<10).map { [round, $0] })
            // The second error may come in the next turn; nothing else may.
            try await Task.sleep(for: .milliseconds(2))
            fixture.sink.yield(.burstEnded)
            #expect(await fixture.next { $0 != failed } == .burstEnded)
        }
        try await fixture.run {
            first.value.shutDown()
            second.value.shutDown()
        }
    }

    @Test(
        "RFC 3261 §18.4: which ICMP errors are failures of sending",
        arguments: [
            (2, 3, 0, true), (2, 3, 1, true), (2, 3, 2, true), (2, 3, 3, true), (2, 3, 4, false), (2, 3, 13, true),
            (2, 4, 0, false), (2, 11, 0, false), (2, 12, 0, true), (3, 1, 0, true), (3, 1, 4, true), (3, 2, 0, false),
            (3, 3, 0, false), (3, 4, 1, true), (1, 3, 3, false), (0, 1, 0, false),
        ] as [(UInt8, UInt8, UInt8, Bool)])
    func kinds(origin: UInt8, type: UInt8, code: UInt8, isFailure: Bool) {
        #expect(DatagramError.isFailure(origin: origin, type: type, code: code) == isFailure)
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

    @Test("A datagram that the system refuses is reported, and the socket goes on: broadcast, too long for the path")
    func errors() async throws {
        let (first, firstLocal) = try await socket(1, .loopback)
        let (second, secondLocal) = try await socket(2, .loopback)
        let broadcast = Endpoint(.v4(0xFFFF_FFFF), 5060)  // EACCES without SO_BROADCAST
        try await fixture.run {
            #expect(first.value.transmit([1], to: secondLocal))
            #expect(first.value.transmit([2], to: broadcast))
            #expect(first.value.transmit([3], to: secondLocal))
            first.value.flush()
        }
        #expect(await fixture.next() == .sendFailed(Hop(.udp, ListenerID(rawValue: 1), broadcast)))
        let hop = Hop(.udp, ListenerID(rawValue: 2), firstLocal)
        #expect(await fixture.next { $0 != .burstEnded } == .datagram([1], from: hop))
        #expect(await fixture.next { $0 != .burstEnded } == .datagram([3], from: hop))
        try await fixture.run {
            #expect(first.value.transmit([4], to: broadcast))
            first.value.flush()
        }
        #expect(await fixture.next { $0 != .burstEnded } == .sendFailed(Hop(.udp, ListenerID(rawValue: 1), broadcast)))
        try await fixture.run {
            #expect(first.value.transmit([5], to: secondLocal))
            first.value.flush()
        }
        #expect(await fixture.next { $0 != .burstEnded } == .datagram([5], from: hop))
        try await fixture.run {
            first.value.shutDown()
            second.value.shutDown()
        }
    }

    @Test("More than one call can take leaves in order")
    func large() async throws {
        let (first, _) = try await socket(1, .loopback)
        let (second, secondLocal) = try await socket(2, .loopback)
        try await fixture.run {
            for number in 0..<1000 {
                #expect(first.value.transmit([UInt8(number >> 8), UInt8(number & 255)], to: secondLocal))
            }
            first.value.flush()
        }
        for number in 0..<1000 {
            guard case .datagram(let octets, _)? = await fixture.next({ $0 != .burstEnded }) else { return }
            #expect(octets == [UInt8(number >> 8), UInt8(number & 255)])
        }
        try await fixture.run {
            first.value.shutDown()
            second.value.shutDown()
        }
    }

    @Test("RFC 5626 §8: the SIP port answers STUN, and the node does not see it")
    func stun() async throws {
        let (socket, local) = try await socket(1, .loopback)
        let client = try PlainSocket(SOCK_DGRAM, to: local.port)
        client.send(octets: [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42] + [UInt8](repeating: 7, count: 12))
        let answer = client.receiveOctets() ?? []
        #expect(answer.prefix(8) == [1, 1, 0, 12, 0x21, 0x12, 0xA4, 0x42])
        #expect(answer.suffix(4) == [0x7F ^ 0x21, 0x12, 0xA4, 1 ^ 0x42])  // 127.0.0.1
        #expect(await fixture.next() == .burstEnded)
        try await fixture.run { socket.value.shutDown() }
    }
}
