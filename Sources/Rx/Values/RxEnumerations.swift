import Diameter

// Enumerations are closed: what is not in the list is 5004 INVALID_AVP_VALUE.

/// Abort-Cause (500), TS 29.214 §5.3.1: why the PCRF ends the session.
package enum AbortCause: UInt32, Sendable, CaseIterable, AVPValue {
    case bearerReleased = 0
    case insufficientServerResources = 1
    case insufficientBearerResources = 2
    case pcToCSHandover = 3
    case sponsoredDataConnectivityDisallowed = 4
}

/// Flow-Status (511), TS 29.214 §5.3.11: which direction may pass.
package enum FlowStatus: UInt32, Sendable, CaseIterable, AVPValue {
    case enabledUplink = 0
    case enabledDownlink = 1
    case enabled = 2
    case disabled = 3
    case removed = 4
}

/// Flow-Usage (512), TS 29.214 §5.3.12.
package enum FlowUsage: UInt32, Sendable, CaseIterable, AVPValue {
    case noInformation = 0
    case rtcp = 1
    case afSignalling = 2
}

/// Specific-Action (513), TS 29.214 §5.3.13: what the PCRF is to tell, or tells.
package enum SpecificAction: UInt32, Sendable, CaseIterable, AVPValue {
    case chargingCorrelationExchange = 1
    case indicationOfLossOfBearer = 2
    case indicationOfRecoveryOfBearer = 3
    case indicationOfReleaseOfBearer = 4
    case ipCANChange = 6
    case indicationOfOutOfCredit = 7
    case indicationOfSuccessfulResourcesAllocation = 8
    case indicationOfFailedResourcesAllocation = 9
    case indicationOfLimitedPCCDeployment = 10
    case usageReport = 11
    case accessNetworkInfoReport = 12
    case indicationOfRecoveryFromLimitedPCCDeployment = 13
    case indicationOfAccessNetworkInfoReportingFailure = 14
    case indicationOfTransferPolicyExpired = 15
    case plmnChange = 16
}

/// Media-Type (520), TS 29.214 §5.3.19: the media of an SDP `m=` line.
package enum MediaType: UInt32, Sendable, CaseIterable, AVPValue {
    case audio = 0
    case video = 1
    case data = 2
    case application = 3
    case control = 4
    case text = 5
    case message = 6
    case other = 0xFFFF_FFFF
}

/// SIP-Forking-Indication (523), TS 29.214 §5.3.22.
package enum SIPForkingIndication: UInt32, Sendable, CaseIterable, AVPValue {
    case singleDialogue = 0
    case severalDialogues = 1
}

/// Service-Info-Status (527), TS 29.214 §5.3.25: absent means final.
package enum ServiceInfoStatus: UInt32, Sendable, CaseIterable, AVPValue {
    case final = 0
    case preliminary = 1
}

/// AF-Signalling-Protocol (529), TS 29.214 §5.3.26.
package enum AFSignallingProtocol: UInt32, Sendable, CaseIterable, AVPValue {
    case noInformation = 0
    case sip = 1
}

/// Rx-Request-Type (533), TS 29.214 §5.3.31.
package enum RxRequestType: UInt32, Sendable, CaseIterable, AVPValue {
    case initial = 0
    case update = 1
    case pcscfRestoration = 2
}

/// Required-Access-Info (536), TS 29.214 §5.3.34.
package enum RequiredAccessInfo: UInt32, Sendable, CaseIterable, AVPValue {
    case userLocation = 0
    case timeZone = 1
}

/// Subscription-Id-Type (450), RFC 8506 §8.47.
package enum SubscriptionIDType: UInt32, Sendable, CaseIterable, AVPValue {
    case endUserE164 = 0
    case endUserIMSI = 1
    case endUserSIPURI = 2
    case endUserNAI = 3
    case endUserPrivate = 4
}
