import Cx
import Diameter
import Octets

/// Numbers of the Rf interface between a CSCF and a Charging Data Function, TS 32.299 §6 and §7: base accounting of
/// RFC 6733 §9 with the AVPs of 3GPP. Codes as in the published AVP registries; TS 32.299 was not at hand.
package enum RfDictionary {
    /// RFC 6733 §2.4: Diameter base accounting.
    package static let application = ApplicationID(rawValue: 3)
    /// Service-Context-Id of charging in the IMS, TS 32.260.
    package static let serviceContext = "32260@3gpp.org"
}

/// RFC 6733 §9.7.
extension CommandCode {
    package static let accounting = CommandCode(rawValue: 271)
}

/// Accounting-Record-Type (480), RFC 6733 §9.8.1.
package enum AccountingRecordType: UInt32, Sendable, CaseIterable, AVPValue {
    case event = 1
    case start = 2
    case interim = 3
    case stop = 4
}

/// Role-Of-Node (829), TS 32.299 §7.2.
package enum RoleOfNode: UInt32, Sendable, CaseIterable, AVPValue {
    case originating = 0
    case terminating = 1
}

/// Node-Functionality (862), TS 32.299 §7.2.
package enum NodeFunctionality: UInt32, Sendable, CaseIterable, AVPValue {
    case scscf = 0
    case pcscf = 1
    case icscf = 2
}

// The AVPs in the order of their codes.

extension AVPKey where Value == String {
    package static var serviceContextID: AVPKey { AVPKey(461) }
}

extension AVPKey where Value == AccountingRecordType {
    package static var rfRecordType: AVPKey { AVPKey(480) }
}

extension AVPKey where Value == UInt32 {
    package static var rfRecordNumber: AVPKey { AVPKey(485) }
}

extension AVPKey where Value == AVPGroup {
    package static var eventType: AVPKey { AVPKey(823, vendor: 10415) }
}

extension AVPKey where Value == String {
    package static var sipMethod: AVPKey { AVPKey(824, vendor: 10415) }
    package static var event: AVPKey { AVPKey(825, vendor: 10415) }
}

extension AVPKey where Value == RoleOfNode {
    package static var roleOfNode: AVPKey { AVPKey(829, vendor: 10415) }
}

extension AVPKey where Value == String {
    package static var userSessionID: AVPKey { AVPKey(830, vendor: 10415) }
    package static var callingPartyAddress: AVPKey { AVPKey(831, vendor: 10415) }
    package static var calledPartyAddress: AVPKey { AVPKey(832, vendor: 10415) }
}

extension AVPKey where Value == AVPGroup {
    package static var timeStamps: AVPKey { AVPKey(833, vendor: 10415) }
}

extension AVPKey where Value == DiameterTime {
    package static var sipRequestTimestamp: AVPKey { AVPKey(834, vendor: 10415) }
    package static var sipResponseTimestamp: AVPKey { AVPKey(835, vendor: 10415) }
}

extension AVPKey where Value == AVPGroup {
    package static var interOperatorIdentifier: AVPKey { AVPKey(838, vendor: 10415) }
}

extension AVPKey where Value == String {
    package static var originatingIOI: AVPKey { AVPKey(839, vendor: 10415) }
    package static var terminatingIOI: AVPKey { AVPKey(840, vendor: 10415) }
    package static var imsChargingIdentifier: AVPKey { AVPKey(841, vendor: 10415) }
}

extension AVPKey where Value == AVPGroup {
    package static var sdpMediaComponent: AVPKey { AVPKey(843, vendor: 10415) }
}

extension AVPKey where Value == String {
    package static var sdpMediaName: AVPKey { AVPKey(844, vendor: 10415) }
}

extension AVPKey where Value == Int32 {
    package static var causeCode: AVPKey { AVPKey(861, vendor: 10415) }
}

extension AVPKey where Value == NodeFunctionality {
    package static var nodeFunctionality: AVPKey { AVPKey(862, vendor: 10415) }
}

extension AVPKey where Value == AVPGroup {
    package static var serviceInformation: AVPKey { AVPKey(873, vendor: 10415) }
    package static var imsInformation: AVPKey { AVPKey(876, vendor: 10415) }
}

extension AVPKey where Value == UInt32 {
    package static var rfExpires: AVPKey { AVPKey(888, vendor: 10415) }
}

extension AVPKey where Value == String {
    package static var requestedPartyAddress: AVPKey { AVPKey(1251, vendor: 10415) }
}
