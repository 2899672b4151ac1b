import ApplicationServer
import IMS
import NIOCore
import NIOPosix
import NodeIO
import Octets
import Synchronization

/// The audio of calls: a socket for each, on a loop of its own beside the server's.
final class MediaService: Sendable {
    typealias Deliver = NodeProgram<ApplicationServer>.Parts.Deliver

    private struct State {
        var ports: MediaPorts
        var entropy: Entropy
        var sockets: [MediaID: MediaSocket<VoiceStream>] = [:]
        var running: Set<MediaID> = []
        var deliver: Deliver = { _, _ in }
    }

    private let address: IPAddress
    private let rule: MediaSource.Rule
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let state: Mutex<State>

    init(address: IPAddress, ports: MediaPorts, rule: MediaSource.Rule, entropy: Entropy) {
        self.address = address
        self.rule = rule
        state = Mutex(State(ports: ports, entropy: entropy))
    }

    /// Where further results go.
    func attach(_ deliver: @escaping Deliver) { state.withLock { $0.deliver = deliver } }

    /// Blocks; called on the worker's thread.
    func perform(_ order: MediaOrder) -> ServiceWorkResult {
        switch order {
        case .open(let id): return open(id)
        case .begin(let id, let formats, let remote): return begin(id, formats, MediaSource(rule, described: remote))
        case .tell(let id, let order):
            socket(id)?.order(order)
            return .done
        case .close(let id):
            let socket = state.withLock { state in
                state.running.remove(id)
                return state.sockets.removeValue(forKey: id)
            }
            guard let socket else { return .media(.closed(nil)) }
            defer { socket.close() }
            do {
                var stream = try socket.stop()
                return .media(.closed(stream?.finish()))
            } catch { return .failed("the media loop has ended: \(error)") }
        }
    }

    /// After the last order.
    func close() {
        let sockets = state.withLock { state in
            defer { state.sockets = [:] }
            return Array(state.sockets.values)
        }
        for socket in sockets { socket.close() }
        try? group.syncShutdownGracefully()  // an event loop that does not end holds up nobody any more
    }

    // MARK: Steps

    private func socket(_ id: MediaID) -> MediaSocket<VoiceStream>? { state.withLock { $0.sockets[id] } }

    private func open(_ id: MediaID) -> ServiceWorkResult {
        let (deliver, tries) = state.withLock { ($0.deliver, $0.ports.count) }
        var failure = "no port is free"
        for _ in 0..<tries {
            let port = state.withLock { $0.ports.take() }
            do {
                let socket = try MediaSocket<VoiceStream>.open(address, port: port, on: group.next()) { events in
                    for event in events { deliver(WorkID(rawValue: id.rawValue), .media(.told(event))) }
                }
                state.withLock { $0.sockets[id] = socket }
                return .media(.opened(socket.local))
            } catch { failure = "\(error)" }
        }
        return .failed(failure)
    }

    private func begin(_ id: MediaID, _ formats: VoiceFormats, _ source: MediaSource) -> ServiceWorkResult {
        guard let socket = socket(id) else { return .done }
        let isFirst = state.withLock { $0.running.insert(id).inserted }
        guard isFirst else {
            socket.order(.use(formats))
            socket.redirect(source)
            return .done
        }
        let stream = state.withLock { VoiceStream(formats, entropy: &$0.entropy) }
        do {
            try socket.start(stream, from: source)
            return .done
        } catch { return .failed("\(error)") }
    }
}
