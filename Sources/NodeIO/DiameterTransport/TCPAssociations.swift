import Diameter
import NIOCore
import NIOPosix
import Octets

/// Diameter over TCP, RFC 6733 §2.1.
package final class TCPAssociations: AssociationTransport {
    private let loop: any EventLoop
    private let numbers: AssociationNumbers
    fileprivate let limits: AssociationLimits
    fileprivate let deliver: (AssociationEvent) -> Void

    private var serverChannels: [any Channel] = []
    private var associations: [AssociationID: TCPAssociation] = [:]
    private var accepted = 0
    private var isShutDown = false

    package init(
        on loop: any EventLoop, numbers: AssociationNumbers, limits: AssociationLimits = AssociationLimits(),
        deliver: @escaping (AssociationEvent) -> Void
    ) {
        self.loop = loop
        self.numbers = numbers
        self.limits = limits
        self.deliver = deliver
    }

    package func listen(on local: Endpoint) -> EventLoopFuture<Void> {
        let transport = NIOLoopBound(self, eventLoop: loop)
        let bound = ServerBootstrap(group: loop, childGroup: loop)
            .serverChannelOption(.backlog, value: 128)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.writeBufferWaterMark, value: waterMark)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try transport.value.accept(channel) }
            }
            .bind(to: local.nioAddress)
        return bound.map { transport.value.serverChannels.append($0) }
            .flatMapErrorThrowing { throw BindFailure("TCP", local, $0) }
    }

    package func connect(_ id: AssociationID, to remote: Endpoint, from local: Endpoint?) {
        guard !isShutDown else { return deliver(.connectFailed(id, reason: "shutting down")) }
        let association = TCPAssociation(id: id, isAccepted: false, transport: self)
        associations[id] = association
        let handler = NIOLoopBound(association, eventLoop: loop)
        var bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(TimeAmount(limits.connectTimeout))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelOption(.writeBufferWaterMark, value: waterMark)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(handler.value) }
            }
        if let local, !local.address.isUnspecified { bootstrap = bootstrap.bind(to: local.nioAddress) }
        bootstrap.connect(to: remote.nioAddress).assumeIsolated().whenFailure { error in
            association.fail(SystemError.sentence(error))
        }
    }

    package func send(_ message: [UInt8], on association: AssociationID) { associations[association]?.send(message) }

    package func flush(_ association: AssociationID) { associations[association]?.flush() }

    package func close(_ association: AssociationID) { associations[association]?.close(reason: "closed by us") }

    package func shutDown() {
        isShutDown = true
        for channel in serverChannels { channel.close(promise: nil) }
        for association in Array(associations.values) { association.close(reason: "shutting down") }
    }

    private func accept(_ channel: any Channel) throws {
        guard let address = channel.remoteAddress, let remote = Endpoint(address), !isShutDown,
            accepted < limits.accepted
        else { throw ChannelError.eof }
        accepted += 1
        let association = TCPAssociation(id: numbers.next(), isAccepted: true, transport: self)
        associations[association.id] = association
        deliver(.accepted(association.id, from: remote, detail: "TCP"))
        try channel.pipeline.syncOperations.addHandler(association)
    }

    private var waterMark: ChannelOptions.Types.WriteBufferWaterMark {
        ChannelOptions.Types.WriteBufferWaterMark(low: limits.pendingOctets / 2, high: limits.pendingOctets)
    }

    fileprivate func ended(_ association: TCPAssociation, _ event: AssociationEvent) {
        guard associations.removeValue(forKey: association.id) != nil else { return }
        if association.isAccepted { accepted -= 1 }
        if !isShutDown { deliver(event) }
    }
}

/// One TCP connection of Diameter.
private final class TCPAssociation: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State { case connecting, open, closed }

    let id: AssociationID
    let isAccepted: Bool
    private let transport: TCPAssociations
    private var state = State.connecting
    private var context: ChannelHandlerContext?
    private var flushIsPlanned = false
    private var reason = "closed by the peer"

    init(id: AssociationID, isAccepted: Bool, transport: TCPAssociations) {
        self.id = id
        self.isAccepted = isAccepted
        self.transport = transport
    }

    func send(_ message: [UInt8]) {
        guard case .open = state, let context else { return }
        context.write(wrapOutboundOut(context.channel.allocator.buffer(bytes: message)), promise: nil)
        guard !flushIsPlanned else { return }
        flushIsPlanned = true
        // One system call for all that this turn of the loop sends.
        context.eventLoop.assumeIsolated().execute { self.flush() }
    }

    func flush() {
        guard flushIsPlanned else { return }
        flushIsPlanned = false
        context?.flush()
    }

    func close(reason: String) {
        self.reason = reason
        guard let context else { return fail(reason) }
        flush()
        context.close(promise: nil)
    }

    func fail(_ reason: String) {
        guard case .connecting = state else { return }
        state = .closed
        transport.ended(self, .connectFailed(id, reason: reason))
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if isAccepted { state = .open }
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        guard case .connecting = state else { return }
        state = .open
        transport.deliver(.connected(id, detail: "TCP"))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        transport.deliver(.received(Array(unwrapInboundIn(data).readableBytesView), id))
    }

    /// The high water mark is `AssociationLimits.pendingOctets`.
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard !context.channel.isWritable else { return }
        reason = "the peer does not read what we send"
        context.close(promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        reason = SystemError.sentence(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        guard case .open = state else { return fail(reason) }
        state = .closed
        transport.ended(self, .closed(id, reason: reason))
    }
}
