import Glibc
import NIOCore
import NIOPosix
import Octets
import Synchronization

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

/// Ports of loopback that nobody uses at the moment: below those that the system gives to whoever calls, so that no
/// connection takes one meanwhile, and none twice.
enum FreePort {
    private static let last = Mutex(UInt16.random(in: 10_000..<30_000))

    private static func next() -> UInt16 {
        last.withLock { last in
            last = last < 32_000 ? last + 1 : 10_000
            return last
        }
    }

    static func tcp(_ address: IPAddress = .loopback) async throws -> UInt16 { try free(SOCK_STREAM, address) }

    static func udp(_ address: IPAddress = .loopback) async throws -> UInt16 { try free(SOCK_DGRAM, address) }

    /// Tried by a socket that no program inherits which another test starts meanwhile.
    private static func free(_ kind: __socket_type, _ address: IPAddress) throws -> UInt16 {
        for _ in 0..<100 {
            let port = next()
            let type = Int32(kind.rawValue | SOCK_CLOEXEC.rawValue)
            let descriptor = socket(address.isV6 ? AF_INET6 : AF_INET, type, 0)
            guard descriptor >= 0 else { throw NoPort(code: errno) }
            defer { close(descriptor) }
            if bound(descriptor, address, port) { return port }
        }
        throw NoPort(code: errno)
    }

    struct NoPort: Error { var code: Int32 }

    private static func bound(_ descriptor: Int32, _ address: IPAddress, _ port: UInt16) -> Bool {
        func bind(_ pointer: UnsafeRawPointer, _ length: Int) -> Bool {
            Glibc.bind(descriptor, pointer.assumingMemoryBound(to: sockaddr.self), socklen_t(length)) == 0
        }
        if address.isV6 {
            var own = sockaddr_in6()
            own.sin6_family = sa_family_t(AF_INET6)
            own.sin6_port = port.bigEndian
            own.sin6_addr = in6addr_loopback
            return withUnsafeBytes(of: own) {
                $0.baseAddress.map { bind($0, MemoryLayout<sockaddr_in6>.size) } ?? false
            }
        }
        var own = sockaddr_in()
        own.sin_family = sa_family_t(AF_INET)
        own.sin_port = port.bigEndian
        own.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafeBytes(of: own) { $0.baseAddress.map { bind($0, MemoryLayout<sockaddr_in>.size) } ?? false }
    }
}

extension Array where Element == UInt8 {
    init(text: String) { self = Array(text.utf8) }

    var text: String { String(decoding: self, as: UTF8.self) }
}
