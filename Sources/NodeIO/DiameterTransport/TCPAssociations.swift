import Diameter
import NIOCore
import NIOPosix
import Octets

/// Diameter over TCP, RFC 6733 §2.1, or over TLS on it from the first octet on, §13.1.
package final class TCPAssociations: AssociationTransport {
    private let loop: any EventLoop
    private let numbers: AssociationNumbers
    private let tls: TLSCredentials?
    fileprivate let detail: String
    fileprivate let limits: AssociationLimits
    fileprivate let deliver: (AssociationEvent) -> Void

    private var serverChannels: [any Channel] = []
    private var associations: [AssociationID: TCPAssociation] = [:]
    private var accepted = 0
    private var isShutDown = false

    /// - Parameter tls: our certificate and whom we trust; nil for plain TCP.
    package init(
        on loop: any EventLoop, numbers: AssociationNumbers, tls: TLSCredentials? = nil,
        limits: AssociationLimits = AssociationLimits(), deliver: @escaping (AssociationEvent) -> Void
    ) {
        self.loop = loop
        self.numbers = numbers
        self.tls = tls
        detail = tls == nil ? "TCP" : "TLS"
        self.limits = limits
        self.deliver = deliver
    }

    package func listen(on local: Endpoint) -> EventLoopFuture<Void> {
        let name = detail
        guard tls?.canServe ?? true else {
            let reason = "TLS needs a certificate: set tls.certificate and tls.key"
            return loop.makeFailedFuture(BindFailure(name, local, code: 0, reason: reason))
        }
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
            .flatMapErrorThrowing { throw BindFailure(name, local, $0) }
    }

    package func connect(_ id: AssociationID, to remote: Endpoint, from local: Endpoint?) {
        guard !isShutDown else { return deliver(.connectFailed(id, reason: "shutting down")) }
        let association = TCPAssociation(id: id, isAccepted: false, transport: self)
        associations[id] = association
        let handler = NIOLoopBound(association, eventLoop: loop)
        let transport = NIOLoopBound(self, eventLoop: loop)
        var bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(TimeAmount(limits.connectTimeout))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelOption(.writeBufferWaterMark, value: waterMark)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try transport.value.secure(channel)
                    try channel.pipeline.syncOperations.addHandler(handler.value)
                }
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
        let association = TCPAssociation(id: numbers.next(), isAccepted: true, transport: self, caller: remote)
        associations[association.id] = association
        do {
            try secure(channel, isServer: true)
            try channel.pipeline.syncOperations.addHandler(association)
        } catch {
            association.fail(SystemError.sentence(error))
            throw error
        }
    }

    private func secure(_ channel: any Channel, isServer: Bool = false) throws {
        guard let tls else { return }
        let origin = CertifiedOrigin()
        let pipeline = channel.pipeline.syncOperations
        if isServer {
            try pipeline.addHandler(tls.serverHandler(.required))
        } else {
            try pipeline.addHandler(try tls.clientHandler(serverName: nil))
        }
        try pipeline.addHandlers([TLSPeerCheck { origin.take($0) }, origin])
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
    /// Who has called; nil when we did.
    private let caller: Endpoint?
    let isAccepted: Bool
    private let transport: TCPAssociations
    private var state = State.connecting
    private var context: ChannelHandlerContext?
    private var flushIsPlanned = false
    private var reason = "closed by the peer"
    /// A handshake that takes longer ends.
    private var deadline: Scheduled<Void>?

    init(id: AssociationID, isAccepted: Bool, transport: TCPAssociations, caller: Endpoint? = nil) {
        self.id = id
        self.caller = caller
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
        deadline?.cancel()
        let sentence = caller.map { "refused \($0): \(reason)" } ?? reason
        transport.ended(self, .connectFailed(id, reason: sentence))
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(transport.limits.connectTimeout)) {
            guard case .connecting = self.state else { return }
            self.close(reason: "no TLS handshake in \(self.transport.limits.connectTimeout)")
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        guard case .connecting = state else { return }
        state = .open
        deadline?.cancel()
        if let caller {
            transport.deliver(.accepted(id, from: caller, detail: transport.detail))
        } else {
            transport.deliver(.connected(id, detail: transport.detail))
        }
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
