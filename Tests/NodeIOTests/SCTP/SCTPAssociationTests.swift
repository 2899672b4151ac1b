import Diameter
import NIOCore
import NodeIO
import Octets
import Testing

/// What `AssociationTransport` promises, over both back ends and over each against the other (RFC 6733 §2.1, RFC 6951).
@Suite("Diameter over SCTP", .serialized, .timeLimit(.minutes(5)))
struct SCTPAssociationTests {
    @Test(
        "this machine's kernel has SCTP",
        .enabled(if: SCTPCapability.kernel().isAvailable, "no kernel SCTP here: run Tests/Interop/sctp-in-vm"))
    func kernel() {
        #expect(SCTPPairing.available.contains { $0.client == .kernel && $0.server == .kernel })
    }

    @Test("connect, accept, one message each way, close", arguments: SCTPPairing.available)
    func exchange(pairing: SCTPPairing) async throws {
        let scene = try await SCTPScene(pairing)
        let (ours, theirs) = try await scene.connect()
        let (client, server) = (scene.client, scene.server)
        #expect(try await client.connected(ours).contains(pairing.client.rawValue))
        let from = try await server.on { state in
            for case .accepted(_, let from, _) in state.events { return from.address }
            return IPAddress.any
        }
        #expect(from == .loopback)

        try await client.transport { $0.send(Self.message(1, 600), on: ours) }
        #expect(try await server.received(1, on: theirs) == [Self.message(1, 600)])
        try await server.transport { $0.send(Self.message(2, 700), on: theirs) }
        #expect(try await client.received(1, on: ours) == [Self.message(2, 700)])

        try await client.transport { $0.close(ours) }
        #expect(try await client.closed(ours) == "closed by us")
        #expect(try await server.closed(theirs) == "closed by the peer")
        try await scene.end()
    }

    @Test(
        "1,000 messages of 1 to 60,000 octets both ways at once keep order and boundaries",
        arguments: SCTPPairing.available)
    func order(pairing: SCTPPairing) async throws {
        var limits = AssociationLimits()
        limits.pendingOctets = 32 << 20
        let scene = try await SCTPScene(pairing, clientLimits: limits, serverLimits: limits)
        let (ours, theirs) = try await scene.connect()
        let messages = (0..<1000).map { Self.message($0, Self.size($0)) }
        try await scene.client.transport { transport in messages.forEach { transport.send($0, on: ours) } }
        try await scene.server.transport { transport in messages.reversed().forEach { transport.send($0, on: theirs) } }
        let there = try await scene.server.received(1000, on: theirs)
        #expect(there == messages)
        let back = try await scene.client.received(1000, on: ours)
        #expect(back == messages.reversed())
        try await scene.end()
    }

    @Test("a port where nobody listens refuses", arguments: SCTPPairing.available)
    func refused(pairing: SCTPPairing) async throws {
        let scene = try await SCTPScene(pairing)
        let id = try await scene.begin(port: scene.port + 1)
        #expect(try await !scene.client.connectFailed(id, within: .seconds(3)).isEmpty)
        try await scene.end()
    }

    @Test("RFC 6951: a peer that does not answer at all ends in a time-out", arguments: SCTPPairing.encapsulated)
    func noAnswer(pairing: SCTPPairing) async throws {
        var limits = AssociationLimits()
        limits.connectTimeout = .milliseconds(300)
        let scene = try await SCTPScene(pairing, throughRelay: true, clientLimits: limits)
        try await scene.relay?.fallSilent()
        let id = try await scene.begin()
        #expect(try await scene.client.connectFailed(id).contains("no answer"))
        try await scene.end()
    }

    @Test("close while connecting is answered by connectFailed", arguments: SCTPPairing.encapsulated)
    func closeWhileConnecting(pairing: SCTPPairing) async throws {
        let scene = try await SCTPScene(pairing, throughRelay: true)
        try await scene.relay?.fallSilent()
        let id = try await scene.begin()
        try await scene.client.transport { $0.close(id) }
        #expect(try await scene.client.connectFailed(id) == "closed by us")
        try await scene.end()
    }

    @Test("the server closes: both learn it, later sends are dropped", arguments: SCTPPairing.available)
    func serverCloses(pairing: SCTPPairing) async throws {
        let scene = try await SCTPScene(pairing)
        let (ours, theirs) = try await scene.connect()
        try await scene.server.transport { $0.close(theirs) }
        #expect(try await scene.client.closed(ours) == "closed by the peer")
        #expect(try await scene.server.closed(theirs) == "closed by us")
        try await scene.client.transport { $0.send([1, 2, 3], on: ours) }
        try await scene.end()
    }

    @Test("what was sent before close arrives", arguments: SCTPPairing.available)
    func closeAfterSending(pairing: SCTPPairing) async throws {
        let scene = try await SCTPScene(pairing)
        let (ours, theirs) = try await scene.connect()
        let messages = (0..<200).map { Self.message($0, 10_000) }
        try await scene.client.transport { transport in
            messages.forEach { transport.send($0, on: ours) }
            transport.close(ours)
        }
        #expect(try await scene.server.closed(theirs) == "closed by the peer")
        #expect(try await scene.server.received(200, on: theirs) == messages)
        #expect(try await scene.client.closed(ours) == "closed by us")
        try await scene.end()
    }

    @Test("both sides close at once", arguments: SCTPPairing.available)
    func bothClose(pairing: SCTPPairing) async throws {
        let scene = try await SCTPScene(pairing)
        let (ours, theirs) = try await scene.connect()
        try await scene.client.transport { $0.close(ours) }
        try await scene.server.transport { $0.close(theirs) }
        // Who was first is the network's affair.
        #expect(try await scene.client.closed(ours).hasPrefix("closed by"))
        #expect(try await scene.server.closed(theirs).hasPrefix("closed by"))
        try await scene.end()
    }

    @Test("a node that shuts down without closing is noticed", arguments: SCTPPairing.available)
    func shutDown(pairing: SCTPPairing) async throws {
        let scene = try await SCTPScene(pairing)
        let (ours, _) = try await scene.connect()
        try await scene.server.shutDown()
        _ = try await scene.client.closed(ours, within: .seconds(2))
        try await scene.end()
    }

    @Test("RFC 9260 §8.1: a peer that falls silent is detected by both", arguments: SCTPPairing.encapsulated)
    func silence(pairing: SCTPPairing) async throws {
        let scene = try await SCTPScene(pairing, throughRelay: true, timing: SCTPScene.quick)
        let (ours, theirs) = try await scene.connect()
        try await scene.client.transport { $0.send([1], on: ours) }
        _ = try await scene.server.received(1, on: theirs)
        try await scene.relay?.fallSilent()
        #expect(try await scene.client.closed(ours).hasPrefix("lost"))
        #expect(try await scene.server.closed(theirs).hasPrefix("lost"))
        try await scene.end()
    }

    @Test("20 associations at once to one listener", arguments: SCTPPairing.available)
    func twenty(pairing: SCTPPairing) async throws {
        let scene = try await SCTPScene(pairing)
        var ids: [AssociationID] = []
        for _ in 0..<20 { ids.append(try await scene.begin()) }
        for id in ids { _ = try await scene.client.connected(id) }
        let accepted = try await scene.server.accepted(20)
        let all = ids
        try await scene.client.transport { transport in
            for id in all { transport.send(Self.message(Int(id.rawValue), 100), on: id) }
        }
        var got: Set<[UInt8]> = []
        for id in accepted { got.formUnion(try await scene.server.received(1, on: id)) }
        #expect(got == Set(ids.map { Self.message(Int($0.rawValue), 100) }))
        try await scene.client.transport { transport in all.forEach { transport.close($0) } }
        for id in ids { _ = try await scene.client.closed(id) }
        for id in accepted { _ = try await scene.server.closed(id) }
        try await scene.end()
    }

    @Test("more associations than allowed are turned away", arguments: SCTPPairing.available)
    func tooMany(pairing: SCTPPairing) async throws {
        var limits = AssociationLimits()
        limits.accepted = 1
        let scene = try await SCTPScene(pairing, serverLimits: limits)
        _ = try await scene.connect()
        let second = try await scene.begin()
        // The kernel's client may see the end before it has seen the beginning.
        _ = try await scene.client.wait(for: "an end") { state -> Bool? in
            state.events.contains {
                switch $0 {
                case .connectFailed(second, _), .closed(second, _): true
                default: false
                }
            } ? true : nil
        }
        try await scene.end()
    }

    @Test(
        "RFC 6733 §2.1: payload protocol 46, ordered delivery, 8 streams on the wire",
        arguments: SCTPPairing.encapsulated)
    func onTheWire(pairing: SCTPPairing) async throws {
        let scene = try await SCTPScene(pairing, throughRelay: true)
        let (ours, theirs) = try await scene.connect()
        try await scene.client.transport { $0.send(Self.message(1, 5000), on: ours) }
        _ = try await scene.server.received(1, on: theirs)
        try await scene.server.transport { $0.send(Self.message(2, 600), on: theirs) }
        _ = try await scene.client.received(1, on: ours)
        let chunks = try await scene.relay?.dataChunks() ?? []
        // Two messages; a link with a small MTU makes more chunks of them.
        #expect(chunks.count >= 2)
        #expect(chunks.allSatisfy { $0.payloadProtocol == 46 && $0.flags & 4 == 0 && $0.stream == 0 })
        #expect(try await scene.relay?.initStreams() == 8)
        try await scene.end()
    }

    @Test(
        "RFC 6733 §2.1.1: transactions take several streams, and who was called waits for the caller",
        arguments: SCTPPairing.encapsulated)
    func streams(pairing: SCTPPairing) async throws {
        let scene = try await SCTPScene(pairing, throughRelay: true)
        let (ours, theirs) = try await scene.connect()
        // A CER, then requests; their answers.
        try await scene.server.transport { $0.send(Self.request(hopByHop: 3), on: theirs) }
        _ = try await scene.client.received(1, on: ours)
        #expect(try await scene.relay?.dataChunks().map(\.stream) == [0])
        try await scene.client.transport { transport in
            transport.send(Self.message(0, 100), on: ours)
            for number in 0..<14 { transport.send(Self.request(hopByHop: UInt8(number)), on: ours) }
        }
        let there = try await scene.server.received(15, on: theirs)
        #expect(Set(there) == Set([Self.message(0, 100)] + (0..<14).map { Self.request(hopByHop: UInt8($0)) }))
        try await scene.server.transport { transport in
            for number in 0..<14 { transport.send(Self.request(hopByHop: UInt8(number)), on: theirs) }
        }
        _ = try await scene.client.received(15, on: ours)
        let used = try await scene.relay?.dataChunks().map(\.stream) ?? []
        #expect(used.count { $0 == 0 } == 2)
        for stream in 1...7 as ClosedRange<UInt16> { #expect(used.count { $0 == stream } == 4) }
        try await scene.end()
    }

    /// A header of RFC 6733 §3 with the Cx application.
    private static func request(hopByHop: UInt8) -> [UInt8] {
        [1, 0, 0, 20, 0xC0, 0, 1, 44, 1, 0, 0, 0, 0, 0, 0, hopByHop, 0, 0, 0, hopByHop]
    }

    @Test("RFC 6458 §6.1: what happens to an association is told", arguments: SCTPPairing.encapsulated)
    func notices(pairing: SCTPPairing) async throws {
        var timing = SCTPScene.quick
        // Fewer than the association's: the kernel says nothing of a last path otherwise.
        timing.pathRetransmissions = 2
        let scene = try await SCTPScene(pairing, throughRelay: true, timing: timing)
        let (ours, _) = try await scene.connect()
        try await scene.relay?.fallSilent()
        try await scene.client.transport { $0.send(Self.message(1, 100), on: ours) }
        _ = try await scene.client.closed(ours)
        let notices = try await scene.client.on { $0.notices }
        #expect(notices.contains(.lost))
        #expect(notices.contains(.sendFailed))
        #expect(
            notices.contains { if case .path(_, .unreachable) = $0 { true } else { false } },
            "the only path of the association failed before it did")
        try await scene.end()
    }

    @Test("a message beyond the bound ends the association", arguments: SCTPPairing.available)
    func tooLong(pairing: SCTPPairing) async throws {
        var limits = AssociationLimits()
        limits.messageOctets = 100_000
        let scene = try await SCTPScene(pairing, serverLimits: limits)
        let (ours, theirs) = try await scene.connect()
        try await scene.client.transport { transport in
            transport.send(Self.message(1, 99_000), on: ours)
            transport.send(Self.message(2, 150_000), on: ours)
        }
        #expect(try await scene.server.closed(theirs).contains("more than 100000 octets"))
        #expect(try await scene.server.received(1, on: theirs) == [Self.message(1, 99_000)])
        _ = try await scene.client.closed(ours)
        try await scene.end()
    }

    @Test("a peer that takes nothing costs a bounded queue", arguments: SCTPPairing.encapsulated)
    func slowPeer(pairing: SCTPPairing) async throws {
        var limits = AssociationLimits()
        limits.pendingOctets = 1 << 20
        let scene = try await SCTPScene(pairing, throughRelay: true, clientLimits: limits)
        let (ours, _) = try await scene.connect()
        try await scene.relay?.fallSilent()
        try await scene.client.transport { transport in
            for index in 0..<200 { transport.send(Self.message(index, 50_000), on: ours) }
        }
        #expect(try await scene.client.closed(ours).contains("does not read"))
        try await scene.end()
    }

    /// Mostly small, every tenth large; from 1 to 60,000 octets.
    private static func size(_ index: Int) -> Int {
        switch index {
        case 0: 1
        case 1: 60_000
        default: index % 10 == 0 ? 1 + index * 7919 % 60_000 : 1 + index * 31 % 1500
        }
    }

    /// Octets 8 to 11 are zero, the application of Diameter's base protocol: such messages stay in order.
    private static func message(_ index: Int, _ size: Int) -> [UInt8] {
        (0..<size).map { (8..<12).contains($0) ? 0 : UInt8(truncatingIfNeeded: index &* 31 &+ $0 &* 7 &+ $0 >> 8) }
    }
}
