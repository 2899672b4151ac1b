import Cx
import GRDB
import HomeSubscriberServer

/// Service profiles, which identities share.
extension SubscriberStore {
    /// Makes the service profile, or replaces the filter criteria of the one with this name.
    ///
    /// - Parameter criteria: `InitialFilterCriteria` elements of TS 29.228 Annex E, no two of the same priority.
    package func setServiceProfile(
        _ name: String, subscribedMediaProfile: Int? = nil, criteria: [String] = []
    ) throws(Failure) {
        var priorities: [Int] = []
        for text in criteria {
            let criterion: InitialFilterCriteria?
            do { criterion = try FilterCriterionText.read(text) } catch {
                throw .refused(.invalid("ifc", text, error.description))
            }
            guard let criterion, !priorities.contains(criterion.priority) else {
                throw .refused(
                    .invalid("ifc", text, "it is not one InitialFilterCriteria element with a priority of its own"))
            }
            priorities.append(criterion.priority)
        }
        try write { db in
            try db.execute(
                sql: """
                    INSERT INTO service_profile (name, subscribed_media_profile) VALUES (?, ?)
                    ON CONFLICT (name) DO UPDATE SET subscribed_media_profile = excluded.subscribed_media_profile
                    """, arguments: [name, subscribedMediaProfile])
            try db.execute(
                sql:
                    "DELETE FROM filter_criterion WHERE service_profile = (SELECT id FROM service_profile WHERE name = ?)",
                arguments: [name])
            for (priority, text) in zip(priorities, criteria) {
                try db.execute(
                    sql: """
                        INSERT INTO filter_criterion (service_profile, priority, xml)
                        SELECT id, ?, ? FROM service_profile WHERE name = ?
                        """, arguments: [priority, text, name])
            }
        }
    }
}
