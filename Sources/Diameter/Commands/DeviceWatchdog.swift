/// Device-Watchdog-Request, RFC 6733 §5.5.1.
///
///     <DWR> ::= < Diameter Header: 280, REQ >
///               { Origin-Host }
///               { Origin-Realm }
///               [ Origin-State-Id ]
///             * [ AVP ]
package struct DeviceWatchdogRequest: Equatable, Sendable {
    package var origin: DiameterOrigin
    package var originStateID: UInt32?

    package init(origin: DiameterOrigin, originStateID: UInt32? = nil) {
        self.origin = origin
        self.originStateID = originStateID
    }

    package init(decoding message: DiameterMessage) throws(DiameterDecodeFailure) {
        origin = try DiameterOrigin(decoding: message)
        originStateID = try message.optional(.originStateID)
    }

    package func message() -> DiameterMessage {
        var message = DiameterMessage(.deviceWatchdog, application: .common, flags: .request, reserving: 192)
        message.append(.originHost, origin.host)
        message.append(.originRealm, origin.realm)
        message.append(.originStateID, originStateID)
        return message
    }
}

/// Device-Watchdog-Answer, RFC 6733 §5.5.2.
///
///     <DWA> ::= < Diameter Header: 280 >
///               { Result-Code }
///               { Origin-Host }
///               { Origin-Realm }
///               [ Error-Message ]
///               [ Failed-AVP ]
///               [ Origin-State-Id ]
///             * [ AVP ]
package struct DeviceWatchdogAnswer: Equatable, Sendable {
    package var resultCode: ResultCode
    package var origin: DiameterOrigin
    package var errorMessage: String?
    package var originStateID: UInt32?

    package init(
        _ resultCode: ResultCode = .success, origin: DiameterOrigin, errorMessage: String? = nil,
        originStateID: UInt32? = nil
    ) {
        self.resultCode = resultCode
        self.origin = origin
        self.errorMessage = errorMessage
        self.originStateID = originStateID
    }

    package init(decoding message: DiameterMessage) throws(DiameterDecodeFailure) {
        resultCode = try message.required(.resultCode)
        origin = try DiameterOrigin(decoding: message)
        errorMessage = try message.optional(.errorMessage)
        originStateID = try message.optional(.originStateID)
    }

    package func message(answering request: DiameterMessage) -> DiameterMessage {
        var message = request.bareAnswer(reserving: 192)
        message.append(.resultCode, resultCode)
        message.append(.originHost, origin.host)
        message.append(.originRealm, origin.realm)
        message.append(.errorMessage, errorMessage)
        message.append(.originStateID, originStateID)
        return message
    }
}
