import Cx
import Diameter
import IMS
import Octets
import Rx
import SIP

// What the PCRF says to our AARs and STRs, and what becomes of the messages that have waited for it.
extension ProxyCSCF {
    mutating func policyAnswered(
        _ message: DiameterMessage, _ ask: AskID, at now: Instant, into actions: inout [Action<ProxyWork>]
    ) {
        guard let question = policy?.answered(ask) else { return }
        let (purpose, held, isSecond): (PolicySession.Purpose, PolicyControl.Held, Bool)
        switch question {
        case .termination(let id):
            policy?.terminated(id)  // whatever it says: there is nothing more to end
            return
        case .authorization(let found, let waiting, let again): (purpose, held, isSecond) = (found, waiting, again)
        }
        let answer: AAAnswer
        do throws(CxDecodeFailure) { answer = try AAAnswer(decoding: message) } catch {
            return notGranted(purpose, held, ask, PolicyRefusal(error), at: now, into: &actions)
        }
        guard answer.result.isSuccess else {
            let refusal = PolicyRefusal(answer)
            if refusal.isUnknownSession, !isSecond, policy?[purpose]?.isGranted == true {
                return askAnew(purpose, held, ask, refusal, at: now, into: &actions)
            }
            return notGranted(purpose, held, ask, refusal, at: now, into: &actions)
        }
        let peer = message[.originHost]
        var isNew = false
        policy?.change(purpose) { session in
            isNew = !session.isGranted || session.peer != peer
            session.isGranted = true
            session.peer = peer ?? session.peer
        }
        if isNew { policy?.keep(purpose) }
        goOn(held, ask, at: now, into: &actions)
    }

    mutating func policyFailed(
        _ ask: AskID, _ failure: AskFailure, at now: Instant, into actions: inout [Action<ProxyWork>]
    ) {
        guard let question = policy?.answered(ask) else { return }
        unanswered(question, ask, PolicyRefusal(failure), at: now, into: &actions)
    }

    mutating func firePolicy(at now: Instant, into actions: inout [Action<ProxyWork>]) {
        while let due = policy?.nextDue(at: now) {
            switch due {
            case .question(let ask, let question): unanswered(question, ask, .silent, at: now, into: &actions)
            case .termination(let message, let ask): actions.append(.ask(message, ask))
            case .call(let purpose):
                let why = policy?[purpose]?.end ?? ""
                releaseCall(purpose, because: why, .administrative, at: now, into: &actions)
            }
        }
    }

    private mutating func unanswered(
        _ question: PolicyControl.Question, _ ask: AskID, _ refusal: PolicyRefusal, at now: Instant,
        into actions: inout [Action<ProxyWork>]
    ) {
        switch question {
        case .authorization(let purpose, let held, _):
            notGranted(purpose, held, ask, refusal, at: now, into: &actions)
        case .termination(let id):
            guard policy?.notTerminated(id, at: now) == false else { return }
            actions.append(
                .observe(
                    Observation(
                        .error,
                        "the PCRF has not heard of the end of \(id), and is not told any more: it \(refusal.sentence)"))
            )
        }
    }

    // MARK: Granted

    /// - Returns: what is known of the transaction of a response that has waited.
    @discardableResult
    private mutating func goOn(
        _ held: PolicyControl.Held, _ ask: AskID, at now: Instant, into actions: inout [Action<ProxyWork>]
    ) -> Passage? {
        switch held {
        case .request(let request, let passage, let server):
            if passage.course == .fromPhone {
                exchange(request, passage, server, at: now, into: &actions)
            } else {
                proceed(request, passage, server, at: now, into: &actions)
            }
        case .response(let server):
            let ready = policy?.responses.release(ask, of: server) ?? []
            for (response, passage) in ready {
                if passage?.course == .towardsPhone {
                    exchange(response, passage, server, at: now, into: &actions)
                } else {
                    actions.append(.respond(response, server))
                }
            }
            return ready.first?.passage
        case .nothing: break
        }
        return nil
    }

    /// The PCRF has forgotten a session that it knew: it gets it as a new one.
    private mutating func askAnew(
        _ purpose: PolicySession.Purpose, _ held: PolicyControl.Held, _ old: AskID, _ refusal: PolicyRefusal,
        at now: Instant, into actions: inout [Action<ProxyWork>]
    ) {
        policy?.rename(purpose)
        // What waits in a queue waits for the first question there; it goes on, the new one is for the PCRF alone.
        if case .response = held {
            goOn(held, old, at: now, into: &actions)
            _ = ask(purpose, for: .nothing, isSecond: true, at: now, into: &actions)
        } else if ask(purpose, for: held, isSecond: true, at: now, into: &actions) == nil {
            notGranted(purpose, held, old, refusal, at: now, into: &actions)
        }
    }

    // MARK: Not granted

    private mutating func notGranted(
        _ purpose: PolicySession.Purpose, _ held: PolicyControl.Held, _ ask: AskID, _ refusal: PolicyRefusal,
        at now: Instant, into actions: inout [Action<ProxyWork>]
    ) {
        let session = policy?[purpose]
        // What it knew before it refuses a change it knows still (§4.4.2).
        policy?.change(purpose) { $0.mayBeKnown = $0.isGranted || refusal.mayBeKnown }
        if session?.isGranted == false { policy?.keep(purpose) }
        let isHelp = session?.service != nil
        guard policy?.settings.failure == .deny, !isHelp, case .call = purpose else {
            warn(purpose, refusal, isHelp: isHelp, into: &actions)
            goOn(held, ask, at: now, into: &actions)
            return
        }
        let why = "the PCRF \(refusal.sentence)"
        switch held {
        case .request(_, let passage, let server):
            refuse(passage, server, refusal, at: now, into: &actions)
        case .response(let server):
            if session?.invite == server, passages[server] != nil {
                return abort(purpose, server, refusal.status, because: why, at: now, into: &actions)
            }
            // Too late to take it back: the call ends.
            if goOn(held, ask, at: now, into: &actions)?.request.method == .invite {
                policy?.expectAcknowledgement(purpose, why, at: now)
            } else {
                releaseCall(purpose, because: why, .administrative, at: now, into: &actions)
            }
        case .nothing: releaseCall(purpose, because: why, .administrative, at: now, into: &actions)
        }
    }

    private func warn(
        _ purpose: PolicySession.Purpose, _ refusal: PolicyRefusal, isHelp: Bool,
        into actions: inout [Action<ProxyWork>]
    ) {
        let subject: Subject
        let what: String
        switch purpose {
        case .call(let call):
            subject = Subject(callID: call.callID.string)
            what = isHelp ? "a call for help goes on" : "a call goes on without a word of the PCRF on its bearers"
        case .signalling(let flow):
            subject = Subject(peer: flow.remote.description)
            what = "the loss of a phone's signalling will not be noticed"
        }
        actions.append(
            .observe(
                Observation(.warning, "\(what): the PCRF \(refusal.sentence); see pcscf.rx-failure", about: subject)))
    }

    /// An offer does not go on.
    private mutating func refuse(
        _ passage: Passage, _ server: ServerTransactionID, _ refusal: PolicyRefusal, at now: Instant,
        into actions: inout [Action<ProxyWork>]
    ) {
        endMedia(of: passage, into: &actions)
        endPolicy(of: passage, at: now, into: &actions)
        let why = "the PCRF \(refusal.sentence)"
        let response = refusal.response(
            to: passage.request, tag: tag(server), host: configuration.pathHost, because: why)
        actions += [
            .respond(response, server),
            .observe(
                .refused(
                    Refusal(
                        "POLICY_DENIED", answer: "\(refusal.status.rawValue)", why,
                        hint: "see pcscf.rx-failure"), about: passage.request.subject)),
            .count(.requestRefused),
        ]
        charge(response, passage, at: now, into: &actions)
    }

    /// What a request has begun at the PCRF is over.
    mutating func endPolicy(of passage: Passage, at now: Instant, into actions: inout [Action<ProxyWork>]) {
        guard policy != nil, passage.leg != nil, let call = call(of: passage) else { return }
        endPolicy(.call(call), at: now, into: &actions)
    }
}

extension PolicyRefusal {
    /// With a Warning that says why (RFC 3261 §20.43: 399).
    func response(
        to request: SIPMessage, tag: String, host: String, because why: String
    ) -> SIPMessage {
        var response = SIPMessage.response(status, to: request, toTag: tag)
        if let retryAfter, status == .serviceUnavailable { response.append(RetryAfter(retryAfter)) }
        response.append(.warning, "399 \(host) \"\(why)\"")
        return response
    }
}
