import Diameter
import NIOCore
import NIOPosix
import NodeIO
import Octets

/// The loop of all SCTP tests: usrsctp's one stack per process belongs to one loop.
let sctpLoop: any EventLoop = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()

/// One node's SCTP transport with what it reported, to be waited for.
struct SCTPParty: Sendable {
    struct Unmet: Error, CustomStringConvertible {
        var description: String
    }

    final class State {
        var transport: (any AssociationTransport)?
        var events: [AssociationEvent] = []
        var notices: [SCTPNotice] = []
        /// Sees each event first; true keeps it from the list.
        var intercept: ((AssociationEvent) -> Bool)?
        fileprivate var checks: [() -> Bool] = []

        func take(_ event: AssociationEvent) {
            if let intercept, intercept(event) { return }
            events.append(event)
            check()
        }

        func check() { checks.removeAll { $0() } }

        func received(on id: AssociationID) -> [[UInt8]] {
            events.compactMap { if case .received(let octets, id) = $0 { octets } else { nil } }
        }
    }

    private let state: NIOLoopBound<State>

    /// `make` gets the closures that the transport reports to.
    init(
        _ make:
            @escaping @Sendable (
                _ deliver: @escaping (AssociationEvent) -> Void,
                _ observe: @escaping (AssociationID, SCTPNotice) -> Void
            ) -> any AssociationTransport
    ) async throws {
        state = try await sctpLoop.submit {
            let state = State()
            state.transport = make(
                { [unowned state] in state.take($0) }, { [unowned state] in state.notices.append($1) })
            return NIOLoopBound(state, eventLoop: sctpLoop)
        }.get()
    }

    /// Runs `body` on the loop.
    func on<Result: Sendable>(_ body: @escaping @Sendable (State) throws -> Result) async throws -> Result {
        try await sctpLoop.submit { try body(state.value) }.get()
    }

    func transport(_ body: @escaping @Sendable (any AssociationTransport) -> Void) async throws {
        try await on { state in state.transport.map(body) }
    }

    func listen(on local: Endpoint) async throws {
        try await sctpLoop.flatSubmit {
            state.value.transport?.listen(on: local) ?? sctpLoop.makeSucceededVoidFuture()
        }.get()
    }

    /// Waits until `fact` is found in the state; looks at once and after every event.
    func wait<Fact: Sendable>(
        for what: String, within limit: TimeAmount = .seconds(10), _ fact: @escaping @Sendable (State) -> Fact?
    ) async throws -> Fact {
        try await sctpLoop.flatSubmit {
            let state = state.value
            let promise = sctpLoop.makePromise(of: Fact.self)
            if let found = fact(state) {
                promise.succeed(found)
                return promise.futureResult
            }
            let bound = self.state
            let timeout = sctpLoop.scheduleTask(in: limit) {
                let events = bound.value.events.suffix(5).map { "\($0)".prefix(200) }
                promise.fail(Unmet(description: "no \(what) in \(limit); last events: \(events)"))
            }
            var isDone = false
            state.checks.append {
                guard !isDone, let found = fact(state) else { return isDone }
                isDone = true
                timeout.cancel()
                promise.succeed(found)
                return true
            }
            return promise.futureResult
        }.get()
    }

    func accepted(_ count: Int = 1) async throws -> [AssociationID] {
        try await wait(for: "\(count) accepted") { state in
            let ids = state.events.compactMap { event -> AssociationID? in
                if case .accepted(let id, _, _) = event { id } else { nil }
            }
            return ids.count >= count ? ids : nil
        }
    }

    func connected(_ id: AssociationID) async throws -> String {
        try await wait(for: "connected") { state in
            for case .connected(id, let detail) in state.events { return detail }
            return nil
        }
    }

    func connectFailed(_ id: AssociationID, within limit: TimeAmount = .seconds(10)) async throws -> String {
        try await wait(for: "connectFailed", within: limit) { state in
            for case .connectFailed(id, let reason) in state.events { return reason }
            return nil
        }
    }

    func closed(_ id: AssociationID, within limit: TimeAmount = .seconds(10)) async throws -> String {
        try await wait(for: "closed", within: limit) { state in
            for case .closed(id, let reason) in state.events { return reason }
            return nil
        }
    }

    func received(_ count: Int, on id: AssociationID, within limit: TimeAmount = .seconds(15)) async throws -> [[UInt8]]
    {
        try await wait(for: "\(count) messages", within: limit) { state in
            guard state.events.count >= count else { return nil }
            let messages = state.received(on: id)
            return messages.count >= count ? messages : nil
        }
    }

    func shutDown() async throws {
        try await on { state in
            state.transport?.shutDown()
            state.transport = nil
        }
    }
}
