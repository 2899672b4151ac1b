import Diameter
import Octets

/// Numbers of the Cx and Dx interfaces, TS 29.229 §5 and §6.
package enum CxDictionary {
    package static let vendor3GPP: UInt32 = 10415
    package static let application = ApplicationID(rawValue: 16_777_216)
    /// What every command carries, and CER/CEA advertise.
    package static let applicationAdvertised = VendorSpecificApplicationID(vendor: vendor3GPP, auth: application)

    /// Whether the AVP is of the base protocol or of Cx: one with the M bit that is neither fails a request.
    package static func knows(_ name: AVPName) -> Bool {
        switch (name.vendor, name.code) {
        case (vendor3GPP, 600...626), (vendor3GPP, 628...655), (vendor3GPP, 659): true
        // RFC 6733 §4.5.
        case (0, 1), (0, 25), (0, 27), (0, 33), (0, 44), (0, 50), (0, 55), (0, 85), (0, 257...299), (0, 480...485): true
        // RFC 7944 DRMP, RFC 7683 OC-Supported-Features and its members.
        case (0, 301), (0, 621...625): true
        default: false
        }
    }
}

/// The commands of Cx, TS 29.229 §6.1.
extension CommandCode {
    package static let userAuthorization = CommandCode(rawValue: 300)
    package static let serverAssignment = CommandCode(rawValue: 301)
    package static let locationInfo = CommandCode(rawValue: 302)
    package static let multimediaAuth = CommandCode(rawValue: 303)
    package static let registrationTermination = CommandCode(rawValue: 304)
    package static let pushProfile = CommandCode(rawValue: 305)
}

// The AVPs in the order of their codes. V is set in all but the IETF's; M by the table of TS 29.229 §6.3.

extension AVPKey where Value == OctetSlice {
    package static var visitedNetworkIdentifier: AVPKey { AVPKey(600, vendor: 10415) }
}

extension AVPKey where Value == String {
    package static var publicIdentity: AVPKey { AVPKey(601, vendor: 10415) }
    package static var serverName: AVPKey { AVPKey(602, vendor: 10415) }
}

extension AVPKey where Value == ServerCapabilities {
    package static var serverCapabilities: AVPKey { AVPKey(603, vendor: 10415) }
}

extension AVPKey where Value == UInt32 {
    package static var mandatoryCapability: AVPKey { AVPKey(604, vendor: 10415) }
    package static var optionalCapability: AVPKey { AVPKey(605, vendor: 10415) }
}

extension AVPKey where Value == OctetSlice {
    package static var userData: AVPKey { AVPKey(606, vendor: 10415) }
}

extension AVPKey where Value == UInt32 {
    package static var sipNumberAuthItems: AVPKey { AVPKey(607, vendor: 10415) }
}

extension AVPKey where Value == AuthenticationScheme {
    package static var sipAuthenticationScheme: AVPKey { AVPKey(608, vendor: 10415) }
}

extension AVPKey where Value == OctetSlice {
    package static var sipAuthenticate: AVPKey { AVPKey(609, vendor: 10415) }
    package static var sipAuthorization: AVPKey { AVPKey(610, vendor: 10415) }
    package static var sipAuthenticationContext: AVPKey { AVPKey(611, vendor: 10415) }
}

extension AVPKey where Value == AuthenticationItem {
    package static var sipAuthDataItem: AVPKey { AVPKey(612, vendor: 10415) }
}

extension AVPKey where Value == UInt32 {
    package static var sipItemNumber: AVPKey { AVPKey(613, vendor: 10415) }
}

extension AVPKey where Value == ServerAssignmentType {
    package static var serverAssignmentType: AVPKey { AVPKey(614, vendor: 10415) }
}

extension AVPKey where Value == DeregistrationReason {
    package static var deregistrationReason: AVPKey { AVPKey(615, vendor: 10415) }
}

extension AVPKey where Value == DeregistrationReasonCode {
    package static var reasonCode: AVPKey { AVPKey(616, vendor: 10415) }
}

extension AVPKey where Value == String {
    package static var reasonInfo: AVPKey { AVPKey(617, vendor: 10415) }
}

extension AVPKey where Value == ChargingInformation {
    package static var chargingInformation: AVPKey { AVPKey(618, vendor: 10415) }
}

extension AVPKey where Value == String {
    package static var primaryEventChargingFunctionName: AVPKey { AVPKey(619, vendor: 10415) }
    package static var secondaryEventChargingFunctionName: AVPKey { AVPKey(620, vendor: 10415) }
    package static var primaryChargingCollectionFunctionName: AVPKey { AVPKey(621, vendor: 10415) }
    package static var secondaryChargingCollectionFunctionName: AVPKey { AVPKey(622, vendor: 10415) }
}

extension AVPKey where Value == UserAuthorizationType {
    package static var userAuthorizationType: AVPKey { AVPKey(623, vendor: 10415) }
}

extension AVPKey where Value == UserDataAlreadyAvailable {
    package static var userDataAlreadyAvailable: AVPKey { AVPKey(624, vendor: 10415) }
}

extension AVPKey where Value == OctetSlice {
    package static var confidentialityKey: AVPKey { AVPKey(625, vendor: 10415) }
    package static var integrityKey: AVPKey { AVPKey(626, vendor: 10415) }
}

extension AVPKey where Value == SupportedFeatures {
    package static var supportedFeatures: AVPKey { AVPKey(628, vendor: 10415, mandatory: false) }
}

extension AVPKey where Value == UInt32 {
    package static var featureListID: AVPKey { AVPKey(629, vendor: 10415, mandatory: false) }
}

extension AVPKey where Value == CxFeatures {
    package static var featureList: AVPKey { AVPKey(630, vendor: 10415, mandatory: false) }
}

extension AVPKey where Value == AVPGroup {
    package static var supportedApplications: AVPKey { AVPKey(631, vendor: 10415, mandatory: false) }
}

extension AVPKey where Value == AssociatedIdentities {
    package static var associatedIdentities: AVPKey { AVPKey(632, vendor: 10415, mandatory: false) }
}

extension AVPKey where Value == OriginatingRequest {
    package static var originatingRequest: AVPKey { AVPKey(633, vendor: 10415) }
}

extension AVPKey where Value == String {
    package static var wildcardedPublicIdentity: AVPKey { AVPKey(634, vendor: 10415, mandatory: false) }
}

extension AVPKey where Value == DigestCredential {
    package static var sipDigestAuthenticate: AVPKey { AVPKey(635, vendor: 10415, mandatory: false) }
}

extension AVPKey where Value == String {
    package static var wildcardedIMPU: AVPKey { AVPKey(636, vendor: 10415, mandatory: false) }
}

extension AVPKey where Value == UserAuthorizationFlags {
    package static var uarFlags: AVPKey { AVPKey(637, vendor: 10415, mandatory: false) }
}

extension AVPKey where Value == LooseRouteIndication {
    package static var looseRouteIndication: AVPKey { AVPKey(638, vendor: 10415, mandatory: false) }
}

extension AVPKey where Value == ServingCSCFRestoration {
    package static var scscfRestorationInfo: AVPKey { AVPKey(639, vendor: 10415, mandatory: false) }
}

extension AVPKey where Value == OctetSlice {
    package static var path: AVPKey { AVPKey(640, vendor: 10415, mandatory: false) }
    package static var contact: AVPKey { AVPKey(641, vendor: 10415, mandatory: false) }
}

extension AVPKey where Value == SubscriptionInformation {
    package static var subscriptionInfo: AVPKey { AVPKey(642, vendor: 10415, mandatory: false) }
}

extension AVPKey where Value == OctetSlice {
    package static var callIDSIPHeader: AVPKey { AVPKey(643, vendor: 10415, mandatory: false) }
    package static var fromSIPHeader: AVPKey { AVPKey(644, vendor: 10415, mandatory: false) }
    package static var toSIPHeader: AVPKey { AVPKey(645, vendor: 10415, mandatory: false) }
    package static var recordRoute: AVPKey { AVPKey(646, vendor: 10415, mandatory: false) }
}

extension AVPKey where Value == AssociatedIdentities {
    package static var associatedRegisteredIdentities: AVPKey { AVPKey(647, vendor: 10415, mandatory: false) }
}

extension AVPKey where Value == MultipleRegistrationIndication {
    package static var multipleRegistrationIndication: AVPKey { AVPKey(648, vendor: 10415, mandatory: false) }
}

extension AVPKey where Value == RestorationInformation {
    package static var restorationInfo: AVPKey { AVPKey(649, vendor: 10415, mandatory: false) }
}

extension AVPKey where Value == SessionPriority {
    package static var sessionPriority: AVPKey { AVPKey(650, vendor: 10415, mandatory: false) }
}

extension AVPKey where Value == EmergencyIdentity {
    package static var identityWithEmergencyRegistration: AVPKey { AVPKey(651, vendor: 10415, mandatory: false) }
}

extension AVPKey where Value == PriviledgedSenderIndication {
    package static var priviledgedSenderIndication: AVPKey { AVPKey(652, vendor: 10415, mandatory: false) }
}

extension AVPKey where Value == LocationInfoFlags {
    package static var liaFlags: AVPKey { AVPKey(653, vendor: 10415, mandatory: false) }
}

extension AVPKey where Value == UInt32 {
    package static var initialCSeqSequenceNumber: AVPKey { AVPKey(654, vendor: 10415, mandatory: false) }
}

extension AVPKey where Value == ServerAssignmentFlags {
    package static var sarFlags: AVPKey { AVPKey(655, vendor: 10415, mandatory: false) }
}

extension AVPKey where Value == RegistrationTerminationFlags {
    package static var rtrFlags: AVPKey { AVPKey(659, vendor: 10415, mandatory: false) }
}

/// Framed-IP-Address and Framed-IPv6-Prefix inside SIP-Auth-Data-Item, RFC 7155 §4.4.10.5: no vendor.
extension AVPKey where Value == OctetSlice {
    static var bearerIPAddress: AVPKey { AVPKey(8) }
    static var bearerIPv6Prefix: AVPKey { AVPKey(97) }
}

/// AVPs of the IETF inside SIP-Digest-Authenticate, RFC 4590 §9: no vendor.
extension AVPKey where Value == String {
    package static var digestRealm: AVPKey { AVPKey(104) }
    package static var digestQoP: AVPKey { AVPKey(110) }
    package static var digestAlgorithm: AVPKey { AVPKey(111) }
    package static var digestHA1: AVPKey { AVPKey(121) }
}

/// Overload control, RFC 7683 §7.1 and §7.2: no vendor, no M bit.
extension AVPKey where Value == OverloadControlFeatures {
    package static var ocSupportedFeatures: AVPKey { AVPKey(621, mandatory: false) }
}

extension AVPKey where Value == UInt64 {
    package static var ocFeatureVector: AVPKey { AVPKey(622, mandatory: false) }
}
