import Cx
import Diameter
import Octets

/// RAR: the PCRF tells what has become of the bearer, TS 29.214 §4.4.6 and §5.6.3.
///
///     RAR ::= < Diameter Header: 258, REQ, PXY, 16777236 >
///         <Session-Id> {Auth-Application-Id} {Origin-Host} {Origin-Realm} {Destination-Realm} {Destination-Host}
///         *{Specific-Action} *[Flows] *[Subscription-Id] [Abort-Cause] [IP-CAN-Type] [RAT-Type]
///         *[Supported-Features] *[Proxy-Info] *[Route-Record]
package struct ReAuthRequest: Equatable, Sendable {
    /// Session-Id: one for as long as the AF session lives.
    package var session: String
    /// At least one.
    package var specificActions: [SpecificAction]
    /// None: all of the session.
    package var flows: [Flows]
    package var subscriptionIDs: [SubscriptionID]
    package var abortCause: AbortCause?
    package var ipCANType: UInt32?
    package var ratType: UInt32?
    package var supportedFeatures: [SupportedFeatures]

    package init(
        session: String, specificActions: [SpecificAction], flows: [Flows] = [], subscriptionIDs: [SubscriptionID] = [],
        abortCause: AbortCause? = nil, ipCANType: UInt32? = nil, ratType: UInt32? = nil,
        supportedFeatures: [SupportedFeatures] = []
    ) {
        self.session = session
        self.specificActions = specificActions
        self.flows = flows
        self.subscriptionIDs = subscriptionIDs
        self.abortCause = abortCause
        self.ipCANType = ipCANType
        self.ratType = ratType
        self.supportedFeatures = supportedFeatures
    }
}

extension ReAuthRequest {
    package init(decoding message: DiameterMessage) throws(CxDecodeFailure) {
        session = try message.checkRxRequest()
        _ = try message.required(.destinationHost)
        specificActions = try message.list(.specificAction)
        guard !specificActions.isEmpty else { throw .missing(.specificAction) }
        flows = try message.list(.flows)
        subscriptionIDs = try message.list(.subscriptionID)
        abortCause = try message.optional(.abortCause)
        ipCANType = try message.optional(.ipCANType)
        ratType = try message.optional(.ratType)
        supportedFeatures = try message.list(.supportedFeatures)
    }

    package func message(origin: LocalOrigin, destinationRealm: DiameterIdentity, destinationHost: DiameterIdentity)
        -> DiameterMessage
    {
        var message = DiameterMessage.rxRequest(
            .reAuthorization, session: session, origin: origin, destinationRealm: destinationRealm,
            destinationHost: destinationHost)
        message.append(.specificAction, all: specificActions)
        message.append(.flows, all: flows)
        message.append(.subscriptionID, all: subscriptionIDs)
        message.append(.abortCause, abortCause)
        message.append(.ipCANType, ipCANType)
        message.append(.ratType, ratType)
        message.append(.supportedFeatures, all: supportedFeatures)
        return message
    }
}

/// RAA, TS 29.214 §5.6.4.
///
///     RAA ::= < Diameter Header: 258, PXY, 16777236 >
///         <Session-Id> {Origin-Host} {Origin-Realm} [Result-Code] [Experimental-Result]
///         *[Media-Component-Description] [Service-URN] *[Failed-AVP] *[Proxy-Info]
package struct ReAuthAnswer: Equatable, Sendable {
    package var result: CxResult
    package var mediaComponents: [MediaComponent]
    package var serviceURN: OctetSlice?

    package init(_ result: CxResult, mediaComponents: [MediaComponent] = [], serviceURN: OctetSlice? = nil) {
        self.result = result
        self.mediaComponents = mediaComponents
        self.serviceURN = serviceURN
    }
}

extension ReAuthAnswer {
    package init(decoding message: DiameterMessage) throws(CxDecodeFailure) {
        result = try message.cxResult()
        mediaComponents = try message.list(.mediaComponentDescription)
        serviceURN = try message.optional(.serviceURN)
    }

    package func message(answering request: DiameterMessage, origin: LocalOrigin) -> DiameterMessage {
        var message = request.rxAnswer(result, origin: origin)
        message.append(.mediaComponentDescription, all: mediaComponents)
        message.append(.serviceURN, serviceURN)
        message.appendProxyInfo(from: request)
        return message
    }
}
