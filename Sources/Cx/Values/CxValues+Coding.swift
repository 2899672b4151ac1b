import Diameter
import Octets

// Enumerations are closed: what is not in the list is 5004 INVALID_AVP_VALUE. Flags keep bits that we do not know.

extension UserAuthorizationType: AVPValue {}
extension ServerAssignmentType: AVPValue {}
extension UserDataAlreadyAvailable: AVPValue {}
extension DeregistrationReasonCode: AVPValue {}
extension OriginatingRequest: AVPValue {}
extension LooseRouteIndication: AVPValue {}
extension MultipleRegistrationIndication: AVPValue {}
extension SessionPriority: AVPValue {}
extension PriviledgedSenderIndication: AVPValue {}
extension CxFeatures: AVPValue {}
extension UserAuthorizationFlags: AVPValue {}
extension LocationInfoFlags: AVPValue {}
extension ServerAssignmentFlags: AVPValue {}
extension RegistrationTerminationFlags: AVPValue {}

extension OptionSet where RawValue == UInt32 {
    /// nil when no bit is set: the AVP is then left out.
    var ifAny: Self? { isEmpty ? nil : self }
}

extension AuthenticationScheme: AVPValue {
    package static func decode(_ avp: AVP) throws(AVPValueFailure) -> AuthenticationScheme {
        let text = try String.decode(avp)
        guard !text.isEmpty else { throw .value }
        return AuthenticationScheme(avp.data)
    }

    package func write(to writer: inout AVPWriter) { writer.write(text) }
}

extension SupportedFeatures: GroupedAVP {
    package init(_ group: AVPGroup) throws(CxDecodeFailure) {
        vendorID = try group.required(.vendorID)
        featureListID = try group.required(.featureListID)
        featureList = try group.required(.featureList)
    }

    package func write(to writer: inout AVPWriter) {
        writer.append(.vendorID, vendorID)
        writer.append(.featureListID, featureListID)
        writer.append(.featureList, featureList)
    }
}

extension ServerCapabilities: GroupedAVP {
    package init(_ group: AVPGroup) throws(CxDecodeFailure) {
        mandatory = try group.list(.mandatoryCapability)
        optional = try group.list(.optionalCapability)
        serverNames = try group.textList(.serverName)
    }

    package func write(to writer: inout AVPWriter) {
        writer.append(.mandatoryCapability, all: mandatory)
        writer.append(.optionalCapability, all: optional)
        writer.append(.serverName, all: serverNames)
    }
}

extension ChargingInformation: GroupedAVP {
    package init(_ group: AVPGroup) throws(CxDecodeFailure) {
        primaryEventChargingFunctionName = try group.optionalText(.primaryEventChargingFunctionName)
        secondaryEventChargingFunctionName = try group.optionalText(.secondaryEventChargingFunctionName)
        primaryChargingCollectionFunctionName = try group.optionalText(.primaryChargingCollectionFunctionName)
        secondaryChargingCollectionFunctionName = try group.optionalText(.secondaryChargingCollectionFunctionName)
    }

    package func write(to writer: inout AVPWriter) {
        writer.append(.primaryEventChargingFunctionName, primaryEventChargingFunctionName)
        writer.append(.secondaryEventChargingFunctionName, secondaryEventChargingFunctionName)
        writer.append(.primaryChargingCollectionFunctionName, primaryChargingCollectionFunctionName)
        writer.append(.secondaryChargingCollectionFunctionName, secondaryChargingCollectionFunctionName)
    }
}

extension DeregistrationReason: GroupedAVP {
    package init(_ group: AVPGroup) throws(CxDecodeFailure) {
        code = try group.required(.reasonCode)
        info = try group.optional(.reasonInfo)
    }

    package func write(to writer: inout AVPWriter) {
        writer.append(.reasonCode, code)
        writer.append(.reasonInfo, info)
    }
}

/// Associated-Identities (632) and Associated-Registered-Identities (647): private identities, TS 29.229 §6.3.33.
///
///     Associated-Identities ::= *[User-Name]
package struct AssociatedIdentities: Hashable, Sendable {
    package var userNames: [String]

    package init(_ userNames: [String]) { self.userNames = userNames }

    /// nil for none: the AVP is then left out.
    init?(ifAny userNames: [String]) {
        guard !userNames.isEmpty else { return nil }
        self.userNames = userNames
    }
}

extension AssociatedIdentities: GroupedAVP {
    package init(_ group: AVPGroup) throws(CxDecodeFailure) { userNames = try group.textList(.userName) }

    package func write(to writer: inout AVPWriter) { writer.append(.userName, all: userNames) }
}

/// OC-Supported-Features, RFC 7683 §7.1: which overload control the sender has.
///
///     OC-Supported-Features ::= [OC-Feature-Vector]
package struct OverloadControlFeatures: Hashable, Sendable {
    /// 1 is the default loss algorithm, also when the AVP is absent.
    package var vector: UInt64?

    package init(vector: UInt64? = nil) { self.vector = vector }
}

extension OverloadControlFeatures: GroupedAVP {
    package init(_ group: AVPGroup) throws(CxDecodeFailure) { vector = try group.optional(.ocFeatureVector) }

    package func write(to writer: inout AVPWriter) { writer.append(.ocFeatureVector, vector) }
}
