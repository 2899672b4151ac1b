/// Disconnect-Peer-Request, RFC 6733 §5.4.1.
///
///     <DPR> ::= < Diameter Header: 282, REQ >
///               { Origin-Host }
///               { Origin-Realm }
///               { Disconnect-Cause }
///             * [ AVP ]
package struct DisconnectPeerRequest: Equatable, Sendable {
    package var origin: DiameterOrigin
    package var cause: DisconnectCause

    package init(origin: DiameterOrigin, cause: DisconnectCause) {
        self.origin = origin
        self.cause = cause
    }

    package init(decoding message: DiameterMessage) throws(DiameterDecodeFailure) {
        origin = try DiameterOrigin(decoding: message)
        cause = try message.required(.disconnectCause)
    }

    package func message() -> DiameterMessage {
        var message = DiameterMessage(.disconnectPeer, application: .common, flags: .request, reserving: 192)
        message.append(.originHost, origin.host)
        message.append(.originRealm, origin.realm)
        message.append(.disconnectCause, cause)
        return message
    }
}

/// Disconnect-Peer-Answer, RFC 6733 §5.4.2.
///
///     <DPA> ::= < Diameter Header: 282 >
///               { Result-Code }
///               { Origin-Host }
///               { Origin-Realm }
///               [ Error-Message ]
///               [ Failed-AVP ]
///             * [ AVP ]
package struct DisconnectPeerAnswer: Equatable, Sendable {
    package var resultCode: ResultCode
    package var origin: DiameterOrigin
    package var errorMessage: String?

    package init(_ resultCode: ResultCode = .success, origin: DiameterOrigin, errorMessage: String? = nil) {
        self.resultCode = resultCode
        self.origin = origin
        self.errorMessage = errorMessage
    }

    package init(decoding message: DiameterMessage) throws(DiameterDecodeFailure) {
        resultCode = try message.required(.resultCode)
        origin = try DiameterOrigin(decoding: message)
        errorMessage = try message.optional(.errorMessage)
    }

    package func message(answering request: DiameterMessage) -> DiameterMessage {
        var message = request.bareAnswer(reserving: 192)
        message.append(.resultCode, resultCode)
        message.append(.originHost, origin.host)
        message.append(.originRealm, origin.realm)
        message.append(.errorMessage, errorMessage)
        return message
    }
}
