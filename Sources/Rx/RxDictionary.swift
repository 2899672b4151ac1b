import Cx
import Diameter
import Octets

/// Numbers of the Rx interface between an application function, here the P-CSCF, and the PCRF, TS 29.214 §5.
package enum RxDictionary {
    package static let application = ApplicationID(rawValue: 16_777_236)
    /// What CER/CEA advertise; the commands carry Auth-Application-Id alone.
    package static let applicationAdvertised = VendorSpecificApplicationID(
        vendor: CxDictionary.vendor3GPP, auth: application)

    /// Whether the AVP is known here: one with the M bit that is not fails a request.
    package static func knows(_ name: AVPName) -> Bool {
        switch (name.vendor, name.code) {
        case (CxDictionary.vendor3GPP, 500...565): true
        // Of Gx (TS 29.212 §5.3) and of the access (TS 29.061 §16.4.7).
        case (CxDictionary.vendor3GPP, 1027), (CxDictionary.vendor3GPP, 1032), (CxDictionary.vendor3GPP, 1050): true
        case (CxDictionary.vendor3GPP, 18), (CxDictionary.vendor3GPP, 22), (CxDictionary.vendor3GPP, 23): true
        // RFC 7155: Framed-IP-Address, Called-Station-Id, Framed-IPv6-Prefix; RFC 8506: Subscription-Id.
        case (0, 8), (0, 30), (0, 97), (0, 443), (0, 444), (0, 450): true
        default: CxDictionary.knows(name)
        }
    }
}

/// The commands of Rx, TS 29.214 §5.6, borrowed from RFC 7155 and RFC 6733.
extension CommandCode {
    package static let authenticateAuthorize = CommandCode(rawValue: 265)
    package static let reAuthorization = CommandCode(rawValue: 258)
    package static let abortSession = CommandCode(rawValue: 274)
    package static let sessionTermination = CommandCode(rawValue: 275)
}

// The AVPs in the order of their codes, TS 29.214 §5.3.

extension AVPKey where Value == AbortCause {
    package static var abortCause: AVPKey { AVPKey(500, vendor: 10415) }
}

extension AVPKey where Value == OctetSlice {
    package static var afApplicationIdentifier: AVPKey { AVPKey(504, vendor: 10415) }
    package static var afChargingIdentifier: AVPKey { AVPKey(505, vendor: 10415) }
}

extension AVPKey where Value == String {
    package static var flowDescription: AVPKey { AVPKey(507, vendor: 10415) }
}

extension AVPKey where Value == UInt32 {
    package static var flowNumber: AVPKey { AVPKey(509, vendor: 10415) }
}

extension AVPKey where Value == Flows {
    package static var flows: AVPKey { AVPKey(510, vendor: 10415) }
}

extension AVPKey where Value == FlowStatus {
    package static var flowStatus: AVPKey { AVPKey(511, vendor: 10415) }
}

extension AVPKey where Value == FlowUsage {
    package static var flowUsage: AVPKey { AVPKey(512, vendor: 10415) }
}

extension AVPKey where Value == SpecificAction {
    package static var specificAction: AVPKey { AVPKey(513, vendor: 10415) }
}

extension AVPKey where Value == UInt32 {
    package static var maxRequestedBandwidthDL: AVPKey { AVPKey(515, vendor: 10415) }
    package static var maxRequestedBandwidthUL: AVPKey { AVPKey(516, vendor: 10415) }
}

extension AVPKey where Value == MediaComponent {
    package static var mediaComponentDescription: AVPKey { AVPKey(517, vendor: 10415) }
}

extension AVPKey where Value == UInt32 {
    package static var mediaComponentNumber: AVPKey { AVPKey(518, vendor: 10415) }
}

extension AVPKey where Value == MediaSubComponent {
    package static var mediaSubComponent: AVPKey { AVPKey(519, vendor: 10415) }
}

extension AVPKey where Value == MediaType {
    package static var mediaType: AVPKey { AVPKey(520, vendor: 10415) }
}

extension AVPKey where Value == UInt32 {
    package static var rrBandwidth: AVPKey { AVPKey(521, vendor: 10415) }
    package static var rsBandwidth: AVPKey { AVPKey(522, vendor: 10415) }
}

extension AVPKey where Value == SIPForkingIndication {
    package static var sipForkingIndication: AVPKey { AVPKey(523, vendor: 10415) }
}

extension AVPKey where Value == OctetSlice {
    package static var codecData: AVPKey { AVPKey(524, vendor: 10415) }
    package static var serviceURN: AVPKey { AVPKey(525, vendor: 10415) }
}

extension AVPKey where Value == ServiceInfoStatus {
    package static var serviceInfoStatus: AVPKey { AVPKey(527, vendor: 10415) }
}

extension AVPKey where Value == AFSignallingProtocol {
    package static var afSignallingProtocol: AVPKey { AVPKey(529, vendor: 10415, mandatory: false) }
}

extension AVPKey where Value == RxRequestType {
    package static var rxRequestType: AVPKey { AVPKey(533, vendor: 10415, mandatory: false) }
}

extension AVPKey where Value == UInt32 {
    package static var minRequestedBandwidthDL: AVPKey { AVPKey(534, vendor: 10415, mandatory: false) }
    package static var minRequestedBandwidthUL: AVPKey { AVPKey(535, vendor: 10415, mandatory: false) }
}

extension AVPKey where Value == RequiredAccessInfo {
    package static var requiredAccessInfo: AVPKey { AVPKey(536, vendor: 10415, mandatory: false) }
}

extension AVPKey where Value == OctetSlice {
    package static var ipDomainID: AVPKey { AVPKey(537, vendor: 10415, mandatory: false) }
}

extension AVPKey where Value == UInt32 {
    /// Seconds.
    package static var retryInterval: AVPKey { AVPKey(541, vendor: 10415, mandatory: false) }
    /// TS 29.212 §5.3.27.
    package static var ipCANType: AVPKey { AVPKey(1027, vendor: 10415) }
    /// TS 29.212 §5.3.31.
    package static var ratType: AVPKey { AVPKey(1032, vendor: 10415, mandatory: false) }
}

/// Of the IETF: RFC 7155 §4.4.10.5 and §4.2.6, RFC 8506 §8.46 to §8.48.
extension AVPKey where Value == OctetSlice {
    package static var framedIPAddress: AVPKey { AVPKey(8) }
    package static var framedIPv6Prefix: AVPKey { AVPKey(97) }
}

extension AVPKey where Value == String {
    package static var calledStationID: AVPKey { AVPKey(30) }
    package static var subscriptionIDData: AVPKey { AVPKey(444) }
}

extension AVPKey where Value == SubscriptionID {
    package static var subscriptionID: AVPKey { AVPKey(443) }
}

extension AVPKey where Value == SubscriptionIDType {
    package static var subscriptionIDType: AVPKey { AVPKey(450) }
}
