import IMS

/// A subscriber as Open5GS keeps it in MongoDB: `{imsi, msisdn: [...], security: {k, op, opc, amf, sqn}, ...}`.
enum Open5GSRecord {
    static func take(_ members: [Report.Member], _ place: ImportPlace, _ collector: inout ImportCollector) {
        var fields = SubscriberFields()
        for member in members where member.value != .null {
            switch member.name {
            case "imsi": fields.add(.imsi, member.value.plainText ?? "")
            case "msisdn": fields.add(.msisdn, member.value.plainText ?? "")
            case "security":
                guard case .record(let security) = member.value else {
                    return collector.problem(place, "security", "a record with k and opc is expected here")
                }
                takeSecurity(security, &fields, place, &collector)
            case "subscriber_status":
                // 0 SERVICE_GRANTED, 1 OPERATOR_DETERMINED_BARRING: TS 29.272 §7.3.29.
                guard member.value.plainText == "1" else { continue }
                fields.isBarred = true
                collector.warn(
                    place, member.name, "it is barred by the operator; its public identities are barred here")
            case "_id", "__v", "schema_version": break
            default:
                collector.ignore(member.name, at: place, "this member is of the packet core and not kept")
            }
        }
        collector.add(fields, at: place)
    }

    private static func takeSecurity(
        _ members: [Report.Member], _ fields: inout SubscriberFields, _ place: ImportPlace,
        _ collector: inout ImportCollector
    ) {
        for member in members where member.value != .null {
            let text = member.value.plainText ?? ""
            switch member.name {
            case "k": fields.add(.key, text)
            case "op": fields.add(.op, text)
            case "opc": fields.add(.opc, text)
            case "amf": fields.add(.amf, text)
            case "sqn": fields.add(sequenceNumber: text)
            case "rand": break  // of the challenge before, which no phone answers here
            default: collector.ignore("security.\(member.name)", at: place, "this member is not known and not kept")
            }
        }
    }
}

/// A private identity as Clearwater's provisioning has it: `{digest_ha1 or plaintext_password, realm,
/// associated_public_ids: [...], irs: [...]}`.
enum ClearwaterRecord {
    static func take(_ members: [Report.Member], _ place: ImportPlace, _ collector: inout ImportCollector) {
        var fields = SubscriberFields()
        for member in members where member.value != .null {
            let text = member.value.plainText ?? ""
            switch member.name {
            case "digest_ha1": fields.add(.ha1, text)
            case "plaintext_password": fields.add(.password, text)
            case "realm": fields.add(.realm, text)
            case "associated_public_ids", "public_ids": fields.add(.identity, text)
            case "private_id", "impi", "private_identity": fields.add(.impi, text)
            case "irs":
                collector.ignore(
                    "irs", at: place,
                    "the numbers of its implicit registration sets are not kept: its public identities become one set")
            default: collector.ignore(member.name, at: place, "this member is not known and not kept")
            }
        }
        collector.add(fields, at: place)
    }
}
