import CSCTP
import Glibc
import NIOCore
import NIOPosix

/// Tells an event loop which of our own descriptors are ready; for sockets that NIO's channels cannot drive.
///
/// NIO has no channel for an SCTP socket: its bootstraps insist on TCP_NODELAY, and its pipe channel reads and writes a
/// stream, which loses message boundaries and the payload protocol identifier. So the sockets stand in an epoll set of
/// ours, and the kernel itself tells NIO when that set is ready: a one-shot asynchronous poll (`io_submit` with
/// IOCB_CMD_POLL, Linux 4.18) of the epoll descriptor adds to an eventfd, and the eventfd is read by an ordinary NIO pipe
/// channel on the loop. No thread (a DispatchSource would cost two and a hop each time), no busy loop, nothing that
/// containers forbid (io_uring would be). One wake-up serves all ready sockets; readiness is level-triggered, so a
/// socket that was not drained is reported again, after the loop's other work. Where the kernel refuses the asynchronous
/// poll, the set is looked at by the clock.
final class ReadinessPoll {
    struct Interest: OptionSet {
        let rawValue: UInt32
        static let read = Interest(rawValue: EPOLLIN.rawValue)
        static let write = Interest(rawValue: EPOLLOUT.rawValue)
    }

    struct Failure: Error {
        var call: String
        var code: Int32
    }

    private let loop: any EventLoop
    private let epoll: Int32
    /// -1 without asynchronous poll.
    private var eventDescriptor: Int32 = -1
    private var context: aio_context_t = 0
    private var channel: (any Channel)?
    private var look: RepeatedTask?
    private var isClosed = false
    private var onReady: ((UInt64, _ isReadable: Bool, _ isWritable: Bool) -> Void)?

    /// Where the kernel has no asynchronous poll (some sandboxes), the set is looked at so often.
    private static let usualInterval = Duration.milliseconds(2)

    /// - Parameter interval: looks at the set so often, whatever the kernel can do.
    init(
        on loop: any EventLoop, interval: Duration? = nil,
        onReady: @escaping (UInt64, _ isReadable: Bool, _ isWritable: Bool) -> Void
    ) throws(Failure) {
        loop.preconditionInEventLoop()
        self.loop = loop
        self.onReady = onReady
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard epoll >= 0 else { throw Failure(call: "epoll_create1", code: errno) }
        if interval == nil, armed() {
            readEvents()
        } else {
            let pause = TimeAmount(interval ?? Self.usualInterval)
            let bound = NIOLoopBound(self, eventLoop: loop)
            look = loop.scheduleRepeatedTask(initialDelay: pause, delay: pause) { _ in bound.value.collect() }
        }
    }

    /// Whether the kernel will tell.
    private func armed() -> Bool {
        eventDescriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        if eventDescriptor >= 0, aio_poll_create(&context) == 0,
            aio_poll_arm(context, epoll, eventDescriptor) == 1
        {
            return true
        }
        if context != 0 { aio_poll_destroy(context) }
        if eventDescriptor >= 0 { Glibc.close(eventDescriptor) }
        context = 0
        eventDescriptor = -1
        return false
    }

    private func readEvents() {
        let bound = NIOLoopBound(self, eventLoop: loop)
        NIOPipeBootstrap(group: loop)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(WakeUp(poll: bound.value))
                }
            }
            .takingOwnershipOfDescriptor(input: eventDescriptor)
            .assumeIsolated()
            .whenComplete { result in
                switch result {
                case .success(let channel) where self.isClosed: channel.close(promise: nil)
                case .success(let channel): self.channel = channel
                // The loop is shutting down: nothing can become ready on it any more.
                case .failure: break
                }
            }
    }

    /// `token` comes back with every report. False when the kernel refuses (errno is set).
    func add(_ descriptor: Int32, token: UInt64, _ interest: Interest) -> Bool {
        control(Int32(EPOLL_CTL_ADD), descriptor, token, interest)
    }

    func change(_ descriptor: Int32, token: UInt64, _ interest: Interest) {
        _ = control(Int32(EPOLL_CTL_MOD), descriptor, token, interest)
    }

    /// Before the descriptor is closed.
    func remove(_ descriptor: Int32) { _ = control(Int32(EPOLL_CTL_DEL), descriptor, 0, []) }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        onReady = nil
        look?.cancel()
        if context != 0 { aio_poll_destroy(context) }
        Glibc.close(epoll)
        channel?.close(promise: nil)
    }

    private func control(_ operation: Int32, _ descriptor: Int32, _ token: UInt64, _ interest: Interest) -> Bool {
        var event = epoll_event()
        event.events = interest.rawValue
        event.data.u64 = token
        return epoll_ctl(epoll, operation, descriptor, &event) == 0
    }

    fileprivate func wokenUp() {
        guard !isClosed, aio_poll_collect(context) == 1 else { return }
        collect()
        guard !isClosed, aio_poll_arm(context, epoll, eventDescriptor) != 1 else { return }
        // EAGAIN is all that io_submit can say here: once more on the next turn.
        loop.assumeIsolated().execute { self.rearm() }
    }

    private func collect() {
        guard !isClosed else { return }
        withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: 64) { events in
            // The kernel fills in the events that it counts; only those are read.
            let count = epoll_wait(epoll, events.baseAddress, Int32(events.count), 0)
            for index in 0..<max(0, Int(count)) {
                let event = events[index]
                let trouble = EPOLLERR.rawValue | EPOLLHUP.rawValue
                onReady?(
                    event.data.u64, event.events & (EPOLLIN.rawValue | trouble) != 0,
                    event.events & (EPOLLOUT.rawValue | trouble) != 0)
            }
        }
    }

    private func rearm() {
        guard !isClosed, aio_poll_arm(context, epoll, eventDescriptor) != 1 else { return }
        loop.assumeIsolated().scheduleTask(in: .milliseconds(10)) { self.rearm() }
    }
}

/// Reads the eventfd: its counter says nothing that the epoll set does not say better.
private final class WakeUp: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let poll: ReadinessPoll

    init(poll: ReadinessPoll) { self.poll = poll }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { poll.wokenUp() }
}
