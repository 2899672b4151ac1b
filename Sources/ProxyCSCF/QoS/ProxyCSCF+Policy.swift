import Cx
import Diameter
import IMS
import Octets
import Rx
import SIP

// The session descriptions of phones on their way, TS 29.214 annex A.1: an offer is made known to the PCRF before it goes on,
// an answer with its offer. It sees them as the access does: those of a phone before the media relay, those for a phone
// after it.
extension ProxyCSCF {
    /// A request is about to go on. - Returns: whether it waits for the PCRF.
    mutating func authorize(
        _ request: SIPMessage, _ passage: Passage, _ server: ServerTransactionID, at now: Instant,
        into actions: inout [Action<ProxyWork>]
    ) -> Bool {
        guard let purpose = purpose(of: passage) else { return false }
        if passage.leg != nil { beginPolicy(purpose, passage, server, at: now, into: &actions) }
        guard let session = policy?[purpose], let content = request.sessionDescription else { return false }
        let isAnswer = session.exchange.isOpenInResponse && request.method == .prack
        let isNews = hear(
            content, in: purpose, byPhone: passage.course == .fromPhone, isAnswer: isAnswer, inResponse: false)
        guard isNews else { return false }
        return ask(purpose, for: .request(request, passage, server), at: now, into: &actions) != nil
    }

    /// A response is about to go back. - Returns: whether it waits, for the PCRF or behind another.
    mutating func authorize(
        _ response: SIPMessage, _ passage: Passage?, _ server: ServerTransactionID, at now: Instant,
        into actions: inout [Action<ProxyWork>]
    ) -> Bool {
        guard policy != nil else { return false }
        if let passage, let purpose = purpose(of: passage), policy?[purpose] != nil,
            let content = response.sessionDescription
        {
            if let tag = response.toTag, passage.leg != nil {
                policy?.change(purpose) { session in
                    guard session.answerers.count < 64, !session.answerers.contains(tag) else { return }
                    session.answerers.append(OctetSlice(tag.array))
                }
            }
            let isNews = hear(
                content, in: purpose, byPhone: passage.course == .towardsPhone,
                isAnswer: passage.request.hasSessionDescription, inResponse: true)
            if isNews, let question = ask(purpose, for: .response(server), at: now, into: &actions) {
                policy?.responses.hold(response, passage, server, for: question)
                return true
            }
        }
        return policy?.responses.queue(response, passage, server) == true
    }

    /// An ACK goes on: it may answer an offer of the 2xx, and it is what a call that is to end has waited for.
    mutating func authorizeAcknowledged(
        _ ack: SIPMessage, _ leg: Leg, isFromPhone: Bool, at now: Instant, into actions: inout [Action<ProxyWork>]
    ) {
        guard policy != nil, let callID = ack.callID else { return }
        let purpose = PolicySession.Purpose.call(.init(callID, phoneIsCaller: leg.phoneIsCaller))
        guard let session = policy?[purpose] else { return }
        if let why = session.end { return releaseCall(purpose, because: why, .administrative, at: now, into: &actions) }
        guard let content = ack.sessionDescription,
            hear(content, in: purpose, byPhone: isFromPhone, isAnswer: true, inResponse: false)
        else { return }
        _ = ask(purpose, for: .nothing, at: now, into: &actions)
    }

    /// A final answer goes back: a call is there now, or over.
    mutating func followPolicy(
        _ response: SIPMessage, _ passage: Passage, at now: Instant, into actions: inout [Action<ProxyWork>]
    ) {
        guard let status = response.status, status.isFinal, let purpose = purpose(of: passage),
            policy?[purpose] != nil
        else { return }
        if passage.request.method == .bye || passage.leg != nil && !status.isSuccess {
            return endPolicy(purpose, at: now, into: &actions)
        }
        guard let leg = passage.leg, let id = DialogID(sending: response) else { return }
        policy?.change(purpose) { session in
            session.invite = nil
            session.dialog = session.dialog ?? SessionTable.Key(id: id, phoneIsCaller: leg.phoneIsCaller)
        }
        policy?.keep(purpose)
    }

    /// A request that waits for the PCRF is cancelled. - Returns: false when none of this transaction does.
    mutating func cancelAuthorization(
        _ server: ServerTransactionID, at now: Instant, into actions: inout [Action<ProxyWork>]
    ) -> Bool {
        guard let passage = policy?.cancel(server) else { return false }
        if passage.leg != nil, let purpose = purpose(of: passage) { endPolicy(purpose, at: now, into: &actions) }
        endMedia(of: passage, into: &actions)
        actions.append(.respond(.response(.requestTerminated, to: passage.request, toTag: tag(server)), server))
        return true
    }

    /// The STR of a session, when the PCRF may know of it.
    mutating func endPolicy(
        _ purpose: PolicySession.Purpose, because cause: TerminationCause = .logout, at now: Instant,
        into actions: inout [Action<ProxyWork>]
    ) {
        if let (message, question) = policy?.end(purpose, cause, at: now) { actions.append(.ask(message, question)) }
    }

    /// Sessions that are over in whatever way.
    mutating func endPolicy(
        _ ended: [SessionTable.Key], at now: Instant, into actions: inout [Action<ProxyWork>]
    ) {
        guard policy != nil else { return }
        for key in ended {
            let purpose = PolicySession.Purpose.call(.init(key.id.callID, phoneIsCaller: key.phoneIsCaller))
            guard policy?[purpose]?.dialog == key else { continue }
            endPolicy(purpose, at: now, into: &actions)
        }
    }

    // MARK: Steps

    /// nil for what is none of the PCRF's business.
    private func purpose(of passage: Passage) -> PolicySession.Purpose? {
        guard policy != nil else { return nil }
        return call(of: passage).map(PolicySession.Purpose.call)
    }

    private mutating func beginPolicy(
        _ purpose: PolicySession.Purpose, _ passage: Passage, _ server: ServerTransactionID, at now: Instant,
        into actions: inout [Action<ProxyWork>]
    ) {
        // An INVITE that was challenged comes again.
        endPolicy(purpose, at: now, into: &actions)
        guard let id = policy?.newID() else { return }
        let help = passage.course == .fromPhone ? configuration.emergency.service(of: passage.request) : nil
        var session = PolicySession(
            purpose, id: id, address: passage.flow.remote.address, subscribers: subscribers(passage.user),
            chargingID: passage.chargingVector.flatMap(Self.chargingID),
            service: help.map { OctetSlice($0.service.array) }
        )
        session.invite = server
        policy?.begin(session)
    }

    /// RFC 8506 §8.46: the user by SIP URI, by number, and by IMSI where TS 23.003 §13.3 made the private identity of it.
    func subscribers(_ user: RegisteredContacts.User?) -> [SubscriptionID] {
        guard let user else { return [] }
        let identities = RegisteredIdentities(user, contacts[user]).all.map(\.identity.text)
        var found: [SubscriptionID] = []
        if let uri = identities.first(where: { $0.hasPrefix("sip:") }) {
            found.append(SubscriptionID(.endUserSIPURI, uri))
        }
        if let number = identities.first(where: { $0.hasPrefix("tel:+") }) {
            found.append(SubscriptionID(.endUserE164, String(number.dropFirst(5))))
        }
        let identity = user.privateIdentity.string.split(separator: "@")
        if identity.count == 2, identity[1].hasSuffix(".3gppnetwork.org"), let imsi = IMSI(String(identity[0])) {
            found.append(SubscriptionID(.endUserIMSI, imsi.digits))
        }
        return found
    }

    private static func chargingID(_ vector: OctetSlice) -> OctetSlice? {
        do throws(SIPSyntaxError) {
            return OctetSlice(try PChargingVector(parsing: vector).icid.array)
        } catch {
            return nil
        }
    }

    private mutating func hear(
        _ content: OctetSlice, in purpose: PolicySession.Purpose, byPhone: Bool, isAnswer: Bool, inResponse: Bool
    ) -> Bool {
        var isNews = false
        policy?.change(purpose) {
            isNews = $0.exchange.hear(
                OctetSlice(content.array), byPhone: byPhone, isAnswer: isAnswer, inResponse: inResponse)
        }
        return isNews
    }

    /// - Returns: nil when there is nothing to ask.
    mutating func ask(
        _ purpose: PolicySession.Purpose, for held: PolicyControl.Held, isSecond: Bool = false, at now: Instant,
        into actions: inout [Action<ProxyWork>]
    ) -> AskID? {
        guard let (message, question) = policy?.ask(purpose, for: held, isSecond: isSecond, at: now) else { return nil }
        actions.append(.ask(message, question))
        return question
    }
}
