import Glibc
import NodeIO
import Octets
import RecordStore
import ServingCSCF
import Synchronization

/// What an S-CSCF keeps over a crash: the store on the worker's thread, the calendar, and the key of its Record-Routes.
final class KeptState: Sendable {
    let clock: WallClock
    /// Made at the first start and kept, so that calls under way go on.
    let sealKey: [UInt8]
    /// Likewise, for what phones have been told stays good.
    let gruuKey: [UInt8]
    private let store: Mutex<RecordStore>
    private let records: [StoredRecord]

    private static let keyRecord = [UInt8(ascii: "k")]

    init(path: String, now: Instant, entropy: inout Entropy) throws(StartFailure) {
        do throws(RecordStoreFailure) {
            let store = try RecordStore(path: path)
            let records = try store.load()
            let keys: [UInt8]
            if let known = records.first(where: { $0.key == Self.keyRecord })?.value, known.count == 32 {
                keys = known
            } else {
                keys = entropy.octets(32)
                if case .failed(let why) = store.write([[StoredRecord(key: Self.keyRecord, value: keys)]]).first {
                    throw RecordStoreFailure(why)
                }
            }
            sealKey = Array(keys[..<16])
            gruuKey = Array(keys[16...])
            self.records = records
            self.store = Mutex(store)
        } catch {
            throw StartFailure(
                key: "scscf.store", sentence: "\(error)",
                hint: "move the file away to begin with an empty one; its users register again then")
        }
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        clock = WallClock(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec), at: now)
    }

    /// Gives the role what was kept, and takes out what nobody needs any more.
    func restore(_ role: inout ServingCSCF) {
        let obsolete = role.restore(records.filter { $0.key != Self.keyRecord })
        if !obsolete.isEmpty { _ = write([obsolete]) }
    }

    func write(_ batch: [[StoredRecord]]) -> [StoreOutcome] { store.withLock { $0.write(batch) } }

    func close() { store.withLock { $0.close() } }
}
