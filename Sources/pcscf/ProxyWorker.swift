import IMS
import NodeIO
import RecordStore
import ProxyCSCF

/// Does what the P-CSCF has done outside its loop, on the worker's thread.
struct ProxyWorker: Sendable {
    /// The kernel's security associations; nil where the configuration wants none.
    var security: SecurityExecutor?
    /// What outlives a crash; nil where the configuration wants none.
    var store: KeptRecords?
    /// nil where the configuration names none.
    var mediaRelay: MediaRelaySocket?

    /// All that is to be kept goes to the store at once, as one transaction.
    func perform(_ batch: [ProxyWork]) -> [ProxyWorkResult] {
        let writes = batch.compactMap { work in
            guard case .keep(let records) = work else { return [StoredRecord]?.none }
            return records
        }
        var outcomes = (writes.isEmpty ? [] : store?.write(writes) ?? []).makeIterator()
        return batch.map { work in
            switch work {
            case .security(let order):
                return .security(security?(order) ?? .failed("there is nobody to install security associations"))
            case .keep: return .keep(outcomes.next() ?? .failed("there is no store"))
            case .media(let datagram):
                mediaRelay?.send(datagram)
                return .media
            }
        }
    }
}
