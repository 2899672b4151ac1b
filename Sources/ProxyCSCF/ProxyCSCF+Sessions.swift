import IMS
import Octets
import SIP

// Sessions seen from the middle: session timers (RFC 4028 §8), release by the P-CSCF (TS 24.229 §5.2.8.1.2, not checked
// against its text), and the operator's view.
extension ProxyCSCF {
    /// RFC 4028 §8.1. - Returns: the Min-SE of the 422 that an INVITE gets instead of going on.
    func startTimer(_ request: inout SIPMessage, _ passage: inout Passage) -> Int? {
        guard request.method == .invite, passage.leg != nil else { return nil }
        let (verdict, pending) = ProxySessionTimer(configuration.sessionTimer).forward(&request)
        if case .refuse(let minimum) = verdict { return minimum }
        passage.pending = pending
        return nil
    }

    func refuseShortSession(
        _ request: SIPMessage, _ server: ServerTransactionID, minimum: Int
    ) -> [Action<ProxyWork>] {
        var response = SIPMessage.response(.sessionIntervalTooSmall, to: request, toTag: tag(server))
        response.append(MinSE(minimum))
        let refusal = Refusal(
            "SESSION_INTERVAL_TOO_SMALL", answer: "422", "sessions last at least \(minimum) s between refreshes here")
        return [
            .respond(response, server), .observe(.refused(refusal, about: request.subject)), .count(.requestRefused),
        ]
    }

    /// An answer goes by: a session begins, is refreshed, or ends.
    mutating func follow(_ response: inout SIPMessage, _ passage: Passage, at now: Instant) {
        if let key = passage.session {
            sessions.passed(&response, to: passage.request, in: key, at: now)
        } else if passage.request.method == .invite, response.status?.isSuccess == true {
            let (own, timer) = (own, ProxySessionTimer(configuration.sessionTimer))
            let isRelayed = hasRelayedMedia(passage)
            sessions.begin(&response, passage, timer: timer, isRelayed: isRelayed, at: now) { own.contains($0) }
        }
    }

    /// The phone of a session cannot be reached any more: a BYE to both sides in the name of the other; that towards the
    /// phone goes by the flow it has now, if any.
    mutating func release(
        _ key: SessionTable.Key, because text: String, at now: Instant, into actions: inout [Action<ProxyWork>]
    ) {
        guard let session = sessions[key] else { return }
        let reason = Reason(cause: 503, text: text)
        guard let release = sessions.release(key, reason: reason) else { return }
        chargeEnd(key, because: text, at: now, into: &actions)
        var toCore = key.phoneIsCaller ? release.toCallee : release.toCaller
        let toPhone = key.phoneIsCaller ? release.toCaller : release.toCallee
        if let vector = session.chargingVector { toCore.append(.pChargingVector, vector) }
        actions.append(
            .observe(
                Observation(
                    .notice, "a session is released: \(text)",
                    about: Subject(
                        callID: key.id.callID.string, privateIdentity: session.user?.privateIdentity.string))))
        do throws(SIPSyntaxError) {
            if let next = configuration.nextHop(try toCore.takeNextHop()) {
                actions.append(next.order(toCore, names.next()))
            }
        } catch {}  // a Record-Route that cannot be read: that side ends by its session timer
        if let hop = currentFlow(of: session).flatMap(departure) {
            actions.append(.forward(toPhone, to: hop, names.next()))
        }
    }

    /// Those over connections that were closed a while ago, and whose users have not come back.
    mutating func releaseLost(at now: Instant, into actions: inout [Action<ProxyWork>]) {
        for key in sessions.lostSessions(at: now) {
            guard let session = sessions[key], currentFlow(of: session) == nil else { continue }
            release(key, because: "the phone's connection is lost", at: now, into: &actions)
        }
    }

    /// Where the phone of a session is now; nil when no connection leads to it.
    func currentFlow(of session: SessionTable.Session) -> Hop? {
        if isAlive(session.flow) { return session.flow }
        return session.user.flatMap { contacts[$0] }?.bindings.map(\.flow).first(where: isAlive)
    }

    /// `sessions`: what goes through this node now. `filter`: part of an identity or of the Call-ID; `offset` and `limit`
    /// (100 at first, 1,000 at most) page through the matches.
    func sessionReport(_ arguments: [String: String], at now: Instant) -> Report {
        guard let offset = Self.count(arguments["offset"], default: 0),
            let limit = Self.count(arguments["limit"], default: 100)
        else { return .error("offset and limit are numbers from 0.") }
        let filter = arguments["filter"] ?? ""
        var total = 0
        var page: [Report] = []
        for (key, session) in sessions.all {
            let caller = session.dialog.address(of: .caller).string
            let callee = session.dialog.address(of: .callee).string
            guard
                filter.isEmpty || caller.contains(filter) || callee.contains(filter)
                    || key.id.callID.string.contains(filter)
            else { continue }
            if total >= offset, page.count < min(limit, 1_000) {
                page.append(
                    [
                        "user": session.user.map { .text($0.privateIdentity.string) } ?? .null,
                        "direction": key.phoneIsCaller ? "originating" : "terminating",
                        "caller": .text(caller),
                        "callee": .text(callee),
                        "callID": .text(key.id.callID.string),
                        "flow": .text(session.flow.description),
                        "seconds": session.dialog.confirmedAt.map { .integer(Int((now - $0).components.seconds)) }
                            ?? .null,
                        "expires": session.dialog.nextDeadline.map {
                            .integer(Int(max(.zero, $0 - now).components.seconds))
                        } ?? .null,
                    ])
            }
            total += 1
        }
        return [
            "total": .integer(total), "offset": .integer(offset), "requests": .integer(relay.count),
            "sessions": .list(page),
        ]
    }

    private static func count(_ text: String?, default value: Int) -> Int? {
        guard let text else { return value }
        guard let number = Int(text), number >= 0 else { return nil }
        return number
    }
}
