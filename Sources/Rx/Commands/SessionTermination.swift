import Cx
import Diameter
import Octets

/// STR: the session is over, TS 29.214 §4.4.4 and §5.6.5.
///
///     STR ::= < Diameter Header: 275, REQ, PXY, 16777236 >
///         <Session-Id> {Auth-Application-Id} {Origin-Host} {Origin-Realm} {Destination-Realm} {Termination-Cause}
///         [Destination-Host] *[Required-Access-Info] *[Proxy-Info] *[Route-Record]
package struct SessionTerminationRequest: Equatable, Sendable {
    /// Session-Id: one for as long as the AF session lives.
    package var session: String
    package var terminationCause: TerminationCause
    package var requiredAccessInfo: [RequiredAccessInfo]

    package init(session: String, terminationCause: TerminationCause, requiredAccessInfo: [RequiredAccessInfo] = []) {
        self.session = session
        self.terminationCause = terminationCause
        self.requiredAccessInfo = requiredAccessInfo
    }
}

extension SessionTerminationRequest {
    package init(decoding message: DiameterMessage) throws(CxDecodeFailure) {
        session = try message.checkRxRequest()
        terminationCause = try message.required(.terminationCause)
        requiredAccessInfo = try message.list(.requiredAccessInfo)
    }

    package func message(
        origin: LocalOrigin, destinationRealm: DiameterIdentity, destinationHost: DiameterIdentity? = nil
    ) -> DiameterMessage {
        var message = DiameterMessage.rxRequest(
            .sessionTermination, session: session, origin: origin, destinationRealm: destinationRealm,
            destinationHost: destinationHost)
        message.append(.terminationCause, terminationCause)
        message.append(.requiredAccessInfo, all: requiredAccessInfo)
        return message
    }
}

/// STA, TS 29.214 §5.6.6.
///
///     STA ::= < Diameter Header: 275, PXY, 16777236 >
///         <Session-Id> {Origin-Host} {Origin-Realm} [Result-Code] *[Failed-AVP] *[Proxy-Info]
package struct SessionTerminationAnswer: Equatable, Sendable {
    package var result: CxResult

    package init(_ result: CxResult) {
        self.result = result
    }
}

extension SessionTerminationAnswer {
    package init(decoding message: DiameterMessage) throws(CxDecodeFailure) {
        result = try message.cxResult()
    }

    package func message(answering request: DiameterMessage, origin: LocalOrigin) -> DiameterMessage {
        var message = request.rxAnswer(result, origin: origin)
        message.appendProxyInfo(from: request)
        return message
    }
}
