import HomeSubscriberServer

extension Subscribers {
    /// Adds those of a range that are not there: the gaps, each in one transaction. Gives how many were added.
    package func addMissing(from first: SubscriberRecord, count: Int) throws(OperationFailure) -> Int {
        var added = 0
        var gap: (start: SubscriberRecord, count: Int)?
        for offset in 0..<count {
            let record: SubscriberRecord
            do throws(ProvisioningError) {
                record = try first.advanced(by: offset)
            } catch {
                throw OperationFailure(.usage, error.sentence)
            }
            if try find(record.imsi.digits) == nil {
                gap = (gap?.start ?? record, (gap?.count ?? 0) + 1)
            } else if let full = gap {
                try add(from: full.start, count: full.count) { _ in }
                added += full.count
                gap = nil
            }
        }
        if let full = gap {
            try add(from: full.start, count: full.count) { _ in }
            added += full.count
        }
        return added
    }
}
