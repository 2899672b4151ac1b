import Foundation
import HomeSubscriberServer
import NodeIO
import Yams

/// Subscribers in a YAML file, as `imsctl subscriber apply` takes them.
///
///     subscribers:
///       - imsi: "001010000000001"
///         k: 465b5ce8b199b49faa5f0a2ee238a6bc
///         opc: cd63cb71954a9f4e48a5994e37a02baf
package struct SubscriberFile {
    package let records: [SubscriberRecord]

    private static let keys = [
        ConfigurationKey(
            "subscribers",
            .records([
                ConfigurationKey("imsi", .text, required: true, "the SIM's IMSI, 6 to 15 digits"),
                ConfigurationKey("k", .text, required: true, "K, 32 hexadecimal digits"),
                ConfigurationKey("opc", .text, "OPc, 32 hexadecimal digits"),
                ConfigurationKey("op", .text, "OP, from which OPc is derived"),
                ConfigurationKey("msisdn", .text, "the telephone number"),
                ConfigurationKey("amf", .text, default: "'8000'", "four hexadecimal digits"),
                ConfigurationKey("domain", .text, "the home network domain"),
                ConfigurationKey("name", .text, "display name"),
                ConfigurationKey("service-profile", .text, default: "default", "name of the service profile"),
            ]), required: true, "The subscribers, each as imsctl subscriber add takes it.")
    ]

    /// - Parameter domain: for entries that name none.
    package init(path: String, domain: String) throws(OperationFailure) {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw OperationFailure(.configuration, "\(path) cannot be read, or is no UTF-8 text")
        }
        try self.init(yaml: text, file: path, domain: domain)
    }

    package init(yaml text: String, file: String, domain: String) throws(OperationFailure) {
        let entries: [Configuration]
        do throws(ConfigurationFailure) {
            entries = try ConfigurationLoader(Self.keys).load(yaml: text, file: file).records("subscribers")
        } catch {
            throw OperationFailure(.configuration, error.description)
        }
        let lines = Self.lines(of: text)
        var records: [SubscriberRecord] = []
        var places: [String: Int] = [:]
        var problems: [String] = []
        for (index, entry) in entries.enumerated() {
            let place = "\(file)\(index < lines.count ? ":\(lines[index])" : ""): entry \(index + 1)"
            do throws(ProvisioningError) {
                let record = try Self.record(entry, domain: domain)
                if let earlier = places[record.imsi.digits] {
                    problems.append("\(place): imsi \(record.imsi) is that of entry \(earlier) already")
                }
                places[record.imsi.digits] = index + 1
                records.append(record)
            } catch {
                problems.append("\(place): \(error)")
            }
        }
        guard problems.isEmpty else {
            throw OperationFailure(.configuration, problems.joined(separator: "\n"))
        }
        self.records = records
    }

    private static func record(
        _ entry: Configuration, domain: String
    ) throws(ProvisioningError) -> SubscriberRecord {
        try SubscriberRecord(
            imsi: entry.text("imsi"), domain: entry.optionalText("domain") ?? domain,
            msisdn: entry.optionalText("msisdn"), key: entry.text("k"), opc: entry.optionalText("opc"),
            op: entry.optionalText("op"), amf: entry.text("amf"), displayName: entry.optionalText("name"),
            serviceProfile: entry.text("service-profile"))
    }

    /// Where each entry begins.
    private static func lines(of text: String) -> [Int] {
        guard let root = try? Yams.compose(yaml: text), let entries = root["subscribers"]?.sequence else { return [] }
        return entries.compactMap { $0.mark?.line }
    }
}
