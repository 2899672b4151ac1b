import Diameter
import Octets

/// SAR: an S-CSCF tells what became of a user and asks for the profile, TS 29.228 §6.1.2.
///
///     SAR ::= < Diameter Header: 301, REQ, PXY, 16777216 >
///         <Session-Id> {Vendor-Specific-Application-Id} {Auth-Session-State} {Origin-Host} {Origin-Realm}
///         [Destination-Host] {Destination-Realm} [User-Name] *[Public-Identity] [Wildcarded-Public-Identity]
///         {Server-Name} {Server-Assignment-Type} {User-Data-Already-Available} [SCSCF-Restoration-Info]
///         [Multiple-Registration-Indication] [Session-Priority] [SAR-Flags] *[Supported-Features]
///         *[Proxy-Info] *[Route-Record]
package struct ServerAssignmentRequest: Equatable, Sendable {
    package var userName: String?
    package var publicIdentities: [String]
    package var wildcardedPublicIdentity: String?
    package var serverName: String
    package var serverAssignmentType: ServerAssignmentType
    package var userDataAlreadyAvailable: UserDataAlreadyAvailable
    package var restoration: ServingCSCFRestoration?
    package var multipleRegistrationIndication: MultipleRegistrationIndication?
    package var sessionPriority: SessionPriority?
    package var flags: ServerAssignmentFlags
    package var supportedFeatures: [SupportedFeatures]

    package init(
        userName: String? = nil, publicIdentities: [String] = [], wildcardedPublicIdentity: String? = nil,
        serverName: String, serverAssignmentType: ServerAssignmentType,
        userDataAlreadyAvailable: UserDataAlreadyAvailable = .notAvailable,
        restoration: ServingCSCFRestoration? = nil,
        multipleRegistrationIndication: MultipleRegistrationIndication? = nil,
        sessionPriority: SessionPriority? = nil, flags: ServerAssignmentFlags = [],
        supportedFeatures: [SupportedFeatures] = []
    ) {
        self.userName = userName
        self.publicIdentities = publicIdentities
        self.wildcardedPublicIdentity = wildcardedPublicIdentity
        self.serverName = serverName
        self.serverAssignmentType = serverAssignmentType
        self.userDataAlreadyAvailable = userDataAlreadyAvailable
        self.restoration = restoration
        self.multipleRegistrationIndication = multipleRegistrationIndication
        self.sessionPriority = sessionPriority
        self.flags = flags
        self.supportedFeatures = supportedFeatures
    }
}

extension ServerAssignmentRequest {
    package init(decoding message: DiameterMessage) throws(CxDecodeFailure) {
        try message.checkCxRequest()
        userName = try message.optionalText(.userName)
        publicIdentities = try message.textList(.publicIdentity)
        wildcardedPublicIdentity = try message.optionalText(.wildcardedPublicIdentity)
        serverName = try message.requiredText(.serverName)
        serverAssignmentType = try message.required(.serverAssignmentType)
        userDataAlreadyAvailable = try message.required(.userDataAlreadyAvailable)
        restoration = try message.optional(.scscfRestorationInfo)
        multipleRegistrationIndication = try message.optional(.multipleRegistrationIndication)
        sessionPriority = try message.optional(.sessionPriority)
        flags = try message.optional(.sarFlags) ?? []
        supportedFeatures = try message.list(.supportedFeatures)
    }

    package func message(
        session: String, origin: LocalOrigin, destinationRealm: DiameterIdentity,
        destinationHost: DiameterIdentity? = nil
    ) -> DiameterMessage {
        var message = DiameterMessage.cxRequest(
            .serverAssignment, session: session, origin: origin, destinationRealm: destinationRealm,
            destinationHost: destinationHost)
        message.append(.userName, userName)
        message.append(.publicIdentity, all: publicIdentities)
        message.append(.wildcardedPublicIdentity, wildcardedPublicIdentity)
        message.append(.serverName, serverName)
        message.append(.serverAssignmentType, serverAssignmentType)
        message.append(.userDataAlreadyAvailable, userDataAlreadyAvailable)
        message.append(.scscfRestorationInfo, restoration)
        message.append(.multipleRegistrationIndication, multipleRegistrationIndication)
        message.append(.sessionPriority, sessionPriority)
        message.append(.sarFlags, flags.ifAny)
        message.append(.supportedFeatures, all: supportedFeatures)
        return message
    }
}

/// SAA: the profile and the charging addresses, or why not.
///
///     SAA ::= < Diameter Header: 301, PXY, 16777216 >
///         <Session-Id> {Vendor-Specific-Application-Id} [Result-Code] [Experimental-Result]
///         {Auth-Session-State} {Origin-Host} {Origin-Realm} [User-Name] [User-Data] [Charging-Information]
///         [Associated-Identities] [Loose-Route-Indication] *[SCSCF-Restoration-Info]
///         [Associated-Registered-Identities] [Server-Name] [Wildcarded-Public-Identity]
///         [Priviledged-Sender-Indication] *[Supported-Features] *[Failed-AVP] *[Proxy-Info] *[Route-Record]
package struct ServerAssignmentAnswer: Equatable, Sendable {
    package var result: CxResult
    package var userName: String?
    /// The profile as XML; read with `IMSSubscription(parsing:)`.
    package var userData: OctetSlice?
    package var chargingInformation: ChargingInformation?
    /// The other private identities of the subscription.
    package var associatedIdentities: [String]
    package var looseRouteIndication: LooseRouteIndication?
    package var restorations: [ServingCSCFRestoration]
    /// The private identities that the public identity is registered with.
    package var associatedRegisteredIdentities: [String]
    package var serverName: String?
    package var wildcardedPublicIdentity: String?
    package var priviledgedSenderIndication: PriviledgedSenderIndication?
    package var supportedFeatures: [SupportedFeatures]

    package init(
        _ result: CxResult, userName: String? = nil, userData: OctetSlice? = nil,
        chargingInformation: ChargingInformation? = nil, associatedIdentities: [String] = [],
        looseRouteIndication: LooseRouteIndication? = nil, restorations: [ServingCSCFRestoration] = [],
        associatedRegisteredIdentities: [String] = [], serverName: String? = nil,
        wildcardedPublicIdentity: String? = nil, priviledgedSenderIndication: PriviledgedSenderIndication? = nil,
        supportedFeatures: [SupportedFeatures] = []
    ) {
        self.result = result
        self.userName = userName
        self.userData = userData
        self.chargingInformation = chargingInformation
        self.associatedIdentities = associatedIdentities
        self.looseRouteIndication = looseRouteIndication
        self.restorations = restorations
        self.associatedRegisteredIdentities = associatedRegisteredIdentities
        self.serverName = serverName
        self.wildcardedPublicIdentity = wildcardedPublicIdentity
        self.priviledgedSenderIndication = priviledgedSenderIndication
        self.supportedFeatures = supportedFeatures
    }
}

extension ServerAssignmentAnswer {
    package init(decoding message: DiameterMessage) throws(CxDecodeFailure) {
        result = try message.cxResult()
        userName = try message.optionalText(.userName)
        userData = try message.optional(.userData)
        chargingInformation = try message.optional(.chargingInformation)
        associatedIdentities = try message.optional(.associatedIdentities)?.userNames ?? []
        looseRouteIndication = try message.optional(.looseRouteIndication)
        restorations = try message.list(.scscfRestorationInfo)
        associatedRegisteredIdentities = try message.optional(.associatedRegisteredIdentities)?.userNames ?? []
        serverName = try message.optionalText(.serverName)
        wildcardedPublicIdentity = try message.optionalText(.wildcardedPublicIdentity)
        priviledgedSenderIndication = try message.optional(.priviledgedSenderIndication)
        supportedFeatures = try message.list(.supportedFeatures)
    }

    package func message(answering request: DiameterMessage, origin: LocalOrigin) -> DiameterMessage {
        var message = request.cxAnswer(result, origin: origin, reserving: 512 + (userData?.count ?? 0))
        message.append(.userName, userName)
        message.append(.userData, userData)
        message.append(.chargingInformation, chargingInformation)
        message.append(.associatedIdentities, AssociatedIdentities(ifAny: associatedIdentities))
        message.append(.looseRouteIndication, looseRouteIndication)
        message.append(.scscfRestorationInfo, all: restorations)
        message.append(.associatedRegisteredIdentities, AssociatedIdentities(ifAny: associatedRegisteredIdentities))
        message.append(.serverName, serverName)
        message.append(.wildcardedPublicIdentity, wildcardedPublicIdentity)
        message.append(.priviledgedSenderIndication, priviledgedSenderIndication)
        message.append(.supportedFeatures, all: supportedFeatures)
        message.appendProxyInfo(from: request)
        return message
    }
}
