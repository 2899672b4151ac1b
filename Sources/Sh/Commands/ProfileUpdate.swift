import Cx
import Diameter
import Octets

/// PUR: an application server changes a user's data, Sh-Update of TS 29.328 §6.1.2; TS 29.329 §6.1.3.
///
///     PUR ::= < Diameter Header: 307, REQ, PXY, 16777217 >
///         <Session-Id> {Vendor-Specific-Application-Id} {Auth-Session-State} {Origin-Host} {Origin-Realm}
///         [Destination-Host] {Destination-Realm} *[Supported-Features] {User-Identity} [Wildcarded-Public-Identity]
///         [Wildcarded-IMPU] [User-Name] *{Data-Reference} {User-Data} *[Proxy-Info] *[Route-Record]
package struct ProfileUpdateRequest: Equatable, Sendable {
    package var supportedFeatures: [SupportedFeatures]
    package var userIdentity: UserIdentity
    package var wildcarded: WildcardedIdentities
    package var userName: String?
    /// At least one.
    package var dataReferences: [DataReference]
    /// The Sh-Data XML of TS 29.328 Annex C.
    package var userData: OctetSlice

    package init(
        supportedFeatures: [SupportedFeatures] = [], userIdentity: UserIdentity,
        wildcarded: WildcardedIdentities = WildcardedIdentities(), userName: String? = nil,
        dataReferences: [DataReference], userData: OctetSlice
    ) {
        self.supportedFeatures = supportedFeatures
        self.userIdentity = userIdentity
        self.wildcarded = wildcarded
        self.userName = userName
        self.dataReferences = dataReferences
        self.userData = userData
    }
}

extension ProfileUpdateRequest {
    package init(decoding message: DiameterMessage) throws(CxDecodeFailure) {
        try message.checkRequest(knowing: ShDictionary.knows)
        supportedFeatures = try message.list(.supportedFeatures)
        userIdentity = try message.required(.userIdentity)
        wildcarded = try WildcardedIdentities(message)
        userName = try message.optionalText(.userName)
        dataReferences = try message.dataReferences()
        userData = try message.required(.shUserData)
    }

    package func message(
        session: String, origin: LocalOrigin, destinationRealm: DiameterIdentity,
        destinationHost: DiameterIdentity? = nil
    ) -> DiameterMessage {
        var message = DiameterMessage.request(
            .profileUpdate, of: ShDictionary.applicationAdvertised, session: session, origin: origin,
            destinationRealm: destinationRealm, destinationHost: destinationHost)
        message.append(.supportedFeatures, all: supportedFeatures)
        message.append(.userIdentity, userIdentity)
        wildcarded.append(to: &message)
        message.append(.userName, userName)
        message.append(.dataReference, all: dataReferences)
        message.append(.shUserData, userData)
        return message
    }
}

/// PUA, TS 29.329 §6.1.4: on failure of one among several, which it was.
///
///     PUA ::= < Diameter Header: 307, PXY, 16777217 >
///         <Session-Id> {Vendor-Specific-Application-Id} [Result-Code] [Experimental-Result] {Auth-Session-State}
///         {Origin-Host} {Origin-Realm} [Wildcarded-Public-Identity] [Wildcarded-IMPU] [Repository-Data-ID]
///         [Data-Reference] *[Supported-Features] *[Failed-AVP] *[Proxy-Info] *[Route-Record]
package struct ProfileUpdateAnswer: Equatable, Sendable {
    package var result: CxResult
    package var wildcarded: WildcardedIdentities
    package var repositoryDataID: RepositoryDataID?
    package var dataReference: DataReference?
    package var supportedFeatures: [SupportedFeatures]

    package init(
        _ result: CxResult, wildcarded: WildcardedIdentities = WildcardedIdentities(),
        repositoryDataID: RepositoryDataID? = nil, dataReference: DataReference? = nil,
        supportedFeatures: [SupportedFeatures] = []
    ) {
        self.result = result
        self.wildcarded = wildcarded
        self.repositoryDataID = repositoryDataID
        self.dataReference = dataReference
        self.supportedFeatures = supportedFeatures
    }
}

extension ProfileUpdateAnswer {
    package init(decoding message: DiameterMessage) throws(CxDecodeFailure) {
        result = try message.cxResult()
        wildcarded = try WildcardedIdentities(message)
        repositoryDataID = try message.optional(.repositoryDataID)
        dataReference = try message.optional(.dataReference)
        supportedFeatures = try message.list(.supportedFeatures)
    }

    package func message(answering request: DiameterMessage, origin: LocalOrigin) -> DiameterMessage {
        var message = request.answer(result, of: ShDictionary.applicationAdvertised, origin: origin)
        wildcarded.append(to: &message)
        message.append(.repositoryDataID, repositoryDataID)
        message.append(.dataReference, dataReference)
        message.append(.supportedFeatures, all: supportedFeatures)
        message.appendProxyInfo(from: request)
        return message
    }
}
