import Octets

/// Who we are in every message: Origin-Host and Origin-Realm, RFC 6733 §6.3 and §6.4.
package struct DiameterOrigin: Hashable, Sendable {
    package var host: DiameterIdentity
    package var realm: DiameterIdentity

    package init(host: DiameterIdentity, realm: DiameterIdentity) {
        self.host = host
        self.realm = realm
    }
}

/// Answers, RFC 6733 §6.2: same command, application, identifiers and P bit; Session-Id first, Proxy-Info last.
extension DiameterMessage {
    /// Header and Session-Id. Finish it with `appendProxyInfo(from:)`.
    package func bareAnswer(reserving capacity: Int = 512) -> DiameterMessage {
        var answer = DiameterMessage(
            commandCode, application: applicationID, flags: isProxiable ? .proxiable : [], reserving: capacity)
        answer.hopByHop = hopByHop
        answer.endToEnd = endToEnd
        if let session = avps.first(AVPKey<String>.sessionID.name) { answer.append(session) }
        return answer
    }

    /// The Proxy-Info AVPs of the request in the same order, §6.2.
    package mutating func appendProxyInfo(from request: DiameterMessage) {
        var next = request.avps.first(AVPKey<AVPGroup>.proxyInfo.name)
        while let info = next {
            append(info)
            next = request.avps.next(after: info)
        }
    }

    package func answer(
        _ result: DiameterResult, origin: DiameterOrigin, failedAVP: [UInt8] = [], errorMessage: String? = nil
    ) -> DiameterMessage {
        var answer = bareAnswer()
        switch result {
        case .base(let code):
            answer.append(.resultCode, code)
            answer.isError = code.isProtocolError
        case .experimental(let code): answer.append(.experimentalResult, code)
        }
        answer.append(.originHost, origin.host)
        answer.append(.originRealm, origin.realm)
        answer.append(.errorMessage, errorMessage)
        if !failedAVP.isEmpty { answer.append(.failedAVP, OctetSlice(failedAVP)) }
        answer.appendProxyInfo(from: self)
        return answer
    }

    package func answer(resultCode: ResultCode, origin: DiameterOrigin) -> DiameterMessage {
        answer(.base(resultCode), origin: origin)
    }

    package func answer(experimental code: ExperimentalResultCode, origin: DiameterOrigin) -> DiameterMessage {
        answer(.experimental(code), origin: origin)
    }

    /// The answer that a decode failure calls for; nil when it calls for none.
    package func answer(failure: DiameterDecodeFailure, origin: DiameterOrigin) -> DiameterMessage? {
        failure.resultCode.map {
            answer(.base($0), origin: origin, failedAVP: failure.failedAVP, errorMessage: failure.description)
        }
    }

    /// The answer to octets that do not decode, from what stands in their header; nil when they are no request or call
    /// for none. §7.2: such an answer may go without Session-Id.
    package static func answer(
        undecodable octets: [UInt8], failure: DiameterDecodeFailure, origin: DiameterOrigin
    ) -> DiameterMessage? {
        guard octets.count >= HeaderLayout.length, let code = failure.resultCode else { return nil }
        var flags = CommandFlags(rawValue: octets[HeaderLayout.flags])
        guard flags.contains(.request) else { return nil }
        flags.formIntersection(.proxiable)
        var answer = DiameterMessage(
            CommandCode(rawValue: octets.bigEndian24(at: HeaderLayout.commandCode)),
            application: ApplicationID(rawValue: octets.bigEndian32(at: HeaderLayout.applicationID)), flags: flags)
        answer.hopByHop = HopByHopID(rawValue: octets.bigEndian32(at: HeaderLayout.hopByHop))
        answer.endToEnd = EndToEndID(rawValue: octets.bigEndian32(at: HeaderLayout.endToEnd))
        if let session = leadingSessionID(octets) { answer.append(session) }
        // Permanent failures too go out in the grammar of §7.2: the command's own cannot be kept.
        answer.isError = true
        answer.append(.originHost, origin.host)
        answer.append(.originRealm, origin.realm)
        answer.append(.resultCode, code)
        answer.append(.errorMessage, failure.description)
        if !failure.failedAVP.isEmpty { answer.append(.failedAVP, OctetSlice(failure.failedAVP)) }
        return answer
    }

    /// Session-Id if it is the first AVP (§8.8) and framed well.
    private static func leadingSessionID(_ octets: [UInt8]) -> AVP? {
        let start = HeaderLayout.length
        guard octets.count >= start + 8 else { return nil }
        let end = start + (Int(octets.bigEndian24(at: start + 5)) + 3) & ~3
        guard end <= octets.count, end > start,
            (try? AVPSequence.checkFraming(octets, start..<end)) != nil
        else { return nil }
        return AVPSequence(octets: octets, range: start..<end, depth: 0).first(AVPKey<String>.sessionID.name)
    }

    /// Result-Code or Experimental-Result of an answer; 5005 when it has neither.
    package func result() throws(DiameterDecodeFailure) -> DiameterResult {
        if let code = try optional(.resultCode) { return .base(code) }
        if let code = try optional(.experimentalResult) { return .experimental(code) }
        throw .missing(.resultCode)
    }
}
