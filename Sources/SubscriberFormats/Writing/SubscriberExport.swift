import AKA
import HomeSubscriberServer
import IMS
import Octets

/// Writes subscriptions in a format of ours or another system's, piece by piece.
package struct SubscriberExport {
    private let format: SubscriberFormat
    private let withSecrets: Bool
    private let columns: [ExportColumn]
    private var written = 0
    /// What the format has no words for, with how many subscriptions it befell.
    package private(set) var omissions: [String: Int] = [:]

    /// - Parameters:
    ///   - format: one that is written.
    ///   - withSecrets: whether keys and HA1 are in it; without them it cannot be imported.
    ///   - columns: of `csv`; nil for all.
    package init(_ format: SubscriberFormat, withSecrets: Bool, columns: [ExportColumn]? = nil) {
        self.format = format
        self.withSecrets = withSecrets
        self.columns = columns ?? ExportColumn.allCases.filter { withSecrets || !$0.isSecret }
    }

    package mutating func begin(_ catalogue: ServiceCatalogue) -> String {
        switch format {
        case .yaml:
            guard case .record(let parts) = catalogue.declaration else { return "subscribers:\n" }
            return YAMLText.write(.record(parts.filter { $0.value != .record([]) })) + "subscribers:\n"
        case .pyHSS: return "["
        case .csv: return columns.map(\.rawValue).joined(separator: ",") + "\n"
        case .sipp: return "SEQUENTIAL\n# user;domain;private identity;number;AMF" + (withSecrets ? ";K;OPc\n" : "\n")
        case .dbctl: return "#!/bin/sh\n"
        default: return ""
        }
    }

    /// - Parameter subscription: with its sequence numbers.
    package mutating func write(_ subscription: Subscription) -> String {
        let record = subscription.recordWithSequenceNumbers
        switch format {
        case .yaml:
            return YAMLText.write(.list([record.declaration(withSecrets: withSecrets)]), indent: 2)
        case .jsonLines: return record.declaration(withSecrets: withSecrets).json + "\n"
        case .csv: return row(record)
        case .pyHSS, .dbctl, .sipp: return sims(of: record).map { sim($0, of: record) }.joined()
        default: return ""
        }
    }

    package mutating func end() -> String { format == .pyHSS ? "\n]\n" : "" }

    private mutating func leaveOut(_ reason: String) { omissions[reason, default: 0] += 1 }

    // MARK: Formats that know SIMs alone

    private struct SIM {
        var imsi: String
        var key: Secret128
        var opc: Secret128
        var identity: PrivateIdentityRecord
    }

    private mutating func sims(of record: SubscriptionRecord) -> [SIM] {
        var sims: [SIM] = []
        for identity in record.privateIdentities {
            guard let imsi = IMSI(String(identity.identity.text.prefix { $0 != "@" })) else {
                leaveOut("left out: a private identity that is not made of an IMSI")
                continue
            }
            switch identity.credential {
            case .aka(.milenage(let key, let opc)):
                sims.append(SIM(imsi: imsi.digits, key: key, opc: opc, identity: identity))
            case .aka(.tuak): leaveOut("left out: a SIM with TUAK, which this format does not know")
            case .digest: leaveOut("left out: a user of SIP Digest, which this format does not know")
            case .address: leaveOut("left out: a user of GIBA, which this format does not know")
            case .none: leaveOut("left out: a service, which this format does not know")
            }
        }
        return sims
    }

    private mutating func sim(_ sim: SIM, of record: SubscriptionRecord) -> String {
        let numbers = record.numbers
        let domain = sim.identity.identity.text.drop { $0 != "@" }.dropFirst()
        switch format {
        case .dbctl:
            if !numbers.isEmpty { leaveOut("without its telephone number, which open5gs-dbctl cannot set") }
            guard withSecrets else { return "open5gs-dbctl add \(sim.imsi) K OPC\n" }
            return "open5gs-dbctl add \(sim.imsi) \(sim.key.revealedHex) \(sim.opc.revealedHex)\n"
        case .sipp:
            let user = numbers.first.map { "+\($0)" } ?? sim.imsi
            let secrets = withSecrets ? ";0x\(sim.key.revealedHex);0x\(sim.opc.revealedHex)" : ""
            return
                "\(user);\(domain);\(sim.identity.identity);\(numbers.first ?? "");0x\(sim.identity.amf.hex)\(secrets)\n"
        default:
            defer { written += 1 }
            return (written == 0 ? "\n" : ",\n") + pyHSS(sim, numbers).json
        }
    }

    /// The bodies of PUT /auc/ and PUT /ims_subscriber/.
    private func pyHSS(_ sim: SIM, _ numbers: [String]) -> Report {
        var keys: [Report.Member] = [.init("imsi", .text(sim.imsi))]
        if withSecrets {
            keys += [.init("ki", .text(sim.key.revealedHex)), .init("opc", .text(sim.opc.revealedHex))]
        }
        keys += [
            .init("amf", .text(sim.identity.amf.hex)),
            .init("sqn", .integer(Int(clamping: sim.identity.sqn.rawValue))),
        ]
        let service: Report = [
            "imsi": .text(sim.imsi), "msisdn": .text(numbers.first ?? ""),
            "msisdn_list": .text(numbers.joined(separator: ",")), "ifc_path": "default_ifc.xml",
        ]
        return ["auc": .record(keys), "ims_subscriber": service]
    }

    // MARK: CSV

    private mutating func row(_ record: SubscriptionRecord) -> String {
        guard record.privateIdentities.count == 1 else {
            leaveOut("left out: a subscription with several private identities; jsonl and yaml have them")
            return ""
        }
        guard Set(record.publicIdentities.map(\.implicitSet)).count == 1,
            record.publicIdentities.allSatisfy({ $0.kind == .distinct })
        else {
            leaveOut("left out: a subscription with several implicit sets or a service; jsonl and yaml have them")
            return ""
        }
        let values = ExportColumn.values(of: record)
        if record.isDerived == false, record.publicIdentities.contains(where: { $0.isBarred || $0.aliasGroup != nil }) {
            leaveOut("without the barring and alias groups of its identities, which a row has no place for")
        }
        return columns.map { Self.cell(values[$0] ?? "") }.joined(separator: ",") + "\n"
    }

    /// RFC 4180 §2.
    private static func cell(_ text: String) -> String {
        guard text.contains(where: { ",;\t|\"\n\r#".contains($0) || $0 == " " }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}

extension Subscription {
    /// What is declared of it, and how far its SIMs have counted.
    package var recordWithSequenceNumbers: SubscriptionRecord {
        var record = record
        for index in privateIdentities.indices where index < record.privateIdentities.count {
            record.privateIdentities[index].sqn = privateIdentities[index].sqn
        }
        return record
    }
}

extension SubscriptionRecord {
    /// Digits of the tel URIs.
    var numbers: [String] {
        publicIdentities.map(\.identity.text).filter { $0.hasPrefix("tel:+") }.map { String($0.dropFirst(5)) }
    }

    /// Whether its identities are those that follow from IMSI and numbers.
    var isDerived: Bool {
        guard let user = privateIdentities.first, let imsi else { return false }
        let domain = String(user.identity.text.drop { $0 != "@" }.dropFirst())
        var fields = SubscriberFields()
        fields.add(.imsi, imsi)
        fields.add(.msisdn, numbers.joined(separator: ","))
        fields.add(.key, String(repeating: "0", count: 32))
        fields.add(.opc, String(repeating: "0", count: 32))
        do throws(FieldProblem) {
            let derived = try fields.record(ImportOptions(domain: domain))
            return derived.publicIdentities.map(\.identity) == publicIdentities.map(\.identity)
                && derived.publicIdentities.map(\.isBarred) == publicIdentities.map(\.isBarred)
                && publicIdentities.allSatisfy { $0.aliasGroup == nil }
        } catch {
            return false
        }
    }
}
