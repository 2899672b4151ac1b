import Cx
import Diameter
import Octets

/// UDR: an application server reads a user's data, Sh-Pull of TS 29.328 §6.1.1; TS 29.329 §6.1.1.
///
///     UDR ::= < Diameter Header: 306, REQ, PXY, 16777217 >
///         <Session-Id> {Vendor-Specific-Application-Id} {Auth-Session-State} {Origin-Host} {Origin-Realm}
///         [Destination-Host] {Destination-Realm} *[Supported-Features] {User-Identity} [Wildcarded-Public-Identity]
///         [Wildcarded-IMPU] [Server-Name] *[Service-Indication] *{Data-Reference} *[Identity-Set] [Requested-Domain]
///         [Current-Location] *[DSAI-Tag] [Session-Priority] [User-Name] [Requested-Nodes] [Serving-Node-Indication]
///         [Pre-paging-Supported] [Local-Time-Zone-Indication] [UDR-Flags] [Call-Reference-Info] *[Proxy-Info]
///         *[Route-Record]
package struct UserDataRequest: Equatable, Sendable {
    package var supportedFeatures: [SupportedFeatures]
    package var userIdentity: UserIdentity
    package var wildcarded: WildcardedIdentities
    package var serverName: String?
    package var serviceIndications: [OctetSlice]
    /// At least one.
    package var dataReferences: [DataReference]
    package var identitySets: [IdentitySet]
    package var requestedDomain: RequestedDomain?
    package var currentLocation: CurrentLocation?
    package var serviceActivationTags: [OctetSlice]
    package var sessionPriority: SessionPriority?
    package var userName: String?
    package var requestedNodes: RequestedNodes
    package var servingNodeIndication: ServingNodeIndication?
    package var prePagingSupported: PrePagingSupported?
    package var localTimeZoneIndication: LocalTimeZoneIndication?
    package var flags: UserDataRequestFlags
    package var callReference: CallReference?

    package init(
        supportedFeatures: [SupportedFeatures] = [], userIdentity: UserIdentity,
        wildcarded: WildcardedIdentities = WildcardedIdentities(), serverName: String? = nil,
        serviceIndications: [OctetSlice] = [], dataReferences: [DataReference], identitySets: [IdentitySet] = [],
        requestedDomain: RequestedDomain? = nil, currentLocation: CurrentLocation? = nil,
        serviceActivationTags: [OctetSlice] = [], sessionPriority: SessionPriority? = nil, userName: String? = nil,
        requestedNodes: RequestedNodes = [], servingNodeIndication: ServingNodeIndication? = nil,
        prePagingSupported: PrePagingSupported? = nil, localTimeZoneIndication: LocalTimeZoneIndication? = nil,
        flags: UserDataRequestFlags = [], callReference: CallReference? = nil
    ) {
        self.supportedFeatures = supportedFeatures
        self.userIdentity = userIdentity
        self.wildcarded = wildcarded
        self.serverName = serverName
        self.serviceIndications = serviceIndications
        self.dataReferences = dataReferences
        self.identitySets = identitySets
        self.requestedDomain = requestedDomain
        self.currentLocation = currentLocation
        self.serviceActivationTags = serviceActivationTags
        self.sessionPriority = sessionPriority
        self.userName = userName
        self.requestedNodes = requestedNodes
        self.servingNodeIndication = servingNodeIndication
        self.prePagingSupported = prePagingSupported
        self.localTimeZoneIndication = localTimeZoneIndication
        self.flags = flags
        self.callReference = callReference
    }
}

extension UserDataRequest {
    package init(decoding message: DiameterMessage) throws(CxDecodeFailure) {
        try message.checkRequest(knowing: ShDictionary.knows)
        supportedFeatures = try message.list(.supportedFeatures)
        userIdentity = try message.required(.userIdentity)
        wildcarded = try WildcardedIdentities(message)
        serverName = try message.optionalText(.serverName)
        serviceIndications = try message.list(.serviceIndication)
        dataReferences = try message.dataReferences()
        identitySets = try message.list(.identitySet)
        requestedDomain = try message.optional(.requestedDomain)
        currentLocation = try message.optional(.currentLocation)
        serviceActivationTags = try message.list(.serviceActivationTag)
        sessionPriority = try message.optional(.sessionPriority)
        userName = try message.optionalText(.userName)
        requestedNodes = try message.optional(.requestedNodes) ?? []
        servingNodeIndication = try message.optional(.servingNodeIndication)
        prePagingSupported = try message.optional(.prePagingSupported)
        localTimeZoneIndication = try message.optional(.localTimeZoneIndication)
        flags = try message.optional(.udrFlags) ?? []
        callReference = try message.optional(.callReferenceInfo)
    }

    package func message(
        session: String, origin: LocalOrigin, destinationRealm: DiameterIdentity,
        destinationHost: DiameterIdentity? = nil
    ) -> DiameterMessage {
        var message = DiameterMessage.request(
            .userData, of: ShDictionary.applicationAdvertised, session: session, origin: origin,
            destinationRealm: destinationRealm, destinationHost: destinationHost)
        message.append(.supportedFeatures, all: supportedFeatures)
        message.append(.userIdentity, userIdentity)
        wildcarded.append(to: &message)
        message.append(.serverName, serverName)
        message.append(.serviceIndication, all: serviceIndications)
        message.append(.dataReference, all: dataReferences)
        message.append(.identitySet, all: identitySets)
        message.append(.requestedDomain, requestedDomain)
        message.append(.currentLocation, currentLocation)
        message.append(.serviceActivationTag, all: serviceActivationTags)
        message.append(.sessionPriority, sessionPriority)
        message.append(.userName, userName)
        message.append(.requestedNodes, requestedNodes.isEmpty ? nil : requestedNodes)
        message.append(.servingNodeIndication, servingNodeIndication)
        message.append(.prePagingSupported, prePagingSupported)
        message.append(.localTimeZoneIndication, localTimeZoneIndication)
        message.append(.udrFlags, flags.isEmpty ? nil : flags)
        message.append(.callReferenceInfo, callReference)
        return message
    }
}

/// UDA: the data as an Sh-Data document, TS 29.329 §6.1.2.
///
///     UDA ::= < Diameter Header: 306, PXY, 16777217 >
///         <Session-Id> {Vendor-Specific-Application-Id} [Result-Code] [Experimental-Result] {Auth-Session-State}
///         {Origin-Host} {Origin-Realm} *[Supported-Features] [Wildcarded-Public-Identity] [Wildcarded-IMPU]
///         [User-Data] *[Failed-AVP] *[Proxy-Info] *[Route-Record]
package struct UserDataAnswer: Equatable, Sendable {
    package var result: CxResult
    package var supportedFeatures: [SupportedFeatures]
    package var wildcarded: WildcardedIdentities
    /// The Sh-Data XML of TS 29.328 Annex C.
    package var userData: OctetSlice?

    package init(
        _ result: CxResult, supportedFeatures: [SupportedFeatures] = [],
        wildcarded: WildcardedIdentities = WildcardedIdentities(), userData: OctetSlice? = nil
    ) {
        self.result = result
        self.supportedFeatures = supportedFeatures
        self.wildcarded = wildcarded
        self.userData = userData
    }
}

extension UserDataAnswer {
    package init(decoding message: DiameterMessage) throws(CxDecodeFailure) {
        result = try message.cxResult()
        supportedFeatures = try message.list(.supportedFeatures)
        wildcarded = try WildcardedIdentities(message)
        userData = try message.optional(.shUserData)
    }

    package func message(answering request: DiameterMessage, origin: LocalOrigin) -> DiameterMessage {
        var message = request.answer(result, of: ShDictionary.applicationAdvertised, origin: origin)
        message.append(.supportedFeatures, all: supportedFeatures)
        wildcarded.append(to: &message)
        message.append(.shUserData, userData)
        message.appendProxyInfo(from: request)
        return message
    }
}
