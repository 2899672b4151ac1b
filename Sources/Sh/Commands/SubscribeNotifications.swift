import Cx
import Diameter
import Octets

/// SNR: an application server wants to hear of changes, Sh-Subs-Notif of TS 29.328 §6.1.3; TS 29.329 §6.1.5.
///
///     SNR ::= < Diameter Header: 308, REQ, PXY, 16777217 >
///         <Session-Id> {Vendor-Specific-Application-Id} {Auth-Session-State} {Origin-Host} {Origin-Realm}
///         [Destination-Host] {Destination-Realm} *[Supported-Features] {User-Identity} [Wildcarded-Public-Identity]
///         [Wildcarded-IMPU] *[Service-Indication] [Send-Data-Indication] [Server-Name] {Subs-Req-Type}
///         *{Data-Reference} *[Identity-Set] [Expiry-Time] *[DSAI-Tag] [One-Time-Notification] [User-Name]
///         *[Proxy-Info] *[Route-Record]
package struct SubscribeNotificationsRequest: Equatable, Sendable {
    package var supportedFeatures: [SupportedFeatures]
    package var userIdentity: UserIdentity
    package var wildcarded: WildcardedIdentities
    package var serviceIndications: [OctetSlice]
    package var sendDataIndication: SendDataIndication?
    package var serverName: String?
    package var type: SubscriptionRequestType
    /// At least one.
    package var dataReferences: [DataReference]
    package var identitySets: [IdentitySet]
    /// Until when; absent: without end.
    package var expiryTime: DiameterTime?
    package var serviceActivationTags: [OctetSlice]
    package var oneTimeNotification: OneTimeNotification?
    package var userName: String?

    package init(
        supportedFeatures: [SupportedFeatures] = [], userIdentity: UserIdentity,
        wildcarded: WildcardedIdentities = WildcardedIdentities(), serviceIndications: [OctetSlice] = [],
        sendDataIndication: SendDataIndication? = nil, serverName: String? = nil, type: SubscriptionRequestType,
        dataReferences: [DataReference], identitySets: [IdentitySet] = [], expiryTime: DiameterTime? = nil,
        serviceActivationTags: [OctetSlice] = [], oneTimeNotification: OneTimeNotification? = nil,
        userName: String? = nil
    ) {
        self.supportedFeatures = supportedFeatures
        self.userIdentity = userIdentity
        self.wildcarded = wildcarded
        self.serviceIndications = serviceIndications
        self.sendDataIndication = sendDataIndication
        self.serverName = serverName
        self.type = type
        self.dataReferences = dataReferences
        self.identitySets = identitySets
        self.expiryTime = expiryTime
        self.serviceActivationTags = serviceActivationTags
        self.oneTimeNotification = oneTimeNotification
        self.userName = userName
    }
}

extension SubscribeNotificationsRequest {
    package init(decoding message: DiameterMessage) throws(CxDecodeFailure) {
        try message.checkRequest(knowing: ShDictionary.knows)
        supportedFeatures = try message.list(.supportedFeatures)
        userIdentity = try message.required(.userIdentity)
        wildcarded = try WildcardedIdentities(message)
        serviceIndications = try message.list(.serviceIndication)
        sendDataIndication = try message.optional(.sendDataIndication)
        serverName = try message.optionalText(.serverName)
        type = try message.required(.subscriptionRequestType)
        dataReferences = try message.dataReferences()
        identitySets = try message.list(.identitySet)
        expiryTime = try message.optional(.expiryTime)
        serviceActivationTags = try message.list(.serviceActivationTag)
        oneTimeNotification = try message.optional(.oneTimeNotification)
        userName = try message.optionalText(.userName)
    }

    package func message(
        session: String, origin: LocalOrigin, destinationRealm: DiameterIdentity,
        destinationHost: DiameterIdentity? = nil
    ) -> DiameterMessage {
        var message = DiameterMessage.request(
            .subscribeNotifications, of: ShDictionary.applicationAdvertised, session: session, origin: origin,
            destinationRealm: destinationRealm, destinationHost: destinationHost)
        message.append(.supportedFeatures, all: supportedFeatures)
        message.append(.userIdentity, userIdentity)
        wildcarded.append(to: &message)
        message.append(.serviceIndication, all: serviceIndications)
        message.append(.sendDataIndication, sendDataIndication)
        message.append(.serverName, serverName)
        message.append(.subscriptionRequestType, type)
        message.append(.dataReference, all: dataReferences)
        message.append(.identitySet, all: identitySets)
        message.append(.expiryTime, expiryTime)
        message.append(.serviceActivationTag, all: serviceActivationTags)
        message.append(.oneTimeNotification, oneTimeNotification)
        message.append(.userName, userName)
        return message
    }
}

/// SNA, TS 29.329 §6.1.6.
///
///     SNA ::= < Diameter Header: 308, PXY, 16777217 >
///         <Session-Id> {Vendor-Specific-Application-Id} {Auth-Session-State} [Result-Code] [Experimental-Result]
///         {Origin-Host} {Origin-Realm} [Wildcarded-Public-Identity] [Wildcarded-IMPU] *[Supported-Features]
///         [User-Data] [Expiry-Time] *[Failed-AVP] *[Proxy-Info] *[Route-Record]
package struct SubscribeNotificationsAnswer: Equatable, Sendable {
    package var result: CxResult
    package var wildcarded: WildcardedIdentities
    package var supportedFeatures: [SupportedFeatures]
    /// When the request asked for it.
    package var userData: OctetSlice?
    package var expiryTime: DiameterTime?

    package init(
        _ result: CxResult, wildcarded: WildcardedIdentities = WildcardedIdentities(),
        supportedFeatures: [SupportedFeatures] = [], userData: OctetSlice? = nil, expiryTime: DiameterTime? = nil
    ) {
        self.result = result
        self.wildcarded = wildcarded
        self.supportedFeatures = supportedFeatures
        self.userData = userData
        self.expiryTime = expiryTime
    }
}

extension SubscribeNotificationsAnswer {
    package init(decoding message: DiameterMessage) throws(CxDecodeFailure) {
        result = try message.cxResult()
        wildcarded = try WildcardedIdentities(message)
        supportedFeatures = try message.list(.supportedFeatures)
        userData = try message.optional(.shUserData)
        expiryTime = try message.optional(.expiryTime)
    }

    package func message(answering request: DiameterMessage, origin: LocalOrigin) -> DiameterMessage {
        var message = request.answer(result, of: ShDictionary.applicationAdvertised, origin: origin)
        wildcarded.append(to: &message)
        message.append(.supportedFeatures, all: supportedFeatures)
        message.append(.shUserData, userData)
        message.append(.expiryTime, expiryTime)
        message.appendProxyInfo(from: request)
        return message
    }
}
