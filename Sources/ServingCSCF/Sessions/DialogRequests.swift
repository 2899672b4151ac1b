import IMS
import Octets
import SIP
import ServiceTriggers

/// Requests inside the dialogs that we are on the path of, TS 24.229 §5.4.3.2 and §5.4.3.3 for subsequent requests, and
/// the session timers on it (RFC 4028 §8).
extension ServingCSCF {
    mutating func relayInDialog(
        _ request: SIPMessage, _ transaction: ServerTransactionID, _ seal: RecordRouteSeal.Opened, from hop: Hop,
        at now: Instant, into actions: inout [Order]
    ) throws(SessionFault) {
        guard let mark = DialogMark(seal.text) else { throw .dialogUnknown }
        var request = request
        var key: DialogTable.Key?
        if mark.isFollowed {
            key = DialogTable.Key(request, from: seal.sender, mark)
            if let key, let minimum = tables.dialogs.forward(&request, in: key) { throw .intervalTooSmall(minimum) }
        }
        let target: Target
        do {
            target = try Target(request.requestURI)
        } catch {
            throw .malformed(error)
        }
        relay(
            ServedRequest(request, from: hop, leg: .inDialog(key)), transaction, to: [target], at: now, into: &actions)
    }

    /// The ACK of a 2xx is no transaction, and has no answer: what is wrong with it ends it.
    mutating func acknowledge(_ message: SIPMessage, from hop: Hop, into actions: inout [Order]) {
        guard trusts(hop.remote.address) else { return }
        var ack = message
        guard case .remaining = ack.countDownMaxForwards() else { return }
        do {
            guard case .dialog = try entry(of: &ack) else { return }
            let next = try ack.takeNextHop()
            switch way(to: next.octets) {
            case .hop(let hop): actions.append(.acknowledge(ack, to: hop))
            case .question(let question): actions.append(.send(ack, toward: question, clients.next()))
            case nil: break
            }
        } catch {
            return
        }
    }

    // MARK: Followed dialogs

    /// RFC 4028 §8.1, for an INVITE that begins a session.
    func startTimer(_ served: inout ServedRequest) throws(SessionFault) {
        guard served.message.method == .invite else { return }
        let timer = ProxySessionTimer(configuration.sessions.sessionTimer)
        let (verdict, pending) = timer.forward(&served.message)
        if case .refuse(let minimum) = verdict { throw .intervalTooSmall(minimum) }
        served.pendingTimer = pending
    }

    /// A 2xx to an INVITE makes a dialog that is followed.
    mutating func follow(
        _ response: inout SIPMessage, to sent: SIPMessage, _ served: ServedRequest, at now: Instant
    ) {
        guard response.status?.isSuccess ?? false, let user = served.user else { return }
        let own = tables.own
        _ = tables.dialogs.begin(
            &response, to: sent, of: user.identity, isTerminating: served.isTerminating,
            timer: ProxySessionTimer(configuration.sessions.sessionTimer), pending: served.pendingTimer, at: now
        ) { own.contains($0) }
    }
}

/// The end of a user's sessions with his registration, TS 24.229 §5.4.5.1.
extension ServingCSCF {
    /// Ends the sessions of these users, and what is on its way for them, when the event at hand has been dealt with:
    /// a BYE to each side of a session, a 487 to whoever calls. To be called with all identities that are no longer
    /// registered.
    mutating func releaseSessions(of users: [PublicIdentity], because reason: Reason? = nil) {
        guard !users.isEmpty else { return }
        tables.releases.append(SessionTables.Release(users: users, reason: reason))
    }

    mutating func carryOutReleases(at now: Instant, into actions: inout [Order]) {
        let releases = tables.releases
        tables.releases = []
        for release in releases {
            var ended = 0
            for user in release.users {
                for key in tables.dialogs.keys(of: user) {
                    guard let byes = tables.dialogs.release(key, reason: release.reason, at: now) else { continue }
                    chargeEnd(
                        key, because: release.reason?.parameters["text"]?.string ?? "de-registered", at: now,
                        into: &actions)
                    send(byes.toCaller, into: &actions)
                    send(byes.toCallee, into: &actions)
                    ended += 1
                }
            }
            for transaction in release.users.flatMap(tables.requests.transactions) {
                cancelled(transaction, at: now, into: &actions)
            }
            guard ended > 0, let first = release.users.first else { continue }
            actions.append(
                .observe(
                    Observation(
                        .notice, "\(ended) sessions were ended with the registration.",
                        about: Subject(publicIdentity: first.text))))
        }
    }

    /// A request of our own; nobody waits for what comes of it.
    private mutating func send(_ request: SIPMessage, into actions: inout [Order]) {
        var request = request
        do {
            let next = try request.takeNextHop()
            switch way(to: next.octets) {
            case .hop(let hop): actions.append(.forward(request, to: hop, clients.next()))
            case .question(let question): actions.append(.send(request, toward: question, clients.next()))
            case nil: break
            }
        } catch {
            return
        }
    }
}
