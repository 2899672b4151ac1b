import Diameter
import Octets

/// LIR: an I-CSCF asks which S-CSCF serves a public identity, TS 29.228 §6.1.4.
///
///     LIR ::= < Diameter Header: 302, REQ, PXY, 16777216 >
///         <Session-Id> {Vendor-Specific-Application-Id} {Auth-Session-State} {Origin-Host} {Origin-Realm}
///         [Destination-Host] {Destination-Realm} [Originating-Request] {Public-Identity}
///         [User-Authorization-Type] [Session-Priority] *[Supported-Features] *[Proxy-Info] *[Route-Record]
package struct LocationInfoRequest: Equatable, Sendable {
    package var publicIdentity: String
    package var originatingRequest: OriginatingRequest?
    package var userAuthorizationType: UserAuthorizationType?
    package var sessionPriority: SessionPriority?
    package var supportedFeatures: [SupportedFeatures]

    package init(
        publicIdentity: String, originatingRequest: OriginatingRequest? = nil,
        userAuthorizationType: UserAuthorizationType? = nil, sessionPriority: SessionPriority? = nil,
        supportedFeatures: [SupportedFeatures] = []
    ) {
        self.publicIdentity = publicIdentity
        self.originatingRequest = originatingRequest
        self.userAuthorizationType = userAuthorizationType
        self.sessionPriority = sessionPriority
        self.supportedFeatures = supportedFeatures
    }
}

extension LocationInfoRequest {
    package init(decoding message: DiameterMessage) throws(CxDecodeFailure) {
        try message.checkCxRequest()
        publicIdentity = try message.requiredText(.publicIdentity)
        originatingRequest = try message.optional(.originatingRequest)
        userAuthorizationType = try message.optional(.userAuthorizationType)
        sessionPriority = try message.optional(.sessionPriority)
        supportedFeatures = try message.list(.supportedFeatures)
    }

    package func message(
        session: String, origin: LocalOrigin, destinationRealm: DiameterIdentity,
        destinationHost: DiameterIdentity? = nil
    ) -> DiameterMessage {
        var message = DiameterMessage.cxRequest(
            .locationInfo, session: session, origin: origin, destinationRealm: destinationRealm,
            destinationHost: destinationHost)
        message.append(.publicIdentity, publicIdentity)
        message.append(.originatingRequest, originatingRequest)
        message.append(.userAuthorizationType, userAuthorizationType)
        message.append(.sessionPriority, sessionPriority)
        message.append(.supportedFeatures, all: supportedFeatures)
        return message
    }
}

/// LIA: the S-CSCF, or what one must offer.
///
///     LIA ::= < Diameter Header: 302, PXY, 16777216 >
///         <Session-Id> {Vendor-Specific-Application-Id} [Result-Code] [Experimental-Result]
///         {Auth-Session-State} {Origin-Host} {Origin-Realm} [Server-Name] [Server-Capabilities]
///         [Wildcarded-Public-Identity] [LIA-Flags] *[Supported-Features] *[Failed-AVP] *[Proxy-Info]
///         *[Route-Record]
package struct LocationInfoAnswer: Equatable, Sendable {
    package var result: CxResult
    package var serverName: String?
    package var serverCapabilities: ServerCapabilities?
    package var wildcardedPublicIdentity: String?
    package var flags: LocationInfoFlags
    package var supportedFeatures: [SupportedFeatures]

    package init(
        _ result: CxResult, serverName: String? = nil, serverCapabilities: ServerCapabilities? = nil,
        wildcardedPublicIdentity: String? = nil, flags: LocationInfoFlags = [],
        supportedFeatures: [SupportedFeatures] = []
    ) {
        self.result = result
        self.serverName = serverName
        self.serverCapabilities = serverCapabilities
        self.wildcardedPublicIdentity = wildcardedPublicIdentity
        self.flags = flags
        self.supportedFeatures = supportedFeatures
    }
}

extension LocationInfoAnswer {
    package init(decoding message: DiameterMessage) throws(CxDecodeFailure) {
        result = try message.cxResult()
        serverName = try message.optionalText(.serverName)
        serverCapabilities = try message.optional(.serverCapabilities)
        wildcardedPublicIdentity = try message.optionalText(.wildcardedPublicIdentity)
        flags = try message.optional(.liaFlags) ?? []
        supportedFeatures = try message.list(.supportedFeatures)
    }

    package func message(answering request: DiameterMessage, origin: LocalOrigin) -> DiameterMessage {
        var message = request.cxAnswer(result, origin: origin)
        message.append(.serverName, serverName)
        message.append(.serverCapabilities, serverCapabilities)
        message.append(.wildcardedPublicIdentity, wildcardedPublicIdentity)
        message.append(.liaFlags, flags.ifAny)
        message.append(.supportedFeatures, all: supportedFeatures)
        message.appendProxyInfo(from: request)
        return message
    }
}
