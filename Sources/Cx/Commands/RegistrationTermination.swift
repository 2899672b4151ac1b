import Diameter
import Octets

/// RTR: the HSS ends registrations, TS 29.228 §6.1.3.
///
///     RTR ::= < Diameter Header: 304, REQ, PXY, 16777216 >
///         <Session-Id> {Vendor-Specific-Application-Id} {Auth-Session-State} {Origin-Host} {Origin-Realm}
///         {Destination-Host} {Destination-Realm} {User-Name} [Associated-Identities] *[Public-Identity]
///         {Deregistration-Reason} [RTR-Flags] *[Supported-Features] *[Proxy-Info] *[Route-Record]
package struct RegistrationTerminationRequest: Equatable, Sendable {
    package var userName: String
    /// Other private identities to de-register.
    package var associatedIdentities: [String]
    /// Empty means all of the private identity.
    package var publicIdentities: [String]
    package var deregistrationReason: DeregistrationReason
    package var flags: RegistrationTerminationFlags
    package var supportedFeatures: [SupportedFeatures]

    package init(
        userName: String, associatedIdentities: [String] = [], publicIdentities: [String] = [],
        deregistrationReason: DeregistrationReason, flags: RegistrationTerminationFlags = [],
        supportedFeatures: [SupportedFeatures] = []
    ) {
        self.userName = userName
        self.associatedIdentities = associatedIdentities
        self.publicIdentities = publicIdentities
        self.deregistrationReason = deregistrationReason
        self.flags = flags
        self.supportedFeatures = supportedFeatures
    }
}

extension RegistrationTerminationRequest {
    package init(decoding message: DiameterMessage) throws(CxDecodeFailure) {
        try message.checkCxRequest()
        _ = try message.required(.destinationHost)
        userName = try message.requiredText(.userName)
        associatedIdentities = try message.optional(.associatedIdentities)?.userNames ?? []
        publicIdentities = try message.textList(.publicIdentity)
        deregistrationReason = try message.required(.deregistrationReason)
        flags = try message.optional(.rtrFlags) ?? []
        supportedFeatures = try message.list(.supportedFeatures)
    }

    package func message(
        session: String, origin: LocalOrigin, destinationRealm: DiameterIdentity, destinationHost: DiameterIdentity
    ) -> DiameterMessage {
        var message = DiameterMessage.cxRequest(
            .registrationTermination, session: session, origin: origin, destinationRealm: destinationRealm,
            destinationHost: destinationHost)
        message.append(.userName, userName)
        message.append(.associatedIdentities, AssociatedIdentities(ifAny: associatedIdentities))
        message.append(.publicIdentity, all: publicIdentities)
        message.append(.deregistrationReason, deregistrationReason)
        message.append(.rtrFlags, flags.ifAny)
        message.append(.supportedFeatures, all: supportedFeatures)
        return message
    }
}

/// RTA: the S-CSCF has ended them, or why not.
///
///     RTA ::= < Diameter Header: 304, PXY, 16777216 >
///         <Session-Id> {Vendor-Specific-Application-Id} [Result-Code] [Experimental-Result]
///         {Auth-Session-State} {Origin-Host} {Origin-Realm} [Associated-Identities]
///         *[Identity-with-Emergency-Registration] *[Supported-Features] *[Failed-AVP] *[Proxy-Info]
///         *[Route-Record]
package struct RegistrationTerminationAnswer: Equatable, Sendable {
    package var result: CxResult
    package var associatedIdentities: [String]
    /// Identity-with-Emergency-Registration: what stays for emergency calls.
    package var emergencyIdentities: [EmergencyIdentity]
    package var supportedFeatures: [SupportedFeatures]

    package init(
        _ result: CxResult, associatedIdentities: [String] = [], emergencyIdentities: [EmergencyIdentity] = [],
        supportedFeatures: [SupportedFeatures] = []
    ) {
        self.result = result
        self.associatedIdentities = associatedIdentities
        self.emergencyIdentities = emergencyIdentities
        self.supportedFeatures = supportedFeatures
    }
}

extension RegistrationTerminationAnswer {
    package init(decoding message: DiameterMessage) throws(CxDecodeFailure) {
        result = try message.cxResult()
        associatedIdentities = try message.optional(.associatedIdentities)?.userNames ?? []
        emergencyIdentities = try message.list(.identityWithEmergencyRegistration)
        supportedFeatures = try message.list(.supportedFeatures)
    }

    package func message(answering request: DiameterMessage, origin: LocalOrigin) -> DiameterMessage {
        var message = request.cxAnswer(result, origin: origin)
        message.append(.associatedIdentities, AssociatedIdentities(ifAny: associatedIdentities))
        message.append(.identityWithEmergencyRegistration, all: emergencyIdentities)
        message.append(.supportedFeatures, all: supportedFeatures)
        message.appendProxyInfo(from: request)
        return message
    }
}
