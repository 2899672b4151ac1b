import CUSRSCTP
import Glibc
import NIOCore
import NIOPosix
import Octets
import Synchronization

/// usrsctp without threads of its own: packets come and go through our UDP sockets (RFC 6951), its clock is one timer of
/// the event loop, and everything happens on that loop.
///
/// usrsctp keeps one stack per process in global variables. So there is one `UsrsctpStack` at a time, shared by all
/// `UsrsctpAssociations` of its loop; while one of them lives, no other loop may have it (`claim` says so).
///
/// usrsctp calls back in the middle of our calls into it. Its callbacks therefore only take notes: a packet goes into
/// the UDP channel's outbound buffer, an upcall puts a token on a list. The list is worked off when usrsctp has returned.
final class UsrsctpStack {
    struct Taken: Error {}

    /// Something with an upcall: a listener or an association.
    protocol Client: AnyObject {
        func serve()
    }

    let loop: any EventLoop
    private(set) var peers = EncapsulationPeers()

    private var users = 0
    private var clients: [UInt: any Client] = [:]
    private var lastToken: UInt = 0
    private var ready: [UInt] = []
    private var isDraining = false
    private var sockets: [Int: Encapsulation] = [:]
    private var lastSocket = 0
    private var associations = 0
    private var ticking: Scheduled<Void>?
    private var registered: Set<EncapsulationPeers.Address> = []
    /// Registered on a cookie that may have been forged; looked at after the burst.
    private var tentative: [EncapsulationPeers.Address] = []
    /// Whose association has ended, with the time to forget them.
    private var leaving: [(EncapsulationPeers.Address, NIODeadline)] = []
    private var lastTick = NIODeadline.uptimeNanoseconds(0)
    private var quietSince = NIODeadline.uptimeNanoseconds(0)

    // MARK: - one per process

    private static let claim = Mutex(Claim())

    private struct Claim {
        var loop: ObjectIdentifier?
        var isInitialised = false
    }

    /// Where the C callbacks, which can carry no context of ours, find the stack. Unsafe because the compiler cannot see
    /// what `claim` guarantees: it is read and written only on the loop that holds the claim, and the claim's lock
    /// orders one holder after the other.
    nonisolated(unsafe) private static var current: UsrsctpStack?

    /// The process's stack, begun if need be; each call is answered by one `release`.
    static func claim(on loop: any EventLoop) throws(Taken) -> UsrsctpStack {
        loop.preconditionInEventLoop()
        let identifier = ObjectIdentifier(loop)
        let isOurs = claim.withLock { claim in
            guard claim.loop == nil || claim.loop == identifier else { return false }
            claim.loop = identifier
            if !claim.isInitialised {
                claim.isInitialised = true
                initialise()
            }
            return true
        }
        guard isOurs else { throw Taken() }
        let stack = current ?? UsrsctpStack(loop: loop)
        current = stack
        stack.users += 1
        return stack
    }

    func release() {
        users -= 1
        guard users == 0 else { return }
        ticking?.cancel()
        ticking = nil
        for address in registered { usrsctp_deregister_address(UnsafeMutableRawPointer(bitPattern: address)) }
        Self.current = nil
        Self.claim.withLock { $0.loop = nil }
    }

    private init(loop: any EventLoop) { self.loop = loop }

    /// How long usrsctp may still be busy with an association that we have closed.
    private static let aftermath = TimeAmount.seconds(3)

    private static func initialise() {
        usrsctp_init_nothreads(
            0,
            { address, packet, count, _, _ in
                // Called inside our own calls only; usrsctp's iterator thread has nothing to do without address changes.
                guard let packet, let stack = UsrsctpStack.current, stack.loop.inEventLoop else { return -1 }
                return stack.transmit(
                    UnsafeRawBufferPointer(start: packet, count: count), to: UInt(bitPattern: address))
            }, nil)
        // A packet's ECN bits do not reach us through UDP sockets; AF_CONN has no addresses to announce (RFC 5061).
        usrsctp_sysctl_set_sctp_ecn_enable(0)
        usrsctp_sysctl_set_sctp_asconf_enable(0)
        usrsctp_sysctl_set_sctp_auto_asconf(0)
        // A send takes whole messages only, so the buffer must hold the largest one.
        usrsctp_sysctl_set_sctp_sendspace(2 << 20)
        usrsctp_sysctl_set_sctp_recvspace(1 << 20)
    }

    // MARK: - clients

    static let upcall: @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?, Int32) -> Void = { _, token, _ in
        guard let stack = UsrsctpStack.current, stack.loop.inEventLoop else { return }
        stack.ready.append(UInt(bitPattern: token))
    }

    /// Tokens are never used again: an upcall that comes late finds nobody.
    func register(_ client: any Client, for socket: UsrsctpSocket) -> UInt {
        lastToken += 1
        clients[lastToken] = client
        socket.setUpcall(token: lastToken, Self.upcall)
        return lastToken
    }

    func deregister(_ token: UInt) { clients[token] = nil }

    func associationBegan(with peer: EncapsulationPeers.Address) {
        associations += 1
        peers.associationBegan(peer)
        keepTime()
    }

    func associationEnded(with peer: EncapsulationPeers.Address) {
        associations -= 1
        peers.associationEnded(peer)
        quietSince = .now()
        leaving.append((peer, quietSince + Self.aftermath))
    }

    /// The address of a peer that we are about to connect to.
    func address(of remote: Endpoint, through socket: Int) -> EncapsulationPeers.Address {
        let address = peers.address(of: remote, through: socket)
        registerAddress(address)
        return address
    }

    // MARK: - addresses

    /// AF_CONN knows one address for both ends. usrsctp finds an association only if the local one is registered, and looks
    /// through all registered ones for each packet: so an address is registered from the moment an association may come
    /// of it until a little after the last one has ended, and an INIT from a stranger registers nothing.
    private func registerAddress(_ address: EncapsulationPeers.Address) {
        guard registered.insert(address).inserted else { return }
        usrsctp_register_address(UnsafeMutableRawPointer(bitPattern: address))
    }

    private func deregisterIfUnused(_ address: EncapsulationPeers.Address) {
        guard peers[address]?.associations ?? 0 == 0, registered.remove(address) != nil else { return }
        usrsctp_deregister_address(UnsafeMutableRawPointer(bitPattern: address))
    }

    /// Makes calls into usrsctp, then does what their callbacks noted and sends the packets they wrote.
    func perform<Result>(_ calls: () -> Result) -> Result {
        let result = calls()
        drain()
        return result
    }

    private func drain() {
        guard !isDraining else { return }
        isDraining = true
        while !ready.isEmpty {
            let turn = ready
            ready.removeAll(keepingCapacity: true)
            var previous: UInt = 0
            for token in turn where token != previous {
                previous = token
                clients[token]?.serve()
            }
        }
        for address in tentative { deregisterIfUnused(address) }
        tentative.removeAll()
        isDraining = false
        for socket in sockets.values { socket.flush() }
    }

    // MARK: - time

    /// usrsctp's clock runs while an association lives and a little longer (an association that has ended may still be
    /// cleared up); an idle process is not woken.
    private func keepTime() {
        quietSince = .now()
        guard ticking == nil, users > 0 else { return }
        lastTick = .now()
        scheduleTick()
    }

    private func scheduleTick() {
        ticking = loop.assumeIsolated().scheduleTask(in: .milliseconds(10)) { self.tick() }
    }

    private func tick() {
        let now = NIODeadline.now()
        let elapsed = (now - lastTick).nanoseconds / 1_000_000
        lastTick = lastTick + .milliseconds(elapsed)
        ticking = nil
        perform { usrsctp_handle_timers(UInt32(clamping: elapsed)) }
        while let (address, time) = leaving.first, time <= now {
            leaving.removeFirst()
            deregisterIfUnused(address)
        }
        guard users > 0, ticking == nil, associations > 0 || !leaving.isEmpty || now - quietSince < Self.aftermath
        else { return }
        scheduleTick()
    }

    // MARK: - packets

    /// Opens a UDP socket for encapsulated packets; its number names it here.
    func openSocket(at local: Endpoint) -> EventLoopFuture<Int> {
        lastSocket += 1
        let number = lastSocket
        let bound = NIOLoopBound(self, eventLoop: loop)
        return DatagramBootstrap(group: loop)
            .channelOption(.datagramVectorReadMessageCount, value: 16)
            // Room for any UDP datagram: a kernel peer fills its path's MTU, which is 64 KiB on a loopback.
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 16 * 65_536))
            // The kernel caps it at net.core.rmem_max; a burst of one window should not be lost to our own socket.
            .channelOption(.socketOption(.so_rcvbuf), value: 2 << 20)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Encapsulation(stack: bound.value, number: number))
                }
            }
            .bind(to: local.nioAddress)
            .assumeIsolated()
            .map { _ in number }
            .nonisolated()
    }

    func localPort(of socket: Int) -> UInt16? { sockets[socket]?.localPort }

    func closeSocket(_ number: Int) {
        peers.forget(socket: number)
        sockets.removeValue(forKey: number)?.close()
    }

    fileprivate func opened(_ socket: Encapsulation) { sockets[socket.number] = socket }

    fileprivate func received(_ packet: ByteBuffer, from remote: SocketAddress, through socket: Int) {
        // Common header and one chunk header, RFC 9260 §3: less is not SCTP.
        guard packet.readableBytes >= 16, let remote = Endpoint(remote), sockets[socket] != nil else { return }
        let address = peers.address(of: remote, through: socket)
        // RFC 9260 §5.1: a COOKIE ECHO comes first in its packet, and makes the association.
        if packet.getInteger(at: packet.readerIndex + 12, as: UInt8.self) == 10, !registered.contains(address) {
            registerAddress(address)
            tentative.append(address)
        }
        packet.withUnsafeReadableBytes {
            usrsctp_conninput(UnsafeMutableRawPointer(bitPattern: address), $0.baseAddress, $0.count, 0)
        }
    }

    fileprivate func receivedBurst() { perform {} }

    /// SCTP sends again what is not sent here.
    private func transmit(_ packet: UnsafeRawBufferPointer, to address: EncapsulationPeers.Address) -> Int32 {
        guard let peer = peers[address], let socket = sockets[peer.socket] else { return -1 }
        socket.write(packet, to: peer.remote)
        return 0
    }
}

/// One UDP socket full of SCTP packets, RFC 6951.
private final class Encapsulation: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    let number: Int
    private let stack: UsrsctpStack
    private var context: ChannelHandlerContext?
    private var hasWritten = false
    /// The last peer's address as NIO wants it: bursts go to one peer.
    private var lastRemote: (Endpoint, SocketAddress)?

    init(stack: UsrsctpStack, number: Int) {
        self.stack = stack
        self.number = number
    }

    var localPort: UInt16? { context?.localAddress?.port.map { UInt16(clamping: $0) } }

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        stack.opened(self)
    }

    func channelInactive(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        stack.received(envelope.data, from: envelope.remoteAddress, through: number)
    }

    func channelReadComplete(context: ChannelHandlerContext) { stack.receivedBurst() }

    /// ICMP errors arrive here: the association's own timers judge, not we.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}

    func write(_ packet: UnsafeRawBufferPointer, to remote: Endpoint) {
        // What does not fit into the socket is lost, as on any link: SCTP slows down and repeats.
        guard let context, context.channel.isWritable else { return }
        let address: SocketAddress
        if let lastRemote, lastRemote.0 == remote {
            address = lastRemote.1
        } else {
            address = remote.nioAddress
            lastRemote = (remote, address)
        }
        var buffer = context.channel.allocator.buffer(capacity: packet.count)
        buffer.writeBytes(packet)
        context.write(wrapOutboundOut(AddressedEnvelope(remoteAddress: address, data: buffer)), promise: nil)
        hasWritten = true
    }

    func flush() {
        guard hasWritten else { return }
        hasWritten = false
        context?.flush()
    }

    func close() { context?.close(promise: nil) }
}
