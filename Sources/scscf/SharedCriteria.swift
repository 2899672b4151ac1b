import Cx
import Foundation
import NodeIO
import Octets

/// Shared sets of filter criteria (SharedIFCSetID, TS 29.228 Annex B.2.2): each a file of User-Data as Annex E has it,
/// whose service profiles' criteria are the set.
enum SharedCriteria {
    static let keys = [
        ConfigurationKey(
            "scscf.shared-criteria",
            .records([
                ConfigurationKey("id", .integer(0...2_147_483_647), required: true, "the SharedIFCSetID"),
                ConfigurationKey("file", .text, required: true, "path of an XML file"),
            ]), default: "[]",
            """
            Filter criteria that profiles name by a number (SharedIFCSetID): User-Data as TS 29.228 Annex E has it, of
            which the criteria are taken.
            """)
    ]

    static func check(_ configuration: Configuration, _ file: String) throws(ConfigurationFailure) {
        _ = try sets(configuration, file)
    }

    /// By SharedIFCSetID.
    static func sets(
        _ configuration: Configuration, _ file: String
    ) throws(ConfigurationFailure) -> [Int: [InitialFilterCriteria]] {
        var sets: [Int: [InitialFilterCriteria]] = [:]
        for entry in configuration.records("scscf.shared-criteria") {
            let path = entry.text("file")
            func failure(_ why: String) -> ConfigurationFailure {
                ConfigurationFailure([.init(file: file, line: nil, "\"scscf.shared-criteria\": \(path) \(why)")])
            }
            guard sets[entry.integer("id")] == nil else { throw failure("is the second of set \(entry.integer("id"))") }
            guard let text = FileManager.default.contents(atPath: path) else { throw failure("cannot be read") }
            do {
                let subscription = try IMSSubscription(parsing: Array(text))
                sets[entry.integer("id")] = subscription.serviceProfiles.flatMap(\.initialFilterCriteria)
            } catch {
                throw failure("is no User-Data: \(error)")
            }
        }
        return sets
    }
}
