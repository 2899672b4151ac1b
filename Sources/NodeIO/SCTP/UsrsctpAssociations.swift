import Diameter
import Glibc
import NIOCore
import Octets

/// Diameter over SCTP where the kernel has none, RFC 6733 §2.1 and RFC 6951: usrsctp inside UDP, on one event loop.
///
/// Several may live in one process as long as they share the loop: usrsctp's one stack per process is shared
/// (`UsrsctpStack`), the SCTP ports are one space for all of them.
package final class UsrsctpAssociations: AssociationTransport {
    private let loop: any EventLoop
    private let numbers: AssociationNumbers
    private let settings: SCTPSettings
    private let limits: AssociationLimits
    private let timing: SCTPTiming
    private let deliver: (AssociationEvent) -> Void
    private let observe: ((AssociationID, SCTPNotice) -> Void)?
    private var stack: UsrsctpStack?
    private var listeners: [Listener] = []
    private var associations: [AssociationID: Association] = [:]
    private var acceptedCount = 0
    private var isShutDown = false
    /// Where received parts land before they become messages; its size is not a limit.
    private var buffer = [UInt8](repeating: 0, count: 65_536)
    /// Our UDP sockets by the address they are bound to.
    private var sockets: [IPAddress: EventLoopFuture<Int>] = [:]

    package init(
        loop: any EventLoop, numbers: AssociationNumbers, settings: SCTPSettings = SCTPSettings(),
        limits: AssociationLimits = AssociationLimits(), timing: SCTPTiming = SCTPTiming(),
        observe: ((AssociationID, SCTPNotice) -> Void)? = nil, deliver: @escaping (AssociationEvent) -> Void
    ) {
        self.loop = loop
        self.numbers = numbers
        self.settings = settings
        self.limits = limits
        self.timing = timing
        self.observe = observe
        self.deliver = deliver
    }

    /// The UDP port in use; also when the settings leave the choice to the kernel. nil before the first socket is open.
    package private(set) var encapsulationPort: UInt16?

    package func listen(on local: Endpoint) -> EventLoopFuture<Void> {
        loop.preconditionInEventLoop()
        return encapsulation(for: local.address)
            .assumeIsolated()
            .flatMapThrowing { socket in
                guard !self.isShutDown, let stack = self.stack else { throw self.bindFailure(local, "shut down") }
                do throws(UsrsctpSocket.Failure) {
                    let raw = try UsrsctpSocket()
                    do throws(UsrsctpSocket.Failure) {
                        try raw.configure(self.settings, self.timing)
                        try raw.bind(port: local.port)
                        try raw.listen(backlog: 128)
                    } catch {
                        raw.close()
                        throw error
                    }
                    let listener = Listener(raw) { [weak self] in self?.accept(from: $0) }
                    listener.token = stack.register(listener, for: raw)
                    self.listeners.append(listener)
                } catch {
                    throw BindFailure(self.detail, local, code: error.code, reason: error.sentence)
                }
            }
            .flatMapErrorThrowing { error in
                throw error is BindFailure ? error : self.bindFailure(local, Self.sentence(for: error))
            }
            .nonisolated()
    }

    package func connect(_ id: AssociationID, to remote: Endpoint, from local: Endpoint?) {
        loop.preconditionInEventLoop()
        let association = Association(id, isOurs: true, limits)
        associations[id] = association
        association.deadline = loop.assumeIsolated().scheduleTask(in: TimeAmount(limits.connectTimeout)) {
            self.connectFailed(association, "no answer in \(self.limits.connectTimeout)")
        }
        let ours = local?.address ?? (remote.address.isV6 ? .v6(0, 0) : .any)
        encapsulation(for: ours).assumeIsolated().whenComplete { result in
            // Closed or out of time meanwhile.
            guard self.associations[id] === association, let stack = self.stack else { return }
            switch result {
            case .failure(let error): self.connectFailed(association, Self.sentence(for: error))
            case .success(let socket):
                let udp = Endpoint(remote.address, self.settings.remoteEncapsulationPort)
                self.begin(association, to: stack.address(of: udp, through: socket), remote, from: local)
            }
        }
    }

    package func send(_ message: [UInt8], on id: AssociationID) {
        guard let association = associations[id], association.stage == .open, !message.isEmpty,
            let stack, let socket = association.socket
        else { return }
        if association.pending.isEmpty {
            let stream = association.streams.stream(of: message, settings.delivery) { socket.outgoingStreams }
            switch stack.perform({ socket.send(message, stream: stream, as: settings.delivery) }) {
            case .sent: return
            case .wouldBlock: break
            case .failed(let code):
                return end(
                    association, aborting: true, "could not send \(message.count) octets: \(errorSentence(code))")
            }
        }
        guard association.stage == .open else { return }
        guard association.pending.append(message) else {
            return end(
                association, aborting: true, "the peer does not read: \(limits.pendingOctets) octets wait for it")
        }
    }

    package func close(_ id: AssociationID) {
        guard let association = associations[id] else { return }
        switch association.stage {
        case .connecting: connectFailed(association, "closed by us")
        case .open:
            association.stage = .closing
            association.deadline = loop.assumeIsolated().scheduleTask(in: TimeAmount(timing.shutdown)) {
                self.end(association, aborting: true, "closed by us; the peer did not confirm")
            }
            if association.pending.isEmpty, let socket = association.socket { stack?.perform { socket.shutDown() } }
        case .closing, .gone: break
        }
    }

    /// usrsctp has no process to live on in: what is open is aborted, so that peers know at once.
    package func shutDown() {
        guard !isShutDown else { return }
        isShutDown = true
        for association in Array(associations.values) { detach(association, aborting: true) }
        guard let stack else { return }
        for listener in listeners {
            stack.deregister(listener.token)
            listener.socket.close()
        }
        listeners = []
        stack.perform {}
        for socket in sockets.values {
            socket.assumeIsolated().whenSuccess { stack.closeSocket($0) }
        }
        sockets = [:]
        self.stack = nil
        stack.release()
    }

    // MARK: - associations

    private func begin(
        _ association: Association, to peer: EncapsulationPeers.Address, _ remote: Endpoint, from local: Endpoint?
    ) {
        guard let stack else { return }
        do throws(UsrsctpSocket.Failure) {
            let socket = try UsrsctpSocket()
            attach(association, socket, peer)
            try socket.configure(settings, timing)
            if let port = local?.port, port != 0 { try socket.bind(port: port) }
            let begun = stack.perform { () -> Result<Void, UsrsctpSocket.Failure> in
                Result { () throws(UsrsctpSocket.Failure) in try socket.connect(to: peer, port: remote.port) }
            }
            try begun.get()
        } catch {
            connectFailed(association, error.sentence)
        }
    }

    private func attach(_ association: Association, _ socket: UsrsctpSocket, _ peer: EncapsulationPeers.Address) {
        association.socket = socket
        association.peer = peer
        association.onReady = { [weak self] in self?.serve($0) }
        association.token = stack?.register(association, for: socket) ?? 0
        stack?.associationBegan(with: peer)
    }

    private func accept(from listener: Listener) {
        while let stack, let accepted = listener.socket.accept() {
            guard acceptedCount < limits.accepted, let peer = stack.peers[accepted.peer] else {
                accepted.socket.abort()
                continue
            }
            let association = Association(numbers.next(), isOurs: false, limits)
            association.stage = .open
            associations[association.id] = association
            acceptedCount += 1
            attach(association, accepted.socket, accepted.peer)
            deliver(.accepted(association.id, from: Endpoint(peer.remote.address, accepted.port), detail: detail))
            // What came before the upcall was set announces itself to nobody.
            serve(association)
        }
    }

    private func serve(_ association: Association) {
        flush(association)
        // Each turn may end the association, through a call that the node makes from inside `deliver` too.
        while association.stage != .gone {
            switch buffer.withUnsafeMutableBytes({ association.receive(into: $0) }) {
            case .message(let message):
                association.streams.received()
                deliver(.received(message, association.id))
            case .nothing: continue
            case .wouldBlock: return
            case .notice(let notice): take(notice, association)
            case .tooLong: end(association, aborting: true, "a message of more than \(limits.messageOctets) octets")
            case .end:
                let reason =
                    association.isLost ? "lost" : association.stage == .closing ? "closed by us" : "closed by the peer"
                ended(association, reason)
            case .failed(let code): ended(association, errorSentence(code))
            }
        }
    }

    private func take(_ notice: SCTPNotice, _ association: Association) {
        observe?(association.id, notice)
        switch notice {
        case .up:
            guard association.stage == .connecting else { return }
            association.deadline?.cancel()
            association.stage = .open
            deliver(.connected(association.id, detail: detail))
        case .restarted: end(association, aborting: true, "the peer restarted")
        case .lost: association.isLost = true
        case .cannotStart: connectFailed(association, "refused by the peer")
        case .shutDown, .peerShutsDown, .path, .sendFailed, .partialDeliveryAborted, .other: break
        }
    }

    private func flush(_ association: Association) {
        guard !association.pending.isEmpty, let socket = association.socket else { return }
        while let message = association.pending.first {
            let stream = association.streams.stream(of: message, settings.delivery) { socket.outgoingStreams }
            switch socket.send(message, stream: stream, as: settings.delivery) {
            case .sent: association.pending.removeFirst()
            case .wouldBlock: return
            case .failed(let code): return end(association, aborting: true, errorSentence(code))
            }
        }
        if association.stage == .closing { socket.shutDown() }
    }

    // MARK: - ends

    private func ended(_ association: Association, _ reason: String) {
        if association.stage == .connecting {
            connectFailed(association, reason)
        } else {
            end(association, aborting: false, association.isLost ? "lost: \(reason)" : reason)
        }
    }

    private func end(_ association: Association, aborting: Bool, _ reason: String) {
        guard associations[association.id] === association else { return }
        detach(association, aborting: aborting)
        stack?.perform {}
        deliver(.closed(association.id, reason: reason))
    }

    private func connectFailed(_ association: Association, _ reason: String) {
        guard associations[association.id] === association, association.stage == .connecting else { return }
        detach(association, aborting: true)
        stack?.perform {}
        deliver(.connectFailed(association.id, reason: reason))
    }

    private func detach(_ association: Association, aborting: Bool) {
        associations[association.id] = nil
        if !association.isOurs { acceptedCount -= 1 }
        association.stage = .gone
        association.deadline?.cancel()
        association.onReady = nil
        guard let socket = association.socket else { return }
        association.socket = nil
        stack?.deregister(association.token)
        if aborting { socket.abort() } else { socket.close() }
        stack?.associationEnded(with: association.peer)
    }

    // MARK: - UDP

    /// The UDP socket for a local address: the configured one, else the one that the SCTP side names, else any.
    private func encapsulation(for wanted: IPAddress) -> EventLoopFuture<Int> {
        let configured = settings.encapsulationAddress
        let local = !configured.isUnspecified && configured.isV6 == wanted.isV6 ? configured : wanted
        let anywhere: IPAddress = local.isV6 ? .v6(0, 0) : .any
        if let open = sockets[local] ?? sockets[anywhere] { return open }
        do throws(UsrsctpStack.Taken) {
            let stack = try claimedStack()
            let socket = stack.openSocket(at: Endpoint(local, settings.encapsulationPort))
            sockets[local] = socket
            socket.assumeIsolated().whenComplete { result in
                switch result {
                case .failure: self.sockets[local] = nil
                case .success(let number) where self.isShutDown: stack.closeSocket(number)
                case .success(let number): self.encapsulationPort = stack.localPort(of: number)
                }
            }
            return socket
        } catch {
            return loop.makeFailedFuture(error)
        }
    }

    private func claimedStack() throws(UsrsctpStack.Taken) -> UsrsctpStack {
        if let stack { return stack }
        let claimed = try UsrsctpStack.claim(on: loop)
        stack = claimed
        return claimed
    }

    private var detail: String { "usrsctp over UDP \(encapsulationPort ?? settings.encapsulationPort)" }

    private func bindFailure(_ local: Endpoint, _ reason: String) -> BindFailure {
        BindFailure(detail, local, code: 0, reason: reason)
    }

    private static func sentence(for error: any Error) -> String {
        switch error {
        case is UsrsctpStack.Taken: "usrsctp serves another event loop of this process"
        case let error as IOError: "UDP: \(errorSentence(error.errnoCode))"
        default: "\(error)"
        }
    }
}

private final class Listener: UsrsctpStack.Client {
    let socket: UsrsctpSocket
    var token: UInt = 0
    private let onReady: (Listener) -> Void

    init(_ socket: UsrsctpSocket, onReady: @escaping (Listener) -> Void) {
        self.socket = socket
        self.onReady = onReady
    }

    func serve() { onReady(self) }
}

private final class Association: UsrsctpStack.Client {
    enum Stage {
        case connecting, open, closing, gone
    }

    enum Reading {
        case message([UInt8]), nothing, notice(SCTPNotice), wouldBlock, tooLong, end, failed(Int32)
    }

    let id: AssociationID
    let isOurs: Bool
    var stage = Stage.connecting
    var isLost = false
    var socket: UsrsctpSocket?
    var peer: EncapsulationPeers.Address = 0
    var token: UInt = 0
    var pending: PendingMessages
    var deadline: Scheduled<Void>?
    var onReady: ((Association) -> Void)?
    var streams: OutgoingStreams
    private var reassembly: MessageReassembly

    init(_ id: AssociationID, isOurs: Bool, _ limits: AssociationLimits) {
        self.id = id
        self.isOurs = isOurs
        streams = OutgoingStreams(isOurs: isOurs)
        pending = PendingMessages(limit: limits.pendingOctets)
        reassembly = MessageReassembly(limit: limits.messageOctets)
    }

    func serve() { onReady?(self) }

    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Reading {
        guard let socket else { return .wouldBlock }
        switch socket.receive(into: buffer) {
        case .part(let count, let isEnd):
            switch reassembly.append(UnsafeRawBufferPointer(rebasing: buffer[..<count]), isEnd: isEnd) {
            case .whole(let message): return .message(message)
            case .more: return .nothing
            case .tooLong: return .tooLong
            }
        case .notice(let notice):
            if notice == .partialDeliveryAborted { reassembly.abandon() }
            return .notice(notice)
        case .end: return .end
        case .wouldBlock: return .wouldBlock
        case .failed(let code): return .failed(code)
        }
    }
}
