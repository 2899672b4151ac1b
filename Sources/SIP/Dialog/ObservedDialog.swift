import Octets

/// A session as a proxy on its path sees it go by, RFC 3261 §12 from the middle; for counting, charging and release by a
/// P-CSCF or S-CSCF (TS 24.229 §5.2.8, §5.4.5; these clauses could not be checked here).
///
///     early ─ 2xx to the INVITE ─▶ confirmed ─ BYE, session timer ─▶ terminated
///       └── 3xx…6xx, 199, 64·T1 after another fork's 2xx ─────────────▲
///
/// Keeps of each side what a BYE from the middle needs: target, route set beyond this proxy, last CSeq number.
package struct ObservedDialog: Sendable {
    /// The caller sent the INVITE.
    package enum Party: Equatable, Sendable {
        case caller, callee
        package var other: Party { self == .caller ? .callee : .caller }
    }

    package enum End: Equatable, Sendable {
        case bye(by: Party)
        case rejected(Status)
        /// A 2xx of another fork has come and none of this one.
        case otherFork
        /// RFC 4028 §8.3.
        case expired
        /// By this proxy.
        case released
    }

    package enum State: Equatable, Sendable { case early, confirmed, terminated(End) }

    /// One end as seen from the proxy.
    struct Side: Sendable, Equatable {
        /// From or To value, tag included.
        var address: OctetSlice
        /// Its Contact.
        var target: OctetSlice
        /// From this proxy to it, in the order in which a request takes them.
        var routes: [NameAddress]
        /// Of the last request it sent; of a request made in its name the next.
        var sequence: UInt32
    }

    /// As the caller names it.
    package let id: DialogID
    package private(set) var state = State.early
    package private(set) var timer: ProxySessionTimer?
    /// When the 2xx went by.
    package private(set) var confirmedAt: Instant?
    var caller: Side
    var callee: Side
    private var pending: [UInt32: ProxySessionTimer.Pending] = [:]

    /// A dialog that a response to an INVITE makes, 101 to 299 with a To tag.
    ///
    /// - Parameters:
    ///   - invite: as it left this proxy, with its Session-Expires and the Record-Routes up to and with this proxy's.
    ///   - response: as it came to this proxy.
    ///   - isOwn: whether a Record-Route URI is this proxy's.
    ///   - pending: what `ProxySessionTimer.forward` remembered of the INVITE.
    package init(
        invite: SIPMessage, response: SIPMessage, timer: ProxySessionTimer? = nil,
        pending: ProxySessionTimer.Pending? = nil, isOwn: (SIPURI) -> Bool
    ) throws(DialogError) {
        guard response.toTag != nil else { throw .noDialog }
        // Both ends' own views of the dialog, of which the proxy's is made.
        let towardsCallee = try Dialog(asClientOf: invite, response: response)
        var answered = invite
        answered.remove(.recordRoute)
        for route in response.values(.recordRoute) { answered.append(.recordRoute, route) }
        let towardsCaller = try Dialog(asServerOf: answered, response: response)
        id = towardsCallee.id
        let number = invite.cseq?.number ?? 0
        let beyond = Self.beyond(invite.values(.recordRoute), towardsCaller.routeSet, towardsCallee.routeSet, isOwn)
        caller = Side(
            address: towardsCallee.local, target: towardsCaller.remoteTarget,
            routes: beyond.caller, sequence: number)
        callee = Side(
            address: towardsCallee.remote, target: towardsCallee.remoteTarget,
            routes: beyond.callee, sequence: 0)
        self.timer = timer
        if let pending { self.pending[number] = pending }
    }

    /// As it was stored: confirmed.
    init(id: DialogID, caller: Side, callee: Side, confirmedAt: Instant, timer: ProxySessionTimer) {
        self.id = id
        self.caller = caller
        self.callee = callee
        self.confirmedAt = confirmedAt
        self.timer = timer
        state = .confirmed
    }

    /// Which end sent a request of this dialog; nil when it belongs to another.
    package func sender(of request: SIPMessage) -> Party? {
        if DialogID(sending: request) == id { return .caller }
        return DialogID(receiving: request) == id ? .callee : nil
    }

    /// From or To value of an end, tag included.
    package func address(of party: Party) -> OctetSlice { self[party].address }

    package var nextDeadline: Instant? {
        guard case .confirmed = state else { return nil }
        return timer?.expiration
    }

    // MARK: What goes by

    /// A request within the dialog on its way; may change its Session-Expires (RFC 4028 §8.1).
    ///
    /// - Returns: the Min-SE of the 422 that it gets instead; nil when it goes on.
    package mutating func forward(_ request: inout SIPMessage) -> Int? {
        guard let party = sender(of: request), let cseq = request.cseq else { return nil }
        if cseq.method != .ack, cseq.method != .cancel {
            self[party].sequence = max(self[party].sequence, cseq.number)
        }
        if cseq.method == .invite || cseq.method == .update, let timer {
            let (verdict, remembered) = timer.forward(&request)
            if case .refuse(let minimum) = verdict { return minimum }
            // One INVITE and one UPDATE of each side may be open (RFC 3261 §14.1, RFC 3311 §5.2).
            if pending.count < 8 { pending[Self.key(cseq, party)] = remembered }
        }
        if cseq.method == .bye { finish(.bye(by: party)) }
        return nil
    }

    /// A response within the dialog, or one to the INVITE that made it, on its way back.
    ///
    /// - Parameters:
    ///   - request: the request it answers, as it left this proxy: its Contact is the sender's new target.
    package mutating func forward(response: inout SIPMessage, to request: SIPMessage, at now: Instant) {
        guard let status = response.status, let cseq = response.cseq else { return }
        let party: Party = DialogID(sending: response) == id ? .caller : .callee
        let isFirst = request.toTag == nil
        if status.isSuccess || response.listContains(.require, token: "100rel") {
            refreshTarget(of: party, from: request)
            refreshTarget(of: party.other, from: response)
        }
        guard status.isFinal else {
            if status == .earlyDialogTerminated, isFirst { finish(.rejected(status)) }
            return
        }
        let remembered = pending.removeValue(forKey: isFirst ? cseq.number : Self.key(cseq, party))
        if status.isSuccess, let remembered { timer?.forward(response: &response, remembered, at: now) }
        guard cseq.method == .invite, state == .early else { return }
        if status.isSuccess {
            state = .confirmed
            confirmedAt = now
        } else if isFirst {
            finish(.rejected(status))
        }
    }

    /// A 2xx of another fork went by 64·T1 ago (RFC 3261 §13.2.2.4).
    package mutating func otherForkAccepted() {
        if state == .early { finish(.otherFork) }
    }

    /// The session's time is over: the state may go, nobody gets a BYE from a proxy (RFC 4028 §8.3).
    package mutating func fire(at now: Instant) -> Bool {
        guard state == .confirmed, timer?.isExpired(at: now) == true else { return false }
        finish(.expired)
        return true
    }

    mutating func finish(_ end: End) {
        if case .terminated = state { return }
        state = .terminated(end)
        pending = [:]
    }

    // MARK: Steps

    subscript(party: Party) -> Side {
        get { party == .caller ? caller : callee }
        set { if party == .caller { caller = newValue } else { callee = newValue } }
    }

    private mutating func refreshTarget(of party: Party, from message: SIPMessage) {
        guard Dialog.isTargetRefresh(message.method) else { return }
        do {
            guard let contact = try message.first(Contact.self), !contact.isWildcard,
                case .sip = try contact.address.parsedURI()
            else { return }
            self[party].target = contact.address.uri.detached
        } catch {
            return
        }
    }

    /// What follows this proxy's own entries in the route set of each side. A proxy that a request passes twice has entries
    /// of both times in it: its own are those on top of the INVITE as it left. Without an entry of its own the proxy is not on
    /// the path of later requests, and goes by the whole of it.
    private static func beyond(
        _ recorded: [OctetSlice], _ towardsCaller: [NameAddress], _ towardsCallee: [NameAddress],
        _ isOwn: (SIPURI) -> Bool
    ) -> (caller: [NameAddress], callee: [NameAddress]) {
        let own = recorded.prefix { value in
            do {
                guard case .sip(let uri) = try NameAddress(parsing: value).parsedURI() else { return false }
                return isOwn(uri)
            } catch {
                return false
            }
        }.count
        guard own > 0, towardsCallee.count >= recorded.count else { return (towardsCaller, towardsCallee) }
        let later = towardsCallee.count - recorded.count
        return (Array(towardsCaller.dropFirst(later + own)), Array(towardsCallee.dropFirst(recorded.count)))
    }

    /// The callee's numbers are told from the caller's by a bit that no CSeq has.
    private static func key(_ cseq: CSeq, _ party: Party) -> UInt32 {
        party == .caller ? cseq.number : cseq.number | 1 << 31
    }
}
