import Octets

// The AVPs of the base protocol in the order of the table in RFC 6733 §4.5.
// Enumerations that no part of an IMS core looks at stay numbers.

extension AVPKey where Value == UInt32 {
    package static var acctInterimInterval: AVPKey { AVPKey(85) }
    package static var accountingRealtimeRequired: AVPKey { AVPKey(483) }
}

extension AVPKey where Value == String {
    package static var acctMultiSessionID: AVPKey { AVPKey(50) }
}

extension AVPKey where Value == UInt32 {
    package static var accountingRecordNumber: AVPKey { AVPKey(485) }
    package static var accountingRecordType: AVPKey { AVPKey(480) }
}

extension AVPKey where Value == OctetSlice {
    package static var acctSessionID: AVPKey { AVPKey(44) }
}

extension AVPKey where Value == UInt64 {
    package static var accountingSubSessionID: AVPKey { AVPKey(287) }
}

extension AVPKey where Value == ApplicationID {
    package static var acctApplicationID: AVPKey { AVPKey(259) }
    package static var authApplicationID: AVPKey { AVPKey(258) }
}

extension AVPKey where Value == UInt32 {
    package static var authRequestType: AVPKey { AVPKey(274) }
    package static var authorizationLifetime: AVPKey { AVPKey(291) }
    package static var authGracePeriod: AVPKey { AVPKey(276) }
}

extension AVPKey where Value == AuthSessionState {
    package static var authSessionState: AVPKey { AVPKey(277) }
}

extension AVPKey where Value == UInt32 {
    package static var reAuthRequestType: AVPKey { AVPKey(285) }
}

extension AVPKey where Value == OctetSlice {
    package static var avpClass: AVPKey { AVPKey(25) }
}

extension AVPKey where Value == DiameterIdentity {
    package static var destinationHost: AVPKey { AVPKey(293) }
    package static var destinationRealm: AVPKey { AVPKey(283) }
}

extension AVPKey where Value == DisconnectCause {
    package static var disconnectCause: AVPKey { AVPKey(273) }
}

extension AVPKey where Value == String {
    package static var errorMessage: AVPKey { AVPKey(281, mandatory: false) }
}

extension AVPKey where Value == DiameterIdentity {
    package static var errorReportingHost: AVPKey { AVPKey(294, mandatory: false) }
}

extension AVPKey where Value == DiameterTime {
    package static var eventTimestamp: AVPKey { AVPKey(55) }
}

extension AVPKey where Value == ExperimentalResultCode {
    package static var experimentalResult: AVPKey { AVPKey(297) }
}

extension AVPKey where Value == UInt32 {
    package static var experimentalResultCode: AVPKey { AVPKey(298) }
}

extension AVPKey where Value == OctetSlice {
    package static var failedAVP: AVPKey { AVPKey(279) }
}

extension AVPKey where Value == UInt32 {
    package static var firmwareRevision: AVPKey { AVPKey(267, mandatory: false) }
}

extension AVPKey where Value == IPAddress {
    package static var hostIPAddress: AVPKey { AVPKey(257) }
}

extension AVPKey where Value == UInt32 {
    package static var inbandSecurityID: AVPKey { AVPKey(299) }
    package static var multiRoundTimeOut: AVPKey { AVPKey(272) }
}

extension AVPKey where Value == DiameterIdentity {
    package static var originHost: AVPKey { AVPKey(264) }
    package static var originRealm: AVPKey { AVPKey(296) }
}

extension AVPKey where Value == UInt32 {
    package static var originStateID: AVPKey { AVPKey(278) }
}

extension AVPKey where Value == String {
    package static var productName: AVPKey { AVPKey(269, mandatory: false) }
}

extension AVPKey where Value == DiameterIdentity {
    package static var proxyHost: AVPKey { AVPKey(280) }
}

extension AVPKey where Value == AVPGroup {
    package static var proxyInfo: AVPKey { AVPKey(284) }
}

extension AVPKey where Value == OctetSlice {
    package static var proxyState: AVPKey { AVPKey(33) }
}

extension AVPKey where Value == DiameterURI {
    package static var redirectHost: AVPKey { AVPKey(292) }
}

extension AVPKey where Value == RedirectHostUsage {
    package static var redirectHostUsage: AVPKey { AVPKey(261) }
}

extension AVPKey where Value == UInt32 {
    package static var redirectMaxCacheTime: AVPKey { AVPKey(262) }
}

extension AVPKey where Value == ResultCode {
    package static var resultCode: AVPKey { AVPKey(268) }
}

extension AVPKey where Value == DiameterIdentity {
    package static var routeRecord: AVPKey { AVPKey(282) }
}

extension AVPKey where Value == String {
    package static var sessionID: AVPKey { AVPKey(263) }
}

extension AVPKey where Value == UInt32 {
    package static var sessionTimeout: AVPKey { AVPKey(27) }
    package static var sessionBinding: AVPKey { AVPKey(270) }
    package static var sessionServerFailover: AVPKey { AVPKey(271) }
    package static var supportedVendorID: AVPKey { AVPKey(265) }
}

extension AVPKey where Value == TerminationCause {
    package static var terminationCause: AVPKey { AVPKey(295) }
}

extension AVPKey where Value == String {
    package static var userName: AVPKey { AVPKey(1) }
}

extension AVPKey where Value == UInt32 {
    package static var vendorID: AVPKey { AVPKey(266) }
}

extension AVPKey where Value == VendorSpecificApplicationID {
    package static var vendorSpecificApplicationID: AVPKey { AVPKey(260) }
}

/// Auth-Session-State, RFC 6733 §8.11.
package enum AuthSessionState: UInt32, AVPValue {
    case stateMaintained = 0
    case noStateMaintained = 1
}

/// Disconnect-Cause, RFC 6733 §5.4.3.
package enum DisconnectCause: UInt32, AVPValue, CaseIterable {
    case rebooting = 0
    case busy = 1
    case doNotWantToTalkToYou = 2

    /// Whether the receiver may try to connect again, §5.4.3.
    package var allowsReconnect: Bool {
        switch self {
        case .rebooting: true
        case .busy, .doNotWantToTalkToYou: false
        }
    }
}

/// What is known of the AVPs above where only their codes are.
package enum BaseDictionary {
    /// Octets of the shortest value of a base AVP, by the types of RFC 6733 §4.5; nil when it is none.
    package static func minimumLength(of name: AVPName) -> Int? {
        guard name.vendor == 0 else { return nil }
        switch name.code {
        // Unsigned32, Enumerated and Time.
        case 27, 55, 85, 258, 259, 261, 262, 265...268, 270...274, 276...278, 285, 291, 295, 298, 299, 480, 483, 485:
            return 4
        // Address.
        case 257: return 6
        // Unsigned64.
        case 287: return 8
        // Texts, octets and groups.
        case 1, 25, 33, 44, 50, 260, 263, 264, 269, 279...284, 292...294, 296, 297: return 0
        default: return nil
        }
    }
}
