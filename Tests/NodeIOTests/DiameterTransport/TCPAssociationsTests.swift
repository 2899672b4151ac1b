import Diameter
import NIOCore
import NodeIO
import Octets
import Testing

@Suite("RFC 6733 §2.1: Diameter over TCP", .timeLimit(.minutes(1)))
struct TCPAssociationsTests {
    let fixture = LoopFixture<AssociationEvent>()

    func transport(_ limits: AssociationLimits = AssociationLimits()) async throws -> NIOLoopBound<TCPAssociations> {
        let sink = fixture.sink
        let loop = fixture.loop
        return try await fixture.make {
            TCPAssociations(on: loop, numbers: AssociationNumbers(), limits: limits) { sink.yield($0) }
        }
    }

    @Test("Connect, accept, both ways, close")
    func life() async throws {
        let transport = try await transport()
        let local = Endpoint(.loopback, try await FreePort.tcp())
        try await fixture.loop.flatSubmit { transport.value.listen(on: local) }.get()
        let ours = AssociationID(rawValue: 1000)
        try await fixture.run { transport.value.connect(ours, to: local, from: nil) }
        var theirs: AssociationID?
        for _ in 0..<2 {
            switch await fixture.next() {
            case .connected(let id, let detail): #expect(id == ours && detail == "TCP")
            case .accepted(let id, let remote, let detail):
                theirs = id
                #expect(remote.address == .loopback && detail == "TCP")
            case let other: Issue.record("unexpected \(String(describing: other))")
            }
        }
        let accepted = try #require(theirs)
        try await fixture.run {
            transport.value.send([1, 2], on: ours)
            transport.value.send([3], on: ours)
        }
        #expect(await fixture.next() == .received([1, 2, 3], accepted))
        try await fixture.run {
            transport.value.send([9], on: accepted)
            transport.value.close(accepted)
        }
        var rest: [AssociationEvent?] = []
        for _ in 0..<3 { rest.append(await fixture.next()) }
        #expect(rest.contains(.closed(accepted, reason: "closed by us")))
        #expect(rest.contains(.received([9], ours)))
        #expect(rest.contains(.closed(ours, reason: "closed by the peer")))
        try await fixture.run { transport.value.shutDown() }
    }

    @Test("A refused connection says so once")
    func refused() async throws {
        let transport = try await transport()
        let remote = Endpoint(.loopback, try await FreePort.tcp())
        try await fixture.run { transport.value.connect(AssociationID(rawValue: 7), to: remote, from: nil) }
        #expect(
            await fixture.next()
                == .connectFailed(AssociationID(rawValue: 7), reason: "ECONNREFUSED (connection refused)"))
    }

    @Test("An address in use is a bind failure with its errno")
    func addressInUse() async throws {
        let transport = try await transport()
        let local = Endpoint(.loopback, try await FreePort.tcp())
        try await fixture.loop.flatSubmit { transport.value.listen(on: local) }.get()
        await #expect(throws: BindFailure("TCP", local, code: 98, reason: "EADDRINUSE")) {
            try await fixture.loop.flatSubmit { transport.value.listen(on: local) }.get()
        }
        try await fixture.run { transport.value.shutDown() }
    }

    @Test("No more associations are accepted than the limit says")
    func acceptedLimit() async throws {
        var limits = AssociationLimits()
        limits.accepted = 1
        let transport = try await transport(limits)
        let local = Endpoint(.loopback, try await FreePort.tcp())
        try await fixture.loop.flatSubmit { transport.value.listen(on: local) }.get()
        try await fixture.run { transport.value.connect(AssociationID(rawValue: 100), to: local, from: nil) }
        try await fixture.run { transport.value.connect(AssociationID(rawValue: 101), to: local, from: nil) }
        let last = await fixture.next { if case .closed = $0 { true } else { false } }
        #expect(last == .closed(AssociationID(rawValue: 101), reason: "closed by the peer"))
        try await fixture.run { transport.value.shutDown() }
    }
}
