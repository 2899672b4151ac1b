import Cx
import Diameter
import Octets

/// ASR: the PCRF has lost all bearers of the session, TS 29.214 §4.4.6.1 and §5.6.7.
///
///     ASR ::= < Diameter Header: 274, REQ, PXY, 16777236 >
///         <Session-Id> {Auth-Application-Id} {Origin-Host} {Origin-Realm} {Destination-Realm} {Destination-Host}
///         {Abort-Cause} *[Proxy-Info] *[Route-Record]
package struct AbortSessionRequest: Equatable, Sendable {
    /// Session-Id: one for as long as the AF session lives.
    package var session: String
    package var abortCause: AbortCause

    package init(session: String, abortCause: AbortCause) {
        self.session = session
        self.abortCause = abortCause
    }
}

extension AbortSessionRequest {
    package init(decoding message: DiameterMessage) throws(CxDecodeFailure) {
        session = try message.checkRxRequest()
        _ = try message.required(.destinationHost)
        abortCause = try message.required(.abortCause)
    }

    package func message(origin: LocalOrigin, destinationRealm: DiameterIdentity, destinationHost: DiameterIdentity)
        -> DiameterMessage
    {
        var message = DiameterMessage.rxRequest(
            .abortSession, session: session, origin: origin, destinationRealm: destinationRealm,
            destinationHost: destinationHost)
        message.append(.abortCause, abortCause)
        return message
    }
}

/// ASA, TS 29.214 §5.6.8.
///
///     ASA ::= < Diameter Header: 274, PXY, 16777236 >
///         <Session-Id> {Origin-Host} {Origin-Realm} [Result-Code] *[Failed-AVP] *[Proxy-Info]
package struct AbortSessionAnswer: Equatable, Sendable {
    package var result: CxResult

    package init(_ result: CxResult) {
        self.result = result
    }
}

extension AbortSessionAnswer {
    package init(decoding message: DiameterMessage) throws(CxDecodeFailure) {
        result = try message.cxResult()
    }

    package func message(answering request: DiameterMessage, origin: LocalOrigin) -> DiameterMessage {
        var message = request.rxAnswer(result, origin: origin)
        message.appendProxyInfo(from: request)
        return message
    }
}
