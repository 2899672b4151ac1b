import IMS
import Octets
import SIP

// Requests inside dialogs, TS 24.229 §5.2.6.3.7 to §5.2.6.3.11 and §5.2.6.4.7 to §5.2.6.4.11: our Record-Route says whose
// dialog it is and where the phone is.
extension ProxyCSCF {
    mutating func receive(
        _ arrival: Arrival, _ leg: Leg, from sender: RecordRouteSeal.Sender, at now: Instant,
        into actions: inout [Action<ProxyWork>]
    ) {
        let (request, server) = (arrival.received, arrival.server)
        let isFromPhone = leg.isFromPhone(sender)
        // A13: the network's side cannot speak from a phone, nor the phone from where it is not.
        guard isFromPhone ? isAt(arrival.hop, leg) : mayBeCore(arrival.hop) else {
            actions += refuse(
                request, server, .callOrTransactionDoesNotExist,
                Refusal(
                    "DIALOG_OF_ANOTHER", answer: "481",
                    "\(request.method.text) from \(arrival.hop), which has no part in the dialog"))
            return
        }
        if let fault = RequestFault(request) {
            actions += refuse(request, server, fault)
            return
        }
        var message = arrival.request
        let key = SessionTable.Key(request, from: sender, leg)
        let flow = isFromPhone ? arrival.hop : currentFlow(of: leg, key)
        let vector = message.firstValue(.pChargingVector)
        if isFromPhone {
            message.removeUntrusted()
            message.remove(.pPreferredIdentity)
        } else {
            guard isAlive(flow) else {
                actions += refuseDeadFlow(request, server, flow)
                return
            }
            message.removePrivate()
        }
        if let key, let minimum = sessions.forward(&message, in: key) {
            actions += refuseShortSession(request, server, minimum: minimum)
            return
        }
        if isFromPhone, let vector = key.flatMap({ sessions[$0]?.chargingVector }) {
            message.append(.pChargingVector, vector)
        }
        let user = contacts.user(
            at: flow.arrival, contact: isFromPhone ? request.contactURI : request.requestURI,
            identities: isFromPhone ? request.identities(in: .from) : request.identities(in: .to))
        var passage = Passage(
            course: isFromPhone ? .fromPhone : .towardsPhone, request: request, arrival: arrival.hop, flow: flow,
            user: user, leg: nil, chargingVector: isFromPhone ? nil : vector)
        passage.session = key
        start(message, passage, server, at: now, into: &actions)
    }

    /// The ACK for a 2xx goes the way of its dialog; it has no answer, so that one that may not pass is dropped.
    mutating func acknowledge(
        _ ack: SIPMessage, _ hop: Hop, at now: Instant, into actions: inout [Action<ProxyWork>]
    ) {
        do throws(SIPSyntaxError) {
            var ack = ack
            let ours = try recordRouting.passage(of: &ack) { isOwn($0) }
            guard let seal = ours?.seal, let leg = Leg(seal.text, flowToken),
                case .remaining = ack.countDownMaxForwards()
            else { return }
            if leg.isFromPhone(seal.sender) {
                guard isAt(hop, leg) else { return }
                ack.removeUntrusted()
                ack.remove(.pPreferredIdentity)
                guard let next = configuration.nextHop(try ack.takeNextHop()) else { return }
                if !relayMedia(of: ack, leg, by: hop, to: next, at: now, into: &actions) {
                    acknowledge(ack, by: next, into: &actions)
                }
                authorizeAcknowledged(ack, leg, isFromPhone: true, at: now, into: &actions)
            } else {
                guard mayBeCore(hop) else { return }
                ack.removePrivate()
                let key = SessionTable.Key(ack, from: seal.sender, leg)
                guard let hop = departure(to: currentFlow(of: leg, key)) else { return }
                if !relayMedia(of: ack, leg, by: nil, to: .hop(hop), at: now, into: &actions) {
                    actions.append(.acknowledge(ack, to: hop))
                }
                authorizeAcknowledged(ack, leg, isFromPhone: false, at: now, into: &actions)
            }
        } catch {
            return
        }
    }

    mutating func acknowledge(_ ack: SIPMessage, by next: NextHop, into actions: inout [Action<ProxyWork>]) {
        switch next {
        case .hop(let hop): actions.append(.acknowledge(ack, to: hop))
        case .toBeLocated(let question): actions.append(.send(ack, toward: question, names.next()))
        }
    }

    /// Whether a request comes from the phone of a dialog: over the flow of its beginning, or over one at which the same
    /// user has registered since.
    private func isAt(_ hop: Hop, _ leg: Leg) -> Bool {
        hop == leg.flow.arrival || leg.user != 0 && contacts.users(at: hop).contains { hash($0) == leg.user }
    }

    /// Where the phone of a dialog is now: where it was when the dialog began, unless that connection is gone and its user
    /// has registered by another.
    private func currentFlow(of leg: Leg, _ key: SessionTable.Key?) -> Hop {
        key.flatMap { sessions[$0] }.flatMap(currentFlow) ?? leg.flow
    }

    /// Whether a flow may still lead to its phone; one of a connection that is closed does not (RFC 5626 §5.3.1), nor one
    /// whose security associations are gone.
    func isAlive(_ flow: Hop) -> Bool {
        if policy?.lostFlows.contains(flow.arrival) == true { return false }
        if configuration.security.ports[flow.listener] != nil { return agreements.current(at: flow.remote) != nil }
        guard let connection = flow.connection else { return true }
        return !closedConnections.contains(connection)
    }

    /// Of a user in our Record-Route, where the identity itself has no place; never zero.
    func hash(_ user: RegisteredContacts.User) -> UInt64 {
        var hash = KeyedHash(key: userKey)
        hash.combine(OctetSlice(user.octets))
        return max(hash.finish().0, 1)
    }
}
