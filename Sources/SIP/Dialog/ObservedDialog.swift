import Octets

/// A session as a proxy on its path sees it go by, RFC 3261 §12 from the middle; for counting, charging and release by a
/// P-CSCF or S-CSCF (TS 24.229 §5.2.8, §5.4.5; these clauses could not be checked here).
///
///     early ─ 2xx to the INVITE ─▶ confirmed ─ BYE, session timer ─▶ terminated
///       └── 3xx…6xx, 199, 64·T1 after another fork's 2xx ─────────────▲
///
/// Keeps of each side what a BYE from the middle needs: target, route set beyond this proxy, last CSeq number. All its
/// texts are slices of one array, for there are hundreds of thousands of these.
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
        /// From this proxy to it, in the order in which a request takes them, between commas.
        var routes: OctetSlice
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
    /// Of session refresh requests without a final response, by their numbers.
    private var pending: [(key: UInt32, of: ProxySessionTimer.Pending)] = []

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
        guard let status = response.status, status != .trying, status.rawValue < 300, let toTag = response.toTag else {
            throw .noDialog
        }
        guard let callID = response.callID else { throw .missing(.callID) }
        guard let from = response.firstValue(.from) else { throw .missing(.from) }
        guard let to = response.firstValue(.to) else { throw .missing(.to) }
        guard let number = invite.cseq?.number else { throw .missing(.cseq) }
        let contacts = (caller: try Dialog.contactURI(invite), callee: try Dialog.contactURI(response))
        let routes = try Routes(invite, response, isOwn)
        let fromTag = response.fromTag ?? OctetSlice()
        var writer = OctetWriter(
            reserving: callID.count + fromTag.count + toTag.count + from.count + to.count + contacts.caller.count
                + contacts.callee.count + routes.count)
        func keep(_ text: OctetSlice) -> Range<Int> {
            let start = writer.count
            writer.write(text)
            return start..<writer.count
        }
        let names = (callID: keep(callID), fromTag: keep(fromTag), toTag: keep(toTag))
        let addresses = (caller: keep(from), callee: keep(to))
        let targets = (caller: keep(contacts.caller), callee: keep(contacts.callee))
        let start = writer.count
        routes.writeTowardsCaller(to: &writer)
        let split = writer.count
        routes.writeTowardsCallee(to: &writer)
        let text = writer.octets
        func slice(_ range: Range<Int>) -> OctetSlice { OctetSlice(text, range) }
        id = DialogID(sharing: slice(names.callID), slice(names.fromTag), slice(names.toTag))
        caller = Side(
            address: slice(addresses.caller), target: slice(targets.caller), routes: slice(start..<split),
            sequence: number)
        callee = Side(
            address: slice(addresses.callee), target: slice(targets.callee), routes: slice(split..<text.count),
            sequence: 0)
        self.timer = timer
        if let pending { self.pending.append((number, pending)) }
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
        if id.isSent(request) { return .caller }
        return id.isReceived(request) ? .callee : nil
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
            let key = Self.key(cseq, party)
            pending.removeAll { $0.key == key }
            if pending.count < 8 { pending.append((key, remembered)) }
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
        let party: Party = id.isSent(response) ? .caller : .callee
        let isFirst = request.toTag == nil
        if status.isSuccess || response.listContains(.require, token: "100rel") {
            refreshTarget(of: party, from: request)
            refreshTarget(of: party.other, from: response)
        }
        guard status.isFinal else {
            if status == .earlyDialogTerminated, isFirst { finish(.rejected(status)) }
            return
        }
        if let remembered = takePending(isFirst ? cseq.number : Self.key(cseq, party)), status.isSuccess {
            timer?.forward(response: &response, remembered, at: now)
        }
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
        pending = []
    }

    // MARK: Steps

    subscript(party: Party) -> Side {
        get { party == .caller ? caller : callee }
        set { if party == .caller { caller = newValue } else { callee = newValue } }
    }

    private mutating func takePending(_ key: UInt32) -> ProxySessionTimer.Pending? {
        guard let index = pending.firstIndex(where: { $0.key == key }) else { return nil }
        let remembered = pending.remove(at: index).of
        if pending.isEmpty { pending = [] }  // its memory too
        return remembered
    }

    private mutating func refreshTarget(of party: Party, from message: SIPMessage) {
        guard Dialog.isTargetRefresh(message.method) else { return }
        do throws(DialogError) {
            let target = try Dialog.contactURI(message)
            if target != self[party].target { self[party].target = target.detached }
        } catch {
            return  // one that cannot be used leaves the target as it is
        }
    }

    /// The callee's numbers are told from the caller's by a bit that no CSeq has.
    private static func key(_ cseq: CSeq, _ party: Party) -> UInt32 {
        party == .caller ? cseq.number : cseq.number | 1 << 31
    }
}

/// The Record-Routes of an answer, RFC 3261 §12.1, with this proxy's own among them: what is on either side of it. A proxy
/// that a request passes twice has entries of both times in it: its own are those on top of the INVITE as it left. Without
/// any the proxy is not on the path of later requests, and goes by the whole of it.
private struct Routes {
    private let all: [RecordRoute]
    /// The proxy's own; the first entry of all is the callee's neighbour.
    private let own: Range<Int>?

    init(_ invite: SIPMessage, _ response: SIPMessage, _ isOwn: (SIPURI) -> Bool) throws(DialogError) {
        do throws(SIPSyntaxError) { all = try response.all(RecordRoute.self) } catch { throw .malformed(error) }
        var recorded = 0
        var own = 0
        for value in HeaderValues(invite, .recordRoute) {
            if own == recorded, Self.isOwn(value, isOwn) { own += 1 }
            recorded += 1
        }
        let later = all.count - recorded
        self.own = own > 0 && later >= 0 ? later..<later + own : nil
    }

    private static func isOwn(_ value: OctetSlice, _ isOwn: (SIPURI) -> Bool) -> Bool {
        do {
            guard case .sip(let uri) = try NameAddress(parsing: value).parsedURI() else { return false }
            return isOwn(uri)
        } catch {
            return false
        }
    }

    /// Octets that both lists take, with a comma for each entry and its angle brackets.
    var count: Int {
        func count(_ routes: ArraySlice<RecordRoute>) -> Int {
            routes.reduce(0) { $0 + $1.address.uri.count + $1.address.parameters.text.count + 3 }
        }
        return count(towardsCaller) + count(towardsCallee)
    }

    private var towardsCaller: ArraySlice<RecordRoute> { all[(own?.upperBound ?? 0)...] }
    /// As the callee's requests take them: the other way round.
    private var towardsCallee: ArraySlice<RecordRoute> { all[..<(own?.lowerBound ?? all.count)] }

    func writeTowardsCaller(to writer: inout OctetWriter) { Self.write(towardsCaller, to: &writer) }

    func writeTowardsCallee(to writer: inout OctetWriter) { Self.write(towardsCallee.reversed(), to: &writer) }

    private static func write(_ routes: some Sequence<RecordRoute>, to writer: inout OctetWriter) {
        var isFirst = true
        for route in routes {
            if !isFirst { writer.write(UInt8(ascii: ",")) }
            isFirst = false
            NameAddress(uri: route.address.uri, parameters: route.address.parameters).write(to: &writer)
        }
    }
}
