import IMS
import SIP

/// The requests on their way, found by their transaction and by the user they are served for.
struct RequestTable: Sendable {
    private var entries: [ServerTransactionID: ServedRequest] = [:]
    private var byUser: [PublicIdentity: Set<ServerTransactionID>] = [:]

    var count: Int { entries.count }

    subscript(transaction: ServerTransactionID) -> ServedRequest? {
        get { entries[transaction] }
        set {
            let after = newValue?.user?.identity
            let before: PublicIdentity?
            if let newValue {
                before = entries.updateValue(newValue, forKey: transaction)?.user?.identity
            } else {
                before = entries.removeValue(forKey: transaction)?.user?.identity
            }
            guard before != after else { return }
            if let before {
                byUser[before]?.remove(transaction)
                if byUser[before]?.isEmpty == true { byUser[before] = nil }
            }
            if let after { byUser[after, default: []].insert(transaction) }
        }
    }

    @discardableResult
    mutating func remove(_ transaction: ServerTransactionID) -> ServedRequest? {
        let request = entries[transaction]
        self[transaction] = nil
        return request
    }

    /// In the order in which they came.
    func transactions(of user: PublicIdentity) -> [ServerTransactionID] {
        (byUser[user] ?? []).sorted { $0.rawValue < $1.rawValue }
    }
}
