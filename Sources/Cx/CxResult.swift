import Diameter

/// How a Cx request ended: one Result-Code, or one Experimental-Result of 3GPP; TS 29.229 §6.2.
///
/// The same number means different things in the two, so they are different types: base 5004 is INVALID_AVP_VALUE,
/// experimental 5004 is ROAMING_NOT_ALLOWED.
package enum CxResult: Hashable, Sendable {
    case base(ResultCode)
    case experimental(CxExperimentalResult)

    /// In the 2000s: the request was served.
    package var isSuccess: Bool {
        switch self {
        case .base(let code): code.rawValue / 1000 == 2
        case .experimental(let code): code.rawValue / 1000 == 2
        }
    }
}

/// Experimental-Result-Code of vendor 10415, TS 29.229 §6.2.
package struct CxExperimentalResult: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let firstRegistration = CxExperimentalResult(rawValue: 2001)
    package static let subsequentRegistration = CxExperimentalResult(rawValue: 2002)
    package static let unregisteredService = CxExperimentalResult(rawValue: 2003)
    package static let successServerNameNotStored = CxExperimentalResult(rawValue: 2004)

    package static let userUnknown = CxExperimentalResult(rawValue: 5001)
    package static let identitiesDontMatch = CxExperimentalResult(rawValue: 5002)
    package static let identityNotRegistered = CxExperimentalResult(rawValue: 5003)
    package static let roamingNotAllowed = CxExperimentalResult(rawValue: 5004)
    package static let identityAlreadyRegistered = CxExperimentalResult(rawValue: 5005)
    package static let authSchemeNotSupported = CxExperimentalResult(rawValue: 5006)
    package static let inAssignmentType = CxExperimentalResult(rawValue: 5007)
    package static let tooMuchData = CxExperimentalResult(rawValue: 5008)
    package static let notSupportedUserData = CxExperimentalResult(rawValue: 5009)
    package static let featureUnsupported = CxExperimentalResult(rawValue: 5011)
    package static let servingNodeFeatureUnsupported = CxExperimentalResult(rawValue: 5012)

    // Of Sh, TS 29.329 §6.2: one vendor, one space of numbers.
    package static let userDataNotAvailable = CxExperimentalResult(rawValue: 4100)
    package static let priorUpdateInProgress = CxExperimentalResult(rawValue: 4101)
    package static let userDataNotRecognized = CxExperimentalResult(rawValue: 5100)
    package static let operationNotAllowed = CxExperimentalResult(rawValue: 5101)
    package static let userDataCannotBeRead = CxExperimentalResult(rawValue: 5102)
    package static let userDataCannotBeModified = CxExperimentalResult(rawValue: 5103)
    package static let userDataCannotBeNotified = CxExperimentalResult(rawValue: 5104)
    package static let transparentDataOutOfSync = CxExperimentalResult(rawValue: 5105)
    package static let subscriptionDataAbsent = CxExperimentalResult(rawValue: 5106)
    package static let noSubscriptionToData = CxExperimentalResult(rawValue: 5107)
    package static let serviceActivationInformationNotAvailable = CxExperimentalResult(rawValue: 5108)

    // Of Rx, TS 29.214 §5.5.
    package static let requestedServiceTemporarilyNotAuthorized = CxExperimentalResult(rawValue: 4261)
    package static let invalidServiceInformation = CxExperimentalResult(rawValue: 5061)
    package static let filterRestrictions = CxExperimentalResult(rawValue: 5062)
    package static let requestedServiceNotAuthorized = CxExperimentalResult(rawValue: 5063)
    package static let duplicatedAFSession = CxExperimentalResult(rawValue: 5064)
    package static let ipCANSessionNotAvailable = CxExperimentalResult(rawValue: 5065)
    package static let unauthorizedNonEmergencySession = CxExperimentalResult(rawValue: 5066)
    package static let temporaryNetworkFailure = CxExperimentalResult(rawValue: 5068)

    /// The name in the specification, without `DIAMETER_`; nil for a code that it does not know.
    package var name: String? {
        switch rawValue {
        case 2001: "FIRST_REGISTRATION"
        case 2002: "SUBSEQUENT_REGISTRATION"
        case 2003: "UNREGISTERED_SERVICE"
        case 2004: "SUCCESS_SERVER_NAME_NOT_STORED"
        case 5001: "ERROR_USER_UNKNOWN"
        case 5002: "ERROR_IDENTITIES_DONT_MATCH"
        case 5003: "ERROR_IDENTITY_NOT_REGISTERED"
        case 5004: "ERROR_ROAMING_NOT_ALLOWED"
        case 5005: "ERROR_IDENTITY_ALREADY_REGISTERED"
        case 5006: "ERROR_AUTH_SCHEME_NOT_SUPPORTED"
        case 5007: "ERROR_IN_ASSIGNMENT_TYPE"
        case 5008: "ERROR_TOO_MUCH_DATA"
        case 5009: "ERROR_NOT_SUPPORTED_USER_DATA"
        case 5011: "ERROR_FEATURE_UNSUPPORTED"
        case 5012: "ERROR_SERVING_NODE_FEATURE_UNSUPPORTED"
        case 4100: "USER_DATA_NOT_AVAILABLE"
        case 4101: "PRIOR_UPDATE_IN_PROGRESS"
        case 5100: "ERROR_USER_DATA_NOT_RECOGNIZED"
        case 5101: "ERROR_OPERATION_NOT_ALLOWED"
        case 5102: "ERROR_USER_DATA_CANNOT_BE_READ"
        case 5103: "ERROR_USER_DATA_CANNOT_BE_MODIFIED"
        case 5104: "ERROR_USER_DATA_CANNOT_BE_NOTIFIED"
        case 5105: "ERROR_TRANSPARENT_DATA_OUT_OF_SYNC"
        case 5106: "ERROR_SUBS_DATA_ABSENT"
        case 5107: "ERROR_NO_SUBSCRIPTION_TO_DATA"
        case 5108: "ERROR_DSAI_NOT_AVAILABLE"
        case 4261: "REQUESTED_SERVICE_TEMPORARILY_NOT_AUTHORIZED"
        case 5061: "INVALID_SERVICE_INFORMATION"
        case 5062: "FILTER_RESTRICTIONS"
        case 5063: "REQUESTED_SERVICE_NOT_AUTHORIZED"
        case 5064: "DUPLICATED_AF_SESSION"
        case 5065: "IP-CAN_SESSION_NOT_AVAILABLE"
        case 5066: "UNAUTHORIZED_NON_EMERGENCY_SESSION"
        case 5068: "TEMPORARY_NETWORK_FAILURE"
        default: nil
        }
    }
}

extension CxResult {
    package static let success = CxResult.base(.success)
    package static let firstRegistration = CxResult.experimental(.firstRegistration)
    package static let subsequentRegistration = CxResult.experimental(.subsequentRegistration)
    package static let unregisteredService = CxResult.experimental(.unregisteredService)
    package static let successServerNameNotStored = CxResult.experimental(.successServerNameNotStored)
    package static let userUnknown = CxResult.experimental(.userUnknown)
    package static let identitiesDontMatch = CxResult.experimental(.identitiesDontMatch)
    package static let identityNotRegistered = CxResult.experimental(.identityNotRegistered)
    package static let roamingNotAllowed = CxResult.experimental(.roamingNotAllowed)
    package static let identityAlreadyRegistered = CxResult.experimental(.identityAlreadyRegistered)
    package static let authSchemeNotSupported = CxResult.experimental(.authSchemeNotSupported)
    package static let inAssignmentType = CxResult.experimental(.inAssignmentType)
    package static let tooMuchData = CxResult.experimental(.tooMuchData)
    package static let notSupportedUserData = CxResult.experimental(.notSupportedUserData)
    package static let featureUnsupported = CxResult.experimental(.featureUnsupported)
    package static let servingNodeFeatureUnsupported = CxResult.experimental(.servingNodeFeatureUnsupported)
}

extension CxResult: CustomStringConvertible {
    package var description: String {
        switch self {
        case .base(let code): code.description
        case .experimental(let code): code.description
        }
    }
}

extension CxExperimentalResult: CustomStringConvertible {
    package var description: String { name.map { "\(rawValue) \($0)" } ?? "experimental \(rawValue)" }
}
