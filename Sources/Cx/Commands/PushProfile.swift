import Diameter
import Octets

/// PPR: the HSS sends a changed profile to the S-CSCF, TS 29.228 §6.2.2.
///
///     PPR ::= < Diameter Header: 305, REQ, PXY, 16777216 >
///         <Session-Id> {Vendor-Specific-Application-Id} {Auth-Session-State} {Origin-Host} {Origin-Realm}
///         {Destination-Host} {Destination-Realm} {User-Name} [User-Data] [Charging-Information]
///         [SIP-Auth-Data-Item] *[Supported-Features] *[Proxy-Info] *[Route-Record]
package struct PushProfileRequest: Equatable, Sendable {
    package var userName: String
    /// The profile as XML; read with `IMSSubscription(parsing:)`.
    package var userData: OctetSlice?
    package var chargingInformation: ChargingInformation?
    /// A changed digest credential.
    package var authenticationItem: AuthenticationItem?
    package var supportedFeatures: [SupportedFeatures]

    package init(
        userName: String, userData: OctetSlice? = nil, chargingInformation: ChargingInformation? = nil,
        authenticationItem: AuthenticationItem? = nil, supportedFeatures: [SupportedFeatures] = []
    ) {
        self.userName = userName
        self.userData = userData
        self.chargingInformation = chargingInformation
        self.authenticationItem = authenticationItem
        self.supportedFeatures = supportedFeatures
    }
}

extension PushProfileRequest {
    package init(decoding message: DiameterMessage) throws(CxDecodeFailure) {
        try message.checkCxRequest()
        _ = try message.required(.destinationHost)
        userName = try message.requiredText(.userName)
        userData = try message.optional(.userData)
        chargingInformation = try message.optional(.chargingInformation)
        authenticationItem = try message.optional(.sipAuthDataItem)
        supportedFeatures = try message.list(.supportedFeatures)
    }

    package func message(
        session: String, origin: LocalOrigin, destinationRealm: DiameterIdentity, destinationHost: DiameterIdentity
    ) -> DiameterMessage {
        var message = DiameterMessage.cxRequest(
            .pushProfile, session: session, origin: origin, destinationRealm: destinationRealm,
            destinationHost: destinationHost, reserving: 512 + (userData?.count ?? 0))
        message.append(.userName, userName)
        message.append(.userData, userData)
        message.append(.chargingInformation, chargingInformation)
        message.append(.sipAuthDataItem, authenticationItem)
        message.append(.supportedFeatures, all: supportedFeatures)
        return message
    }
}

/// PPA: the S-CSCF has taken the profile, or why not.
///
///     PPA ::= < Diameter Header: 305, PXY, 16777216 >
///         <Session-Id> {Vendor-Specific-Application-Id} [Result-Code] [Experimental-Result]
///         {Auth-Session-State} {Origin-Host} {Origin-Realm} *[Supported-Features] *[Failed-AVP] *[Proxy-Info]
///         *[Route-Record]
package struct PushProfileAnswer: Equatable, Sendable {
    package var result: CxResult
    package var supportedFeatures: [SupportedFeatures]

    package init(
        _ result: CxResult, supportedFeatures: [SupportedFeatures] = []
    ) {
        self.result = result
        self.supportedFeatures = supportedFeatures
    }
}

extension PushProfileAnswer {
    package init(decoding message: DiameterMessage) throws(CxDecodeFailure) {
        result = try message.cxResult()
        supportedFeatures = try message.list(.supportedFeatures)
    }

    package func message(answering request: DiameterMessage, origin: LocalOrigin) -> DiameterMessage {
        var message = request.cxAnswer(result, origin: origin)
        message.append(.supportedFeatures, all: supportedFeatures)
        message.appendProxyInfo(from: request)
        return message
    }
}
