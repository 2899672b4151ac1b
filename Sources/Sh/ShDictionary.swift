import Cx
import Diameter
import Octets

/// Numbers of the Sh interface between application servers and the HSS, TS 29.329 §5 and §6.
///
/// The AVPs that Sh has from Cx (Public-Identity, Server-Name, Supported-Features …) keep their keys there.
package enum ShDictionary {
    package static let application = ApplicationID(rawValue: 16_777_217)
    /// What every command carries, and CER/CEA advertise.
    package static let applicationAdvertised = VendorSpecificApplicationID(
        vendor: CxDictionary.vendor3GPP, auth: application)

    /// Whether the AVP is known here: one with the M bit that is not fails a request.
    package static func knows(_ name: AVPName) -> Bool {
        switch (name.vendor, name.code) {
        case (CxDictionary.vendor3GPP, 700...722): true
        // External-Identifier of TS 29.336 §6.4.11, in User-Identity.
        case (CxDictionary.vendor3GPP, 3111): true
        default: CxDictionary.knows(name)
        }
    }
}

/// The commands of Sh, TS 29.329 §6.1.
extension CommandCode {
    package static let userData = CommandCode(rawValue: 306)
    package static let profileUpdate = CommandCode(rawValue: 307)
    package static let subscribeNotifications = CommandCode(rawValue: 308)
    package static let pushNotification = CommandCode(rawValue: 309)
}

// The AVPs in the order of their codes, TS 29.329 §6.3.

extension AVPKey where Value == UserIdentity {
    package static var userIdentity: AVPKey { AVPKey(700, vendor: 10415) }
}

extension AVPKey where Value == SubscriberNumber {
    package static var msisdn: AVPKey { AVPKey(701, vendor: 10415) }
}

extension AVPKey where Value == OctetSlice {
    package static var shUserData: AVPKey { AVPKey(702, vendor: 10415) }
}

extension AVPKey where Value == DataReference {
    package static var dataReference: AVPKey { AVPKey(703, vendor: 10415) }
}

extension AVPKey where Value == OctetSlice {
    package static var serviceIndication: AVPKey { AVPKey(704, vendor: 10415) }
}

extension AVPKey where Value == SubscriptionRequestType {
    package static var subscriptionRequestType: AVPKey { AVPKey(705, vendor: 10415) }
}

extension AVPKey where Value == RequestedDomain {
    package static var requestedDomain: AVPKey { AVPKey(706, vendor: 10415) }
}

extension AVPKey where Value == CurrentLocation {
    package static var currentLocation: AVPKey { AVPKey(707, vendor: 10415) }
}

extension AVPKey where Value == IdentitySet {
    package static var identitySet: AVPKey { AVPKey(708, vendor: 10415) }
}

extension AVPKey where Value == DiameterTime {
    package static var expiryTime: AVPKey { AVPKey(709, vendor: 10415) }
}

extension AVPKey where Value == SendDataIndication {
    package static var sendDataIndication: AVPKey { AVPKey(710, vendor: 10415) }
}

extension AVPKey where Value == OctetSlice {
    package static var serviceActivationTag: AVPKey { AVPKey(711, vendor: 10415) }
}

extension AVPKey where Value == OneTimeNotification {
    package static var oneTimeNotification: AVPKey { AVPKey(712, vendor: 10415) }
}

extension AVPKey where Value == RequestedNodes {
    package static var requestedNodes: AVPKey { AVPKey(713, vendor: 10415) }
}

extension AVPKey where Value == ServingNodeIndication {
    package static var servingNodeIndication: AVPKey { AVPKey(714, vendor: 10415) }
}

extension AVPKey where Value == RepositoryDataID {
    package static var repositoryDataID: AVPKey { AVPKey(715, vendor: 10415) }
}

extension AVPKey where Value == UInt32 {
    package static var sequenceNumber: AVPKey { AVPKey(716, vendor: 10415) }
}

extension AVPKey where Value == PrePagingSupported {
    package static var prePagingSupported: AVPKey { AVPKey(717, vendor: 10415, mandatory: false) }
}

extension AVPKey where Value == LocalTimeZoneIndication {
    package static var localTimeZoneIndication: AVPKey { AVPKey(718, vendor: 10415, mandatory: false) }
}

extension AVPKey where Value == UserDataRequestFlags {
    package static var udrFlags: AVPKey { AVPKey(719, vendor: 10415, mandatory: false) }
}

extension AVPKey where Value == CallReference {
    package static var callReferenceInfo: AVPKey { AVPKey(720, vendor: 10415, mandatory: false) }
}

extension AVPKey where Value == OctetSlice {
    package static var callReferenceNumber: AVPKey { AVPKey(721, vendor: 10415, mandatory: false) }
    package static var asNumber: AVPKey { AVPKey(722, vendor: 10415, mandatory: false) }
}

extension AVPKey where Value == String {
    package static var externalIdentifier: AVPKey { AVPKey(3111, vendor: 10415, mandatory: false) }
}
