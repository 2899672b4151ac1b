import Glibc
import NIOCore
import NodeIO
import Octets
import SIP
import Testing

@Suite("RFC 7118: SIP over WebSocket", .timeLimit(.minutes(1)))
struct WebSocketTests {
    let fixture = LoopFixture<SIPTransportEvent>()
    let listener = ListenerID(rawValue: 0)

    func table(
        _ limits: SIPTransportLimits = SIPTransportLimits(), _ change: (inout WebSocketPolicy) -> Void = { _ in }
    )
        async throws -> (NIOLoopBound<StreamConnections>, UInt16)
    {
        let port = try await FreePort.tcp()
        let sink = fixture.sink
        let loop = fixture.loop
        let listener = listener
        var options = SIPSocketOptions()
        change(&options.webSocket)
        let socket = SIPSocket(.ws, Endpoint(.loopback, port), options)
        let table = try await fixture.make { StreamConnections(on: loop, limits: limits) { sink.yield($0) } }
        try await loop.flatSubmit { table.value.listen(listener, at: socket) }.get()
        return (table, port)
    }

    /// The handshake of RFC 7118 §4.1, with these lines instead of its own.
    static func handshake(_ replaced: [String: String?] = [:], start: String = "GET / HTTP/1.1") -> String {
        var lines: [String: String] = [
            "Host": "sip-ws.example.com", "Upgrade": "websocket", "Connection": "Upgrade",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Origin": "http://www.example.com",
            "Sec-WebSocket-Protocol": "sip", "Sec-WebSocket-Version": "13",
        ]
        for (name, value) in replaced { lines[name] = value }
        return start + "\r\n" + lines.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\r\n" }.joined() + "\r\n"
    }

    /// A masked frame as a client sends it, RFC 6455 §5.2.
    static func frame(_ first: UInt8, _ payload: [UInt8], masked: Bool = true) -> [UInt8] {
        let length: [UInt8] =
            payload.count < 126 ? [UInt8(payload.count)] : [126, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
        let mask: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
        guard masked else { return [first] + length + payload }
        let body = payload.enumerated().map { $1 ^ mask[$0 % 4] }
        return [first, length[0] | 0x80] + length.dropFirst() + mask + body
    }

    func connected(_ port: UInt16) throws -> PlainSocket {
        let client = try PlainSocket(SOCK_STREAM, to: port)
        client.send(Self.handshake())
        let answer = client.receive() ?? ""
        #expect(answer.hasPrefix("HTTP/1.1 101 "))
        return client
    }

    func message() async -> ([UInt8], Hop)? {
        let event = await fixture.next { if case .datagram = $0 { true } else { false } }
        guard case .datagram(let octets, let hop)? = event else { return nil }
        return (octets, hop)
    }

    @Test("§4.1: the handshake of the RFC is answered as the RFC says")
    func handshake() async throws {
        let (table, port) = try await table()
        let client = try PlainSocket(SOCK_STREAM, to: port)
        client.send(Self.handshake())
        let lines = (client.receive() ?? "").split(separator: "\r\n").map { $0.lowercased() }
        #expect(lines.first == "http/1.1 101 switching protocols")
        for line in [
            "upgrade: websocket", "connection: upgrade", "sec-websocket-protocol: sip",
            "sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=",
        ] { #expect(lines.contains(line)) }
        try await fixture.run { table.value.shutDown() }
    }

    @Test(
        "A handshake that is none, or not for SIP, is refused with its reason",
        arguments: [
            (["Sec-WebSocket-Protocol": nil], "GET / HTTP/1.1", 400),
            (["Sec-WebSocket-Protocol": "xmpp"], "GET / HTTP/1.1", 400),
            (["Sec-WebSocket-Version": "8"], "GET / HTTP/1.1", 426), (["Upgrade": nil], "GET / HTTP/1.1", 426),
            (["Origin": "http://evil.example"], "GET / HTTP/1.1", 403), ([:], "POST / HTTP/1.1", 405),
            ([:], "GET /elsewhere HTTP/1.1", 404), (["Sec-WebSocket-Key": nil], "GET / HTTP/1.1", 400),
            (["Content-Length": "5"], "GET / HTTP/1.1", 400), ([:], "nonsense", 400),
        ] as [([String: String?], String, Int)])
    func refusals(lines: [String: String?], start: String, status: Int) async throws {
        let (table, port) = try await table {
            $0.origins = ["http://www.example.com"]
            $0.path = "/"
        }
        let client = try PlainSocket(SOCK_STREAM, to: port)
        client.send(Self.handshake(lines, start: start))
        #expect(client.receive()?.hasPrefix("HTTP/1.1 \(status) ") == true)
        while client.receive() != nil {}
        try await fixture.run { table.value.shutDown() }
    }

    @Test("A handshake of more than 16 KiB is cut off")
    func longHandshake() async throws {
        let (table, port) = try await table()
        let client = try PlainSocket(SOCK_STREAM, to: port)
        client.send(Self.handshake(["X-Long": String(repeating: "a", count: 20_000)]))
        #expect(client.receive()?.hasPrefix("HTTP/1.1 101") != true)
        try await fixture.run { table.value.shutDown() }
    }

    @Test("§4.2, §5: text and binary arrive whole, in fragments too, and the answer is text when it is UTF-8")
    func messages() async throws {
        let (table, port) = try await table()
        let client = try connected(port)
        client.send(octets: Self.frame(0x81, Array("hello".utf8)))
        let (text, hop) = try #require(await message())
        #expect(text == Array("hello".utf8))
        #expect(hop.transport == .ws)
        let binary: [UInt8] = [0xFF, 0x00] + Array(repeating: 0x41, count: 300)
        client.send(octets: Self.frame(0x82, binary))
        #expect(await message()?.0 == binary)
        client.send(octets: Self.frame(0x01, Array("frag".utf8)) + Self.frame(0x89, Array("ping".utf8)))
        client.send(octets: Self.frame(0x80, Array("ment".utf8)))
        #expect(await message()?.0 == Array("fragment".utf8))
        #expect(client.receiveOctets() == [0x8A, 4] + Array("ping".utf8))
        try await fixture.run {
            table.value.transmit(Array("answer".utf8), to: hop)
            table.value.flush()
        }
        #expect(client.receiveOctets() == [0x81, 6] + Array("answer".utf8))
        try await fixture.run {
            table.value.transmit([0xFF], to: hop)
            table.value.flush()
        }
        #expect(client.receiveOctets() == [0x82, 1, 0xFF])
        try await fixture.run { table.value.shutDown() }
        #expect(client.receiveOctets() == [0x88, 2, 0x03, 0xE9])  // 1001, going away
    }

    @Test(
        "RFC 6455 §7.4.1: what breaks the protocol ends the connection with its code",
        arguments: [
            (frame(0x81, [0x41], masked: false), 1002), (frame(0x80, [0x41]), 1002), (frame(0xC1, [0x41]), 1002),
            (frame(0x83, [0x41]), 1002), (frame(0x81, [0xFF, 0xFE]), 1007),
            (frame(0x01, [0x41]) + frame(0x81, [0x41]), 1002),
            (frame(0x09, [0x41]), 1002), (frame(0x88, [0x03, 0xE8]), 1000),
        ] as [([UInt8], UInt16)])
    func codes(octets: [UInt8], code: UInt16) async throws {
        let (table, port) = try await table()
        let client = try connected(port)
        client.send(octets: octets)
        #expect(client.receiveOctets() == [0x88, 2, UInt8(code >> 8), UInt8(code & 255)])
        #expect(client.receiveOctets() == nil)
        #expect(await fixture.next { if case .closed = $0 { true } else { false } } != nil)
        try await fixture.run { table.value.shutDown() }
    }

    @Test("A message longer than allowed is 1009, whole or in fragments")
    func tooLong() async throws {
        var limits = SIPTransportLimits()
        limits.messageOctets = 200
        let (table, port) = try await table(limits)
        for octets in [
            Self.frame(0x81, Array(repeating: 0x41, count: 201)),
            Self.frame(0x01, Array(repeating: 0x41, count: 150)) + Self.frame(0x80, Array(repeating: 0x41, count: 51)),
        ] {
            let client = try connected(port)
            client.send(octets: octets)
            #expect(client.receiveOctets() == [0x88, 2, 0x03, 0xF1])
        }
        try await fixture.run { table.value.shutDown() }
    }

    @Test("A18: a message that arrives octet by octet ends the connection in time")
    func slow() async throws {
        var limits = SIPTransportLimits()
        limits.headerTimeout = .milliseconds(300)
        let (table, port) = try await table(limits)
        let client = try connected(port)
        client.send(octets: Self.frame(0x81, Array("complete".utf8)))
        _ = await message()
        let slow = Self.frame(0x81, Array(repeating: 0x41, count: 100))
        var sent = 0
        for octet in slow {
            client.send(octets: [octet])
            sent += 1
            try await Task.sleep(for: .milliseconds(50))
            if try await fixture.run({ table.value.count }) == 0 { break }
        }
        #expect(sent < 40)
        try await fixture.run { table.value.shutDown() }
    }

    @Test("RFC 7118 §6: a ping of RFC 5626 over WebSocket is answered, and no received goes into a Via (§5.3)")
    func node() async throws {
        let port = try await FreePort.tcp()
        let echo = try await EchoNode {
            $0.listeners[ListenerID(rawValue: 2)] = SIPListener(.ws, Endpoint(.loopback, port))
        }
        try await echo.start()
        let client = try connected(port)
        client.send(octets: Self.frame(0x81, Array("\r\n\r\n".utf8)))
        #expect(client.receiveOctets() == [0x81, 2, 13, 10])
        let request = Options.text("WS", branch: "w1").replacing("127.0.0.1:50000;rport", with: "df7jal23ls0d.invalid")
            .replacing("Content-Length: 0\r\n", with: "")
        client.send(octets: Self.frame(0x81, Array(request.utf8)))
        let answer = String(decoding: client.receiveOctets()?.dropFirst(4) ?? [], as: UTF8.self)
        #expect(answer.hasPrefix("SIP/2.0 200 "))
        #expect(answer.contains("Via: SIP/2.0/WS df7jal23ls0d.invalid;branch=z9hG4bKw1\r\n"))
        try await echo.stop()
    }

    @Test(
        "The client side opens what the server side accepts, over IPv6 too", arguments: [IPAddress.loopback, .v6(0, 1)])
    func client(address: IPAddress) async throws {
        let remote = Endpoint(address, try await FreePort.tcp(address))
        let sink = fixture.sink
        let loop = fixture.loop
        let listener = listener
        let table = try await fixture.make { StreamConnections(on: loop, limits: .init()) { sink.yield($0) } }
        try await loop.flatSubmit { table.value.listen(listener, at: SIPSocket(.ws, remote)) }.get()
        let hop = Hop(.ws, listener, remote)
        for text in ["one", "two"] {
            try await fixture.run {
                table.value.transmit(Array(text: text), to: hop)
                table.value.flush()
            }
            #expect(await message()?.0.text == text)
        }
        #expect(try await fixture.run { table.value.count } == 2)
        try await fixture.run { table.value.shutDown() }
    }

    @Test("A server that does not upgrade is a failure to send, and the log says so")
    func clientRefused() async throws {
        let (table, port) = try await table { $0.path = "/sip" }
        let hop = Hop(.ws, listener, Endpoint(.loopback, port))
        try await fixture.run {
            table.value.transmit(Array(text: "x"), to: hop)
            table.value.flush()
        }
        #expect(
            await fixture.next {
                if case .noticed(let text, _) = $0 {
                    text.contains("the server refuses the WebSocket: 404")
                } else {
                    false
                }
            } != nil)
        #expect(await fixture.next { $0 == .sendFailed(hop) } != nil)
        try await fixture.run { table.value.shutDown() }
    }
}
