import NIOCore
import NIOPosix
import NodeIO
import Octets
import SIP
import Testing

@Suite("RFC 3263: the resolver", .timeLimit(.minutes(1)))
struct DNSResolverTests {
    private struct Event: Equatable, Sendable {
        var query: DNSQuery
        var answer: DNSAnswer
    }

    private let fixture = LoopFixture<Event>()

    private func resolver(_ port: UInt16, timeout: Duration = .milliseconds(300)) async throws -> NIOLoopBound<
        DNSResolver
    > {
        var settings = DNSSettings()
        settings.servers = ["127.0.0.1:\(port)"]
        settings.timeout = timeout
        settings.tries = 2
        let sink = fixture.sink
        let loop = fixture.loop
        let chosen = settings
        return try await fixture.make {
            try DNSResolver(on: loop, settings: chosen) { sink.yield(Event(query: $0, answer: $1)) }
        }
    }

    private func query(_ kind: DNSQuery.Kind, _ name: String) throws -> DNSQuery {
        DNSQuery(kind, try #require(DNSName(name)))
    }

    /// Asks, and gives what is answered.
    private func ask(_ query: DNSQuery, _ resolver: NIOLoopBound<DNSResolver>) async throws -> DNSAnswer? {
        try await fixture.run { resolver.value.ask(query) }
        return await fixture.next { $0.query == query }?.answer
    }

    @Test("a name server's word comes back to the loop: that a name does not exist")
    func answered() async throws {
        let server = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Denier()) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let resolver = try await resolver(UInt16(server.localAddress?.port ?? 0))
        for kind in DNSQuery.Kind.allCases {
            #expect(try await ask(try query(kind, "_sip._udp.example.test"), resolver) == .absent(ttl: nil))
        }
        #expect(try await fixture.run { resolver.value.open } == 0)
        try await fixture.run { resolver.value.shutDown() }
        try await server.close()
    }

    /// Answers every query with NXDOMAIN, RFC 1035: QR is set, RCODE is 3, the rest as it came.
    private final class Denier: ChannelInboundHandler {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>
        typealias OutboundOut = AddressedEnvelope<ByteBuffer>

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var envelope = unwrapInboundIn(data)
            envelope.data.setInteger(UInt16(0x8183), at: envelope.data.readerIndex + 2)
            context.writeAndFlush(wrapOutboundOut(envelope), promise: nil)
        }
    }

    @Test("a name server that says nothing: a timeout, after all tries, and without a busy loop")
    func silence() async throws {
        let silent = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let resolver = try await resolver(UInt16(silent.localAddress?.port ?? 0), timeout: .milliseconds(100))
        let began = ContinuousClock.now
        #expect(try await ask(try query(.a, "example.test"), resolver) == .failed(.timeout))
        #expect(ContinuousClock.now - began >= .milliseconds(150))
        #expect(try await fixture.run { resolver.value.open } == 0)
        try await fixture.run { resolver.value.shutDown() }
        try await silent.close()
    }

    @Test("nobody at the name server's port; and shut down with queries open")
    func refused() async throws {
        let resolver = try await resolver(try await FreePort.udp())
        let answer = try await ask(try query(.a, "example.test"), resolver)
        #expect(answer == .failed(.server) || answer == .failed(.timeout))
        let query = try query(.a, "example.test")
        try await fixture.run {
            for _ in 0..<50 { resolver.value.ask(query) }
            resolver.value.shutDown()
            #expect(resolver.value.open == 0)
        }
    }
}
