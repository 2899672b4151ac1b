import IMS
import Octets
import SIP

// The media of phones through rtpengine: every description that goes by is exchanged for the relay's. TS 24.229 Annex F
// speaks of an address translator that the P-CSCF controls (not checked against its text); the ng protocol is rtpengine's.
extension ProxyCSCF {
    /// A request is about to go on. - Returns: whether it waits for the relay.
    mutating func relayMedia(
        of request: SIPMessage, _ passage: Passage, _ server: ServerTransactionID, at now: Instant,
        into actions: inout [Action<ProxyWork>]
    ) -> Bool {
        guard mediaRelay != nil, let call = call(of: passage) else { return false }
        if passage.leg != nil, needsRelay(request, passage) { mediaRelay?.begin(call) }
        guard let isOpen = mediaRelay?.calls[call], let offer = request.sessionDescription, let from = request.fromTag
        else { return false }
        let isAnswer = isOpen && request.method == .prack
        mediaRelay?.offered(call, inResponse: false)
        let other = request.toTag
        let question = question(
            call, offer, isAnswer: isAnswer, from: isAnswer ? other : from, to: isAnswer ? from : other,
            by: passage.course == .fromPhone ? passage.flow : nil)
        guard let datagram = mediaRelay?.ask(question, for: .request(request, passage, server), at: now) else {
            return false
        }
        actions.append(.perform(.media(datagram), nextWork()))
        return true
    }

    /// A response is about to go back. - Returns: whether it waits, for the relay or behind another.
    mutating func relayMedia(
        of response: SIPMessage, _ passage: Passage?, _ server: ServerTransactionID, at now: Instant,
        into actions: inout [Action<ProxyWork>]
    ) -> Bool {
        guard mediaRelay != nil else { return false }
        defer { if let passage { endMedia(after: response, passage, into: &actions) } }
        guard let passage, let call = call(of: passage), mediaRelay?.relays(call) == true,
            let description = response.sessionDescription, let from = response.fromTag, let to = response.toTag
        else { return mediaRelay?.responses.queue(response, passage, server) == true }
        let isAnswer = passage.request.hasSessionDescription
        mediaRelay?.offered(call, inResponse: !isAnswer)
        let question = question(
            call, description, isAnswer: isAnswer, from: isAnswer ? from : to, to: isAnswer ? to : from,
            by: passage.course == .towardsPhone ? passage.flow : nil)
        guard let datagram = mediaRelay?.ask(question, for: response, passage, server, at: now) else { return false }
        actions.append(.perform(.media(datagram), nextWork()))
        return true
    }

    /// An ACK is about to go on; with a description it answers an offer of the 2xx. - Returns: whether it waits.
    mutating func relayMedia(
        of ack: SIPMessage, _ leg: Leg, by phone: Hop?, to next: NextHop, at now: Instant,
        into actions: inout [Action<ProxyWork>]
    ) -> Bool {
        guard let callID = ack.callID, let description = ack.sessionDescription else { return false }
        let call = MediaRelay.Call(callID, phoneIsCaller: leg.phoneIsCaller)
        guard mediaRelay?.relays(call) == true else { return false }
        mediaRelay?.offered(call, inResponse: false)
        let question = question(call, description, isAnswer: true, from: ack.toTag, to: ack.fromTag, by: phone)
        guard let datagram = mediaRelay?.ask(question, for: .acknowledgement(ack, next), at: now) else { return false }
        actions.append(.perform(.media(datagram), nextWork()))
        return true
    }

    /// A datagram of the relay.
    mutating func mediaRelayAnswered(
        _ datagram: OctetSlice, at now: Instant, into actions: inout [Action<ProxyWork>]
    ) {
        guard let (cookie, answer) = MediaRelayAnswer.parse(datagram), let entry = mediaRelay?.answered(cookie) else {
            return  // a second answer, or one to what is over
        }
        switch answer {
        case .done(let description?): goOn(cookie, entry, with: description, at: now, into: &actions)
        case .done(nil): fail(cookie, entry, because: "it sends no description", at: now, into: &actions)
        case .refused(let why): fail(cookie, entry, because: why, at: now, into: &actions)
        }
    }

    mutating func fireMediaRelay(at now: Instant, into actions: inout [Action<ProxyWork>]) {
        guard let (again, over) = mediaRelay?.fire(at: now) else { return }
        for datagram in again { actions.append(.perform(.media(datagram), nextWork())) }
        for (cookie, entry) in over { fail(cookie, entry, because: "it does not answer", at: now, into: &actions) }
    }

    /// - Returns: false when no request of this transaction waits for the relay.
    mutating func cancelWaiting(
        _ server: ServerTransactionID, at now: Instant, into actions: inout [Action<ProxyWork>]
    ) -> Bool {
        guard let (_, passage) = mediaRelay?.cancel(server) else { return false }
        endMedia(of: passage, into: &actions)
        endPolicy(of: passage, at: now, into: &actions)
        actions.append(
            .respond(.response(.requestTerminated, to: passage.request, toTag: tag(server)), server))
        return true
    }

    /// Sessions that are over in whatever way.
    mutating func endMedia(_ ended: [SessionTable.Key], into actions: inout [Action<ProxyWork>]) {
        guard mediaRelay != nil else { return }
        for key in ended {
            endMedia(MediaRelay.Call(key.id.callID, phoneIsCaller: key.phoneIsCaller), into: &actions)
        }
    }

    /// What its request has begun is over.
    mutating func endMedia(of passage: Passage, into actions: inout [Action<ProxyWork>]) {
        if mediaRelay != nil, passage.leg != nil { endMedia(call(of: passage), into: &actions) }
    }

    func hasRelayedMedia(_ passage: Passage) -> Bool {
        mediaRelay != nil && call(of: passage).map { mediaRelay?.relays($0) == true } ?? false
    }

    // MARK: Steps

    /// The call that a request is of; nil for one of none.
    func call(of passage: Passage) -> MediaRelay.Call? {
        guard let callID = passage.request.callID,
            let phoneIsCaller = passage.leg?.phoneIsCaller ?? passage.session?.phoneIsCaller,
            passage.leg == nil || passage.request.method == .invite
        else { return nil }
        return MediaRelay.Call(callID, phoneIsCaller: phoneIsCaller)
    }

    /// A description that has been through a relay of ours is left alone on its way to the other phone.
    private func needsRelay(_ request: SIPMessage, _ passage: Passage) -> Bool {
        if passage.course == .towardsPhone, request.body.containsIgnoringCase("a=rtpengine:") { return false }
        guard mediaRelay?.settings.use == .translated else { return true }
        let contact = passage.course == .fromPhone ? request.contactURI : request.requestURI
        do throws(SIPSyntaxError) {
            guard let contact, case .sip(let uri) = try URI(parsing: contact) else { return true }
            return IPAddress(uri.host) != passage.flow.remote.address
        } catch {
            return true
        }
    }

    private func question(
        _ call: MediaRelay.Call, _ content: OctetSlice, isAnswer: Bool, from offerer: OctetSlice?,
        to answerer: OctetSlice?, by phone: Hop?
    ) -> MediaRelayQuestion {
        MediaRelayQuestion(
            call: call,
            description: MediaRelayQuestion.Description(
                isAnswer: isAnswer, offerer: offerer ?? OctetSlice(), answerer: answerer, content: content,
                source: phone?.remote.address))
    }

    private mutating func goOn(
        _ cookie: UInt64, _ entry: MediaRelay.Waiting, with description: OctetSlice?, at now: Instant,
        into actions: inout [Action<ProxyWork>]
    ) {
        switch entry.held {
        case .request(var request, var passage, let server):
            if let description { request.exchangeSessionDescription(for: description) }
            if case .possible(_, let home) = passage.detour { passage.detour = .possible(request, home: home) }
            pass(request, passage, server, at: now, into: &actions)
        case .response(let server):
            let ready = mediaRelay?.responses.release(cookie, of: server) { response in
                if let description { response.exchangeSessionDescription(for: description) }
            }
            for (response, passage) in ready ?? [] {
                deliver(response, passage, server, at: now, into: &actions)
            }
        case .acknowledgement(var ack, let next):
            if let description { ack.exchangeSessionDescription(for: description) }
            acknowledge(ack, by: next, into: &actions)
        }
    }

    private mutating func fail(
        _ cookie: UInt64, _ entry: MediaRelay.Waiting, because why: String, at now: Instant,
        into actions: inout [Action<ProxyWork>]
    ) {
        if case .request(_, let passage, let server) = entry.held, mediaRelay?.settings.failure == .refuse {
            endMedia(of: passage, into: &actions)
            endPolicy(of: passage, at: now, into: &actions)
            actions += refuse(
                passage.request, server, .serviceUnavailable,
                Refusal(
                    "MEDIA_RELAY_FAILED", answer: "503", "the media relay does not take the session: \(why)",
                    hint: "see pcscf.media-relay-failure and whether rtpengine runs"))
            return
        }
        actions.append(
            .observe(
                Observation(
                    .warning, "a description goes on without the media relay: \(why)",
                    about: Subject(callID: entry.question.call.callID.string))))
        // An offer that went past it makes a session without it.
        if case .request(_, let passage, _) = entry.held { endMedia(of: passage, into: &actions) }
        goOn(cookie, entry, with: nil, at: now, into: &actions)
    }

    /// The INVITE has failed, or the BYE is answered.
    private mutating func endMedia(
        after response: SIPMessage, _ passage: Passage, into actions: inout [Action<ProxyWork>]
    ) {
        guard let status = response.status, status.isFinal else { return }
        let hasFailed = passage.leg != nil && !status.isSuccess
        if hasFailed || passage.request.method == .bye { endMedia(call(of: passage), into: &actions) }
    }

    private mutating func endMedia(_ call: MediaRelay.Call?, into actions: inout [Action<ProxyWork>]) {
        guard let call, let datagram = mediaRelay?.end(call) else { return }
        actions.append(.perform(.media(datagram), nextWork()))
    }
}
