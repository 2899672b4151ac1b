import Octets

/// A dialog at one of its ends, RFC 3261 §12.
///
///     early ─ confirm(2xx) ─▶ confirmed ─ terminate ─▶ terminated
///       └──────────── terminate ───────────────────────────▲
///
/// Holds what §12.1 lists. What a dialog is used for (an INVITE session, subscriptions) stands beside it, see
/// `DialogUsages`.
package struct Dialog: Sendable, Equatable {
    package enum State: Equatable, Sendable { case early, confirmed, terminated }

    /// Who sent the request that made the dialog.
    package enum Role: Equatable, Sendable { case client, server }

    package let id: DialogID
    package let role: Role
    package private(set) var state: State
    /// Our and the peer's address as they stand in From and To, tags included.
    package let local: OctetSlice
    package let remote: OctetSlice
    /// In the order in which our requests take them.
    package private(set) var routeSet: [NameAddress]
    /// The peer's Contact: a URI.
    package private(set) var remoteTarget: OctetSlice
    /// Our own Contact as a header value; put into target refresh requests.
    package var localContact: OctetSlice?
    /// Number of our last request; nil before the first.
    package private(set) var localSequence: UInt32?
    package private(set) var remoteSequence: UInt32?
    /// §12.1.1: made over TLS for a SIPS URI.
    package let isSecure: Bool

    /// The dialog that a response makes for the sender of the request, §12.1.2.
    package init(asClientOf request: SIPMessage, response: SIPMessage, overTLS: Bool = false) throws(DialogError) {
        guard let status = response.status, status != .trying, status.rawValue < 300 else { throw .noDialog }
        guard let id = DialogID(sending: response) else { throw .missing(.callID) }
        guard let local = response.firstValue(.from) else { throw .missing(.from) }
        guard let remote = response.firstValue(.to) else { throw .missing(.to) }
        guard let cseq = request.cseq else { throw .missing(.cseq) }
        self.id = id
        role = .client
        state = status.isProvisional ? .early : .confirmed
        self.local = local.detached
        self.remote = remote.detached
        routeSet = try Self.routes(response).reversed()
        remoteTarget = try Self.target(response)
        localContact = request.firstValue(.contact)?.detached
        localSequence = cseq.number
        isSecure = overTLS && Self.isSecure(request.requestURI)
    }

    /// The dialog that our response makes for the receiver of the request, §12.1.1.
    package init(asServerOf request: SIPMessage, response: SIPMessage, overTLS: Bool = false) throws(DialogError) {
        guard let status = response.status, status != .trying, status.rawValue < 300 else { throw .noDialog }
        guard let id = DialogID(receiving: response) else { throw .missing(.callID) }
        guard let local = response.firstValue(.to) else { throw .missing(.to) }
        guard let remote = response.firstValue(.from) else { throw .missing(.from) }
        guard let cseq = request.cseq else { throw .missing(.cseq) }
        self.id = id
        role = .server
        state = status.isProvisional ? .early : .confirmed
        self.local = local.detached
        self.remote = remote.detached
        routeSet = try Self.routes(request)
        remoteTarget = try Self.target(request)
        localContact = response.firstValue(.contact)?.detached
        remoteSequence = cseq.number
        isSecure = overTLS && Self.isSecure(request.requestURI)
    }

    /// The dialog that a NOTIFY makes for the subscriber, RFC 6665 §4.4.1: route set and target from the NOTIFY.
    ///
    /// - Parameter subscribe: the SUBSCRIBE or REFER that it answers.
    package init(asSubscriberOf subscribe: SIPMessage, notify: SIPMessage) throws(DialogError) {
        guard let id = DialogID(receiving: notify) else { throw .missing(.callID) }
        guard let local = notify.firstValue(.to) else { throw .missing(.to) }
        guard let remote = notify.firstValue(.from) else { throw .missing(.from) }
        guard let mine = subscribe.cseq, let theirs = notify.cseq else { throw .missing(.cseq) }
        self.id = id
        role = .client
        state = .confirmed
        self.local = local.detached
        self.remote = remote.detached
        routeSet = try Self.routes(notify)
        remoteTarget = try Self.target(notify)
        localContact = subscribe.firstValue(.contact)?.detached
        localSequence = mine.number
        remoteSequence = theirs.number
        isSecure = false
    }

    /// As one end would have it, from what somebody on the path has learnt.
    init(
        observed id: DialogID, local: OctetSlice, remote: OctetSlice, routeSet: [NameAddress], remoteTarget: OctetSlice
    ) {
        self.id = id
        role = .client
        state = .confirmed
        self.local = local
        self.remote = remote
        self.routeSet = routeSet
        self.remoteTarget = remoteTarget
        isSecure = false
    }

    /// As it was stored: confirmed. Who had begun it does not matter then.
    package init(_ stored: StoredDialog) throws(SIPSyntaxError) {
        id = stored.id
        role = .server
        state = .confirmed
        local = stored.local
        remote = stored.remote
        var routes: [NameAddress] = []
        for route in stored.routes { routes.append(try NameAddress(parsing: route)) }
        routeSet = routes
        remoteTarget = stored.remoteTarget
        localContact = stored.localContact.isEmpty ? nil : stored.localContact
        localSequence = stored.localSequence == 0 ? nil : stored.localSequence
        remoteSequence = stored.remoteSequence == 0 ? nil : stored.remoteSequence
        isSecure = false
    }

    // MARK: Events

    /// The 2xx for the request that made an early dialog, §13.2.2.4: the client takes the route set again, from it.
    package mutating func confirm(_ response: SIPMessage) throws(DialogError) {
        if state == .early, role == .client {
            routeSet = try Self.routes(response).reversed()
            remoteTarget = try Self.target(response)
        }
        if state == .early { state = .confirmed }
    }

    /// The server's own 2xx: its route set stays.
    mutating func confirm() {
        if state == .early { state = .confirmed }
    }

    package mutating func terminate() { state = .terminated }

    /// Whether a request may be worked on, §12.2.2. One that is out of order gets a 500 and changes nothing.
    ///
    /// ACK and CANCEL have the number of their INVITE and are not looked at. A number that has been there is as much out
    /// of order as a lower one: what the peer sends again, the transaction layer has absorbed.
    package mutating func takeSequence(of request: SIPMessage) -> Bool {
        guard let cseq = request.cseq else { return false }
        guard cseq.method != .ack, cseq.method != .cancel else { return true }
        if let last = remoteSequence, cseq.number <= last { return false }
        remoteSequence = cseq.number
        return true
    }

    /// The peer's new Contact, from a target refresh request that we answer with a reliable provisional or 2xx, or
    /// from such an answer to one of ours (§12.2.1.2, §12.2.2 as changed by RFC 6141 §4.6, §4.7). One that cannot be
    /// used leaves the target as it is.
    package mutating func refreshTarget(from message: SIPMessage) {
        guard Self.isTargetRefresh(message.method), message.contains(.contact) else { return }
        do throws(DialogError) {
            remoteTarget = try Self.target(message)
        } catch {
            return
        }
    }

    /// RFC 3261 §12.2, RFC 3311 §5.1, RFC 3515 (by its dialog), RFC 6665 §3.1 and §4: the methods whose Contact
    /// replaces the remote target.
    package static func isTargetRefresh(_ method: Method) -> Bool {
        switch method.token {
        case .invite, .update, .subscribe, .notify, .refer: true
        case .other, .register, .ack, .bye, .cancel, .options, .prack, .publish, .info, .message: false
        }
    }

    /// The number of our next request: one more than the last (§12.2.1.1), below 2³¹ (§8.1.1.5).
    mutating func nextSequence() -> UInt32 {
        let next = (localSequence ?? 0) &+ 1 & 0x7FFF_FFFF
        localSequence = next
        return next
    }

    // MARK: Steps

    private static func routes(_ message: SIPMessage) throws(DialogError) -> [NameAddress] {
        do throws(SIPSyntaxError) {
            return try message.all(RecordRoute.self).map {
                NameAddress(
                    uri: $0.address.uri.detached,
                    parameters: Parameters(unchecked: $0.address.parameters.text.detached, .header))
            }
        } catch {
            throw .malformed(error)
        }
    }

    private static func target(_ message: SIPMessage) throws(DialogError) -> OctetSlice {
        try contactURI(message).detached
    }

    /// The URI in the Contact of a message, as a slice of it.
    static func contactURI(_ message: SIPMessage) throws(DialogError) -> OctetSlice {
        do throws(SIPSyntaxError) {
            guard let contact = try message.first(Contact.self) else { throw SIPSyntaxError(.missing, .contact) }
            if !contact.isWildcard, case .sip = try contact.address.parsedURI() { return contact.address.uri }
        } catch {
            throw .malformed(error)
        }
        throw .unusableContact
    }

    private static func isSecure(_ uri: OctetSlice) -> Bool {
        uri.count > 5 && uri[uri.start..<uri.start + 5].equalsIgnoringCase("sips:")
    }
}
