import Glibc
import IMS
import Octets
import Synchronization

/// What a CSCF keeps over a crash: the store on the worker's thread, the calendar, and secrets that are drawn at the first
/// start and kept, so that what others were told stays good.
package final class KeptRecords: Sendable {
    package let clock: WallClock
    package let secrets: [UInt8]
    /// As they were at the start, without the secrets.
    package let records: [StoredRecord]
    private let store: Mutex<RecordStore>

    private static let secretsKey = [UInt8(ascii: "k")]

    /// - Parameter secrets: how many octets of secrets there are to be.
    package init(
        path: String, of owner: RecordStore.Owner, secrets count: Int, now: Instant, entropy: inout Entropy
    ) throws(RecordStoreFailure) {
        let store = try RecordStore(path: path, of: owner)
        let records = try store.load()
        if let known = records.first(where: { $0.key == Self.secretsKey })?.value, known.count == count {
            secrets = known
        } else {
            secrets = entropy.octets(count)
            if case .failed(let why) = store.write([[StoredRecord(key: Self.secretsKey, value: secrets)]]).first {
                throw RecordStoreFailure(why)
            }
        }
        self.records = records.filter { $0.key != Self.secretsKey }
        self.store = Mutex(store)
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        clock = WallClock(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec), at: now)
    }

    package func write(_ batch: [[StoredRecord]]) -> [StoreOutcome] { store.withLock { $0.write(batch) } }

    package func close() { store.withLock { $0.close() } }
}
