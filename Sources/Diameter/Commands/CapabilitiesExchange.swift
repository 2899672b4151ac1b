import Octets

/// Capabilities-Exchange-Request, RFC 6733 §5.3.1.
///
///     <CER> ::= < Diameter Header: 257, REQ >
///               { Origin-Host }
///               { Origin-Realm }
///            1* { Host-IP-Address }
///               { Vendor-Id }
///               { Product-Name }
///               [ Origin-State-Id ]
///             * [ Supported-Vendor-Id ]
///             * [ Auth-Application-Id ]
///             * [ Inband-Security-Id ]
///             * [ Acct-Application-Id ]
///             * [ Vendor-Specific-Application-Id ]
///               [ Firmware-Revision ]
///             * [ AVP ]
package struct CapabilitiesExchangeRequest: Equatable, Sendable {
    package var capabilities: Capabilities

    package init(_ capabilities: Capabilities) { self.capabilities = capabilities }

    package init(decoding message: DiameterMessage) throws(DiameterDecodeFailure) {
        capabilities = try Capabilities(decoding: message)
    }

    package func message() -> DiameterMessage {
        var message = DiameterMessage(.capabilitiesExchange, application: .common, flags: .request)
        capabilities.writeIdentity(to: &message)
        capabilities.writeSupport(to: &message)
        return message
    }
}

/// Capabilities-Exchange-Answer, RFC 6733 §5.3.2.
///
///     <CEA> ::= < Diameter Header: 257 >
///               { Result-Code }
///               { Origin-Host }
///               { Origin-Realm }
///            1* { Host-IP-Address }
///               { Vendor-Id }
///               { Product-Name }
///               [ Origin-State-Id ]
///               [ Error-Message ]
///               [ Failed-AVP ]
///             * [ Supported-Vendor-Id ]
///             * [ Auth-Application-Id ]
///             * [ Inband-Security-Id ]
///             * [ Acct-Application-Id ]
///             * [ Vendor-Specific-Application-Id ]
///               [ Firmware-Revision ]
///             * [ AVP ]
package struct CapabilitiesExchangeAnswer: Equatable, Sendable {
    package var resultCode: ResultCode
    /// nil in a refusal: with the E bit the command's grammar does not hold (§7.2).
    package var capabilities: Capabilities?
    package var errorMessage: String?

    package init(_ resultCode: ResultCode, _ capabilities: Capabilities?, errorMessage: String? = nil) {
        self.resultCode = resultCode
        self.capabilities = capabilities
        self.errorMessage = errorMessage
    }

    package init(decoding message: DiameterMessage) throws(DiameterDecodeFailure) {
        resultCode = try message.required(.resultCode)
        errorMessage = message[.errorMessage]
        capabilities = resultCode.isSuccess ? try Capabilities(decoding: message) : nil
    }

    package func message(answering request: DiameterMessage) -> DiameterMessage {
        var message = request.bareAnswer()
        message.isError = resultCode.isProtocolError
        message.append(.resultCode, resultCode)
        capabilities?.writeIdentity(to: &message)
        message.append(.errorMessage, errorMessage)
        capabilities?.writeSupport(to: &message)
        return message
    }
}
