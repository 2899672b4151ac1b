import Octets

/// How far a message is looked through.
package enum ValidationScope: Sendable {
    /// What transactions and proxies need: RFC 3261 §8.1.1 and §16.3 step 1. A proxy leaves other headers alone.
    case routing
    /// Every header of which we know the grammar: for the edge of the network and for endpoints.
    case everyKnownHeader
}

extension SIPMessage {
    /// What is wrong with a request that could be parsed; nil when nothing is. The error says which status refuses it.
    package func validateRequest(_ scope: ValidationScope = .routing) -> SIPSyntaxError? {
        do throws(SIPSyntaxError) {
            guard isRequest else { throw SIPSyntaxError(.startLine) }
            try checkCommonHeaders()
            guard let cseq = try first(CSeq.self), cseq.method == method else {
                throw SIPSyntaxError(.methodMismatch, .cseq)
            }
            _ = try first(MaxForwardsValue.self)
            try checkRequestURI()
            if scope == .everyKnownHeader { try checkKnownHeaders() }
            return nil
        } catch {
            return error
        }
    }

    /// What is wrong with a response that could be parsed: it is discarded (RFC 3261 §18.1.2).
    package func validateResponse(_ scope: ValidationScope = .routing) -> SIPSyntaxError? {
        do throws(SIPSyntaxError) {
            guard !isRequest else { throw SIPSyntaxError(.startLine) }
            try checkCommonHeaders()
            if scope == .everyKnownHeader { try checkKnownHeaders() }
            return nil
        } catch {
            return error
        }
    }

    /// Via, From, To, Call-ID, CSeq: there, once, and readable. Max-Forwards may be missing (§16.3 step 3).
    private func checkCommonHeaders() throws(SIPSyntaxError) {
        try checkMultiplicity(.routing)
        for name: HeaderName in [.via, .from, .to, .callID, .cseq] where !contains(name) {
            throw SIPSyntaxError(.missing, name)
        }
        _ = try first(Via.self)
        _ = try first(From.self)
        _ = try first(To.self)
        _ = try first(CSeq.self)
        try checkCallID()
    }

    private func checkCallID() throws(SIPSyntaxError) {
        guard let text = callID else { throw SIPSyntaxError(.malformed, .callID) }
        var ats = 0
        for index in text.indices {
            guard OctetClass.callID.contains(text[index]) else { throw SIPSyntaxError(.malformed, .callID, at: index) }
            if text[index] == UInt8(ascii: "@") { ats += 1 }
        }
        guard ats <= 1 else { throw SIPSyntaxError(.malformed, .callID, at: text.start) }
    }

    /// §7.3.1: a header that has one value stands once. In `.routing` only those that a wrong reading would matter for.
    private func checkMultiplicity(_ scope: ValidationScope) throws(SIPSyntaxError) {
        var seen: UInt128 = 0
        for field in fields where field.token.multiplicity == .single {
            guard scope == .everyKnownHeader || field.token.decidesRouting else { continue }
            let bit = UInt128(1) << UInt128(field.token.rawValue)
            guard seen & bit == 0 else {
                throw SIPSyntaxError(.duplicate, HeaderName(field.token), at: Int(field.start))
            }
            seen |= bit
        }
    }

    /// A scheme we do not know is no error of syntax (416, §8.2.2.1). Headers have no place here (§19.1.1, table 1).
    private func checkRequestURI() throws(SIPSyntaxError) {
        switch try parsedRequestURI() {
        case .sip(let uri):
            guard uri.headers.isEmpty else { throw SIPSyntaxError(.uri, at: uri.headers.start) }
        case .tel, .other: break
        }
    }

    private func checkKnownHeaders() throws(SIPSyntaxError) {
        try checkMultiplicity(.everyKnownHeader)
        var checked: UInt128 = 0
        for field in fields {
            let bit = UInt128(1) << UInt128(field.token.rawValue)
            guard checked & bit == 0 else { continue }
            checked |= bit
            try check(field.token)
        }
    }

    private func check(_ token: HeaderName.Token) throws(SIPSyntaxError) {
        switch token {
        case .via: _ = try all(Via.self)
        case .from: try checkURIs(of: try all(From.self)) { $0.address }
        case .to: try checkURIs(of: try all(To.self)) { $0.address }
        case .contact: try checkContacts()
        case .route: try checkURIs(of: try all(Route.self)) { $0.address }
        case .recordRoute: try checkURIs(of: try all(RecordRoute.self)) { $0.address }
        case .path: try checkURIs(of: try all(Path.self)) { $0.address }
        case .serviceRoute: try checkURIs(of: try all(ServiceRoute.self)) { $0.address }
        case .pAssociatedURI: try checkURIs(of: try all(PAssociatedURI.self)) { $0.address }
        case .pAssertedIdentity: try checkURIs(of: try all(PAssertedIdentity.self)) { $0.address }
        case .pPreferredIdentity: try checkURIs(of: try all(PPreferredIdentity.self)) { $0.address }
        case .pCalledPartyID: try checkURIs(of: try all(PCalledPartyID.self)) { $0.address }
        case .pServedUser: try checkURIs(of: try all(PServedUser.self)) { $0.address }
        case .referTo: try checkURIs(of: try all(ReferTo.self)) { $0.address }
        case .expires: _ = try first(Expires.self)
        case .minExpires: _ = try first(MinExpires.self)
        case .retryAfter: _ = try first(RetryAfter.self)
        case .date: _ = try first(DateHeader.self)
        case .event: _ = try first(Event.self)
        case .subscriptionState: _ = try first(SubscriptionState.self)
        case .reason: _ = try all(Reason.self)
        case .warning: _ = try all(Warning.self)
        case .authorization: _ = try all(Authorization.self)
        case .proxyAuthorization: _ = try all(ProxyAuthorization.self)
        case .wwwAuthenticate: _ = try all(WWWAuthenticate.self)
        case .proxyAuthenticate: _ = try all(ProxyAuthenticate.self)
        case .securityClient: _ = try all(SecurityClient.self)
        case .securityServer: _ = try all(SecurityServer.self)
        case .securityVerify: _ = try all(SecurityVerify.self)
        case .pVisitedNetworkID: _ = try all(PVisitedNetworkID.self)
        case .pChargingVector: _ = try first(PChargingVector.self)
        case .pChargingFunctionAddresses: _ = try all(PChargingFunctionAddresses.self)
        case .pAccessNetworkInfo: _ = try all(PAccessNetworkInfo.self)
        default: try checkExtension(token)
        }
    }

    private func checkExtension(_ token: HeaderName.Token) throws(SIPSyntaxError) {
        switch token {
        case .acceptContact: _ = try all(AcceptContact.self)
        case .contentDisposition: _ = try first(ContentDisposition.self)
        case .contentID: _ = try first(ContentID.self)
        case .contentType: _ = try first(ContentType.self)
        case .featureCaps: _ = try all(FeatureCaps.self)
        case .flowTimer: _ = try first(FlowTimer.self)
        case .geolocation: _ = try all(Geolocation.self)
        case .geolocationRouting: _ = try first(GeolocationRouting.self)
        case .historyInfo: _ = try all(HistoryInfo.self)
        case .infoPackage: _ = try first(InfoPackage.self)
        case .join: _ = try first(Join.self)
        case .maxBreadth: _ = try first(MaxBreadth.self)
        case .minSE: _ = try first(MinSE.self)
        case .pAssertedService: _ = try all(PAssertedService.self)
        case .pEarlyMedia: _ = try all(PEarlyMedia.self)
        case .pPreferredService: _ = try all(PPreferredService.self)
        case .privacy: _ = try first(Privacy.self)
        case .proxyRequire: _ = try all(ProxyRequire.self)
        case .rack: _ = try first(RAck.self)
        case .referSub: _ = try first(ReferSub.self)
        case .referredBy: try checkURIs(of: try all(ReferredBy.self)) { $0.address }
        case .rejectContact: _ = try all(RejectContact.self)
        case .replaces: _ = try first(Replaces.self)
        case .replyTo: try checkURIs(of: try all(ReplyTo.self)) { $0.address }
        case .requestDisposition: _ = try all(RequestDisposition.self)
        case .require: _ = try all(Require.self)
        case .resourcePriority: _ = try all(ResourcePriority.self)
        case .rseq: _ = try first(RSeq.self)
        case .sessionExpires: _ = try first(SessionExpires.self)
        case .sessionID: _ = try first(SessionID.self)
        case .sipETag: _ = try first(SIPETag.self)
        case .sipIfMatch: _ = try first(SIPIfMatch.self)
        case .supported: _ = try all(Supported.self)
        default: break  // Others are text to us, or checked elsewhere.
        }
    }

    /// Both schemes of ours are checked to the end, others only as characters.
    private func checkURIs<Header: SIPHeader>(
        of headers: [Header], _ address: (Header) -> NameAddress
    ) throws(SIPSyntaxError) {
        for header in headers {
            do throws(SIPSyntaxError) {
                _ = try address(header).parsedURI()
            } catch {
                throw error.of(Header.name)
            }
        }
    }

    /// §10.2.2: `*` stands alone.
    private func checkContacts() throws(SIPSyntaxError) {
        let contacts = try all(Contact.self)
        if contacts.contains(where: \.isWildcard) {
            guard contacts.count == 1 else { throw SIPSyntaxError(.malformed, .contact) }
            return
        }
        try checkURIs(of: contacts) { $0.address }
    }
}

extension HeaderName.Token {
    /// A second one would let two readers see different messages.
    fileprivate var decidesRouting: Bool {
        switch self {
        case .from, .to, .callID, .cseq, .maxForwards, .contentLength, .contentType, .expires, .event: true
        default: false
        }
    }
}
