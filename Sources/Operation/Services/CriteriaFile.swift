import Cx
import HomeSubscriberServer
import IMS
import Octets

/// Filter criteria in a file: a provisioning document in YAML, or XML of Cx: User-Data (TS 29.228 Annex E), or an
/// InitialFilterCriteria element alone.
package struct CriteriaFile {
    package let catalogue: ServiceCatalogue

    package init(path: String, domain: String) throws(OperationFailure) {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw OperationFailure(.configuration, "\(path) cannot be read, or is no UTF-8 text")
        }
        try self.init(text, file: path, domain: domain)
    }

    package init(_ text: String, file: String, domain: String) throws(OperationFailure) {
        guard text.first(where: { !$0.isWhitespace }) == "<" else {
            catalogue = try SubscriberFile(yaml: text, file: file, domain: domain).document.catalogue
            return
        }
        do throws(UserProfileError) {
            catalogue = ServiceCatalogue(profiles: try Self.profiles(text))
        } catch {
            throw OperationFailure(.configuration, "\(file): \(error)")
        }
    }

    private static func profiles(_ text: String) throws(UserProfileError) -> [ServiceProfile] {
        if text.contains("<IMSSubscription") { return try IMSSubscription(parsing: Array(text.utf8)).serviceProfiles }
        var element = text[...]
        if element.drop(while: \.isWhitespace).hasPrefix("<?"), let end = element.range(of: "?>") {
            element = element[end.upperBound...]
        }
        guard let criterion = try FilterCriterionText.read(String(element)) else {
            throw UserProfileError(.missing, element: "InitialFilterCriteria")
        }
        return [ServiceProfile(publicIdentities: [], initialFilterCriteria: [criterion])]
    }
}

extension ServiceCatalogue {
    /// The profiles of User-Data, which have no names there: the first public identity stands for one.
    fileprivate init(profiles: [ServiceProfile]) {
        self.init()
        for (index, profile) in profiles.enumerated() {
            let name = profile.publicIdentities.first.map { "of \($0.identity)" } ?? String(index + 1)
            serviceProfiles.append(
                ServiceProfileRecord(
                    name: name, authorization: profile.coreNetworkServicesAuthorization,
                    criteria: profile.initialFilterCriteria.map { FilterCriterionRecord($0) },
                    criteriaSets: profile.sharedIFCSetIDs))
        }
    }
}
