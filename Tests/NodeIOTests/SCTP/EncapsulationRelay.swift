import NIOCore
import NIOPosix
import Octets

/// A piece of network between two SCTP ends that speak UDP: it passes packets on, can fall silent, and reads along.
///
/// The SCTP ports say where a packet goes, because the two ends may share one UDP endpoint (two sockets of one kernel).
struct EncapsulationRelay: Sendable {
    /// What a DATA chunk says of itself, RFC 9260 §3.3.1.
    struct DataChunk: Sendable, Equatable {
        var flags: UInt8
        var stream: UInt16
        var payloadProtocol: UInt32
    }

    let port: UInt16
    private let channel: any Channel
    private let handler: NIOLoopBound<Handler>

    init(serverPort: UInt16, server: Endpoint) async throws {
        let target = try SocketAddress(ipAddress: "\(server.address)", port: Int(server.port))
        let pair = try await sctpLoop.flatSubmit {
            let handler = NIOLoopBound(Handler(serverPort: serverPort, server: target), eventLoop: sctpLoop)
            return DatagramBootstrap(group: sctpLoop)
                .channelOption(.socketOption(.so_rcvbuf), value: 2 << 20)
                .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 65_536))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(handler.value)
                    }
                }
                .bind(host: "127.0.0.1", port: 0)
                .map { ($0, handler) }
        }.get()
        channel = pair.0
        handler = pair.1
        port = UInt16(pair.0.localAddress?.port ?? 0)
    }

    func fallSilent() async throws { try await sctpLoop.submit { handler.value.isSilent = true }.get() }

    func dataChunks() async throws -> [DataChunk] { try await sctpLoop.submit { handler.value.chunks }.get() }

    /// Outgoing streams of the first INIT, RFC 9260 §3.3.2.
    func initStreams() async throws -> UInt16? { try await sctpLoop.submit { handler.value.initStreams }.get() }

    func close() async throws { try await channel.close() }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>
        typealias OutboundOut = AddressedEnvelope<ByteBuffer>

        var isSilent = false
        var chunks: [DataChunk] = []
        var initStreams: UInt16?
        private let serverPort: UInt16
        private let server: SocketAddress
        private var client: SocketAddress?

        init(serverPort: UInt16, server: SocketAddress) {
            self.serverPort = serverPort
            self.server = server
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let envelope = unwrapInboundIn(data)
            let packet = envelope.data
            read(packet)
            let isForServer = packet.getInteger(at: packet.readerIndex + 2, as: UInt16.self) == serverPort
            if isForServer { client = envelope.remoteAddress }
            guard !isSilent, let target = isForServer ? server : client else { return }
            context.writeAndFlush(wrapOutboundOut(AddressedEnvelope(remoteAddress: target, data: packet)), promise: nil)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {}

        private func read(_ packet: ByteBuffer) {
            var offset = packet.readerIndex + 12
            while let type = packet.getInteger(at: offset, as: UInt8.self),
                let length = packet.getInteger(at: offset + 2, as: UInt16.self), length >= 4
            {
                switch type {
                case 0:
                    if let flags = packet.getInteger(at: offset + 1, as: UInt8.self),
                        let stream = packet.getInteger(at: offset + 8, as: UInt16.self),
                        let payload = packet.getInteger(at: offset + 12, as: UInt32.self)
                    {
                        chunks.append(DataChunk(flags: flags, stream: stream, payloadProtocol: payload))
                    }
                case 1: initStreams = initStreams ?? packet.getInteger(at: offset + 12, as: UInt16.self)
                default: break
                }
                offset += (Int(length) + 3) / 4 * 4
            }
        }
    }
}
