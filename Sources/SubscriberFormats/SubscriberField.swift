import Octets

/// What a column or member of a foreign format can mean to us.
package enum SubscriberField: Int, CaseIterable, Sendable {
    case imsi, impi
    /// The part of a private identity before the @.
    case user
    case msisdn, key, opc, op, algorithm, amf, sqn, domain, displayName, serviceProfile
    /// A public identity.
    case identity
    case password
    /// MD5 of private identity, realm and password.
    case ha1
    /// Kamailio's: of user@domain, realm and password, which is the same for a private identity.
    case ha1b
    case realm
    case capabilities, visitedNetworks, charging
    /// What is of the card alone and no HSS needs.
    case card

    /// The field that a name stands for, whatever its case and whatever stands between its words.
    package init?(name: String) {
        var folded = name.utf8.filter { ASCII.isAlpha($0) || ASCII.isDigit($0) }
        for index in folded.indices { folded[index] = ASCII.lowercase(folded[index]) }
        guard let field = Self.names[String(decoding: folded, as: UTF8.self)] else { return nil }
        self = field
    }

    /// Whether a row that has it says whom it is about.
    package var identifies: Bool { [.imsi, .impi, .user, .identity].contains(self) }

    private static let names: [String: SubscriberField] = {
        var names: [String: SubscriberField] = [:]
        for (field, list) in [
            (SubscriberField.imsi, "imsi"),
            (.impi, "impi privateid privateidentity privateuserid privateuseridentity"),
            (.user, "user username"),
            (.msisdn, "msisdn msisdns msisdnlist number phonenumber telephone e164"),
            (.key, "k ki key permanentkey permanentkeyvalue subscriberkey"),
            (.opc, "opc opcvalue topc"),
            (.op, "op opvalue top"),
            (.algorithm, "algorithm algo"),
            (.amf, "amf authenticationmanagementfield"),
            (.sqn, "sqn seq sequencenumber"),
            (.domain, "domain homedomain"),
            (.displayName, "name displayname"),
            (.serviceProfile, "serviceprofile profile"),
            (.identity, "impu publicid publicidentity publicuserid identity identities"),
            (.password, "password passwd plaintextpassword"),
            (.ha1, "ha1 digestha1"),
            (.ha1b, "ha1b"),
            (.realm, "realm digestrealm"),
            (.capabilities, "capabilities"),
            (.visitedNetworks, "visitednetworks"),
            (.charging, "charging"),
            (
                .card,
                """
                id iccid acc accesscontrol accessclass pin1 pin2 puk1 puk2 chv1 chv2 unblockchv1 unblockchv2 adm adm1 \
                adm2 kic1 kid1 kik1 kic2 kid2 kik2 kic3 kid3 kik3 kic kid kik batch batchname simvendor esim eid psk des \
                lpa misc1 misc2 misc3 misc4 serno sernb serialnumber aucid lastmodified uiccscp02kic1 uiccscp02kid1 \
                uiccscp02kik1 uiccscp03kic1 uiccscp03kid1 uiccscp03kik1
                """
            ),
        ] {
            for name in list.split(separator: " ") { names[String(name)] = field }
        }
        return names
    }()
}
