import Diameter
import Octets

/// MAR: an S-CSCF asks for authentication vectors, TS 29.228 §6.3.
///
///     MAR ::= < Diameter Header: 303, REQ, PXY, 16777216 >
///         <Session-Id> {Vendor-Specific-Application-Id} {Auth-Session-State} {Origin-Host} {Origin-Realm}
///         {Destination-Realm} [Destination-Host] {User-Name} {Public-Identity} {SIP-Auth-Data-Item}
///         {SIP-Number-Auth-Items} {Server-Name} *[Supported-Features] *[Proxy-Info] *[Route-Record]
package struct MultimediaAuthRequest: Equatable, Sendable {
    package var userName: String
    package var publicIdentity: String
    /// SIP-Auth-Data-Item: the scheme, and RAND‖AUTS when the phone is out of step.
    package var authenticationItem: AuthenticationItem
    /// How many vectors are wanted.
    package var sipNumberAuthItems: UInt32
    package var serverName: String
    package var supportedFeatures: [SupportedFeatures]

    package init(
        userName: String, publicIdentity: String, authenticationItem: AuthenticationItem,
        sipNumberAuthItems: UInt32 = 1, serverName: String, supportedFeatures: [SupportedFeatures] = []
    ) {
        self.userName = userName
        self.publicIdentity = publicIdentity
        self.authenticationItem = authenticationItem
        self.sipNumberAuthItems = sipNumberAuthItems
        self.serverName = serverName
        self.supportedFeatures = supportedFeatures
    }
}

extension MultimediaAuthRequest {
    package init(decoding message: DiameterMessage) throws(CxDecodeFailure) {
        try message.checkCxRequest()
        userName = try message.requiredText(.userName)
        publicIdentity = try message.requiredText(.publicIdentity)
        authenticationItem = try message.required(.sipAuthDataItem)
        sipNumberAuthItems = try message.required(.sipNumberAuthItems)
        serverName = try message.requiredText(.serverName)
        supportedFeatures = try message.list(.supportedFeatures)
    }

    package func message(
        session: String, origin: LocalOrigin, destinationRealm: DiameterIdentity,
        destinationHost: DiameterIdentity? = nil
    ) -> DiameterMessage {
        var message = DiameterMessage.cxRequest(
            .multimediaAuth, session: session, origin: origin, destinationRealm: destinationRealm,
            destinationHost: destinationHost)
        message.append(.userName, userName)
        message.append(.publicIdentity, publicIdentity)
        message.append(.sipAuthDataItem, authenticationItem)
        message.append(.sipNumberAuthItems, sipNumberAuthItems)
        message.append(.serverName, serverName)
        message.append(.supportedFeatures, all: supportedFeatures)
        return message
    }
}

/// MAA: the authentication vectors.
///
///     MAA ::= < Diameter Header: 303, PXY, 16777216 >
///         <Session-Id> {Vendor-Specific-Application-Id} [Result-Code] [Experimental-Result]
///         {Auth-Session-State} {Origin-Host} {Origin-Realm} [User-Name] [Public-Identity]
///         [SIP-Number-Auth-Items] *[SIP-Auth-Data-Item] *[Supported-Features] *[Failed-AVP] *[Proxy-Info]
///         *[Route-Record]
package struct MultimediaAuthAnswer: Equatable, Sendable {
    package var result: CxResult
    package var userName: String?
    package var publicIdentity: String?
    package var sipNumberAuthItems: UInt32?
    /// SIP-Auth-Data-Item; their order is SIP-Item-Number.
    package var authenticationItems: [AuthenticationItem]
    package var supportedFeatures: [SupportedFeatures]

    package init(
        _ result: CxResult, userName: String? = nil, publicIdentity: String? = nil, sipNumberAuthItems: UInt32? = nil,
        authenticationItems: [AuthenticationItem] = [], supportedFeatures: [SupportedFeatures] = []
    ) {
        self.result = result
        self.userName = userName
        self.publicIdentity = publicIdentity
        self.sipNumberAuthItems = sipNumberAuthItems
        self.authenticationItems = authenticationItems
        self.supportedFeatures = supportedFeatures
    }
}

extension MultimediaAuthAnswer {
    package init(decoding message: DiameterMessage) throws(CxDecodeFailure) {
        result = try message.cxResult()
        userName = try message.optionalText(.userName)
        publicIdentity = try message.optionalText(.publicIdentity)
        sipNumberAuthItems = try message.optional(.sipNumberAuthItems)
        authenticationItems = try message.list(.sipAuthDataItem)
        supportedFeatures = try message.list(.supportedFeatures)
    }

    package func message(answering request: DiameterMessage, origin: LocalOrigin) -> DiameterMessage {
        var message = request.cxAnswer(result, origin: origin)
        message.append(.userName, userName)
        message.append(.publicIdentity, publicIdentity)
        message.append(.sipNumberAuthItems, sipNumberAuthItems)
        message.append(.sipAuthDataItem, all: authenticationItems)
        message.append(.supportedFeatures, all: supportedFeatures)
        message.appendProxyInfo(from: request)
        return message
    }
}
