import NIOCore
import NIOPosix
import Octets

/// One event loop and the events that objects on it deliver, as a stream.
struct LoopFixture<Event: Sendable>: Sendable {
    let loop: any EventLoop
    let events: AsyncStream<Event>
    let sink: AsyncStream<Event>.Continuation

    init() {
        loop = MultiThreadedEventLoopGroup.singleton.next()
        (events, sink) = AsyncStream.makeStream()
    }

    /// Makes or uses something on the loop.
    func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await loop.submit(body).get()
    }

    /// As `run`, for things that stay on the loop.
    func make<Value>(_ body: @escaping @Sendable () throws -> Value) async throws -> NIOLoopBound<Value> {
        let loop = loop
        return try await loop.submit { NIOLoopBound(try body(), eventLoop: loop) }.get()
    }

    /// The next event that satisfies the test; others before it are passed over.
    func next(_ isWanted: (Event) -> Bool = { _ in true }) async -> Event? {
        for await event in events where isWanted(event) { return event }
        return nil
    }
}

/// Ports of loopback that nobody uses at the moment.
enum FreePort {
    static func tcp(_ address: IPAddress = .loopback) async throws -> UInt16 {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "\(address)", port: 0).get()
        let port = channel.localAddress?.port ?? 0
        try await channel.close()
        return UInt16(port)
    }

    static func udp(_ address: IPAddress = .loopback) async throws -> UInt16 {
        let channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "\(address)", port: 0).get()
        let port = channel.localAddress?.port ?? 0
        try await channel.close()
        return UInt16(port)
    }
}

extension Array where Element == UInt8 {
    init(text: String) { self = Array(text.utf8) }

    var text: String { String(decoding: self, as: UTF8.self) }
}
