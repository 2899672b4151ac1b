import IMS
import Octets
import SIP

// The edge of the trust domain, TS 24.229 §4.4, RFC 3325 §5: what a phone may not say in the network's name, and what the
// network does not tell a phone.
extension SIPMessage {
    /// Headers that only the network writes: TS 24.229 §4.4; RFC 7315, RFC 3325 §5, RFC 5502 §5, RFC 6809 §4.2.
    private static let networkHeaders: [HeaderName] = [
        .path, .pVisitedNetworkID, .pChargingVector, .pChargingFunctionAddresses, .pAssertedIdentity,
        .pAssertedService, .pServedUser, .pProfileKey, .pUserDatabase, .pCalledPartyID, .serviceRoute,
        .pAssociatedURI, .pPrivateNetworkIndication, .recordRoute, .featureCaps,
        // The security agreement ends at the P-CSCF (RFC 3329 §2.3.1); without IPsec it is not answered.
        .securityClient, .securityVerify, .securityServer,
    ]

    /// Headers that stay in the network: TS 24.229 §4.4 and §5.2.6.4.
    private static let privateHeaders: [HeaderName] = [
        .pChargingVector, .pChargingFunctionAddresses, .pVisitedNetworkID, .pServedUser, .pProfileKey, .pUserDatabase,
        .pPrivateNetworkIndication, .pAccessNetworkInfo,
    ]

    /// A message from a phone loses what only the network may say.
    mutating func removeUntrusted() {
        for name in Self.networkHeaders where contains(name) { remove(name) }
        removeNetworkProvidedAccess()
        removeOptionTag("sec-agree")
    }

    /// A message for a phone loses what is none of its business; the asserted identity too when its owner wants that
    /// (RFC 3325 §7, RFC 3323 §4.2). A Privacy that cannot be read is taken for one that wants it.
    mutating func removePrivate() {
        for name in Self.privateHeaders where contains(name) { remove(name) }
        if contains(.pAssertedIdentity), hidesIdentity { remove(.pAssertedIdentity) }
    }

    private var hidesIdentity: Bool {
        do throws(SIPSyntaxError) {
            return try all(Privacy.self).contains { $0.asks(for: .id) }
        } catch {
            return true
        }
    }

    /// Drops what a phone says in the network's name: P-Access-Network-Info with `network-provided` (RFC 7315 §5.4).
    private mutating func removeNetworkProvidedAccess() {
        func isOfNetwork(_ value: OctetSlice) -> Bool { value.containsIgnoringCase("network-provided") }
        guard HeaderValues(self, .pAccessNetworkInfo).contains(where: isOfNetwork) else { return }
        let kept = values(.pAccessNetworkInfo).filter { !isOfNetwork($0) }
        remove(.pAccessNetworkInfo)
        for value in kept { append(.pAccessNetworkInfo, OctetSlice(value.array)) }
    }

    /// Takes one option tag out of Require and Proxy-Require, the header too when it was the only one.
    private mutating func removeOptionTag(_ tag: StaticString) {
        for name in [HeaderName.require, .proxyRequire] where listContains(name, token: tag) {
            let kept = values(name).filter { !$0.equalsIgnoringCase(tag) }.map { OctetSlice($0.array) }
            remove(name)
            for value in kept { append(name, value) }
        }
    }

    /// Puts these values in the place of all of a header.
    mutating func replace(_ name: HeaderName, with values: [OctetSlice]) {
        remove(name)
        for value in values { append(name, value) }
    }
}
