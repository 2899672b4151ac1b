import AKA
import IMS
import Octets

/// A phone with its USIM, as the virtual UE plays it.
package struct Phone: Sendable {
    package var privateIdentity: String
    package var publicIdentity: String
    package var domain: String
    package var usim: USIM
    /// Seconds asked for in Expires.
    package var expires: Int
    /// `+sip.instance` of the Contact, a URN (RFC 5626 §4.1).
    package var instance: String
    /// `q` of the Contact, RFC 3261 §20.10: thousandths; nil to leave it out.
    package var preference: Int?
    package var fault: Fault?
    /// Whether it registers a flow, RFC 5626 §4.2.
    package var keepsFlow = false

    /// What a broken or hostile phone does otherwise.
    package enum Fault: String, Sendable, CaseIterable {
        /// Sends a RES that is not the one AKA gives.
        case wrongResponse = "wrong-response"
        /// Leaves the Contact out.
        case noContact = "no-contact"
        /// Sends a Security-Verify that is not the Security-Server it got.
        case alteredVerify = "altered-verify"
    }

    package init(
        privateIdentity: String, publicIdentity: String, domain: String, usim: USIM, expires: Int = 600_000,
        instance: String
    ) {
        self.privateIdentity = privateIdentity
        self.publicIdentity = publicIdentity
        self.domain = domain
        self.usim = usim
        self.expires = expires
        self.instance = instance
    }

    /// A phone without ISIM: everything derived from the IMSI, TS 23.003 §13.
    package init(imsi: IMSI, domain: String, usim: USIM) {
        let digits = String(repeating: "0", count: 15 - imsi.digits.utf8.count) + imsi.digits
        self.init(
            privateIdentity: imsi.privateIdentity(domain: domain).text,
            publicIdentity: imsi.temporaryPublicIdentity(domain: domain).text, domain: domain, usim: usim,
            instance: "urn:gsma:imei:\(digits.prefix(8))-\(digits.suffix(6))-0")
    }
}
