import Cx
import Diameter
import Octets

/// PNR: the HSS tells an application server of changed data, Sh-Notif of TS 29.328 §6.1.4; TS 29.329 §6.1.7.
///
///     PNR ::= < Diameter Header: 309, REQ, PXY, 16777217 >
///         <Session-Id> {Vendor-Specific-Application-Id} {Auth-Session-State} {Origin-Host} {Origin-Realm}
///         {Destination-Host} {Destination-Realm} *[Supported-Features] {User-Identity} [Wildcarded-Public-Identity]
///         [Wildcarded-IMPU] [User-Name] {User-Data} *[Proxy-Info] *[Route-Record]
package struct PushNotificationRequest: Equatable, Sendable {
    package var supportedFeatures: [SupportedFeatures]
    package var userIdentity: UserIdentity
    package var wildcarded: WildcardedIdentities
    package var userName: String?
    /// The Sh-Data XML of TS 29.328 Annex C.
    package var userData: OctetSlice

    package init(
        supportedFeatures: [SupportedFeatures] = [], userIdentity: UserIdentity,
        wildcarded: WildcardedIdentities = WildcardedIdentities(), userName: String? = nil, userData: OctetSlice
    ) {
        self.supportedFeatures = supportedFeatures
        self.userIdentity = userIdentity
        self.wildcarded = wildcarded
        self.userName = userName
        self.userData = userData
    }
}

extension PushNotificationRequest {
    package init(decoding message: DiameterMessage) throws(CxDecodeFailure) {
        try message.checkRequest(knowing: ShDictionary.knows)
        _ = try message.required(.destinationHost)
        supportedFeatures = try message.list(.supportedFeatures)
        userIdentity = try message.required(.userIdentity)
        wildcarded = try WildcardedIdentities(message)
        userName = try message.optionalText(.userName)
        userData = try message.required(.shUserData)
    }

    package func message(
        session: String, origin: LocalOrigin, destinationRealm: DiameterIdentity, destinationHost: DiameterIdentity
    ) -> DiameterMessage {
        var message = DiameterMessage.request(
            .pushNotification, of: ShDictionary.applicationAdvertised, session: session, origin: origin,
            destinationRealm: destinationRealm, destinationHost: destinationHost)
        message.append(.supportedFeatures, all: supportedFeatures)
        message.append(.userIdentity, userIdentity)
        wildcarded.append(to: &message)
        message.append(.userName, userName)
        message.append(.shUserData, userData)
        return message
    }
}

/// PNA, TS 29.329 §6.1.8.
///
///     PNA ::= < Diameter Header: 309, PXY, 16777217 >
///         <Session-Id> {Vendor-Specific-Application-Id} [Result-Code] [Experimental-Result] {Auth-Session-State}
///         {Origin-Host} {Origin-Realm} *[Supported-Features] *[Failed-AVP] *[Proxy-Info] *[Route-Record]
package struct PushNotificationAnswer: Equatable, Sendable {
    package var result: CxResult
    package var supportedFeatures: [SupportedFeatures]

    package init(_ result: CxResult, supportedFeatures: [SupportedFeatures] = []) {
        self.result = result
        self.supportedFeatures = supportedFeatures
    }
}

extension PushNotificationAnswer {
    package init(decoding message: DiameterMessage) throws(CxDecodeFailure) {
        result = try message.cxResult()
        supportedFeatures = try message.list(.supportedFeatures)
    }

    package func message(answering request: DiameterMessage, origin: LocalOrigin) -> DiameterMessage {
        var message = request.answer(result, of: ShDictionary.applicationAdvertised, origin: origin)
        message.append(.supportedFeatures, all: supportedFeatures)
        message.appendProxyInfo(from: request)
        return message
    }
}
