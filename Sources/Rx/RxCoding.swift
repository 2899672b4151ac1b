import Cx
import Diameter
import Octets

/// What all commands of Rx have in common, TS 29.214 §5.6: a session with state, and Auth-Application-Id for Rx.
extension DiameterMessage {
    /// A request up to its Destination-Host.
    static func rxRequest(
        _ command: CommandCode, session: String, origin: LocalOrigin, destinationRealm: DiameterIdentity,
        destinationHost: DiameterIdentity?
    ) -> DiameterMessage {
        var message = DiameterMessage(command, application: RxDictionary.application, reserving: 512)
        message.append(.sessionID, session)
        message.append(.authApplicationID, RxDictionary.application)
        message.append(.originHost, origin.host)
        message.append(.originRealm, origin.realm)
        message.append(.destinationRealm, destinationRealm)
        message.append(.destinationHost, destinationHost)
        return message
    }

    /// An answer up to its result. Only AAA has an Auth-Application-Id.
    func rxAnswer(_ result: CxResult, origin: LocalOrigin, hasApplication: Bool = false) -> DiameterMessage {
        var answer = bareAnswer(reserving: 512)
        if hasApplication { answer.append(.authApplicationID, RxDictionary.application) }
        answer.append(.originHost, origin.host)
        answer.append(.originRealm, origin.realm)
        switch result {
        case .base(let code):
            answer.append(.resultCode, code)
            answer.isError = code.isProtocolError
        case .experimental(let code):
            answer.append(
                .experimentalResult, ExperimentalResultCode(vendor: CxDictionary.vendor3GPP, code: code.rawValue))
        }
        return answer
    }

    /// The AVPs that every request must have, and none that is mandatory and unknown. Returns the session.
    func checkRxRequest() throws(CxDecodeFailure) -> String {
        let session = try requiredText(.sessionID)
        _ = try required(.authApplicationID)
        _ = try required(.originHost)
        _ = try required(.originRealm)
        _ = try required(.destinationRealm)
        _ = try optional(.destinationHost)
        for avp in avps where avp.isMandatory && !RxDictionary.knows(avp.name) { throw .unsupported(avp) }
        return session
    }
}

extension DiameterDecodeFailure {
    /// What an Rx node answers to a request that does not decode, RFC 6733 §7.5.
    package func rxAnswer(to request: DiameterMessage, origin: LocalOrigin) -> DiameterMessage {
        var answer = request.rxAnswer(
            .base(resultCode ?? .unableToComply), origin: origin,
            hasApplication: request.commandCode == .authenticateAuthorize)
        answer.append(.errorMessage, description)
        if !failedAVP.isEmpty { answer.append(.failedAVP, OctetSlice(failedAVP)) }
        answer.appendProxyInfo(from: request)
        return answer
    }
}
