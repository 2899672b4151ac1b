import AKA
import HomeSubscriberServer
import IMS

/// Whose SIM a virtual phone has.
package struct PhoneSubscriber: Equatable, Sendable {
    package var privateIdentity: String
    package var publicIdentity: String
    package var domain: String
    private let key: Secret128
    private var opc: Secret128
    /// The last SQN that the HSS drew, as far as it is known: the SIM has seen it.
    package var sqn: SequenceNumber
    /// What its phone offers for a security agreement; empty for a phone that makes none.
    package var security: [SecurityAlgorithms] = []
    /// It offers ESP in UDP as well, for a NAT on its way.
    package var passesNAT = false

    var access: PhoneIPsec.Use { security.isEmpty ? .none : passesNAT ? .throughNAT : .direct }

    /// One of this core's own: the phone of a SIM without ISIM uses the identity derived from the IMSI.
    package init(_ subscription: Subscription) throws(OperationFailure) {
        guard let user = subscription.privateIdentities.first, let at = user.identity.text.firstIndex(of: "@") else {
            throw OperationFailure(.failed, "subscription \(subscription.id.rawValue) has no private identity")
        }
        let temporary = "sip:\(user.identity.text)"
        let identities = subscription.publicIdentities.map(\.identity.text)
        privateIdentity = user.identity.text
        publicIdentity = identities.contains(temporary) ? temporary : identities.first ?? temporary
        domain = String(user.identity.text[user.identity.text.index(after: at)...])
        guard let secrets = user.secrets else {
            throw OperationFailure(.failed, "virtual phones have a SIM; \(user.identity) authenticates without one")
        }
        (key, opc) = try Self.milenage(secrets)
        sqn = user.sqn
    }

    /// One whose keys are given.
    package init(_ record: SubscriberRecord, sqn: SequenceNumber = .zero) throws(OperationFailure) {
        privateIdentity = record.privateIdentity.text
        publicIdentity = "sip:\(record.privateIdentity.text)"
        domain = record.domain
        (key, opc) = try Self.milenage(record.secrets)
        self.sqn = sqn
    }

    private static func milenage(
        _ secrets: SubscriberSecrets
    ) throws(OperationFailure) -> (key: Secret128, opc: Secret128) {
        switch secrets {
        case .milenage(let key, let opc): return (key, opc)
        case .tuak: throw OperationFailure(.failed, "virtual phones have MILENAGE; this subscriber's SIM has TUAK")
        }
    }

    /// The command that makes this phone.
    func command(_ phone: String, fault: String? = nil) -> Command {
        var arguments = [
            "phone": phone, "impi": privateIdentity, "impu": publicIdentity, "domain": domain, "k": key.revealedHex,
            "opc": opc.revealedHex, "sqn": String(sqn.rawValue),
        ]
        let user = String(privateIdentity.prefix { $0 != "@" })
        if IMSI(user) != nil { arguments["imsi"] = user }
        arguments["fault"] = fault
        if !security.isEmpty { arguments["security"] = security.map(\.description).joined(separator: ",") }
        return Command("phone", arguments)
    }

    /// The same with an OPc that the HSS does not have.
    var withOtherOPc: PhoneSubscriber {
        var other = self
        let octets = opc.revealedOctets.map { $0 ^ 0xA5 }
        other.opc = Secret128(octets: octets) ?? opc
        return other
    }
}
