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
    /// Where it came from.
    let arrival: Hop
    /// Where the phone is: there, or where its security associations lead.
    let flow: Hop
    let security: Security
    /// What the core is told of the way it came; nil for nothing.
    let protection: IntegrityProtection?
    /// How the phone is treated, and why.
    let handset: HandsetProfiles.Choice

    /// What a REGISTER has to do with security associations.
    enum Security: Sendable {
        case none
        /// The phone offers an agreement, and one can be made when the challenge comes.
        case offer(SecurityOffer)
        /// It offers one, and none can be made.
        case impossible(SecurityOffer.Fault)
        /// It has come through associations, perhaps with an offer for the next.
        case through(SecurityAgreement.ID, SecurityOffer?)
    }

    /// Who registers: what the phone claims, which the registrar's 200 has confirmed.
    var user: RegisteredContacts.User {
        let target = ((try? request.first(To.self)) ?? nil).flatMap { try? $0.address.parsedURI() }
        let identity = target.flatMap(PublicIdentity.init)?.text
        return RegisteredContacts.User(
            privateIdentity: request.privateIdentity ?? OctetSlice(),
            publicIdentity: identity.map { OctetSlice($0) } ?? request.firstValue(.to) ?? OctetSlice())
    }

    var namesContacts: Bool { request.contains(.contact) }

    /// RFC 5626 §5.1: the phone registers one of several flows, and we are its first hop.
    var keepsFlow: Bool {
        request.count(.via) == 1 && ((try? request.all(Contact.self)) ?? []).contains { $0.registrationID != nil }
    }

    /// The request as it goes on to the I-CSCF.
    ///
    /// - Throws: what is wrong with the Authorization header.
    func forwarded(
        _ configuration: ProxyCSCFConfiguration, token: String, chargingID: [UInt8]
    ) throws(SIPSyntaxError) -> SIPMessage {
        var message = request
        message.removeUntrusted()
        message.remove(.route)  // A phone's Route on REGISTER names us, or makes a loop.
        let outbound = keepsFlow ? ";ob" : ""
        message.prepend(.path, "<sip:\(token)@\(configuration.pathHost):\(configuration.pathPort);lr\(outbound)>")
        if !message.listContains(.require, token: "path") { message.append(.require, "path") }
        message.append(.pVisitedNetworkID, "\"\(configuration.visitedNetwork)\"")
        message.append(.pChargingVector, configuration.chargingVector(chargingID))
        try message.mark(protection)
        return message
    }

    /// The response as it goes back to the phone: keys and charging data stay in the network (TS 24.229 §5.2.2.1).
    func relayed(_ response: SIPMessage, to handset: HandsetProfile) throws(SIPSyntaxError) -> SIPMessage {
        var message = response
        message.remove(.pChargingVector)
        message.remove(.pChargingFunctionAddresses)
        try message.changeChallenges { challenge in
            challenge.remove("ck")
            challenge.remove("ik")
            if handset.qualityOfProtection == .remove { challenge.remove("qop") }
        }
        return message
    }
}

extension SIPMessage {
    /// Says in every Authorization by which way the request came, TS 24.229 §7.2A.2; whatever the phone wrote there itself
    /// goes.
    mutating func mark(_ protection: IntegrityProtection?) throws(SIPSyntaxError) {
        var all = try all(Authorization.self)
        guard !all.isEmpty else { return }
        for index in all.indices {
            all[index].credentials.remove("integrity-protected")
            if let protection {
                all[index].credentials.set("integrity-protected", quoted: OctetSlice(protection.rawValue))
            }
        }
        set(all[0])
        for authorization in all.dropFirst() { append(authorization) }
    }

    /// For CK and IK (TS 24.229 §7.2A.1), which go out of every challenge, whatever the status and however they are spelt.
    fileprivate mutating func changeChallenges(_ change: (inout Challenge) -> Void) throws(SIPSyntaxError) {
        if contains(.wwwAuthenticate) {
            var all = try all(WWWAuthenticate.self)
            for index in all.indices { change(&all[index].challenge) }
            remove(.wwwAuthenticate)
            for challenge in all { append(challenge) }
        }
        if contains(.proxyAuthenticate) {
            var all = try all(ProxyAuthenticate.self)
            for index in all.indices { change(&all[index].challenge) }
            remove(.proxyAuthenticate)
            for challenge in all { append(challenge) }
        }
    }
}
