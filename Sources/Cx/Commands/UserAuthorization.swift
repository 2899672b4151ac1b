import Diameter
import Octets

/// UAR: an I-CSCF asks whether a user may register and where, TS 29.228 §6.1.1.
///
///     UAR ::= < Diameter Header: 300, REQ, PXY, 16777216 >
///         <Session-Id> {Vendor-Specific-Application-Id} {Auth-Session-State} {Origin-Host} {Origin-Realm}
///         [Destination-Host] {Destination-Realm} {User-Name} {Public-Identity} {Visited-Network-Identifier}
///         [User-Authorization-Type] [UAR-Flags] [OC-Supported-Features] *[Supported-Features] *[Proxy-Info]
///         *[Route-Record]
package struct UserAuthorizationRequest: Equatable, Sendable {
    package var userName: String
    package var publicIdentity: String
    package var visitedNetworkIdentifier: OctetSlice
    /// Absent means `.registration`.
    package var userAuthorizationType: UserAuthorizationType?
    package var flags: UserAuthorizationFlags
    package var overloadControlFeatures: OverloadControlFeatures?
    package var supportedFeatures: [SupportedFeatures]

    package init(
        userName: String, publicIdentity: String, visitedNetworkIdentifier: OctetSlice,
        userAuthorizationType: UserAuthorizationType? = nil, flags: UserAuthorizationFlags = [],
        overloadControlFeatures: OverloadControlFeatures? = nil, supportedFeatures: [SupportedFeatures] = []
    ) {
        self.userName = userName
        self.publicIdentity = publicIdentity
        self.visitedNetworkIdentifier = visitedNetworkIdentifier
        self.userAuthorizationType = userAuthorizationType
        self.flags = flags
        self.overloadControlFeatures = overloadControlFeatures
        self.supportedFeatures = supportedFeatures
    }
}

extension UserAuthorizationRequest {
    package init(decoding message: DiameterMessage) throws(CxDecodeFailure) {
        try message.checkCxRequest()
        userName = try message.requiredText(.userName)
        publicIdentity = try message.requiredText(.publicIdentity)
        visitedNetworkIdentifier = try message.required(.visitedNetworkIdentifier)
        userAuthorizationType = try message.optional(.userAuthorizationType)
        flags = try message.optional(.uarFlags) ?? []
        overloadControlFeatures = try message.optional(.ocSupportedFeatures)
        supportedFeatures = try message.list(.supportedFeatures)
    }

    package func message(
        session: String, origin: LocalOrigin, destinationRealm: DiameterIdentity,
        destinationHost: DiameterIdentity? = nil
    ) -> DiameterMessage {
        var message = DiameterMessage.cxRequest(
            .userAuthorization, session: session, origin: origin, destinationRealm: destinationRealm,
            destinationHost: destinationHost)
        message.append(.userName, userName)
        message.append(.publicIdentity, publicIdentity)
        message.append(.visitedNetworkIdentifier, visitedNetworkIdentifier)
        message.append(.userAuthorizationType, userAuthorizationType)
        message.append(.uarFlags, flags.ifAny)
        message.append(.ocSupportedFeatures, overloadControlFeatures)
        message.append(.supportedFeatures, all: supportedFeatures)
        return message
    }
}

/// UAA: the HSS's word on a registration: an S-CSCF, or what one must offer.
///
///     UAA ::= < Diameter Header: 300, PXY, 16777216 >
///         <Session-Id> {Vendor-Specific-Application-Id} [Result-Code] [Experimental-Result]
///         {Auth-Session-State} {Origin-Host} {Origin-Realm} [Server-Name] [Server-Capabilities] *[Failed-AVP]
///         *[Supported-Features] *[Proxy-Info] *[Route-Record]
package struct UserAuthorizationAnswer: Equatable, Sendable {
    package var result: CxResult
    package var serverName: String?
    package var serverCapabilities: ServerCapabilities?
    package var supportedFeatures: [SupportedFeatures]

    package init(
        _ result: CxResult, serverName: String? = nil, serverCapabilities: ServerCapabilities? = nil,
        supportedFeatures: [SupportedFeatures] = []
    ) {
        self.result = result
        self.serverName = serverName
        self.serverCapabilities = serverCapabilities
        self.supportedFeatures = supportedFeatures
    }
}

extension UserAuthorizationAnswer {
    package init(decoding message: DiameterMessage) throws(CxDecodeFailure) {
        result = try message.cxResult()
        serverName = try message.optionalText(.serverName)
        serverCapabilities = try message.optional(.serverCapabilities)
        supportedFeatures = try message.list(.supportedFeatures)
    }

    package func message(answering request: DiameterMessage, origin: LocalOrigin) -> DiameterMessage {
        var message = request.cxAnswer(result, origin: origin)
        message.append(.serverName, serverName)
        message.append(.serverCapabilities, serverCapabilities)
        message.append(.supportedFeatures, all: supportedFeatures)
        message.appendProxyInfo(from: request)
        return message
    }
}
