import Diameter
import Octets
import SIP

/// A whole node without its sockets: the SIP and Diameter stacks and one role. Octets in, octets out.
///
/// The driver of real sockets and the simulated network drive the same value, so a run in virtual time goes through
/// every line that a run on the wire does.
package struct NodeCore<Function: NetworkFunction>: Sendable {
    package typealias Input = NodeInput<Function.WorkResult>
    package typealias Output = NodeOutput<Function.Work>

    package let identity: NodeIdentity
    package internal(set) var function: Function
    package internal(set) var counters = Counters()
    package internal(set) var sip: SIPStack
    /// For requests whose next hop is a URI; without one they fail.
    var locator: Locator?
    package private(set) var diameter: DiameterStack?
    /// Where charging records go beside the charging file.
    package var accounting: AccountingClient?
    package private(set) var trace: Trace
    /// The earliest instant at which the node wants `.deadline`. Stored, because to compute it unspecialised code would
    /// copy the whole node first.
    package private(set) var nextDeadline: Instant?

    var sipOutputs: [SIPStackOutput] = []
    var locatorOutputs: [Locator.Output] = []
    var errands: [ClientTransactionID: Errand] = [:]
    var wasLimiting = false
    var shedBefore: UInt64 = 0
    private var diameterOutputs: [DiameterStackOutput] = []
    private var accountingOutputs: [AccountingClient.Output] = []
    private(set) var began = Instant.zero
    private(set) var isDraining = false
    /// What carries each association: "kernel SCTP", "usrsctp over UDP 9899", "TCP".
    private var carriers: [AssociationID: String] = [:]

    /// - Parameter traced: how many messages the trace keeps.
    package init(
        _ identity: NodeIdentity, _ function: Function, sip: SIPStack, locator: Locator? = nil,
        diameter: DiameterStack? = nil, traced: Int = 0
    ) {
        self.locator = locator
        self.identity = identity
        self.function = function
        self.sip = sip
        self.diameter = diameter
        trace = Trace(capacity: traced)
    }

    package mutating func handle(_ input: Input, at now: Instant, into outputs: inout [Output]) {
        switch input {
        case .start:
            began = now
            diameter?.start(at: now, into: &diameterOutputs)
            accounting?.start(at: now, into: &accountingOutputs)
        case .datagram(let octets, let hop):
            trace.record(.sip(octets, .received, hop), at: now)
            sip.receive(datagram: octets, from: hop, at: now, into: &sipOutputs)
        case .stream(let octets, let hop):
            trace.record(.sip(octets, .received, hop), at: now)
            sip.receive(stream: octets, from: hop, at: now, into: &sipOutputs)
        case .connectionClosed(let connection):
            sip.closed(connection, at: now, into: &sipOutputs)
            perform(function.handle(.connectionClosed(connection), at: now), at: now, into: &outputs)
        case .sendFailed(let hop): sip.sendFailed(to: hop, at: now, into: &sipOutputs)
        case .resolved(let query, let answer): locator?.answer(query, answer, at: now, into: &locatorOutputs)
        case .waited(let delay): sip.waited(delay)
        case .performed(let id, let result):
            perform(function.handle(.performed(id, result), at: now), at: now, into: &outputs)
        case .command(let command, let id):
            if let report = answer(command, at: now) {
                outputs.append(.reply(report, id))
            } else {
                perform(function.handle(.command(command, id), at: now), at: now, into: &outputs)
            }
        case .deadline: fire(at: now, into: &outputs)
        case .drain:
            isDraining = true
            diameter?.disconnect(cause: .rebooting, at: now, into: &diameterOutputs)
        case .peerConnected, .peerConnectFailed, .associationAccepted, .association, .associationClosed:
            handleAssociation(input, at: now)
        case .associationNoticed(let association, let notice):
            noticed(notice, of: association, at: now, into: &outputs)
        }
        settle(at: now, into: &outputs)
        reportOverload(at: now, into: &outputs)
        if isDraining, diameter?.isDrained ?? true {
            isDraining = false
            outputs.append(.drained)
        }
        nextDeadline = sip.nextDeadline.orEarlier(locator?.nextDeadline).orEarlier(diameter?.nextDeadline)
            .orEarlier(accounting?.nextDeadline).orEarlier(function.nextDeadline)
    }

    private mutating func handleAssociation(_ input: Input, at now: Instant) {
        switch input {
        case .peerConnected(let peer, let association, let detail):
            carriers[association] = detail
            diameter?.connected(peer, association, at: now, into: &diameterOutputs)
        case .peerConnectFailed(let peer, let reason):
            diameter?.connectFailed(peer, reason: reason, at: now, into: &diameterOutputs)
        case .associationAccepted(let association, let remote, let detail):
            carriers[association] = detail
            diameter?.accepted(association, from: remote, at: now, into: &diameterOutputs)
        case .association(let octets, let association):
            trace.record(.diameter(octets, .received, peer: name(of: association)), at: now)
            diameter?.receive(octets: octets, on: association, at: now, into: &diameterOutputs)
        case .associationClosed(let association, let reason):
            carriers[association] = nil
            diameter?.closed(association, reason: reason, at: now, into: &diameterOutputs)
        default: break  // Every other input is handled by the caller.
        }
    }

    private mutating func noticed(
        _ notice: AssociationNotice, of association: AssociationID, at now: Instant, into outputs: inout [Output]
    ) {
        let peer = name(of: association)
        let (counter, level, sentence): (Counter, Observation.Level, String) =
            switch notice {
            case .pathFailed(let address):
                (.pathFailed, .warning, "the SCTP path to \(peer)\(address.map { " at \($0)" } ?? "") does not answer")
            case .pathRestored(let address):
                (.pathRestored, .notice, "the SCTP path to \(peer)\(address.map { " at \($0)" } ?? "") answers again")
            case .sendFailed: (.associationSendFailed, .warning, "a message to \(peer) was not delivered by SCTP")
            case .restarted: (.associationRestarted, .warning, "\(peer) has begun its SCTP association anew")
            case .lost: (.associationLost, .warning, "the SCTP association with \(peer) is lost")
            }
        counters.add(counter)
        observe(Observation(level, sentence, about: Subject(peer: peer)), at: now, into: &outputs)
    }

    private mutating func fire(at now: Instant, into outputs: inout [Output]) {
        if let deadline = sip.nextDeadline, deadline <= now { sip.fire(at: now, into: &sipOutputs) }
        if let deadline = locator?.nextDeadline, deadline <= now { locator?.fire(at: now, into: &locatorOutputs) }
        if let deadline = diameter?.nextDeadline, deadline <= now { diameter?.fire(at: now, into: &diameterOutputs) }
        if let deadline = accounting?.nextDeadline, deadline <= now {
            accounting?.fire(at: now, into: &accountingOutputs)
        }
        if let deadline = function.nextDeadline, deadline <= now {
            perform(function.handle(.deadline, at: now), at: now, into: &outputs)
            for ping in function.takeKeepAlives() { outputs.append(.transmit(ping.octets, to: ping.hop)) }
        }
    }

    /// Carries on until nobody has anything more to say. What is taken may add to the lists; their memory stays.
    private mutating func settle(at now: Instant, into outputs: inout [Output]) {
        var sipTaken = 0
        var diameterTaken = 0
        var locatorTaken = 0
        while sipTaken < sipOutputs.count || diameterTaken < diameterOutputs.count
            || locatorTaken < locatorOutputs.count || !accountingOutputs.isEmpty
        {
            if !accountingOutputs.isEmpty { settleAccounting(at: now, into: &outputs) }
            while locatorTaken < locatorOutputs.count {
                take(locatorOutputs[locatorTaken], at: now, into: &outputs)
                locatorTaken += 1
            }
            while sipTaken < sipOutputs.count {
                take(sipOutputs[sipTaken], at: now, into: &outputs)
                sipTaken += 1
            }
            while diameterTaken < diameterOutputs.count {
                take(diameterOutputs[diameterTaken], at: now, into: &outputs)
                diameterTaken += 1
            }
        }
        sipOutputs.removeAll(keepingCapacity: true)
        diameterOutputs.removeAll(keepingCapacity: true)
        locatorOutputs.removeAll(keepingCapacity: true)
    }

    private mutating func take(_ output: SIPStackOutput, at now: Instant, into outputs: inout [Output]) {
        switch output {
        case .transmit(let octets, let hop):
            trace.record(.sip(octets, .sent, hop), at: now)
            outputs.append(.transmit(octets, to: hop))
        case .close(let connection): outputs.append(.closeConnection(connection))
        case .request(let request, let transaction, let hop):
            if hop.transport == .tls { takeAlias(of: request, from: hop, into: &outputs) }
            perform(function.handle(.request(request, transaction, from: hop), at: now), at: now, into: &outputs)
        case .acknowledgement(let request, let hop):
            perform(function.handle(.acknowledgement(request, from: hop), at: now), at: now, into: &outputs)
        case .cancelled(let transaction):
            perform(function.handle(.cancelled(transaction), at: now), at: now, into: &outputs)
        case .refused(let reason, let hop): refused(reason, from: hop, at: now, into: &outputs)
        case .response(let response, let transaction):
            guard errandReceived(response, transaction, at: now) else { return }
            perform(function.handle(.response(response, transaction), at: now), at: now, into: &outputs)
        case .failed(let transaction, let failure):
            guard errandFailed(transaction, failure, at: now) else { return }
            perform(function.handle(.transactionFailed(transaction, failure), at: now), at: now, into: &outputs)
        }
    }

    /// RFC 5923 §8.2: the driver decides whether the client may, for it knows the certificate.
    private func takeAlias(of request: SIPMessage, from hop: Hop, into outputs: inout [Output]) {
        guard let connection = hop.connection else { return }
        do {
            guard let via = try request.first(Via.self), via.parameters.contains("alias") else { return }
            outputs.append(.alias(connection, port: via.port ?? hop.transport.defaultPort))
        } catch {}  // the stack has read this Via before; without one there is nothing to ask for
    }

    private mutating func take(_ output: DiameterStackOutput, at now: Instant, into outputs: inout [Output]) {
        switch output {
        case .connect(let peer): outputs.append(.connect(peer))
        case .send(let octets, let association):
            trace.record(.diameter(octets, .sent, peer: name(of: association)), at: now)
            outputs.append(.send(octets, on: association))
        case .close(let association): outputs.append(.closeAssociation(association))
        case .request(let request, let token, let peer):
            perform(function.handle(.asked(request, token, from: peer), at: now), at: now, into: &outputs)
        case .answer(let answer, let ask) where AccountingClient.isOurs(ask):
            accounting?.answered(answer, ask, at: now, into: &accountingOutputs)
        case .failed(let ask, _) where AccountingClient.isOurs(ask):
            accounting?.askFailed(ask, at: now, into: &accountingOutputs)
        case .answer(let answer, let ask):
            perform(function.handle(.answer(answer, ask), at: now), at: now, into: &outputs)
        case .failed(let ask, let failure):
            perform(function.handle(.askFailed(ask, failure), at: now), at: now, into: &outputs)
        case .peerUp(let peer):
            accounting?.peerIsUp(at: now, into: &accountingOutputs)
            let carrier = carrier(of: peer).map { " over \($0)" } ?? ""
            observe(
                Observation(.notice, "Diameter peer \(peer) is up\(carrier)", about: Subject(peer: peer.name)), at: now,
                into: &outputs)
        case .peerDown(let peer, let reason):
            observe(
                Observation(
                    .warning, "Diameter peer \(peer) is down: \(reason)", about: Subject(peer: peer.name)), at: now,
                into: &outputs)
        case .noticed(let peer, let notice):
            observe(
                Observation(.warning, "Diameter peer \(peer) \(notice)", about: Subject(peer: peer.name)), at: now,
                into: &outputs)
        case .refused(let refusal): refused(refusal, at: now, into: &outputs)
        }
    }

    private mutating func refused(
        _ reason: SIPStackRefusal, from hop: Hop, at now: Instant, into outputs: inout [Output]
    ) {
        guard !countRefusal(reason) else { return }
        counters.add(.malformedReceived)
        observe(
            Observation(
                .info, "a SIP message was not passed on: \(reason)", about: Subject(peer: hop.description)), at: now,
            into: &outputs)
    }

    private mutating func refused(_ refusal: DiameterRefusal, at now: Instant, into outputs: inout [Output]) {
        // Late answers have a counter of the Diameter stack.
        if refusal.reason != .lateAnswer { counters.add(.malformedReceived) }
        let answer = refusal.resultCode.map(\.description) ?? "none"
        observe(
            Observation(
                .warning, refusal.sentence,
                about: Subject(peer: refusal.peer?.name ?? refusal.remote?.description),
                refusal: Refusal(refusal.reason.rawValue, answer: answer, refusal.sentence)), at: now, into: &outputs)
    }

    mutating func observe(_ observation: Observation, at now: Instant, into outputs: inout [Output]) {
        trace.record(.observation(observation), at: now)
        outputs.append(.observe(observation))
    }

    mutating func perform(
        _ actions: [Action<Function.Work>], at now: Instant, into outputs: inout [Output]
    ) {
        for action in actions {
            switch action {
            case .respond(let response, let transaction):
                sip.respond(response, to: transaction, at: now, into: &sipOutputs)
            case .forward(let request, let hop, let transaction):
                sip.send(request, as: transaction, to: hop, at: now, into: &sipOutputs)
            case .send(let request, let nextHop, let transaction):
                send(request, toward: nextHop, as: transaction, at: now)
            case .acknowledge(let request, let hop):
                sip.sendAcknowledgement(request, to: hop, at: now, into: &sipOutputs)
            case .cancel(let transaction):
                if errandCancelled(transaction) { sip.cancel(transaction, at: now, into: &sipOutputs) }
            case .routeResponses(let hop, let other): sip.routeResponses(from: hop, by: other)
            case .ask(let request, let ask): self.ask(request, ask, at: now)
            case .answer(let answer, let token): diameter?.answer(answer, to: token, at: now, into: &diameterOutputs)
            case .perform(let work, let id): outputs.append(.perform(work, id))
            case .lookUp(let query, let id):
                guard locator != nil else {
                    locatorOutputs.append(.answered(id, .failed(.server)))
                    continue
                }
                locator?.lookUp(query, as: id, at: now, into: &locatorOutputs)
            case .reply(let report, let id): outputs.append(.reply(report, id))
            case .observe(let observation): observe(observation, at: now, into: &outputs)
            case .count(let counter): counters.add(counter)
            case .charge(let record):
                outputs.append(.charge(record))
                accounting?.take(record, at: now, into: &accountingOutputs)
            }
        }
    }

    private mutating func settleAccounting(at now: Instant, into outputs: inout [Output]) {
        for output in accountingOutputs {
            switch output {
            case .ask(let request, let ask): self.ask(request, ask, at: now)
            case .keep(let number, let octets): outputs.append(.keepRecord(number, octets))
            case .done(let number): outputs.append(.keepRecord(number, nil))
            case .observe(let observation): observe(observation, at: now, into: &outputs)
            }
        }
        accountingOutputs.removeAll(keepingCapacity: true)
    }

    /// Without a Diameter stack nobody is there to answer.
    private mutating func ask(_ request: DiameterMessage, _ ask: AskID, at now: Instant) {
        guard diameter != nil else { return diameterOutputs.append(.failed(ask, .unableToDeliver)) }
        diameter?.ask(request, as: ask, at: now, into: &diameterOutputs)
    }

    private func name(of association: AssociationID) -> String {
        diameter?.identity(of: association)?.name ?? "unknown peer"
    }

    /// How a peer is reached: "kernel SCTP", "usrsctp over UDP 9899", "TCP"; nil while it is not.
    func carrier(of peer: DiameterIdentity) -> String? {
        carriers.first { diameter?.identity(of: $0.key) == peer }?.value
    }
}
