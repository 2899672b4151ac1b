import Cx
import Diameter
import Glibc
import NIOCore
import NodeIO
import Octets

/// One side of the load: a Diameter stack on an association of the chosen kind.
final class LoadNode {
    private static let realm = DiameterIdentity("ims.mnc001.mcc001.3gppnetwork.org")
    private static let user = "001010000000001@\(realm.name)"

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    private let plan: Plan
    private let loop: any EventLoop
    private let ended: EventLoopPromise<String>
    private let numbers = AssociationNumbers()
    private let origin: LocalOrigin
    private let request: DiameterMessage
    private var latencies = Latencies()
    private var refused = 0
    private let printsVectors = getenv("DIAMETER_LOAD_VECTORS") != nil
    private var transport: (any AssociationTransport)?
    private var stack: DiameterStack
    private var inputs: [AssociationEvent] = []
    private var outputs: [DiameterStackOutput] = []
    private var isHandling = false
    private var clock: RepeatedTask?

    private var asked = 0
    /// Requests answered by this side, or answers to it.
    private var completed = 0
    private var began: (time: Instant, processor: Duration)?
    private var last: (time: Instant, processor: Duration)?

    init(_ plan: Plan, on loop: any EventLoop, ended: EventLoopPromise<String>) throws {
        self.plan = plan
        self.loop = loop
        self.ended = ended
        let isClient = plan.side == .client
        let client = plan.questions?.origin ?? "icscf"
        let server = plan.questions?.server ?? "hss"
        let host = DiameterIdentity("\(isClient ? client : server).\(Self.realm.name)")
        let other = DiameterIdentity("\(isClient ? server : client).\(Self.realm.name)")
        origin = LocalOrigin(host: host, realm: Self.realm)
        let address = Endpoint(.loopback, plan.port)
        stack = DiameterStack(
            local: LocalNode(
                originHost: host, originRealm: Self.realm,
                applications: [
                    DiameterApplication(
                        id: CxDictionary.application, vendor: CxDictionary.vendor3GPP,
                        commands: isClient ? [] : [.userAuthorization])
                ], originStateID: 1),
            peers: [
                PeerConfiguration(
                    identity: other, realm: Self.realm, remote: isClient ? address : nil, initiates: isClient)
            ], entropy: plan.questions == nil ? Entropy(number: isClient ? 1 : 2) : .fromSystem())
        request = UserAuthorizationRequest(
            userName: Self.user, publicIdentity: "sip:\(Self.user)",
            visitedNetworkIdentifier: OctetSlice(Self.realm.name), userAuthorizationType: .registration
        ).message(session: "\(host.name);1;1", origin: origin, destinationRealm: Self.realm)
        let transport = makeTransport()
        self.transport = transport
        if !isClient {
            transport.listen(on: address).assumeIsolated().whenFailure { [self] in fail("\($0)") }
        }
        stack.start(at: .now, into: &outputs)
        settle()
        let node = NIOLoopBound(self, eventLoop: loop)
        clock = loop.scheduleRepeatedTask(initialDelay: .milliseconds(100), delay: .milliseconds(100)) { _ in
            node.value.stack.fire(at: .now, into: &node.value.outputs)
            node.value.settle()
        }
    }

    private func makeTransport() -> any AssociationTransport {
        var settings = SCTPSettings()
        settings.encapsulationPort = plan.side == .server ? plan.port : 0
        settings.remoteEncapsulationPort = plan.port
        let limits = AssociationLimits()
        let deliver: (AssociationEvent) -> Void = { [unowned self] in receive($0) }
        switch plan.carrier {
        case .tcp: return TCPAssociations(on: loop, numbers: numbers, limits: limits, deliver: deliver)
        case .kernel:
            return KernelSCTPAssociations(
                loop: loop, numbers: numbers, settings: settings, limits: limits, deliver: deliver)
        case .usrsctp:
            return UsrsctpAssociations(
                loop: loop, numbers: numbers, settings: settings, limits: limits, deliver: deliver)
        }
    }

    private func fail(_ sentence: String) { ended.fail(Failure(description: sentence)) }

    private func receive(_ event: AssociationEvent) {
        inputs.append(event)
        settle()
    }

    /// Events may come from inside a call to the transport: they wait for their turn.
    private func settle() {
        guard !isHandling else { return }
        isHandling = true
        defer { isHandling = false }
        while !inputs.isEmpty || !outputs.isEmpty {
            let (events, orders) = (inputs, outputs)
            inputs.removeAll(keepingCapacity: true)
            outputs.removeAll(keepingCapacity: true)
            for order in orders { perform(order) }
            for event in events { take(event) }
        }
    }

    private func take(_ event: AssociationEvent) {
        let now = Instant.now
        switch event {
        case .connected(let id, _):
            guard let peer = stack.peers.first?.identity else { return }
            stack.connected(peer, id, at: now, into: &outputs)
        case .connectFailed(_, let reason): fail(reason)
        case .accepted(let id, let remote, _): stack.accepted(id, from: remote, at: now, into: &outputs)
        case .received(let octets, let id): stack.receive(octets: octets, on: id, at: now, into: &outputs)
        case .closed: end()
        }
    }

    private func perform(_ order: DiameterStackOutput) {
        switch order {
        case .connect(let peer):
            guard let remote = peer.remote else { return }
            transport?.connect(numbers.next(), to: remote, from: nil)
        case .send(let octets, let association): transport?.send(octets, on: association)
        case .close(let association): transport?.close(association)
        case .peerUp: for _ in 0..<plan.window { ask() }
        case .request(let message, let token, _): serve(message, token)
        case .answer(let message, let id): answered(message, id)
        case .failed(_, let failure): fail("a request failed: \(failure)")
        case .refused(let refusal): fail(refusal.sentence)
        case .peerDown, .noticed: break
        }
    }

    private func ask() {
        guard asked < plan.requests else { return }
        asked += 1
        let now = Instant.now
        latencies.began(asked, at: now)
        let message = plan.questions?.request(asked, from: origin) ?? request
        stack.ask(message, as: AskID(rawValue: UInt64(asked)), at: now, into: &outputs)
    }

    private func serve(_ message: DiameterMessage, _ token: RequestToken) {
        do {
            let request = try UserAuthorizationRequest(decoding: message)
            guard request.userName == Self.user else { return fail("an unknown user") }
            let answer = UserAuthorizationAnswer(
                .subsequentRegistration, serverName: "sip:scscf.\(Self.realm.name):5080")
            stack.answer(answer.message(answering: message, origin: origin), to: token, at: .now, into: &outputs)
            count()
        } catch {
            fail("\(error)")
        }
    }

    private func answered(_ message: DiameterMessage, _ id: AskID) {
        latencies.ended(Int(clamping: id.rawValue), at: .now, isMeasured: completed >= plan.warmUp)
        do {
            if plan.questions != nil {
                if try !message.cxResult().isSuccess { refused += 1 }
                if printsVectors, let line = try plan.questions?.vector(Int(clamping: id.rawValue), message) {
                    print(line)
                }
                return next()
            }
            let answer = try UserAuthorizationAnswer(decoding: message)
            guard answer.serverName != nil else { return fail("an answer without Server-Name") }
        } catch {
            return fail("\(error)")
        }
        next()
    }

    private func next() {
        count()
        ask()
        if completed == plan.requests { end() }
    }

    private func count() {
        completed += 1
        if completed == plan.warmUp { began = (.now, Self.processorTime) }
        if completed == plan.requests { last = (.now, Self.processorTime) }
    }

    private func end() {
        clock?.cancel()
        guard let began, let last else {
            return fail("the association ended after \(completed) of \(plan.requests) requests")
        }
        let requests = plan.requests - plan.warmUp
        let seconds = (last.time - began.time).milliseconds / 1_000
        let processor = (last.processor - began.processor).milliseconds / 1_000
        transport?.shutDown()
        if let kind = plan.questions?.kind {
            ended.succeed("\(kind) \(requests) \(seconds) \(processor) \(latencies.words) \(refused)")
            return
        }
        ended.succeed("\(plan.side) \(requests) \(seconds) \(processor)")
    }

    /// Of all threads of this process, in its own code and in the kernel.
    private static var processorTime: Duration {
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        return .seconds(Int64(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec))
            + .microseconds(Int64(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec))
    }
}
