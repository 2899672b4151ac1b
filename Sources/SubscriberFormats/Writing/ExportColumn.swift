import AKA
import HomeSubscriberServer
import IMS
import Octets

/// A column of our CSV, by its name in the first line; they are read again as they are written.
package enum ExportColumn: String, CaseIterable, Sendable {
    case imsi, msisdn, domain, algorithm, ki, opc, amf, sqn, impi, impu, ha1, realm, name
    case serviceProfile = "service-profile"
    case capabilities
    case visitedNetworks = "visited-networks"
    case charging

    package var isSecret: Bool { [.ki, .opc, .ha1].contains(self) }

    /// Of a subscription with one private identity and one implicit set; what follows from the rest is left empty.
    static func values(of record: SubscriptionRecord) -> [ExportColumn: String] {
        guard let user = record.privateIdentities.first else { return [:] }
        let isDerived = record.isDerived
        var values: [ExportColumn: String] = [:]
        values[.name] = record.publicIdentities.first { $0.displayName != nil }?.displayName
        values[.serviceProfile] = record.publicIdentities.first?.serviceProfile.name
        values[.capabilities] = record.lists.capabilities
        values[.visitedNetworks] = record.lists.visitedNetworks
        values[.charging] = record.lists.charging
        values[.domain] = String(user.identity.text.drop { $0 != "@" }.dropFirst())
        if isDerived {
            values[.msisdn] = record.numbers.joined(separator: " ")
        } else {
            values[.impi] = user.identity.text
            values[.impu] = record.publicIdentities.map(\.identity.text).joined(separator: " ")
        }
        switch user.credential {
        case .aka(let secrets):
            values[.imsi] = record.imsi ?? ""
            values[.algorithm] = secrets.algorithm.word
            switch secrets {
            case .milenage(let key, let opc):
                values[.ki] = key.revealedHex
                values[.opc] = opc.revealedHex
            case .tuak(let key, let topc):
                values[.ki] = Hex.encode(key.revealedOctets)
                values[.opc] = topc.revealedHex
            }
            values[.amf] = user.amf.hex
            values[.sqn] = user.sqn.hex
        case .digest(let secret):
            values[.ha1] = secret.ha1.revealedHex
            values[.realm] = secret.realm
        case .address, .none: break
        }
        return values
    }
}
