import Octets

/// The value of Result-Code, RFC 6733 §7.1. Not to be mixed up with `ExperimentalResultCode`.
package struct ResultCode: RawRepresentable, Hashable, Sendable, AVPValue {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let multiRoundAuth = ResultCode(rawValue: 1001)
    package static let success = ResultCode(rawValue: 2001)
    package static let limitedSuccess = ResultCode(rawValue: 2002)
    package static let commandUnsupported = ResultCode(rawValue: 3001)
    package static let unableToDeliver = ResultCode(rawValue: 3002)
    package static let realmNotServed = ResultCode(rawValue: 3003)
    package static let tooBusy = ResultCode(rawValue: 3004)
    package static let loopDetected = ResultCode(rawValue: 3005)
    package static let redirectIndication = ResultCode(rawValue: 3006)
    package static let applicationUnsupported = ResultCode(rawValue: 3007)
    package static let invalidHeaderBits = ResultCode(rawValue: 3008)
    package static let invalidAVPBits = ResultCode(rawValue: 3009)
    package static let unknownPeer = ResultCode(rawValue: 3010)
    package static let authenticationRejected = ResultCode(rawValue: 4001)
    package static let outOfSpace = ResultCode(rawValue: 4002)
    package static let electionLost = ResultCode(rawValue: 4003)
    package static let avpUnsupported = ResultCode(rawValue: 5001)
    package static let unknownSessionID = ResultCode(rawValue: 5002)
    package static let authorizationRejected = ResultCode(rawValue: 5003)
    package static let invalidAVPValue = ResultCode(rawValue: 5004)
    package static let missingAVP = ResultCode(rawValue: 5005)
    package static let resourcesExceeded = ResultCode(rawValue: 5006)
    package static let contradictingAVPs = ResultCode(rawValue: 5007)
    package static let avpNotAllowed = ResultCode(rawValue: 5008)
    package static let avpOccursTooManyTimes = ResultCode(rawValue: 5009)
    package static let noCommonApplication = ResultCode(rawValue: 5010)
    package static let unsupportedVersion = ResultCode(rawValue: 5011)
    package static let unableToComply = ResultCode(rawValue: 5012)
    package static let invalidBitInHeader = ResultCode(rawValue: 5013)
    package static let invalidAVPLength = ResultCode(rawValue: 5014)
    package static let invalidMessageLength = ResultCode(rawValue: 5015)
    package static let invalidAVPBitCombination = ResultCode(rawValue: 5016)
    package static let noCommonSecurity = ResultCode(rawValue: 5017)

    package var isSuccess: Bool { rawValue / 1000 == 2 }
    /// §7.1.3: 3xxx stand only in answers with the E bit.
    package var isProtocolError: Bool { rawValue / 1000 == 3 }
}

extension ResultCode: CustomStringConvertible {
    package var description: String {
        let name: String? =
            switch rawValue {
            case 1001: "MULTI_ROUND_AUTH"
            case 2001: "SUCCESS"
            case 2002: "LIMITED_SUCCESS"
            case 3001: "COMMAND_UNSUPPORTED"
            case 3002: "UNABLE_TO_DELIVER"
            case 3003: "REALM_NOT_SERVED"
            case 3004: "TOO_BUSY"
            case 3005: "LOOP_DETECTED"
            case 3006: "REDIRECT_INDICATION"
            case 3007: "APPLICATION_UNSUPPORTED"
            case 3008: "INVALID_HDR_BITS"
            case 3009: "INVALID_AVP_BITS"
            case 3010: "UNKNOWN_PEER"
            case 4001: "AUTHENTICATION_REJECTED"
            case 4002: "OUT_OF_SPACE"
            case 4003: "ELECTION_LOST"
            case 5001: "AVP_UNSUPPORTED"
            case 5002: "UNKNOWN_SESSION_ID"
            case 5003: "AUTHORIZATION_REJECTED"
            case 5004: "INVALID_AVP_VALUE"
            case 5005: "MISSING_AVP"
            case 5006: "RESOURCES_EXCEEDED"
            case 5007: "CONTRADICTING_AVPS"
            case 5008: "AVP_NOT_ALLOWED"
            case 5009: "AVP_OCCURS_TOO_MANY_TIMES"
            case 5010: "NO_COMMON_APPLICATION"
            case 5011: "UNSUPPORTED_VERSION"
            case 5012: "UNABLE_TO_COMPLY"
            case 5013: "INVALID_BIT_IN_HEADER"
            case 5014: "INVALID_AVP_LENGTH"
            case 5015: "INVALID_MESSAGE_LENGTH"
            case 5016: "INVALID_AVP_BIT_COMBO"
            case 5017: "NO_COMMON_SECURITY"
            default: nil
            }
        return name.map { "\(rawValue) \($0)" } ?? "\(rawValue)"
    }
}

/// The value of Experimental-Result, RFC 6733 §7.6: a number that means something only with its vendor.
package struct ExperimentalResultCode: Hashable, Sendable {
    package let vendor: UInt32
    package let code: UInt32

    package init(vendor: UInt32, code: UInt32) {
        self.vendor = vendor
        self.code = code
    }

    package var isSuccess: Bool { code / 1000 == 2 }
}

/// Experimental-Result ::= < AVP Header: 297 > { Vendor-Id } { Experimental-Result-Code }
extension ExperimentalResultCode: AVPValue {
    package static func decode(_ avp: AVP) throws(AVPValueFailure) -> ExperimentalResultCode {
        let group = try AVPGroup.decode(avp)
        do {
            return ExperimentalResultCode(
                vendor: try group.required(.vendorID), code: try group.required(.experimentalResultCode))
        } catch {
            throw .inside(error)
        }
    }

    package func write(to writer: inout AVPWriter) {
        writer.append(.vendorID, vendor)
        writer.append(.experimentalResultCode, code)
    }
}

extension ExperimentalResultCode: CustomStringConvertible {
    package var description: String { "experimental \(code) of vendor \(vendor)" }
}

/// How a request ended: an answer carries one of the two, never both.
package enum DiameterResult: Hashable, Sendable, CustomStringConvertible {
    case base(ResultCode)
    case experimental(ExperimentalResultCode)

    package var isSuccess: Bool {
        switch self {
        case .base(let code): code.isSuccess
        case .experimental(let code): code.isSuccess
        }
    }

    package var description: String {
        switch self {
        case .base(let code): code.description
        case .experimental(let code): code.description
        }
    }
}
