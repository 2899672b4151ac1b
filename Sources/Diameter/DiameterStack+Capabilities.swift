import Octets

/// CER and CEA, RFC 6733 §5.3 and §5.6.1.
extension DiameterStack {
    /// The first message on an accepted connection.
    mutating func receivedFirst(
        _ message: DiameterMessage, on id: AssociationID, at now: Instant, into outputs: inout Outputs
    ) {
        let remote = associations[id]?.remote
        guard message.commandCode == .capabilitiesExchange, message.isRequest else {
            close(id, into: &outputs)
            outputs.append(
                .refused(
                    DiameterRefusal(
                        .messageBeforeOpen, remote: remote,
                        "Command \(message.commandCode) came before CER; connection closed.")))
            return
        }
        let capabilities: Capabilities
        do {
            try message.checkCommonRequest()
            capabilities = try CapabilitiesExchangeRequest(decoding: message).capabilities
        } catch {
            statistics.malformed &+= 1
            if let answer = message.answer(failure: error, origin: local.origin) {
                outputs.append(.send(answer.octets, on: id))
            }
            close(id, into: &outputs)
            outputs.append(
                .refused(
                    DiameterRefusal(.malformed, remote: remote, resultCode: error.resultCode, "CER: \(error).")))
            return
        }
        guard let index = admit(capabilities.origin, from: remote) else {
            return refuse(
                message, .unknownPeer, .unknownPeer, on: id, peer: capabilities.origin.host,
                "\(capabilities.origin.host) is not a configured peer\(remote.map { ", or not from \($0.address)" } ?? "").",
                into: &outputs)
        }
        switch CapabilityNegotiation.negotiate(local: local.applications, remote: capabilities) {
        case .refused(let code):
            refuse(
                message, code, code == .noCommonSecurity ? .noCommonSecurity : .noCommonApplication, on: id,
                peer: capabilities.origin.host,
                "\(capabilities.origin.host) shares no \(code == .noCommonSecurity ? "security" : "application") with us.",
                into: &outputs)
        case .common(let applications, let isRelay):
            leaveForRestarted(index, capabilities.originStateID, at: now, into: &outputs)
            let isOpen = table[index].machine.state.isOpen
            table[index].candidate = (id, message)
            if !isOpen { adopt(capabilities, applications, isRelay, by: index, into: &outputs) }
            apply(.peerConnected, to: index, at: now, into: &outputs)
        }
    }

    /// The answer to our CER.
    mutating func receivedCEA(
        _ message: DiameterMessage, from index: Int, at now: Instant, into outputs: inout Outputs
    ) {
        do {
            let answer = try CapabilitiesExchangeAnswer(decoding: message)
            guard let capabilities = answer.capabilities else {
                return refuseCEA(
                    index, .capabilitiesRefused,
                    "\(table[index].identity) refused our CER with \(answer.resultCode)"
                        + (answer.errorMessage.map { ": \($0)" } ?? "") + ".", at: now, into: &outputs)
            }
            guard capabilities.origin.host == table[index].identity else {
                return refuseCEA(
                    index, .otherIdentity,
                    "\(table[index].identity) says that it is \(capabilities.origin.host).", at: now, into: &outputs)
            }
            switch CapabilityNegotiation.negotiate(local: local.applications, remote: capabilities) {
            case .refused(let code):
                refuseCEA(
                    index, code == .noCommonSecurity ? .noCommonSecurity : .noCommonApplication,
                    "\(table[index].identity) shares nothing with us: \(code).", at: now, into: &outputs)
            case .common(let applications, let isRelay):
                adopt(capabilities, applications, isRelay, by: index, into: &outputs)
                if let association = table[index].initiator {
                    table[index].transport = associations[association]?.transport
                    table[index].remote = associations[association]?.remote
                }
                apply(.receivedCEA, to: index, at: now, into: &outputs)
            }
        } catch {
            statistics.malformed &+= 1
            refuseCEA(index, .malformed, "CEA of \(table[index].identity): \(error).", at: now, into: &outputs)
        }
    }

    private mutating func refuseCEA(
        _ index: Int, _ reason: DiameterRefusal.Reason, _ sentence: String, at now: Instant,
        into outputs: inout Outputs
    ) {
        table[index].lastError = sentence
        outputs.append(.refused(DiameterRefusal(reason, peer: table[index].identity, sentence)))
        apply(.receivedNonCEA, to: index, at: now, into: &outputs)
    }

    private mutating func adopt(
        _ capabilities: Capabilities, _ applications: Set<ApplicationID>, _ isRelay: Bool, by index: Int,
        into outputs: inout Outputs
    ) {
        table[index].applications = applications
        table[index].isRelay = isRelay
        table[index].originRealm = capabilities.origin.realm
        noteRestart(of: index, capabilities.originStateID, into: &outputs)
    }

    /// §8.16: a higher Origin-State-Id says that the peer has lost its state; 0 says nothing.
    mutating func noteRestart(of index: Int, _ stateID: UInt32?, into outputs: inout Outputs) {
        guard let stateID, stateID > 0 else { return }
        if let known = table[index].originStateID, stateID > known {
            statistics.restarts &+= 1
            table[index].circuit = CircuitBreaker()
            table[index].busy.ended()
            outputs.append(.noticed(table[index].identity, .restarted))
        }
        table[index].originStateID = stateID
    }

    /// A CER with a newer Origin-State-Id on a second connection: the peer restarted and the first one is dead, only we
    /// have not noticed. Without this it would be rejected until the watchdog gives up.
    private mutating func leaveForRestarted(
        _ index: Int, _ stateID: UInt32?, at now: Instant, into outputs: inout Outputs
    ) {
        guard table[index].machine.state.isOpen, let new = stateID, let old = table[index].originStateID, new > old
        else { return }
        table[index].downReason = .restarted
        let side: PeerStateMachine.Side = table[index].machine.state == .iOpen ? .initiator : .responder
        apply(.disconnected(side), to: index, at: now, into: &outputs)
    }

    /// The entry of who says CER; nil when nobody of that name may come from there.
    private mutating func admit(_ origin: DiameterOrigin, from remote: Endpoint?) -> Int? {
        guard origin.host != local.originHost else { return nil }
        if let index = table.firstIndex(where: { $0.identity == origin.host && !$0.isTransient }) {
            let addresses = table[index].configuration.addresses
            guard addresses.isEmpty || remote.map({ addresses.contains($0.address) }) ?? false else { return nil }
            return index
        }
        guard let remote, settings.unknownPeers.accepts(origin, from: remote.address) else { return nil }
        if let index = table.firstIndex(where: { $0.identity == origin.host }) { return index }
        let peer = Peer(
            PeerConfiguration(identity: origin.host, realm: origin.realm, initiates: false), isTransient: true)
        if let free = table.firstIndex(where: { $0.isTransient && $0.machine.state == .closed }) {
            table[free] = peer
            return free
        }
        // As many strangers as newcomers: the table stays bounded.
        guard table.count(where: \.isTransient) < settings.waitingConnections else { return nil }
        table.append(peer)
        return table.count - 1
    }

    private mutating func refuse(
        _ message: DiameterMessage, _ code: ResultCode, _ reason: DiameterRefusal.Reason, on id: AssociationID,
        peer: DiameterIdentity, _ sentence: String, into outputs: inout Outputs
    ) {
        let answer = CapabilitiesExchangeAnswer(code, local.capabilities).message(answering: message)
        let remote = associations[id]?.remote
        outputs.append(.send(answer.octets, on: id))
        close(id, into: &outputs)
        outputs.append(.refused(DiameterRefusal(reason, peer: peer, remote: remote, resultCode: code, sentence)))
    }
}
