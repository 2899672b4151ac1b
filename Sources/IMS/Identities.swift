import Octets
import SIP

/// A private user identity (IMPI), a network access identifier: TS 23.003 §13.3.
package struct PrivateIdentity: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    package init(_ text: String) { self.text = text }

    package var description: String { text }
}

/// A public user identity (IMPU), TS 23.003 §13.4: a SIP URI in canonical form or a global tel URI, without parameters.
package struct PublicIdentity: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    /// Takes the text as it is: for values that come canonical from the HSS.
    package init(canonical text: String) { self.text = text }

    /// The identity that a URI names (RFC 3261 §10.3 step 5): parameters gone, host in lower case. nil for other schemes.
    package init?(_ uri: URI) {
        switch uri {
        case .sip(let sip): text = sip.addressOfRecord
        case .tel(let tel): text = tel.addressOfRecord
        case .other: return nil
        }
    }

    package var description: String { text }
}

/// A public land mobile network: mobile country code and mobile network code, TS 23.003 §2.2.
package struct PLMN: Hashable, Sendable {
    /// Three digits.
    package let mcc: String
    /// Two or three digits.
    package let mnc: String

    /// nil when the codes are not three, and two or three, digits.
    package init?(mcc: String, mnc: String) {
        guard mcc.utf8.count == 3, (2...3).contains(mnc.utf8.count), (mcc + mnc).utf8.allSatisfy(ASCII.isDigit) else {
            return nil
        }
        self.mcc = mcc
        self.mnc = mnc
    }

    /// The home network domain name, TS 23.003 §13.2: the MNC padded to three digits.
    package var homeDomain: String {
        "ims.mnc\(mnc.utf8.count == 2 ? "0" + mnc : mnc).mcc\(mcc).3gppnetwork.org"
    }
}

/// An international mobile subscriber identity, TS 23.003 §2.2: 6 to 15 digits.
package struct IMSI: Hashable, Sendable, CustomStringConvertible {
    package let digits: String

    package init?(_ digits: String) {
        guard (6...15).contains(digits.utf8.count), digits.utf8.allSatisfy(ASCII.isDigit) else { return nil }
        self.digits = digits
    }

    package var description: String { digits }

    /// The IMPI derived from the IMSI, TS 23.003 §13.3: what a phone without ISIM uses.
    package func privateIdentity(domain: String) -> PrivateIdentity { PrivateIdentity("\(digits)@\(domain)") }

    /// The temporary IMPU derived from the IMSI, TS 23.003 §13.4B.
    package func temporaryPublicIdentity(domain: String) -> PublicIdentity {
        PublicIdentity(canonical: "sip:\(digits)@\(domain)")
    }
}
