import IMS
import Octets
import SIP

/// A REGISTER on its way through the P-CSCF, TS 24.229 §5.2.2.
///
///     phone ── REGISTER ─▶ prepared ─▶ forwarded ── 401 ─▶ CK and IK kept back ─▶ phone
///                                         │──────── 200 ─▶ flow remembered ─────▶ phone
///                                         └ no answer ───▶ 504
struct Registration: Sendable {
    let transaction: ServerTransactionID
    let request: SIPMessage
    /// Where the phone is.
    let flow: Hop

    /// What the phone may not say, because the network says it: TS 24.229 §5.2.2.1, §4.4; RFC 3325 §5.
    private static let untrusted: [HeaderName] = [
        .path, .pVisitedNetworkID, .pChargingVector, .pChargingFunctionAddresses, .pAssertedIdentity, .pServedUser,
        .pProfileKey, .pUserDatabase, .pCalledPartyID, .serviceRoute, .pAssociatedURI, .recordRoute,
    ]

    /// Headers of the security agreement end here (RFC 3329 §2.3.1); without IPsec they are not answered.
    private static let securityAgreement: [HeaderName] = [.securityClient, .securityVerify, .securityServer]

    /// The request as it goes on to the I-CSCF.
    ///
    /// - Throws: what is wrong with the Authorization header.
    func forwarded(
        _ configuration: ProxyCSCFConfiguration, token: String, chargingID: String
    ) throws(SIPSyntaxError) -> SIPMessage {
        var message = request
        for name in Self.untrusted + Self.securityAgreement where message.contains(name) { message.remove(name) }
        message.remove(.route)  // A phone's Route on REGISTER names us, or makes a loop.
        message.removeNetworkProvidedAccess()
        message.removeOptionTag("sec-agree")
        message.prepend(.path, "<sip:\(token)@\(configuration.pathHost):\(configuration.pathPort);lr>")
        if !message.listContains(.require, token: "path") { message.append(.require, "path") }
        message.append(.pVisitedNetworkID, "\"\(configuration.visitedNetwork)\"")
        message.append(
            .pChargingVector, "icid-value=\"\(chargingID)\";icid-generated-at=\(configuration.chargingNode)")
        if var authorization = try message.first(Authorization.self) {
            authorization.credentials.set("integrity-protected", quoted: "no")
            message.set(authorization)
        }
        return message
    }

    /// The response as it goes back to the phone: keys and charging data stay in the network (TS 24.229 §5.2.2.1).
    func relayed(_ response: SIPMessage) throws(SIPSyntaxError) -> SIPMessage {
        var message = response
        message.remove(.pChargingVector)
        message.remove(.pChargingFunctionAddresses)
        if message.status == .unauthorized, var authenticate = try message.first(WWWAuthenticate.self) {
            authenticate.challenge.remove("ck")
            authenticate.challenge.remove("ik")
            message.set(authenticate)
        }
        return message
    }
}

extension SIPMessage {
    /// Drops what a phone says in the network's name: P-Access-Network-Info with `network-provided` (RFC 7315 §5.4).
    mutating func removeNetworkProvidedAccess() {
        let values = values(.pAccessNetworkInfo)
        let kept = values.filter { !$0.string.lowercased().contains("network-provided") }
        guard kept.count < values.count else { return }
        remove(.pAccessNetworkInfo)
        for value in kept { append(.pAccessNetworkInfo, OctetSlice(value.array)) }
    }

    /// Takes one option tag out of Require and Proxy-Require, the header too when it was the only one.
    mutating func removeOptionTag(_ tag: StaticString) {
        for name in [HeaderName.require, .proxyRequire] where listContains(name, token: tag) {
            let kept = values(name).filter { !$0.equalsIgnoringCase(tag) }.map { OctetSlice($0.array) }
            remove(name)
            for value in kept { append(name, value) }
        }
    }
}
