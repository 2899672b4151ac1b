import Foundation
import IMS
import Provisioning
import SubscriberStore
import Testing

/// A provisioner on a fresh database, gone with the test.
final class Desk {
    static let domain = "ims.mnc001.mcc001.3gppnetwork.org"
    static let key = "465b5ce8b199b49faa5f0a2ee238a6bc"
    static let opc = "cd63cb71954a9f4e48a5994e37a02baf"

    let folder: String
    let provisioner: Provisioner

    init() throws {
        folder = FileManager.default.temporaryDirectory.path + "/provisioning-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        provisioner = Provisioner(try SubscriberStore(path: folder + "/hss.sqlite"), domain: Self.domain)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func perform(
        _ method: ProvisioningRequest.Method, _ path: String, _ body: Report? = nil, ifMatch: String? = nil,
        ifNoneMatch: String? = nil
    ) throws -> ProvisioningAnswer {
        let (segments, query) = try #require(RequestTarget.parse(path))
        return provisioner.perform(
            ProvisioningRequest(
                method, segments, query: query, body: body, ifMatch: ifMatch, ifNoneMatch: ifNoneMatch, actor: "test"))
    }

    /// A SIM with a number.
    static func sim(_ imsi: String = "001010000000001", msisdn: String = "+15550001") -> Report {
        ["imsi": .text(imsi), "msisdn": .text(msisdn), "k": .text(key), "opc": .text(opc)]
    }
}

extension Report {
    /// Of a member's member.
    func text(_ names: String...) -> String? {
        var value: Report? = self
        for name in names { value = value?[name] }
        return value?.text
    }
}
