import Cx
import Diameter
import Octets

/// AAR: the P-CSCF asks for resources for the media of a session, TS 29.214 §4.4.1 and §5.6.1. Of the optional AVPs
/// those that a P-CSCF has a use for; others are passed over.
///
///     AAR ::= < Diameter Header: 265, REQ, PXY, 16777236 >
///         <Session-Id> {Auth-Application-Id} {Origin-Host} {Origin-Realm} {Destination-Realm} [Destination-Host]
///         [IP-Domain-Id] [AF-Application-Identifier] *[Media-Component-Description] [Service-Info-Status]
///         [AF-Charging-Identifier] [SIP-Forking-Indication] *[Specific-Action] *[Subscription-Id]
///         *[Supported-Features] [Framed-IP-Address] [Framed-IPv6-Prefix] [Called-Station-Id] [Service-URN]
///         [Rx-Request-Type] *[Required-Access-Info] *[Proxy-Info] *[Route-Record]
package struct AARequest: Equatable, Sendable {
    /// Session-Id: one for as long as the AF session lives.
    package var session: String
    package var ipDomainID: OctetSlice?
    package var afApplicationIdentifier: OctetSlice?
    package var mediaComponents: [MediaComponent]
    package var serviceInfoStatus: ServiceInfoStatus?
    /// The ICID of P-Charging-Vector.
    package var afChargingIdentifier: OctetSlice?
    package var sipForkingIndication: SIPForkingIndication?
    package var specificActions: [SpecificAction]
    package var subscriptionIDs: [SubscriptionID]
    package var supportedFeatures: [SupportedFeatures]
    /// The phone's IPv4 address, four octets.
    package var framedIPAddress: OctetSlice?
    /// The phone's IPv6 prefix: 0, its length in bits, its octets (RFC 3162 §2.3).
    package var framedIPv6Prefix: OctetSlice?
    /// The APN.
    package var calledStationID: String?
    /// `sos` and its like, without `urn:service:`.
    package var serviceURN: OctetSlice?
    package var requestType: RxRequestType?
    package var requiredAccessInfo: [RequiredAccessInfo]

    package init(
        session: String, ipDomainID: OctetSlice? = nil, afApplicationIdentifier: OctetSlice? = nil,
        mediaComponents: [MediaComponent] = [], serviceInfoStatus: ServiceInfoStatus? = nil,
        afChargingIdentifier: OctetSlice? = nil, sipForkingIndication: SIPForkingIndication? = nil,
        specificActions: [SpecificAction] = [], subscriptionIDs: [SubscriptionID] = [],
        supportedFeatures: [SupportedFeatures] = [], framedIPAddress: OctetSlice? = nil,
        framedIPv6Prefix: OctetSlice? = nil, calledStationID: String? = nil, serviceURN: OctetSlice? = nil,
        requestType: RxRequestType? = nil, requiredAccessInfo: [RequiredAccessInfo] = []
    ) {
        self.session = session
        self.ipDomainID = ipDomainID
        self.afApplicationIdentifier = afApplicationIdentifier
        self.mediaComponents = mediaComponents
        self.serviceInfoStatus = serviceInfoStatus
        self.afChargingIdentifier = afChargingIdentifier
        self.sipForkingIndication = sipForkingIndication
        self.specificActions = specificActions
        self.subscriptionIDs = subscriptionIDs
        self.supportedFeatures = supportedFeatures
        self.framedIPAddress = framedIPAddress
        self.framedIPv6Prefix = framedIPv6Prefix
        self.calledStationID = calledStationID
        self.serviceURN = serviceURN
        self.requestType = requestType
        self.requiredAccessInfo = requiredAccessInfo
    }
}

extension AARequest {
    package init(decoding message: DiameterMessage) throws(CxDecodeFailure) {
        session = try message.checkRxRequest()
        ipDomainID = try message.optional(.ipDomainID)
        afApplicationIdentifier = try message.optional(.afApplicationIdentifier)
        mediaComponents = try message.list(.mediaComponentDescription)
        serviceInfoStatus = try message.optional(.serviceInfoStatus)
        afChargingIdentifier = try message.optional(.afChargingIdentifier)
        sipForkingIndication = try message.optional(.sipForkingIndication)
        specificActions = try message.list(.specificAction)
        subscriptionIDs = try message.list(.subscriptionID)
        supportedFeatures = try message.list(.supportedFeatures)
        framedIPAddress = try message.optional(.framedIPAddress)
        framedIPv6Prefix = try message.optional(.framedIPv6Prefix)
        calledStationID = try message.optionalText(.calledStationID)
        serviceURN = try message.optional(.serviceURN)
        requestType = try message.optional(.rxRequestType)
        requiredAccessInfo = try message.list(.requiredAccessInfo)
    }

    package func message(
        origin: LocalOrigin, destinationRealm: DiameterIdentity, destinationHost: DiameterIdentity? = nil
    ) -> DiameterMessage {
        var message = DiameterMessage.rxRequest(
            .authenticateAuthorize, session: session, origin: origin, destinationRealm: destinationRealm,
            destinationHost: destinationHost)
        message.append(.ipDomainID, ipDomainID)
        message.append(.afApplicationIdentifier, afApplicationIdentifier)
        message.append(.mediaComponentDescription, all: mediaComponents)
        message.append(.serviceInfoStatus, serviceInfoStatus)
        message.append(.afChargingIdentifier, afChargingIdentifier)
        message.append(.sipForkingIndication, sipForkingIndication)
        message.append(.specificAction, all: specificActions)
        message.append(.subscriptionID, all: subscriptionIDs)
        message.append(.supportedFeatures, all: supportedFeatures)
        message.append(.framedIPAddress, framedIPAddress)
        message.append(.framedIPv6Prefix, framedIPv6Prefix)
        message.append(.calledStationID, calledStationID)
        message.append(.serviceURN, serviceURN)
        message.append(.rxRequestType, requestType)
        message.append(.requiredAccessInfo, all: requiredAccessInfo)
        return message
    }
}

/// AAA, TS 29.214 §5.6.2.
///
///     AAA ::= < Diameter Header: 265, PXY, 16777236 >
///         <Session-Id> {Auth-Application-Id} {Origin-Host} {Origin-Realm} [Result-Code] [Experimental-Result]
///         [Service-Info-Status] *[Flows] [IP-CAN-Type] [RAT-Type] *[Supported-Features] *[Failed-AVP]
///         [Retry-Interval] *[Proxy-Info]
package struct AAAnswer: Equatable, Sendable {
    package var result: CxResult
    /// Those that the result is about.
    package var flows: [Flows]
    /// TS 29.212 §5.3.27: 5 is 3GPP-EPS, 8 is 3GPP-5GS.
    package var ipCANType: UInt32?
    /// TS 29.212 §5.3.31: 1004 is EUTRAN, 1006 is NR.
    package var ratType: UInt32?
    package var supportedFeatures: [SupportedFeatures]
    /// Seconds after which to ask again.
    package var retryInterval: UInt32?

    package init(
        _ result: CxResult, flows: [Flows] = [], ipCANType: UInt32? = nil, ratType: UInt32? = nil,
        supportedFeatures: [SupportedFeatures] = [], retryInterval: UInt32? = nil
    ) {
        self.result = result
        self.flows = flows
        self.ipCANType = ipCANType
        self.ratType = ratType
        self.supportedFeatures = supportedFeatures
        self.retryInterval = retryInterval
    }
}

extension AAAnswer {
    package init(decoding message: DiameterMessage) throws(CxDecodeFailure) {
        result = try message.cxResult()
        flows = try message.list(.flows)
        ipCANType = try message.optional(.ipCANType)
        ratType = try message.optional(.ratType)
        supportedFeatures = try message.list(.supportedFeatures)
        retryInterval = try message.optional(.retryInterval)
    }

    package func message(answering request: DiameterMessage, origin: LocalOrigin) -> DiameterMessage {
        var message = request.rxAnswer(result, origin: origin, hasApplication: true)
        message.append(.flows, all: flows)
        message.append(.ipCANType, ipCANType)
        message.append(.ratType, ratType)
        message.append(.supportedFeatures, all: supportedFeatures)
        message.append(.retryInterval, retryInterval)
        message.appendProxyInfo(from: request)
        return message
    }
}
