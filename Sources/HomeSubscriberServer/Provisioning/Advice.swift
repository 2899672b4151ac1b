import IMS
import Octets

extension SubscriptionRecord {
    /// What the operator should look at twice before phones do: identities that nobody will find, numbers that are
    /// hardly whole. Nothing of it stops anything.
    ///
    /// - Parameter home: the home network domain.
    package func advice(home: String) -> [String] {
        var advice = warnings
        for identity in privateIdentities.map(\.identity) {
            let realm = String(identity.text.drop { $0 != "@" }.dropFirst()).lowercased()
            guard !realm.isEmpty else { continue }
            if realm != home {
                advice.append(
                    "The realm of \(identity) is not ours, \(home): its phone asks another network to register.")
            } else if let imsi = IMSI(String(identity.text.prefix { $0 != "@" })), let plmn = Self.network(of: realm),
                !imsi.digits.hasPrefix(plmn.mcc)
                    || !imsi.digits.dropFirst(3).hasPrefix(
                        plmn.mnc.hasPrefix("0") ? plmn.mnc.dropFirst() : plmn.mnc[...])
                        && !imsi.digits.dropFirst(3).hasPrefix(plmn.mnc)
            {
                advice.append(
                    "The IMSI \(imsi) is not of network \(plmn.mcc)/\(plmn.mnc), which \(realm) stands for: its phone derives another domain."
                )
            }
        }
        var numbers: Set<Substring> = []
        for identity in publicIdentities {
            let text = identity.identity.text
            if let digits = Self.number(in: text), (1..<8).contains(digits.utf8.count), numbers.insert(digits).inserted
            {
                advice.append("\(text) has a number of \(digits.utf8.count) digits: is the country code in it?")
            }
            guard text.hasPrefix("sip:"), let at = text.lastIndex(of: "@") else { continue }
            let host = text[text.index(after: at)...].lowercased()
            if host != home {
                advice.append("The domain of \(text) is not ours, \(home): requests to it do not come here.")
            }
        }
        if !publicIdentities.isEmpty, publicIdentities.allSatisfy(\.isBarred) {
            advice.append("All public identities are barred: nobody can register with them.")
        }
        return advice
    }

    /// The codes of a home network domain that is derived from them, TS 23.003 §13.2.
    private static func network(of domain: String) -> (mcc: String, mnc: String)? {
        let labels = domain.split(separator: ".")
        guard labels.count == 5, labels[0] == "ims", labels[1].hasPrefix("mnc"), labels[2].hasPrefix("mcc"),
            labels[3] == "3gppnetwork"
        else { return nil }
        return (String(labels[2].dropFirst(3)), String(labels[1].dropFirst(3)))
    }

    /// The digits after the plus of a SIP or tel URI whose user part is a number.
    private static func number(in text: String) -> Substring? {
        let start = ["tel:+", "sip:+"].first { text.hasPrefix($0) }
        guard let start else { return nil }
        let digits = text.dropFirst(start.count).prefix { $0 != "@" }
        return digits.utf8.allSatisfy(ASCII.isDigit) ? digits : nil
    }
}

extension ProvisioningDocument {
    /// What strikes in the document as a whole: an OPc is made with each SIM's own K, so one that several SIMs have is an
    /// OP as a rule.
    package var advice: [String] {
        var users: [[UInt8]: [(name: String, secrets: [UInt8])]] = [:]
        for record in subscribers {
            for identity in record.privateIdentities {
                guard case .milenage(_, let opc)? = identity.secrets, let secrets = identity.secrets else { continue }
                users[opc.revealedOctets, default: []].append((identity.identity.text, secrets.revealedOctets))
            }
        }
        return users.values.compactMap { users in
            guard Set(users.map(\.secrets)).count > 1 else { return nil }
            return "\(users[0].name) and \(users.count - 1) more have different keys and the same OPc: "
                + "it looks like an OP. Should it be given as op?"
        }.sorted()
    }
}
