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
