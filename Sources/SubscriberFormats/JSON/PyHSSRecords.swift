import IMS

/// Records of PyHSS, held together when the file ends: `auc` has the keys, `subscriber` links to it, `ims_subscriber` has
/// the numbers.
struct PyHSSRecords {
    enum Kind: String {
        case auc
        case subscriber
        case imsSubscriber = "ims_subscriber"

        /// What the members of a record say it is; nil for none of PyHSS.
        init?(_ names: Set<String>) {
            if names.contains("ki") {
                self = .auc
            } else if !names.isDisjoint(with: ["ims_subscriber_id", "msisdn_list", "ifc_path", "sh_template_path"]) {
                self = .imsSubscriber
            } else if !names.isDisjoint(with: ["subscriber_id", "auc_id", "default_apn", "apn_list"]) {
                self = .subscriber
            } else {
                return nil
            }
        }
    }

    static let kinds: Set<String> = [Kind.auc.rawValue, Kind.subscriber.rawValue, Kind.imsSubscriber.rawValue]

    private struct Keys {
        var fields: SubscriberFields
        var number: String?
        var place: ImportPlace
    }

    private struct Link {
        var number: String?
        var isEnabled: Bool
        var msisdn: String?
        var place: ImportPlace
    }

    private struct Service {
        var numbers: String
        var place: ImportPlace
    }

    private var keys: [Keys] = []
    /// By IMSI.
    private var links: [String: Link] = [:]
    private var services: [String: Service] = [:]

    mutating func take(
        _ kind: Kind, _ members: [Report.Member], _ place: ImportPlace, _ collector: inout ImportCollector
    ) {
        switch kind {
        case .auc: takeKeys(members, place, &collector)
        case .subscriber: takeLink(members, place, &collector)
        case .imsSubscriber: takeService(members, place, &collector)
        }
    }

    private mutating func takeKeys(
        _ members: [Report.Member], _ place: ImportPlace, _ collector: inout ImportCollector
    ) {
        var keys = Keys(fields: SubscriberFields(), place: place)
        for member in members where member.value != .null {
            let text = member.value.plainText ?? ""
            switch member.name.lowercased() {
            case "imsi": keys.fields.add(.imsi, text)
            case "ki": keys.fields.add(.key, text)
            case "opc": keys.fields.add(.opc, text)
            case "amf": keys.fields.add(.amf, text)
            case "sqn": keys.fields.add(sequenceNumber: text)
            case "algo": keys.fields.add(.algorithm, text)
            case "auc_id": keys.number = text
            default: note(member.name, place, &collector)
            }
        }
        self.keys.append(keys)
    }

    private mutating func takeLink(
        _ members: [Report.Member], _ place: ImportPlace, _ collector: inout ImportCollector
    ) {
        var link = Link(isEnabled: true, place: place)
        var imsi: String?
        for member in members where member.value != .null {
            let text = member.value.plainText ?? ""
            switch member.name.lowercased() {
            case "imsi": imsi = text
            case "auc_id": link.number = text
            case "msisdn": link.msisdn = text
            case "enabled": link.isEnabled = !["false", "0"].contains(text.lowercased())
            case "subscriber_id": break
            default: note(member.name, place, &collector)
            }
        }
        guard let imsi else { return collector.problem(place, "imsi", "this subscriber has none") }
        if let first = links[imsi] {
            return collector.problem(place, "imsi", "subscriber \(imsi) stands at \(first.place) already")
        }
        links[imsi] = link
    }

    private mutating func takeService(
        _ members: [Report.Member], _ place: ImportPlace, _ collector: inout ImportCollector
    ) {
        var service = Service(numbers: "", place: place)
        var imsi: String?
        for member in members where member.value != .null {
            let text = member.value.plainText ?? ""
            switch member.name.lowercased() {
            case "imsi": imsi = text
            // The main number first.
            case "msisdn": service.numbers = "\(text),\(service.numbers)"
            case "msisdn_list": service.numbers += ",\(text)"
            case "ims_subscriber_id": break
            case "ifc_path" where !text.isEmpty:
                collector.ignore(
                    member.name, at: place,
                    "the filter criteria of \(text) are in another file; --service-profile gives the subscribers one of ours"
                )
            default: note(member.name, place, &collector)
            }
        }
        guard let imsi else { return collector.problem(place, "imsi", "this ims_subscriber has none") }
        if let first = services[imsi] {
            return collector.problem(place, "imsi", "ims_subscriber \(imsi) stands at \(first.place) already")
        }
        services[imsi] = service
    }

    private func note(_ name: String, _ place: ImportPlace, _ collector: inout ImportCollector) {
        let isOfCard = SubscriberField(name: name) == .card
        collector.ignore(
            name, at: place,
            isOfCard
                ? "this member is of the card and not kept"
                : "this member is of the packet core or a state, and not kept")
    }

    mutating func finish(into collector: inout ImportCollector) {
        var imsiOfNumber: [String: String] = [:]
        for (imsi, link) in links { if let number = link.number { imsiOfNumber[number] = imsi } }
        for var keys in keys {
            if keys.fields[.imsi] == nil, let imsi = keys.number.flatMap({ imsiOfNumber[$0] }) {
                keys.fields.add(.imsi, imsi)
            }
            let imsi = keys.fields[.imsi] ?? ""
            let link = links.removeValue(forKey: imsi)
            if let service = services.removeValue(forKey: imsi) {
                keys.fields.add(.msisdn, service.numbers)
            } else if let number = link?.msisdn {
                keys.fields.add(.msisdn, number)
            }
            if link?.isEnabled == false {
                keys.fields.isBarred = true
                collector.warn(keys.place, "enabled", "it is not enabled; its public identities are barred here")
            }
            collector.add(keys.fields, at: keys.place)
        }
        for (imsi, service) in services.sorted(by: { $0.key < $1.key }) {
            collector.problem(service.place, "imsi", "ims_subscriber \(imsi) has no auc with its keys in this file")
        }
        for (imsi, link) in links.sorted(by: { $0.key < $1.key }) where services[imsi] == nil {
            collector.problem(link.place, "imsi", "subscriber \(imsi) has no auc with its keys in this file")
        }
    }
}
