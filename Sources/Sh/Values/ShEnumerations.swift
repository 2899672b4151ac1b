import Diameter
import Octets

// Enumerations are closed: what is not in the list is 5004 INVALID_AVP_VALUE. Flags keep bits that we do not know.

/// Data-Reference (703), TS 29.329 §6.3.4: which data of the user is meant, by the table of TS 29.328 §7.6.
package enum DataReference: UInt32, Sendable, CaseIterable, AVPValue {
    case repositoryData = 0
    case imsPublicIdentity = 10
    case imsUserState = 11
    case servingCSCFName = 12
    case initialFilterCriteria = 13
    case locationInformation = 14
    case userState = 15
    case chargingInformation = 16
    case msisdn = 17
    case psiActivation = 18
    case serviceActivationInformation = 19
    case serviceLevelTraceInfo = 21
    case ipAddressSecureBindingInformation = 22
    case servicePriorityLevel = 23
    case smsRegistrationInfo = 24
    case ueReachabilityForIP = 25
    case tadsInformation = 26
    case sessionTransferNumber = 27
    case ueSRVCCCapability = 28
    case extendedPriority = 29
    case csRoutingNumber = 30
    case referenceLocationInformation = 31
    case imsi = 32
    case imsPrivateUserIdentity = 33
    case imeisv = 34
    case ue5GSRVCCCapability = 35
}

/// Subs-Req-Type (705), TS 29.329 §6.3.6.
package enum SubscriptionRequestType: UInt32, Sendable, CaseIterable, AVPValue {
    case subscribe = 0
    case unsubscribe = 1
}

/// Requested-Domain (706), TS 29.329 §6.3.7.
package enum RequestedDomain: UInt32, Sendable, CaseIterable, AVPValue {
    case circuitSwitched = 0
    case packetSwitched = 1
}

/// Current-Location (707), TS 29.329 §6.3.8: whether the network is to look for the phone now.
package enum CurrentLocation: UInt32, Sendable, CaseIterable, AVPValue {
    case doNotNeedInitiateActiveLocationRetrieval = 0
    case initiateActiveLocationRetrieval = 1
}

/// Identity-Set (708), TS 29.329 §6.3.10: which public identities are wanted.
package enum IdentitySet: UInt32, Sendable, CaseIterable, AVPValue {
    case all = 0
    case registered = 1
    case implicit = 2
    case alias = 3
}

/// Send-Data-Indication (710), TS 29.329 §6.3.17: whether the answer to a subscription is to bring the data.
package enum SendDataIndication: UInt32, Sendable, CaseIterable, AVPValue {
    case userDataNotRequested = 0
    case userDataRequested = 1
}

/// One-Time-Notification (712), TS 29.329 §6.3.22.
package enum OneTimeNotification: UInt32, Sendable, CaseIterable, AVPValue {
    case requested = 0
}

/// Serving-Node-Indication (714), TS 29.329 §6.3.23.
package enum ServingNodeIndication: UInt32, Sendable, CaseIterable, AVPValue {
    case onlyServingNodesRequired = 0
}

/// Pre-paging-Supported (717), TS 29.329 §6.3.26.
package enum PrePagingSupported: UInt32, Sendable, CaseIterable, AVPValue {
    case notSupported = 0
    case supported = 1
}

/// Local-Time-Zone-Indication (718), TS 29.329 §6.3.27.
package enum LocalTimeZoneIndication: UInt32, Sendable, CaseIterable, AVPValue {
    case onlyLocalTimeZoneRequested = 0
    case withLocationInformation = 1
}

/// Requested-Nodes (713), TS 29.329 §6.3.18: where the HSS is to ask for state or location.
package struct RequestedNodes: OptionSet, Hashable, Sendable, AVPValue {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let mme = RequestedNodes(rawValue: 1 << 0)
    package static let sgsn = RequestedNodes(rawValue: 1 << 1)
    package static let trustedAccess = RequestedNodes(rawValue: 1 << 2)
    package static let amf = RequestedNodes(rawValue: 1 << 3)
}

/// UDR-Flags (719), TS 29.329 §6.3.28.
package struct UserDataRequestFlags: OptionSet, Hashable, Sendable, AVPValue {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let locationInformationEPSSupported = UserDataRequestFlags(rawValue: 1 << 0)
    package static let ratTypeRequested = UserDataRequestFlags(rawValue: 1 << 1)
}
