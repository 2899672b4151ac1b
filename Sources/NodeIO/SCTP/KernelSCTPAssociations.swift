import Diameter
import Glibc
import NIOCore
import Octets

/// Diameter over the kernel's SCTP, RFC 6733 §2.1: one one-to-one socket per association, all on one event loop
/// (`ReadinessPoll`), one SCTP message per Diameter message.
package final class KernelSCTPAssociations: AssociationTransport {
    /// Packets of the associations that we open travel in UDP to this port (RFC 6951); nil for plain SCTP.
    package var remoteEncapsulationPort: UInt16?

    private let loop: any EventLoop
    private let numbers: AssociationNumbers
    private let settings: SCTPSettings
    private let limits: AssociationLimits
    private let timing: SCTPTiming
    private let deliver: (AssociationEvent) -> Void
    private let observe: ((AssociationID, SCTPNotice) -> Void)?
    private var poll: ReadinessPoll?
    private var listeners: [UInt64: KernelSCTPSocket] = [:]
    private var associations: [UInt64: Association] = [:]
    private var acceptedCount = 0
    /// Where received parts land before they become messages; its size is not a limit.
    private var buffer = [UInt8](repeating: 0, count: 65_536)
    private let detail = "kernel SCTP"

    /// Tokens of listeners in the poll; associations are there under their own number, which never gets that far.
    private static let listenerMark: UInt64 = 1 << 63

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

    package func listen(on local: Endpoint) -> EventLoopFuture<Void> {
        loop.preconditionInEventLoop()
        do {
            let poll = try readinessPoll()
            let socket = try configuredSocket(for: local.address)
            do throws(KernelSCTPSocket.Failure) {
                try socket.bind(to: addresses(first: local))
                try socket.listen(backlog: 128)
            } catch {
                socket.close()
                throw error
            }
            let token = Self.listenerMark | UInt64(listeners.count)
            guard poll.add(socket.descriptor, token: token, .read) else {
                let code = errno
                socket.close()
                throw KernelSCTPSocket.Failure(call: "epoll_ctl", code: code)
            }
            listeners[token] = socket
            return loop.makeSucceededVoidFuture()
        } catch let failure as KernelSCTPSocket.Failure {
            return loop.makeFailedFuture(
                BindFailure(detail, local, code: failure.code, reason: failure.sentence))
        } catch {
            return loop.makeFailedFuture(BindFailure(detail, local, code: 0, reason: "\(error)"))
        }
    }

    package func connect(_ association: AssociationID, to remote: Endpoint, from local: Endpoint?) {
        connect(association, to: [remote], from: local)
    }

    /// To a peer with several addresses: whichever answers first begins, the others become paths.
    package func connect(_ id: AssociationID, to remote: [Endpoint], from local: Endpoint?) {
        loop.preconditionInEventLoop()
        guard let first = remote.first else { return deliver(.connectFailed(id, reason: "no address")) }
        do {
            let poll = try readinessPoll()
            let socket = try configuredSocket(for: first.address)
            do throws(KernelSCTPSocket.Failure) {
                if let remoteEncapsulationPort { try socket.encapsulate(remotePort: remoteEncapsulationPort) }
                if let local = local ?? settings.localAddresses.first.map({ Endpoint($0, 0) }) {
                    try socket.bind(to: addresses(first: local))
                }
                try socket.connect(to: remote)
            } catch {
                socket.close()
                throw error
            }
            guard poll.add(socket.descriptor, token: id.rawValue, [.read, .write]) else {
                let code = errno
                socket.close()
                throw KernelSCTPSocket.Failure(call: "epoll_ctl", code: code)
            }
            let association = Association(id, socket, isOurs: true, limits)
            association.deadline = loop.assumeIsolated().scheduleTask(in: TimeAmount(limits.connectTimeout)) {
                association.socket.abort(in: self.poll)
                self.forget(association)
                self.deliver(.connectFailed(id, reason: "no answer in \(self.limits.connectTimeout)"))
            }
            associations[id.rawValue] = association
        } catch let failure as KernelSCTPSocket.Failure {
            deliver(.connectFailed(id, reason: failure.sentence))
        } catch {
            deliver(.connectFailed(id, reason: "\(error)"))
        }
    }

    package func send(_ message: [UInt8], on id: AssociationID) {
        guard let association = associations[id.rawValue], association.stage == .open, !message.isEmpty else { return }
        if association.pending.isEmpty {
            let stream = association.streams.stream(of: message, settings.delivery) {
                association.socket.outgoingStreams
            }
            switch association.socket.send(message, stream: stream, as: settings.delivery) {
            case .sent: return
            case .wouldBlock: poll?.change(association.socket.descriptor, token: id.rawValue, [.read, .write])
            case .failed(let code):
                return end(
                    association, aborting: true, "could not send \(message.count) octets: \(errorSentence(code))")
            }
        }
        guard association.pending.append(message) else {
            return end(
                association, aborting: true, "the peer does not read: \(limits.pendingOctets) octets wait for it")
        }
    }

    package func close(_ id: AssociationID) {
        guard let association = associations[id.rawValue] else { return }
        switch association.stage {
        case .connecting:
            association.socket.abort(in: poll)
            forget(association)
            deliver(.connectFailed(id, reason: "closed by us"))
        case .open:
            association.stage = .closing
            association.deadline = loop.assumeIsolated().scheduleTask(in: TimeAmount(timing.shutdown)) {
                self.end(association, aborting: true, "closed by us; the peer did not confirm")
            }
            if association.pending.isEmpty { association.socket.shutDown() }
        case .closing:
            break
        }
    }

    package func shutDown() {
        for association in associations.values {
            association.deadline?.cancel()
            association.socket.close()
        }
        for listener in listeners.values { listener.close() }
        associations = [:]
        listeners = [:]
        acceptedCount = 0
        poll?.close()
        poll = nil
    }

    // MARK: - readiness

    private func ready(_ token: UInt64, isReadable: Bool, isWritable: Bool) {
        if let listener = listeners[token] { return accept(from: listener) }
        guard let association = associations[token] else { return }
        if association.stage == .connecting {
            let code = association.socket.takeError()
            guard code == 0 else {
                association.socket.close(in: poll)
                forget(association)
                return deliver(.connectFailed(association.id, reason: errorSentence(code)))
            }
            guard isWritable else { return }
            association.deadline?.cancel()
            association.stage = .open
            poll?.change(association.socket.descriptor, token: token, .read)
            deliver(.connected(association.id, detail: detail))
        } else if isWritable, !association.pending.isEmpty {
            flush(association)
        }
        if isReadable { read(association) }
    }

    private func flush(_ association: Association) {
        while let message = association.pending.first {
            let stream = association.streams.stream(of: message, settings.delivery) {
                association.socket.outgoingStreams
            }
            switch association.socket.send(message, stream: stream, as: settings.delivery) {
            case .sent: association.pending.removeFirst()
            case .wouldBlock: return
            case .failed(let code): return end(association, aborting: true, errorSentence(code))
            }
        }
        poll?.change(association.socket.descriptor, token: association.id.rawValue, .read)
        if association.stage == .closing { association.socket.shutDown() }
    }

    /// A turn's worth; what is left makes the socket ready again after the others had their turn.
    private func read(_ association: Association) {
        for _ in 0..<64 {
            guard associations[association.id.rawValue] === association else { return }
            let message: [UInt8]
            switch buffer.withUnsafeMutableBytes({ association.receive(into: $0) }) {
            case .message(let octets): message = octets
            case .nothing: continue
            case .wouldBlock: return
            case .notice(let notice):
                observe?(association.id, notice)
                switch notice {
                case .restarted: return end(association, aborting: true, "the peer restarted")
                // Where we began the shutdown, this is the last that the socket says.
                case .shutDown:
                    return end(
                        association, aborting: false,
                        association.stage == .closing ? "closed by us" : "closed by the peer")
                case .lost: association.isLost = true
                case .up, .cannotStart, .peerShutsDown, .path, .sendFailed, .partialDeliveryAborted, .other: break
                }
                continue
            case .tooLong:
                return end(association, aborting: true, "a message of more than \(limits.messageOctets) octets")
            case .end:
                let reason =
                    association.isLost ? "lost" : association.stage == .closing ? "closed by us" : "closed by the peer"
                return end(association, aborting: false, reason)
            case .failed(let code):
                return end(association, aborting: false, "lost: \(errorSentence(code))")
            }
            association.streams.received()
            deliver(.received(message, association.id))
        }
    }

    private func accept(from listener: KernelSCTPSocket) {
        for _ in 0..<64 {
            let accepted: (socket: KernelSCTPSocket, remote: Endpoint?)
            do throws(KernelSCTPSocket.Failure) {
                guard let next = try listener.accept() else { return }
                accepted = next
            } catch {
                // ECONNABORTED and its kind: the peer was gone before we came to it. Others (EMFILE) will show again.
                return
            }
            guard let remote = accepted.remote, acceptedCount < limits.accepted else {
                accepted.socket.abort()
                continue
            }
            let id = numbers.next()
            guard let poll, poll.add(accepted.socket.descriptor, token: id.rawValue, .read) else {
                accepted.socket.abort()
                continue
            }
            let association = Association(id, accepted.socket, isOurs: false, limits)
            association.stage = .open
            associations[id.rawValue] = association
            acceptedCount += 1
            deliver(.accepted(id, from: remote, detail: detail))
        }
    }

    // MARK: - steps

    private func end(_ association: Association, aborting: Bool, _ reason: String) {
        guard associations[association.id.rawValue] === association else { return }
        if aborting { association.socket.abort(in: poll) } else { association.socket.close(in: poll) }
        forget(association)
        deliver(.closed(association.id, reason: reason))
    }

    private func forget(_ association: Association) {
        association.deadline?.cancel()
        associations[association.id.rawValue] = nil
        if !association.isOurs { acceptedCount -= 1 }
    }

    private func readinessPoll() throws(KernelSCTPSocket.Failure) -> ReadinessPoll {
        if let poll { return poll }
        do throws(ReadinessPoll.Failure) {
            let poll = try ReadinessPoll(on: loop) { [weak self] token, isReadable, isWritable in
                self?.ready(token, isReadable: isReadable, isWritable: isWritable)
            }
            self.poll = poll
            return poll
        } catch {
            throw KernelSCTPSocket.Failure(call: error.call, code: error.code)
        }
    }

    private func configuredSocket(for address: IPAddress) throws(KernelSCTPSocket.Failure) -> KernelSCTPSocket {
        let socket = try KernelSCTPSocket(isV6: address.isV6 || settings.localAddresses.contains(where: \.isV6))
        do throws(KernelSCTPSocket.Failure) {
            try socket.configure(settings, timing, messageOctets: limits.messageOctets)
        } catch {
            socket.close()
            throw error
        }
        return socket
    }

    private func addresses(first: Endpoint) -> [Endpoint] {
        [first] + settings.localAddresses.filter { $0 != first.address }.map { Endpoint($0, first.port) }
    }
}

/// One association: its socket, what waits to be sent and what has come of a message.
private final class Association {
    enum Stage {
        case connecting, open, closing
    }

    enum Reading {
        case message([UInt8]), nothing, notice(SCTPNotice), wouldBlock, tooLong, end, failed(Int32)
    }

    let id: AssociationID
    let socket: KernelSCTPSocket
    let isOurs: Bool
    var stage = Stage.connecting
    var isLost = false
    var pending: PendingMessages
    var deadline: Scheduled<Void>?
    var streams: OutgoingStreams
    private var reassembly: MessageReassembly

    init(_ id: AssociationID, _ socket: KernelSCTPSocket, isOurs: Bool, _ limits: AssociationLimits) {
        self.id = id
        self.socket = socket
        self.isOurs = isOurs
        streams = OutgoingStreams(isOurs: isOurs)
        pending = PendingMessages(limit: limits.pendingOctets)
        reassembly = MessageReassembly(limit: limits.messageOctets)
    }

    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Reading {
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

extension KernelSCTPSocket {
    fileprivate func close(in poll: ReadinessPoll?) {
        poll?.remove(descriptor)
        close()
    }

    fileprivate func abort(in poll: ReadinessPoll?) {
        poll?.remove(descriptor)
        abort()
    }
}
